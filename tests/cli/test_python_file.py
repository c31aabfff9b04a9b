"""Objects from the user's Python files."""

from __future__ import annotations

import pickle
from pathlib import Path

import cloudpickle
import pytest

from tabkit._core import InputError
from tabkit.cli._python_file import is_in_python_file, load_from_python_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "beside.py").write_text("FACTOR = 3\n")
    path = tmp_path / "json.py"
    path.write_text("import beside\ndef cost(y_true, y_pred): return beside.FACTOR * _weight()\n")
    with path.open("a") as file:
        file.write("def _weight(): return 2.0\n")
    return path


def test_function_is_found_and_can_be_sent_whole(path: Path) -> None:
    cost = load_from_python_file(f"{path}:cost")
    assert cost(1, 2) == 6.0
    assert pickle.loads(cloudpickle.dumps(cost))(1, 2) == 6.0


def test_file_named_as_a_module_hides_none(path: Path) -> None:
    import json

    load_from_python_file(f"{path}:cost")
    assert json.loads("1") == 1


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (None, "cost", "there is no file"),
        ("def cost(): pass", "cots", "has no 'cots': did you mean 'cost'"),
        ("def cost(:", "cost", "cannot be used: SyntaxError"),
        ("raise ValueError('two\\nlines')", "cost", "cannot be used: ValueError: two$"),
    ],
)
def test_what_cannot_be_loaded_is_refused(
    content: str | None, name: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "costs.py"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=message):
        load_from_python_file(f"{path}:{name}")


def test_names_of_metrics_are_no_files() -> None:
    assert not any(map(is_in_python_file, ["roc_auc", "a:b", "costs.py", ":x"]))

"""``audit_code``: the line of each usual leak is named, and correct scripts are left alone."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from tabkit import InputError
from tabkit.leakage import CodeAudit, audit_code


def _read(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LEAKING: dict[str, str] = _read("leaking_scripts").LEAKING
CORRECT: dict[str, str] = _read("correct_scripts").CORRECT


def audit(script: str, folder: Path) -> CodeAudit:
    path = folder / "train.py"
    path.write_text(script, encoding="utf-8")
    return audit_code(path)


def test_scripts_are_enough_to_judge_by() -> None:
    assert len(LEAKING) >= 10
    assert len(CORRECT) >= 10


@pytest.mark.parametrize("name", list(LEAKING))
def test_leak_is_told_at_its_line_and_nothing_else(name: str, tmp_path: Path) -> None:
    marked = {
        number: line.rpartition("# leak: ")[2]
        for number, line in enumerate(LEAKING[name].splitlines(), start=1)
        if "# leak: " in line
    }
    assert marked
    found = audit(LEAKING[name], tmp_path).findings
    assert {finding.line: finding.code for finding in found} == marked
    assert all(finding.cure.endswith(".") and finding.message.endswith(".") for finding in found)


@pytest.mark.parametrize("name", list(CORRECT))
def test_correct_script_is_left_alone(name: str, tmp_path: Path) -> None:
    assert audit(CORRECT[name], tmp_path).findings == ()


def test_script_is_read_and_not_run(tmp_path: Path) -> None:
    assert audit("raise SystemExit(1)", tmp_path).findings == ()


def test_file_that_is_no_python_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no Python script"):
        audit("X = (", tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        audit_code(tmp_path / "nothere.py")


def test_finding_has_its_line_and_text(tmp_path: Path) -> None:
    result = audit(LEAKING["scaled"], tmp_path)
    (finding,) = result.findings
    assert finding.source.startswith("X_scaled = scaler.fit_transform(X)")
    assert result.at_least("warning") == result.findings
    assert result.at_least("error") == ()
    text = str(result)
    assert "1 warning" in text
    assert max(map(len, text.splitlines()[1:])) <= 80
    assert "none of the usual leaks" in str(audit(CORRECT["pipeline"], tmp_path))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SMOTE(random_state=0).fit_resample(X, y)", "X, y"),
        ("from imblearn.over_sampling import SMOTE", "class SMOTE:\n    pass"),
    ],
)
def test_resampling_of_its_own_is_not_guessed_at(before: str, after: str, tmp_path: Path) -> None:
    """What a class of the script does is not known."""
    script = LEAKING["smote_before_split"]
    assert before in script
    assert audit(script.replace(before, after), tmp_path).findings == ()


def test_components_are_no_rows(tmp_path: Path) -> None:
    script = """
    svd = TruncatedSVD(20).fit(X)
    first, rest = svd.components_[:9], svd.components_[9:]
    """
    import textwrap

    assert audit(textwrap.dedent(script), tmp_path).findings == ()

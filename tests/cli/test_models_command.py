"""``tabkit models``, the page with the same table, and names that are refused before a table is read."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tabkit.catalog import CATALOG, describe_candidate
from tabkit.reporting import render_models
from tabkit.reporting._models import write_model

PAGE = Path(__file__).parents[2] / "docs" / "models.md"


def test_every_format_lists_the_catalog(call, tmp_path: Path) -> None:
    names = [candidate.name for candidate in CATALOG]
    printed = json.loads(call("models", "--format", "json", cwd=tmp_path).stdout)
    assert [model["model"] for model in printed][: len(names)] == names
    linear = next(model for model in printed if model["model"] == "linear")
    assert linear["tasks"] == ["binary", "multiclass", "regression"]
    assert (linear["cost"], linear["by_default"], linear["needs"]) == (1.0, True, "")
    rows = list(csv.DictReader(io.StringIO(call("models", "--format", "csv", cwd=tmp_path).stdout)))
    assert [row["model"] for row in rows] == [model["model"] for model in printed]
    assert rows[0]["tasks"] == "binary multiclass regression"
    done = call("models", cwd=tmp_path)
    assert done.returncode == 0
    # Of a terminal that is wide enough, where no name is broken.
    assert [line.split()[0] for line in done.stdout.splitlines() if line[:1].isalnum()][1:][
        : len(names)
    ] == names


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_table_keeps_within_the_terminal_and_loses_no_word(width: int) -> None:
    models = [describe_candidate(candidate) for candidate in CATALOG]
    lines = render_models(models, width=width).splitlines()
    assert max(map(len, lines)) <= width
    words = set(" ".join(lines).split())
    for model in models:
        # In fewer columns, words are broken.
        assert width < 80 or words.issuperset(model["good_for"].split())


def test_a_package_that_is_missing_is_named_with_its_command() -> None:
    model = {**describe_candidate(CATALOG[0]), "needs": "catboost", "is_installed": False}
    model["install_command"] = "pip install 'tabkit-learn[catboost]'"
    text = render_models([model], width=120)
    assert "catboost (missing)" in text
    assert text.count("What is missing: pip install 'tabkit-learn[catboost]'") == 1
    assert "missing" not in render_models([{**model, "is_installed": True}], width=120)


def test_the_page_has_the_table_of_the_catalog() -> None:
    expected = []
    for candidate in CATALOG:
        name, *cells = write_model(describe_candidate(candidate) | {"is_installed": True})
        expected.append(f"| `{name}` | {' | '.join(cells)} |")
    section = PAGE.read_text(encoding="utf-8").split("## The catalog")[1].split("\n##")[0]
    assert [line for line in section.splitlines() if line.startswith("| `")] == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--models", "lightgmb"), "unknown model 'lightgmb': did you mean 'lightgbm'"),
        (("--models", "linear,zzz"), "unknown model 'zzz': `tabkit models` lists them"),
        (("--exclude", "zzz"), "unknown model 'zzz': `tabkit models` lists them"),
        (("--model", "no_such_module:Own"), "there is no module 'no_such_module'"),
        (("--models", "sklearn.svm:SVX"), "has no 'SVX': did you mean"),
        (("--model", "linear=sklearn.svm:SVC"), "the name 'linear' is taken"),
        (("--models", "linear", "--exclude", "linear"), "no model is left to compare"),
    ],
)
def test_names_are_refused_before_the_table_is_read(
    options: tuple[str, ...], message: str, call, tmp_path: Path
) -> None:
    """There is no table, and yet the name is what is wrong."""
    done = call("compare", "not_there.csv", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert "not_there" not in done.stderr
    assert "reading" not in done.stderr
    assert not list(tmp_path.iterdir())

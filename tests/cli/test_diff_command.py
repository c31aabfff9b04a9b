"""``tabkit diff`` as a user runs it: in a process of its own, on two folders."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

GOOD = (0.90, 0.91, 0.92, 0.90, 0.91)
WORSE = (0.80, 0.81, 0.83, 0.80, 0.81)


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tabkit", "diff", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def write_run(folder: Path, scores: tuple[float, ...], *, data: str = "aa") -> None:
    """Write what an earlier version of tabkit left in a folder, as far as it is read."""
    folds = [{"fold": fold, "scores": {"roc_auc": score}} for fold, score in enumerate(scores)]
    record = {
        "metric": "roc_auc",
        "task": {"kind": "binary", "positive": "yes"},
        "table": {"name": "people", "rows": 50, "fingerprint": data, "columns": [{"name": "age"}]},
        "folds": {"description": "5 folds", "train_rows": [40] * 5, "test_rows": [10] * 5},
        "evaluations": [{"name": "tree", "status": "finished", "reason": "", "folds": folds}],
        "settings": {"seed": 0},
        "versions": {"tabkit": "0.1.0"},
    }
    folder.mkdir()
    (folder / "comparison.json").write_text(json.dumps(record))
    (folder / "run.json").write_text(json.dumps({"rows of the folds": "ff"}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("diff")
    write_run(folder / "good", GOOD)
    write_run(folder / "worse", WORSE)
    write_run(folder / "other", WORSE, data="bb")
    return folder


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("good", "worse"), 0, ""),
        (
            ("good", "worse", "--fail-on-worse"),
            3,
            "the best, tree, got worse: ROC AUC 0.908 before, 0.81 now",
        ),
        (("good", "worse", "--fail-on-worse", "0.2"), 0, ""),
        (("good", "worse", "--fail-on-worse", "0.05"), 3, "by 0.098 where 0.05 is allowed (--fail-on-worse)"),
        (("worse", "good", "--fail-on-worse"), 0, ""),
        (("good", "other", "--fail-on-worse"), 3, "cannot be tested (other data): give a tolerance"),
        (("good", "nothere"), 2, "there is no folder 'nothere'"),
        (("good", "."), 2, "there is no run of tabkit in '.'"),
    ],
)
def test_exit_code_and_its_one_line(
    arguments: tuple[str, ...], code: int, message: str, folder: Path, call
) -> None:
    result = call("diff", *arguments, cwd=folder)
    assert result.returncode == code, result.stderr
    assert len(result.stderr.splitlines()) == bool(message)
    assert message in result.stderr


@pytest.mark.parametrize("tolerance", ["-1", "nan", "good"])
def test_tolerance_that_is_none_is_refused(tolerance: str, folder: Path, call) -> None:
    result = call("diff", "good", "worse", f"--fail-on-worse={tolerance}", cwd=folder)
    assert result.returncode == 2
    assert "--fail-on-worse" in result.stderr.splitlines()[-1]


def test_exit_code_is_that_of_the_process(folder: Path) -> None:
    result = run("good", "worse", "--fail-on-worse", cwd=folder)
    assert result.returncode == 3
    assert len(result.stderr.splitlines()) == 1


def test_formats_for_machines_hold_nothing_else(folder: Path) -> None:
    record = json.loads(run("good", "worse", "--format", "json", cwd=folder).stdout)
    (row,) = csv.DictReader(io.StringIO(run("good", "worse", "--format", "csv", cwd=folder).stdout))
    assert record["models"][0]["score"]["change"] == float(row["change"]) == pytest.approx(-0.098)
    assert (row["old_rank"], row["verdict"]) == ("1", "worse")
    assert record["answer"][0].startswith("The best, tree, got worse by more than chance")


def test_table_names_the_change_and_its_reason(folder: Path) -> None:
    text = run("good", "other", cwd=folder).stdout
    assert "The differences are not tested: other data." in text
    assert "0.9080 → 0.8100" in text

"""``tabkit diff`` as a user runs it: in a process of its own, on two folders."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tabkit.comparison import Comparison
from tabkit.comparison._files._record import write_results
from tabkit.data import Table, Task
from tabkit.evaluation import Evaluation, FoldResult, Folds

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


def write_run(folder: Path, scores: tuple[float, ...], *, seed: int = 0) -> None:
    """Write the folder of a made-up run on rows whose target is drawn by a seed."""
    labels = np.random.default_rng(seed).permutation(["no", "yes"] * 25)
    table = Table("people", pd.DataFrame({"age": np.arange(50)}), pd.Series(labels, name="y"))
    pairs = tuple((np.delete(np.arange(50), test), test) for test in np.array_split(np.arange(50), 5))
    folds = tuple(FoldResult(fold, {"roc_auc": s}, 1.0, 0.1, 40, 10) for fold, s in enumerate(scores))
    evaluation = Evaluation("tree", "finished", folds, 5)
    folder.mkdir()
    task = Task("binary", ("no", "yes"))
    write_results(Comparison(table, task, Folds(pairs, "5 folds"), (evaluation,), folder=folder))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("diff")
    write_run(folder / "good", GOOD)
    write_run(folder / "worse", WORSE)
    write_run(folder / "other", WORSE, seed=1)
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


@pytest.mark.slow
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

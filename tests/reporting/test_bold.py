"""No figure is marked as the best that a prediction reaches which ignores the columns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tabkit.comparison import Comparison
from tabkit.data import Table, Task
from tabkit.evaluation import Evaluation, FoldResult, Folds
from tabkit.reporting import Cell, TableBlock, render_terminal
from tabkit.reporting._sections import _leaderboard

NEVER = {"accuracy": 0.95, "balanced_accuracy": 0.5, "recall": 0.0, "precision": 0.0, "f1": 0.0}
DUMMY = {"roc_auc": 0.5, "average_precision": 0.05, "log_loss": 0.2, "brier": 0.0475, **NEVER}
LINEAR = {"roc_auc": 0.8, "average_precision": 0.2, "log_loss": 0.15, "brier": 0.04, **NEVER}


def make_comparison(**models: dict[str, float]) -> Comparison:
    target = pd.Series((["yes"] + ["no"] * 19) * 5, name="leaves")
    table = Table("made up", pd.DataFrame({"x": np.arange(100.0)}), target)
    tests = np.arange(100).reshape(5, 20)
    folds = Folds(tuple((np.setdiff1d(np.arange(100), test), test) for test in tests), "5 folds")
    evaluations = tuple(
        Evaluation(name, "finished", tuple(FoldResult(f, scores, 1.0, 0.1, 80, 20) for f in range(5)), 5)
        for name, scores in models.items()
    )
    return Comparison(table, Task("binary", ("no", "yes")), folds, evaluations)


def bold_cells(comparison: Comparison) -> dict[str, list[str]]:
    """Labels of the metrics table, with the models whose figures are marked."""
    section = _leaderboard.build(comparison)
    assert section is not None
    table = [block for block in section.blocks if isinstance(block, TableBlock)][1]
    names: list[str] = [row[1].text for row in table.rows]
    found = {}
    for place, column in enumerate(table.columns[2:], start=2):
        cells: list[Cell] = [row[place] for row in table.rows]
        found[column.heading] = [n for n, cell in zip(names, cells, strict=True) if cell.tone == "best"]
    return found


def test_a_classifier_that_never_finds_the_rare_class_has_no_label_score_in_bold() -> None:
    bold = bold_cells(make_comparison(linear=LINEAR, dummy=DUMMY))
    assert bold["Brier score"] == bold["log loss"] == bold["average precision"] == ["linear"]
    assert all(bold[label] == [] for label in ("accuracy", "balanced accuracy", "recall", "precision", "F1"))


def test_without_a_baseline_constants_are_known_all_the_same() -> None:
    better = LINEAR | {"accuracy": 0.96, "balanced_accuracy": 0.6, "precision": 0.05, "f1": 0.1}
    bold = bold_cells(make_comparison(linear=better | {"recall": 0.2}, tree=LINEAR))
    assert (
        bold["accuracy"] == bold["balanced accuracy"] == bold["F1"] == ["linear"]
    )  # 2 · 0.05 / 1.05 = 0.095
    assert bold["precision"] == bold["recall"] == []  # of "yes" for every row: 0.05 and 1


def test_what_shows_as_equal_is_not_marked() -> None:
    bold = bold_cells(make_comparison(linear=LINEAR | {"accuracy": 0.9500001}, dummy=DUMMY))
    assert bold["accuracy"] == []


def test_terminal_prints_the_leader_s_name_and_score_in_bold_and_no_other_figure() -> None:
    comparison = make_comparison(linear=LINEAR, dummy=DUMMY)
    text = render_terminal(comparison, width=160, color=True)
    line = next(
        line for line in text.splitlines() if "linear" in line and "0.8" in line and "leads" not in line
    )
    bold = [part.split("m", 1)[1].split("\x1b")[0].strip() for part in line.split("\x1b[1;")[1:]]
    assert [part for part in bold if part] == ["1", "linear", "0.8000 ±0.0000"]
    baseline = make_comparison(dummy=DUMMY, linear=LINEAR | {"roc_auc": 0.4})
    head = render_terminal(baseline, width=160, color=True)
    line = next(line for line in head.splitlines() if "dummy" in line and "0.5000" in line)
    assert "\x1b[1" not in line

"""What the answer adds where the winner's labels or probabilities would mislead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tabkit._core._parameters import speak_of_options
from tabkit.comparison import Leaderboard, LeaderboardRow
from tabkit.comparison._words._probabilities import describe_probabilities
from tabkit.comparison._words._rare_class import describe_rare_class
from tabkit.data import Table, Task
from tabkit.metrics import get_metric

TASK = Task("binary", ("no", "yes"))


def make_table(n_positive: int = 5) -> Table:
    target = pd.Series(["yes"] * n_positive + ["no"] * (100 - n_positive), name="leaves")
    return Table("made up", pd.DataFrame({"x": np.arange(100.0)}), target)


def make_board(scores: Mapping[str, Mapping[str, float]], tied: tuple[str, ...] = ()) -> Leaderboard:
    rows = tuple(
        LeaderboardRow(
            rank, name, "finished", 0.9 - 0.01 * rank, is_tied=name in tied, scores=found, threshold=0.5
        )
        for rank, (name, found) in enumerate(scores.items(), start=1)
    )
    return Leaderboard(rows, get_metric("average_precision"), (), is_descriptive=False, ratio=0.25)


@pytest.mark.parametrize(
    ("recall", "found"), [(0.0, "none"), (0.004, "fewer than 1 %"), (0.12, "12 %"), (0.494, "49 %")]
)
def test_rare_class_that_the_winner_misses_is_told_with_the_cure(recall: float, found: str) -> None:
    board = make_board({"linear": {"recall": recall}, "dummy": {"recall": 0.0}})
    assert describe_rare_class(board, make_table(), TASK) == (
        f"At its threshold of 0.5, linear finds {found} of the rows of 'yes', which are 5 % of all. Choose "
        "one with threshold (f1, recall@precision=0.5 or costs:fp=1,fn=20), or compare cures with imbalance."
    )
    with speak_of_options({"threshold": "--threshold", "imbalance": "--imbalance"}):
        assert "with --threshold (f1" in describe_rare_class(board, make_table(), TASK)
        # With --imbalance the cures stand on the leaderboard.
        compared = replace(TASK, shown_first=("brier",))
        assert describe_rare_class(board, make_table(), compared).endswith("costs:fp=1,fn=20).")
        chosen = replace(TASK, threshold="0.9")
        assert "Another --threshold finds more" in describe_rare_class(board, make_table(), chosen)


def test_rare_class_may_be_the_negative_one() -> None:
    board = make_board({"linear": {"recall": 0.98, "balanced_accuracy": 0.55}})
    assert "linear finds 12 % of the rows of 'no', which are 4 %" in describe_rare_class(
        board, make_table(96), TASK
    )
    found = make_board({"linear": {"recall": 0.98, "balanced_accuracy": 0.8}})
    assert describe_rare_class(found, make_table(96), TASK) == ""


@pytest.mark.parametrize(
    ("name", "recall", "n_positive"),
    [("linear", 0.5, 5), ("linear", 0.1, 21), ("dummy", 0.0, 5), ("linear", float("nan"), 5)],
)
def test_nothing_is_said_where_nothing_is_missed(name: str, recall: float, n_positive: int) -> None:
    board = make_board({name: {"recall": recall}})
    assert describe_rare_class(board, make_table(n_positive), TASK) == ""


def test_it_is_the_saved_model_that_counts() -> None:
    board = make_board({"autogluon": {"recall": 0.9}, "linear": {"recall": 0.0}})
    assert "linear finds none" in describe_rare_class(board, make_table(), TASK)


BAD_LEADER = {
    "easy_ensemble": {"brier": 0.218},
    "lightgbm_weighted": {"brier": 0.1},
    "lightgbm": {"brier": 0.045},
    "linear": {"brier": 0.048},
    "tree": {"brier": 0.01},
    "dummy": {"brier": 0.056},
}


def test_winner_with_probabilities_worse_than_the_baseline_s_names_a_tied_one_that_has_good_ones() -> None:
    board = make_board(BAD_LEADER, tied=("lightgbm_weighted", "lightgbm", "linear"))
    assert describe_probabilities(board, TASK) == (
        "The probabilities of easy_ensemble are worse than the one that dummy gives to every row (Brier "
        "score 0.218, 0.056): they order the rows and mean nothing else. lightgbm cannot be told from it by "
        "average precision, and its probabilities are good (0.045): take it where they count."
    )


def test_without_a_tied_one_calibration_is_the_cure() -> None:
    board = make_board(BAD_LEADER, tied=("lightgbm_weighted",))
    with speak_of_options({"calibrate": "--calibrate"}):
        assert describe_probabilities(board, TASK).endswith("nothing else. --calibrate auto mends them.")
    assert "calibration may mend" in describe_probabilities(board, replace(TASK, calibration="sigmoid"))


def test_probabilities_that_are_no_worse_are_not_spoken_of() -> None:
    assert describe_probabilities(make_board({"a": {"brier": 0.05}, "dummy": {"brier": 0.05}}), TASK) == ""
    assert describe_probabilities(make_board({"dummy": {"brier": 0.05}, "a": {"brier": 0.9}}), TASK) == ""
    assert describe_probabilities(make_board({"a": {}, "dummy": {"brier": 0.05}}), TASK) == ""
    assert describe_probabilities(make_board({"a": {"brier": 0.9}}), TASK) == ""

"""Whether the best of tabkit's own models is good enough, in the direction of the metric."""

from __future__ import annotations

import pytest

from tabkit.comparison import Leaderboard, LeaderboardRow, describe_shortfall
from tabkit.metrics import get_metric


def board(metric: str, **means: float | None) -> Leaderboard:
    rows = tuple(
        LeaderboardRow(None if mean is None else rank, name, "finished", mean)
        for rank, (name, mean) in enumerate(means.items(), start=1)
    )
    return Leaderboard(rows, get_metric(metric), (), is_descriptive=False, ratio=0.25)


@pytest.mark.parametrize(
    ("metric", "mean", "threshold", "is_short"),
    [
        ("roc_auc", 0.79, 0.8, True),
        ("roc_auc", 0.8, 0.8, False),
        ("roc_auc", 0.81, 0.8, False),
        ("rmse", 3.1, 3.0, True),
        ("rmse", 3.0, 3.0, False),
        ("rmse", 2.9, 3.0, False),
        ("r2", -0.1, 0.0, True),
    ],
)
def test_limit_is_in_the_direction_of_the_metric(
    metric: str, mean: float, threshold: float, is_short: bool
) -> None:
    assert bool(describe_shortfall(board(metric, tree=mean), threshold)) is is_short


def test_line_has_both_numbers_with_digits_that_differ() -> None:
    line = describe_shortfall(board("roc_auc", tree=0.7999996), 0.8)
    assert line == "tree, the best, has ROC AUC 0.7999996, below the limit of 0.8"
    assert "3.5, above the limit of 3" in describe_shortfall(board("rmse", tree=3.5), 3)


def test_autogluon_does_not_count() -> None:
    assert describe_shortfall(board("roc_auc", autogluon=0.9, tree=0.7), 0.8).startswith("tree")
    assert "no model of tabkit's own" in describe_shortfall(board("roc_auc", autogluon=0.9), 0.8)


def test_nothing_ranked_reaches_nothing() -> None:
    assert "no model of tabkit's own has a rank" in describe_shortfall(board("roc_auc", tree=None), 0.1)

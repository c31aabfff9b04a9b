"""What the winner does for a rare class at its threshold."""

from __future__ import annotations

import math

from tabkit._core._parameters import say_parameter
from tabkit._core._wording import say_value
from tabkit.comparison._names import BASELINE
from tabkit.comparison._results._leaderboard import Leaderboard
from tabkit.comparison._results._leaderboard_row import LeaderboardRow
from tabkit.data import Table, Task

_RARE_SHARE = 0.2
# A class found more often than not has no need of a sentence.
_ENOUGH_RECALL = 0.5


def describe_rare_class(board: Leaderboard, table: Table, task: Task) -> str:
    """Say that the winner misses most rows of a rare class, and what to do.

    Parameters
    ----------
    board : Leaderboard
    table : Table
    task : Task

    Returns
    -------
    sentence : str
        Empty where no class is rare, the winner finds at least half of it, or no model beats the baseline.
    """
    winner = board.best_own
    if task.kind != "binary" or winner is None or winner.name == BASELINE:
        return ""
    shares = [float((table.target == label).mean()) for label in task.classes]
    rare = shares.index(min(shares))
    recall = _recall(winner, is_positive=rare == 1)
    if shares[rare] > _RARE_SHARE or math.isnan(recall) or recall >= _ENOUGH_RECALL:
        return ""
    at = f"At its threshold of {winner.threshold:.3g}" if winner.threshold is not None else "By its labels"
    found = "none" if recall <= 0 else "fewer than 1 %" if recall < 0.005 else f"{100 * recall:.0f} %"
    missed = (
        f"{at}, {winner.name} finds {found} of the rows of {say_value(task.classes[rare])}, which are "
        f"{100 * shares[rare]:.2g} % of all."
    )
    return f"{missed} {_say_cure(task)}"


def _recall(row: LeaderboardRow, *, is_positive: bool) -> float:
    """Of the positive class, or of the other: what is left of the mean recall of both."""
    recall = row.scores.get("recall", math.nan)
    return recall if is_positive else 2 * row.scores.get("balanced_accuracy", math.nan) - recall


def _say_cure(task: Task) -> str:
    if task.threshold:
        return f"Another {say_parameter('threshold')} finds more, at the price of false alarms."
    cure = f"Choose one with {say_parameter('threshold')} (f1, recall@precision=0.5 or costs:fp=1,fn=20)"
    # With it, the cures stand on the leaderboard already.
    return f"{cure}." if task.shown_first else f"{cure}, or compare cures with {say_parameter('imbalance')}."

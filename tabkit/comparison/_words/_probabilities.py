"""Whether the winner's probabilities can be taken at their word."""

from __future__ import annotations

import math

from tabkit._core._parameters import say_parameter
from tabkit.comparison._names import BASELINE
from tabkit.comparison._results._leaderboard import Leaderboard
from tabkit.comparison._results._leaderboard_row import LeaderboardRow
from tabkit.comparison._words._figures import write_figure
from tabkit.data import Task

_BRIER = "brier"


def describe_probabilities(board: Leaderboard, task: Task) -> str:
    """Say that the winner's probabilities are worse than the baseline's, and whose are not.

    Parameters
    ----------
    board : Leaderboard
    task : Task

    Returns
    -------
    sentences : str
        Empty where the winner's are better, or nothing is known of them.
    """
    winner = board.best_own
    baseline = next((row for row in board.ranked if row.name == BASELINE), None)
    if winner is None or baseline is None or winner is baseline:
        return ""
    limit, score = _brier(baseline), _brier(winner)
    if math.isnan(limit) or math.isnan(score) or score <= limit:
        return ""
    figures = f"(Brier score {write_figure(score)}, {write_figure(limit)})"
    worse = (
        f"The probabilities of {winner.name} are worse than the one that {BASELINE} gives to every row "
        f"{figures}: they order the rows and mean nothing else."
    )
    return f"{worse} {_say_cure(board, task, winner, limit)}"


def _say_cure(board: Leaderboard, task: Task, winner: LeaderboardRow, limit: float) -> str:
    tied = [row for row in board.ranked if (row.is_tied or row.rank == 1) and row is not winner]
    good = min((row for row in tied if _brier(row) < limit), key=_brier, default=None)
    if good is not None:
        lead = "it" if winner.rank == 1 else "the best"
        return (
            f"{good.name} cannot be told from {lead} by {board.metric.label}, and its probabilities are good "
            f"({write_figure(_brier(good))}): take it where they count."
        )
    if task.calibration:
        return "Another calibration may mend them."
    return f"{say_parameter('calibrate', 'auto')} mends them."


def _brier(row: LeaderboardRow) -> float:
    return row.scores.get(_BRIER, math.nan)

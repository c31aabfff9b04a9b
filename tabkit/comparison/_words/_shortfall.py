"""Whether the best of tabkit's own models is as good as it has to be."""

from __future__ import annotations

from tabkit.comparison._results._leaderboard import Leaderboard
from tabkit.comparison._words._figures import write_apart


def describe_shortfall(board: Leaderboard, threshold: float) -> str:
    """Say that the best of tabkit's own models is worse than a score, in one line.

    Parameters
    ----------
    board : Leaderboard
    threshold : float
        In the primary metric's own sign: of an error, what may not be exceeded.

    Returns
    -------
    line : str
        Empty when it is as good, or better.
    """
    best = board.best_own
    metric = board.metric
    if best is None or best.mean is None:
        return f"no model of tabkit's own has a rank, so none reaches {metric.label} {threshold:g}"
    is_worse = best.mean < threshold if metric.greater_is_better else best.mean > threshold
    if not is_worse:
        return ""
    mean, limit = write_apart(best.mean, threshold)
    side = "below" if metric.greater_is_better else "above"
    return f"{best.name}, the best, has {metric.label} {mean}, {side} the limit of {limit}"

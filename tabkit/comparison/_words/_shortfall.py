"""Whether the best of tabkit's own models is as good as it has to be."""

from __future__ import annotations

from tabkit.comparison._names import AUTOGLUON
from tabkit.comparison._results._leaderboard import Leaderboard

_MIN_DIGITS, _MAX_DIGITS = 4, 17


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
    best = next((row for row in board.rows if row.rank is not None and row.name != AUTOGLUON), None)
    metric = board.metric
    if best is None or best.mean is None:
        return f"no model of tabkit's own has a rank, so none reaches {metric.label} {threshold:g}"
    is_worse = best.mean < threshold if metric.greater_is_better else best.mean > threshold
    if not is_worse:
        return ""
    mean, limit = write_apart(best.mean, threshold)
    side = "below" if metric.greater_is_better else "above"
    return f"{best.name}, the best, has {metric.label} {mean}, {side} the limit of {limit}"


def write_apart(first: float, second: float) -> tuple[str, str]:
    """Write two numbers with as many digits as it takes to see that they differ.

    Examples
    --------
    >>> write_apart(0.79999612, 0.8), write_apart(41234.5, 3.0)
    (('0.799996', '0.8'), ('4.123e+04', '3'))
    """
    for digits in range(_MIN_DIGITS, _MAX_DIGITS):
        texts = f"{first:.{digits}g}", f"{second:.{digits}g}"
        if texts[0] != texts[1]:
            return texts
    return repr(first), repr(second)

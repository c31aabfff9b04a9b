"""One more fit, on all rows, when the best number of rounds is known."""

from __future__ import annotations

from typing import Any

from tabkit._core._sklearn import make_options
from tabkit._core._weights import find_counting
from tabkit.boosting._training import Rows

REFIT: list[Any] = [make_options("auto", "rounds"), None]
# See benchmarks/defaults.py: with more the gain is small, and the fit takes twice as long.
_MOST_REFITTED = 5_000


def plan_refit(refit: str | None, rows: Rows, n_rounds: int, n_trained: int) -> tuple[Rows, int] | None:
    """Rows to train on once more, and for how many rounds.

    Parameters
    ----------
    refit : {"auto", "rounds"} or None
        "auto" does it with at most 5,000 rows.
    rows : Rows
        All of them; those without weight do not count, and are left out.
    n_rounds : int
        The best number, found on ``n_trained`` rows.
    n_trained : int

    Returns
    -------
    again : tuple of Rows and int, or None
        As many more rounds as there are more rows.

    Examples
    --------
    >>> import numpy as np
    >>> rows = Rows(np.zeros((6, 1)), np.arange(6.0), np.array([1.0, 1, 1, 1, 1, 0]))
    >>> again, n_rounds = plan_refit("auto", rows, n_rounds=20, n_trained=4)
    >>> len(again.target), n_rounds
    (5, 25)
    """
    counting = find_counting(rows.weight, len(rows.target))
    if refit is None or (refit == "auto" and len(counting) > _MOST_REFITTED):
        return None
    counted = rows if len(counting) == len(rows.target) else rows.take(counting)
    return counted, max(1, round(n_rounds * len(counting) / n_trained))

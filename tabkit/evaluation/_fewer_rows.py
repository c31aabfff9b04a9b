"""Some rows in the place of all, that are like them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from tabkit.data import Table, Task


def draw_rows(table: Table, task: Task, rows: np.ndarray, n_rows: int, seed: int) -> np.ndarray:
    """Draw about so many of some rows: the last in time, whole groups, or some of every class.

    Parameters
    ----------
    table : Table
    task : Task
    rows : ndarray of int
        Positions.
    n_rows : int
    seed : int

    Returns
    -------
    drawn : ndarray of int
        Positions, in the order of ``rows``.
    """
    from tabkit.model_selection import split_for_validation

    if n_rows >= len(rows):
        return rows
    times, groups = table.times, table.groups
    _, drawn = split_for_validation(
        table.target.iloc[rows],
        fraction=n_rows / len(rows),
        is_classification=task.is_classification,
        groups=None if groups is None or times is not None else groups.iloc[rows],
        times=None if times is None else times.iloc[rows],
        random_state=seed,
    )
    return rows[drawn]


def round_down(number: float) -> int:
    """To 1, 2, 3, 5 or 7 with zeros, so that what else the machine does seldom changes it.

    Examples
    --------
    >>> round_down(48_123.0), round_down(9_999.0), round_down(0.5)
    (30000, 7000, 0)
    """
    if number < 1:
        return 0
    magnitude = 10 ** math.floor(math.log10(number))
    return int(magnitude * max(step for step in (1, 2, 3, 5, 7) if step * magnitude <= number))

"""Rows that a fold neither trains on nor tests, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tabkit.data import Table
from tabkit.evaluation import Folds

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class FoldRows:
    """How many rows a fold uses, and how many it leaves out for which reason.

    Attributes
    ----------
    n_train, n_test : int
    n_later : int
        Later than what is tested, where only earlier rows are trained on.
    n_of_test_groups : int
        Of groups that are tested, and not later.
    n_other : int
        Others.
    why_other : str
        Where rows have times, the others are too near for the gap, horizon or embargo; else a fold that was
        given has them in no part.
    """

    n_train: int
    n_test: int
    n_later: int = 0
    n_of_test_groups: int = 0
    n_other: int = 0
    why_other: str = "too near in time"

    @property
    def n_left_out(self) -> int:
        """All that are left out."""
        return self.n_later + self.n_of_test_groups + self.n_other


def count_fold_rows(table: Table, folds: Folds) -> tuple[FoldRows, ...]:
    """Count the rows that each fold uses and leaves out.

    Parameters
    ----------
    table : Table
    folds : Folds
        Of its rows.

    Returns
    -------
    counts : tuple of FoldRows
    """
    import pandas as pd

    groups = None if table.groups is None else pd.factorize(table.groups, use_na_sentinel=False)[0]
    return tuple(_count(table, groups, train, test) for train, test in folds.pairs)


def _count(table: Table, groups: np.ndarray | None, train: np.ndarray, test: np.ndarray) -> FoldRows:
    import numpy as np

    is_out = np.ones(table.n_rows, dtype=bool)
    is_out[train] = is_out[test] = False
    n_later = n_of_test_groups = 0
    times = table.times
    if times is not None and is_out.any() and times.iloc[train].max() < times.iloc[test].min():
        is_later = is_out & (times > times.iloc[test].max()).to_numpy(dtype=bool)
        n_later = int(is_later.sum())
        is_out &= ~is_later
    if groups is not None and is_out.any():
        is_tested = is_out & np.isin(groups, groups[test])
        n_of_test_groups = int(is_tested.sum())
        is_out &= ~is_tested
    why_other = "in no part of the fold" if times is None else "too near in time"
    return FoldRows(len(train), len(test), n_later, n_of_test_groups, int(is_out.sum()), why_other)

"""The distinct times of some rows, on which windows are laid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class TimeAxis:
    """Distinct times and how many rows come before each: no window laid on it tears equal times.

    Attributes
    ----------
    values : ndarray of shape (n_rows,)
        Of `tabkit._core._times.encode_times`.
    distinct : ndarray of shape (n_times,)
        Increasing.
    numbers : ndarray of shape (n_rows,)
        Which of the distinct times a row has.
    rows_before : ndarray of shape (n_times + 1,)
        Rows that are earlier than each distinct time; the last is the number of all rows.
    """

    values: np.ndarray
    distinct: np.ndarray
    numbers: np.ndarray
    rows_before: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> TimeAxis:
        """Lay out the times of some rows.

        Parameters
        ----------
        values : ndarray of shape (n_rows,)

        Returns
        -------
        axis : TimeAxis
        """
        distinct, numbers, counts = np.unique(values, return_inverse=True, return_counts=True)
        return cls(values, distinct, numbers, np.concatenate([[0], np.cumsum(counts)]))

    @property
    def n_times(self) -> int:
        """Number of distinct times."""
        return len(self.distinct)

    def cut_nearest(self, n_rows: np.ndarray) -> np.ndarray:
        """The numbers of the times before which there are nearest to so many rows.

        Parameters
        ----------
        n_rows : ndarray of int

        Returns
        -------
        cuts : ndarray of int
            From 0 to ``n_times``; the smaller one of two equally near.
        """
        above = np.clip(np.searchsorted(self.rows_before, n_rows), 0, self.n_times)
        below = np.maximum(above - 1, 0)
        is_below = n_rows - self.rows_before[below] <= self.rows_before[above] - n_rows
        return np.where(is_below, below, above)

    def rows_between(self, first: int, stop: int) -> np.ndarray:
        """Which rows have a time from number ``first`` up to, and without, number ``stop``."""
        return (self.numbers >= first) & (self.numbers < stop)


def name_time(value: Any) -> str:
    """A time as people write it."""
    return (
        str(pd.Timestamp(value)).removesuffix(" 00:00:00") if isinstance(value, np.datetime64) else str(value)
    )

"""Rows whose labels take time to be known: their times are intervals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from tabkit._core import InputError
from tabkit.model_selection._roles import encode_times, read_column


@dataclass(frozen=True)
class Spans:
    """From when each row is known to when its label is.

    Attributes
    ----------
    starts : ndarray of shape (n_rows,)
        Of `tabkit.model_selection._roles.encode_times`.
    ends : ndarray of shape (n_rows,) or None
        Likewise; None where labels are known with their rows.
    is_closed : bool
        Whether the label depends on what happens at its end too.
    """

    starts: np.ndarray
    ends: np.ndarray | None = None
    is_closed: bool = False

    @classmethod
    def of(cls, times: Any, n_rows: int) -> Spans:
        """Read the times of rows.

        Parameters
        ----------
        times : array-like of shape (n_rows,)
            Numbers, dates or intervals of them.
        n_rows : int

        Returns
        -------
        spans : Spans

        Raises
        ------
        InputError
            If they cannot be used.
        """
        intervals = _find_intervals(times, n_rows)
        if intervals is None:
            return cls(encode_times(times, n_rows))
        ends = encode_times(intervals.right, n_rows)
        return cls(encode_times(intervals.left, n_rows), ends, str(intervals.closed) in ("right", "both"))

    def clear_of(self, is_tested: np.ndarray) -> np.ndarray:
        """Which rows have their label before those tested begin, or begin after theirs end.

        Parameters
        ----------
        is_tested : ndarray of bool of shape (n_rows,)

        Returns
        -------
        is_clear : ndarray of bool of shape (n_rows,)
            All, where labels are known with their rows.
        """
        if self.ends is None:
            return np.ones(len(self.starts), dtype=bool)
        first, last = self.starts[is_tested].min(), self.ends[is_tested].max()
        if self.is_closed:
            return (self.ends < first) | (self.starts > last)
        return (self.ends <= first) | (self.starts >= last)


def check_times(times: Any, n_rows: int) -> np.ndarray | pd.Series:
    """Times as an array of numbers or dates, or as a Series of intervals of them.

    Parameters
    ----------
    times : array-like of shape (n_rows,)
    n_rows : int

    Returns
    -------
    times : ndarray or Series of shape (n_rows,)
    """
    spans = Spans.of(times, n_rows)
    if spans.ends is None:
        return spans.starts
    make = partial(pd.arrays.IntervalArray.from_arrays, spans.starts, spans.ends)
    return pd.Series(make(closed="right") if spans.is_closed else make(closed="left"))


def _find_intervals(times: Any, n_rows: int) -> pd.arrays.IntervalArray | None:
    """The intervals among what was passed as times; None for plain times."""
    values = read_column(times, "times", n_rows)
    if values.dtype == object:
        values = values.infer_objects()
    if not isinstance(values.dtype, pd.IntervalDtype):
        return None
    if values.isna().any():
        n_missing = int(values.isna().sum())
        raise InputError(f"times: {n_missing} of {n_rows} rows have no time: fill them in or drop these rows")
    return values.array

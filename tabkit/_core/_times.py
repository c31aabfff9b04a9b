"""Times of rows: numbers or dates that can be ordered, or intervals where labels take time to be known."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from tabkit._core import InputError
from tabkit._core._series import as_series
from tabkit._core._wording import agree, say_count, say_value


@dataclass(frozen=True)
class Spans:
    """From when each row is known to when its label is.

    Attributes
    ----------
    starts : ndarray of shape (n_rows,)
        Of `tabkit._core._times.encode_times`.
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


def are_intervals(times: pd.Series) -> bool:
    """Whether times are intervals, all of one kind."""
    return isinstance(times.dtype, pd.IntervalDtype)


def _find_intervals(times: Any, n_rows: int) -> pd.arrays.IntervalArray | None:
    """The intervals among what was passed as times; None for plain times."""
    values = read_times(times, n_rows)
    if not are_intervals(values):
        return None
    if values.isna().any():
        n_missing = int(values.isna().sum())
        raise _refuse_missing(n_missing, n_rows)
    return values.array


def _refuse_missing(n_missing: int, n_rows: int) -> InputError:
    has = agree(n_missing, "has", "have")
    return InputError(f"times: {n_missing} of {n_rows} rows {has} no time: fill it in or drop them")


def encode_times(times: Any, n_rows: int) -> np.ndarray:
    """Turn times into numbers or naive UTC datetimes that can be ordered and subtracted.

    Of intervals it takes the start, see `Spans`.

    Returns
    -------
    values : ndarray of shape (n_rows,)
        Of int64, float64 or datetime64: a length of time can be taken off without overflow.
    """
    series = read_times(times, n_rows)
    if are_intervals(series):
        series = pd.Series(series.array.left)
    n_missing = int(series.isna().sum())
    if n_missing:
        raise _refuse_missing(n_missing, n_rows)
    if isinstance(series.dtype, pd.PeriodDtype):
        series = series.dt.to_timestamp()
    if not types.is_numeric_dtype(series.dtype):
        try:
            # A format is only tried on text; dates of any type pass.
            series = pd.to_datetime(series, format="ISO8601", utc=True).dt.tz_localize(None)
        except (ValueError, TypeError) as error:
            raise InputError(
                f"times: values such as {say_value(series.iloc[0])} are neither numbers nor dates: "
                "convert them with pandas.to_datetime"
            ) from error
    values = series.to_numpy()
    if values.dtype.kind == "M":
        return values
    values = values.astype(np.int64 if np.can_cast(values.dtype, np.int64) else np.float64)
    n_infinite = n_rows - int(np.isfinite(values).sum())
    if n_infinite:
        has = agree(n_infinite, "has", "have")
        raise InputError(f"times: {n_infinite} of {n_rows} rows {has} an infinite time: drop them")
    return values


def read_times(times: Any, n_rows: int) -> pd.Series:
    """Times as a Series, of intervals where they are.

    Raises
    ------
    InputError
        If there are intervals of several kinds.
    """
    if isinstance(times, list | tuple):
        # pandas fails on intervals in several zones where it may guess what they are.
        times = pd.Series(times, dtype=object)
    series = read_column(times, "times", n_rows)
    if isinstance(series.dtype, pd.CategoricalDtype):  # what `pandas.cut` makes
        series = series.astype(series.cat.categories.dtype)
    with contextlib.suppress(TypeError):
        series = series.infer_objects()
    if series.dtype == object and any(isinstance(one, pd.Interval) for one in series):
        raise InputError(
            "times: not all are intervals of one kind: expected those of numbers or of dates in one zone, "
            "closed on the same side"
        )
    return series


def read_column(values: Any, name: str, n_rows: int) -> pd.Series:
    """One value per row as a Series; positions, not labels of an index, say which row is which."""
    values = as_series(values)
    if isinstance(values, pd.DataFrame) and values.shape[1] == 1:
        values = values.iloc[:, 0]
    if np.ndim(values) != 1:
        raise InputError(f"{name}: expected one value per row, got an array of shape {np.shape(values)}")
    if len(values) != n_rows:
        raise InputError(f"{name}: {say_count(len(values), 'value')} for {say_count(n_rows, 'row')}")
    return pd.Series(values).reset_index(drop=True)

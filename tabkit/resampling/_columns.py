"""The columns of a table: as numbers or codes for distances, and back for rows that are made up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from pandas.api import types

from tabkit._core import InputError
from tabkit.data import examine_column

Role: TypeAlias = Literal["number", "date", "category", "other"]

# More levels than this make distances between rows of categories meaningless, and one-hot codes huge.
_MOST_LEVELS = 50
_NUMBERS_AS_OBJECTS = {"integer", "floating", "mixed-integer-float"}
# What dates are rounded to: the coarsest of these that the column keeps.
_STEPS = tuple(np.array(1, dtype=f"timedelta64[{unit}]") for unit in ("D", "h", "m", "s", "ms", "us"))


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers, dates or durations, made comparable to others.

    Attributes
    ----------
    column : Series of shape (n_rows,)
    scaled : ndarray of shape (n_rows,)
        Mean 0 and standard deviation 1, the median where a value is missing.
    center, scale : float
        ``value = center + scale * scaled``.
    low, high : float
        The smallest and the largest value.
    step : float
        Values are multiples of it, counted from ``low``; 0 where they are continuous.
    """

    column: pd.Series
    scaled: np.ndarray
    center: float
    scale: float
    low: float
    high: float
    step: float

    def restore(self, scaled: np.ndarray) -> pd.Series:
        """Values of new rows in the dtype of the column, never beyond what it has."""
        values = np.clip(self.center + self.scale * scaled, self.low, self.high)
        if self.step:
            values = self.low + np.rint((values - self.low) / self.step) * self.step
        return _from_numbers(values, self.column)


@dataclass(frozen=True)
class CategoryColumn:
    """A column of few distinct values without an order.

    Attributes
    ----------
    column : Series of shape (n_rows,)
    codes : ndarray of int of shape (n_rows,)
        The most frequent one where a value is missing.
    examples : ndarray of int of shape (n_levels,)
        For each code a row that has its value.
    """

    column: pd.Series
    codes: np.ndarray
    examples: np.ndarray

    def restore(self, codes: np.ndarray) -> pd.Series:
        """Values of new rows in the dtype of the column."""
        return self.column.take(self.examples[codes])


def read_column(column: pd.Series, *, is_named: bool) -> NumberColumn | CategoryColumn | None:
    """Read a column for distances; None where it takes no part in them.

    Parameters
    ----------
    column : Series of shape (n_rows,)
    is_named : bool
        Whether it is of a frame: numbers there may name rows, or be dates such as 20240131.

    Returns
    -------
    read : NumberColumn, CategoryColumn or None
    """
    role = "other" if column.isna().all() else _find_role(column, is_named=is_named)
    if role in ("number", "date"):
        return _read_numbers(column, is_date=role == "date")
    if role == "category":
        return _read_categories(column)
    return None


def _find_role(column: pd.Series, *, is_named: bool) -> Role:
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype) or types.is_bool_dtype(dtype):
        return "category"
    if types.is_numeric_dtype(dtype):
        names_rows = is_named and examine_column(column).kind in ("identifier", "date")
        return "other" if names_rows else "number"
    is_plain_date = isinstance(dtype, np.dtype) and dtype.kind in "mM"
    if is_plain_date or isinstance(dtype, pd.DatetimeTZDtype | pd.PeriodDtype):
        return "date"
    if types.is_object_dtype(dtype):
        held = types.infer_dtype(column, skipna=True)
        if held in _NUMBERS_AS_OBJECTS:
            return "number"
        if held == "boolean":
            return "category"
    return "category" if examine_column(column).kind == "category" else "other"


def _read_numbers(column: pd.Series, *, is_date: bool) -> NumberColumn:
    values = _date_numbers(column) if is_date else column.to_numpy(np.float64, na_value=np.nan)
    present = values[~np.isnan(values)]
    if np.isinf(present).any():
        raise InputError(
            f"column {column.name!r} contains infinity: replace it, by NaN where it means missing"
        )
    step = _find_date_step(column.dtype, present) if is_date else float((present == np.rint(present)).all())
    filled = np.where(np.isnan(values), np.median(present), values)
    # Divided first, so that the squares of huge numbers stay finite.
    largest = np.abs(filled).max() or 1.0
    center, scale = float(filled.mean()), float(largest * (filled / largest).std()) or 1.0
    return NumberColumn(
        column,
        scaled=(filled - center) / scale,
        center=center,
        scale=scale,
        low=float(present.min()),
        high=float(present.max()),
        step=step,
    )


def _read_categories(column: pd.Series) -> CategoryColumn | None:
    try:
        codes, _ = pd.factorize(column)
    except TypeError:  # lists and the like
        return None
    present, examples, counts = np.unique(codes[codes >= 0], return_index=True, return_counts=True)
    if len(present) > _MOST_LEVELS:
        return None
    filled = np.where(codes < 0, present[counts.argmax()], codes)
    return CategoryColumn(column, filled, np.flatnonzero(codes >= 0)[examples])


def _date_numbers(column: pd.Series) -> np.ndarray:
    """Units of the dtype since the first date, by the clock on the wall; NaN where missing."""
    units, is_missing = _date_units(column), column.isna().to_numpy()
    return np.where(is_missing, np.nan, units - units[~is_missing].min())


def _date_units(column: pd.Series) -> np.ndarray:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_localize(None)
    if isinstance(column.dtype, pd.PeriodDtype):
        return column.array.asi8
    return column.to_numpy().view(np.int64)


def _find_date_step(dtype: object, offsets: np.ndarray) -> float:
    """The coarsest step of the calendar that all dates keep, in units of the dtype."""
    if isinstance(dtype, pd.PeriodDtype):
        return 1.0
    unit = dtype.unit if isinstance(dtype, pd.DatetimeTZDtype) else np.datetime_data(dtype)[0]  # type: ignore[arg-type]
    for step in _STEPS:
        n_units = float(step / np.array(1, dtype=f"timedelta64[{unit}]"))
        if n_units >= 1 and (offsets % n_units == 0).all():
            return n_units
    return 1.0


def _from_numbers(values: np.ndarray, column: pd.Series) -> pd.Series:
    dtype = column.dtype
    if isinstance(dtype, pd.DatetimeTZDtype | pd.PeriodDtype) or dtype.kind in "mM":
        return _from_date_numbers(values, column)
    if types.is_object_dtype(dtype):
        held = types.infer_dtype(column, skipna=True)
        numbers = values.astype(np.int64) if held == "integer" else values
        return pd.Series(numbers.astype(object), dtype=object)
    if isinstance(dtype, np.dtype) and dtype.kind in "iu" and dtype.itemsize == 8:
        # The largest whole number of 64 bits, as a float, is one too many.
        values = np.minimum(values, np.nextafter(2.0 ** (63 if dtype.kind == "i" else 64), 0.0))
    return pd.Series(values).astype(dtype)


def _from_date_numbers(values: np.ndarray, column: pd.Series) -> pd.Series:
    units = _date_units(column)[column.notna().to_numpy()].min() + values.astype(np.int64)
    dtype = column.dtype
    if isinstance(dtype, pd.PeriodDtype):
        return pd.Series(pd.PeriodIndex.from_ordinals(units, freq=dtype.freq))  # type: ignore[attr-defined]
    if isinstance(dtype, pd.DatetimeTZDtype):
        clock = pd.Series(units.view(f"datetime64[{dtype.unit}]"))
        is_summer = np.ones(len(clock), dtype=bool)
        return clock.dt.tz_localize(dtype.tz, ambiguous=is_summer, nonexistent="shift_forward")
    return pd.Series(units.view(dtype))

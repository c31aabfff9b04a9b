"""A column of times as numbers that can be ordered."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from tabkit._core import InputError
from tabkit._core._lengths import read_length
from tabkit.data import examine_column
from tabkit.preprocessing._columns import ReadTable, read_table, settle_columns

_NANOSECONDS_OF_DAY = 86_400 * 10**9


class TimeColumn:
    """Reads a column of times as it was written at fit: numbers, or dates as nanoseconds in UTC.

    Parameters
    ----------
    label : hashable
        Of the column.
    """

    def __init__(self, label: Hashable) -> None:
        self.label = label

    def fit(self, frame: pd.DataFrame) -> TimeColumn:
        """Learn whether times are dates, and how they are written.

        Raises
        ------
        InputError
            If they are neither numbers nor dates, or all are missing.
        """
        column = frame[self.label]
        if not column.notna().any():
            raise InputError(f"time={self.label!r}: all values of this column are missing")
        kind = "numeric" if types.is_numeric_dtype(column.dtype) else examine_column(column).kind
        if types.is_bool_dtype(column.dtype) or kind not in ("numeric", "date"):
            raise InputError(
                f"time={self.label!r}: expected a column of dates or numbers, got one of dtype "
                f"{column.dtype}: convert it with pandas.to_datetime"
            )
        (self.reading_,) = settle_columns(frame[[self.label]], {self.label: kind})
        return self

    @property
    def is_dates(self) -> bool:
        """Whether times are dates."""
        return self.reading_.kind == "date"

    def read(self, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Read times.

        Returns
        -------
        times : ndarray of int64 or float64 of shape (n_rows,)
            Nanoseconds of dates, or the numbers.
        is_known : ndarray of bool of shape (n_rows,)
            Where one is missing, the other array has 0.
        """
        table: ReadTable = read_table(frame, (self.reading_,), strict=False)
        if not self.is_dates:
            numbers = table.numbers[:, 0]
            is_known = ~np.isnan(numbers)
            return np.where(is_known, numbers, 0.0), is_known
        dates = np.asarray(table[self.label])
        is_known = ~np.isnat(dates)
        return np.where(is_known, dates.astype(np.int64), 0), is_known

    def read_length(self, name: str, value: Any) -> int | float:
        """Read a length of time in the unit of `read`."""
        length = read_length(
            name, value, np.empty(0, dtype="datetime64[ns]" if self.is_dates else np.float64)
        )
        return int(length.astype("timedelta64[ns]").astype(np.int64)) if self.is_dates else length

    def say_differences(self, differences: np.ndarray) -> np.ndarray:
        """Differences of times as days, or in the unit of numbers."""
        return differences / _NANOSECONDS_OF_DAY if self.is_dates else differences.astype(np.float64)

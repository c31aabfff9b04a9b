"""Values far outside of what the training rows had: said, since no model has learned from any like them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Hashable, Sequence

import numpy as np

from tabkit._core import DistantValuesWarning
from tabkit._core._warnings import level_of_user
from tabkit._core._wording import say_count, say_value
from tabkit.preprocessing._columns import ReadTable
from tabkit.preprocessing._date_differences import read_days


class TrainingRanges:
    """The ranges of columns of numbers and dates on the training rows.

    Parameters
    ----------
    numeric : sequence of hashable
        Labels of all numeric columns that are used.
    dates : sequence of hashable
        Labels of the columns of dates that are to be looked at.
    """

    def __init__(self, numeric: Sequence[Hashable], dates: Sequence[Hashable]) -> None:
        self.numeric = list(numeric)
        self.dates = list(dates)

    def fit(self, table: ReadTable) -> TrainingRanges:
        """Learn the ranges of the training rows."""
        values = self._read(table)
        values = np.where(np.isnan(values).all(axis=0), 0.0, values)
        self.lows_, self.highs_ = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
        widths = self.highs_ - self.lows_
        # A column of one value has no width to go by.
        self.widths_ = np.where(widths > 0, widths, np.inf)
        return self

    def report(self, table: ReadTable) -> None:
        """Say in one warning, a line for each column, what is beyond its range by more than its width.

        Parameters
        ----------
        table : ReadTable
            Other rows.
        """
        values = self._read(table)
        is_far = (values > self.highs_ + self.widths_) | (values < self.lows_ - self.widths_)
        if not is_far.any():
            return
        labels = [*self.numeric, *self.dates]
        lines = []
        for position in np.flatnonzero(is_far.any(axis=0)).tolist():
            far = values[is_far[:, position], position]
            say = _say_number if position < len(self.numeric) else _say_day
            lines.append(
                f"column {labels[position]!r}: {say_count(len(far), 'value')} far outside "
                f"of {say(self.lows_[position])} to {say(self.highs_[position])}, the range of the training "
                f"rows, such as {say(far[0])}"
            )
        warnings.warn("\n".join(lines), DistantValuesWarning, stacklevel=level_of_user())

    def _read(self, table: ReadTable) -> np.ndarray:
        return np.hstack([table.numbers, read_days(table, self.dates)]) if self.dates else table.numbers


def _say_number(value: float) -> str:
    return f"{value:.6g}"


def _say_day(days: float) -> str:
    return say_value(np.datetime64(math.floor(days), "D"))

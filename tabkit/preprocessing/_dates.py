"""Dates as numbers: elapsed time with parts for trees, with cycles for linear models and nets."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from tabkit.preprocessing._columns import ReadTable
from tabkit.preprocessing._training_target import TrainingTarget

_DAY = np.timedelta64(1, "D")
_HOUR = np.timedelta64(1, "h")
# Part, its first value and how many there are in one turn.
_TURNS = {"month": (1, 12.0), "weekday": (0, 7.0), "hour": (0, 24.0)}
# Days after which a part starts over.
_DAYS_OF_TURN = {"year": np.inf, "month": 365, "day": 31, "yearday": 365, "weekday": 7, "hour": 1}


def date_parts(moments: np.ndarray) -> dict[str, np.ndarray]:
    """Take moments apart.

    Parameters
    ----------
    moments : ndarray of datetime64[ns] of shape (n_rows,)

    Returns
    -------
    parts : dict of str to ndarray of shape (n_rows,)
        ``year``, ``month`` and ``day`` from 1, ``yearday`` from 1, ``weekday`` from 0 for
        Monday, and ``hour`` with its fraction; NaN where the moment is missing.
    """
    years, months, days = (moments.astype(f"datetime64[{unit}]") for unit in "YMD")
    parts = {
        "year": years.astype(np.int64) + 1970,
        "month": months.astype(np.int64) % 12 + 1,
        "day": (days - months) / _DAY + 1,
        "yearday": (days - years) / _DAY + 1,
        "weekday": (days.astype(np.int64) + 3) % 7,  # 1970-01-01 was a Thursday
        "hour": (moments - days) / _HOUR,
    }
    missing = np.isnat(moments)
    return {name: np.where(missing, np.nan, values) for name, values in parts.items()}


def _warranted_parts(moments: np.ndarray, parts: dict[str, np.ndarray], rows: TrainingTarget) -> list[str]:
    """List the parts that the resolution of the dates gives a meaning, and that vary.

    Days of monthly dates are all the first of the month: their weekday means nothing. Where the
    rows have times, what is predicted lies after the training rows: a part whose turn they do
    not fill would be a value that no model has learned from, and a year always is.
    """
    known = moments[~np.isnat(moments)]
    if not len(known):
        return []
    has_hours = bool(np.nanmax(parts["hour"]) > 0)
    has_days = has_hours or bool(np.nanmax(parts["day"]) > 1)
    meant = ["year", "month"] + ["day", "yearday", "weekday"] * has_days + ["hour"] * has_hours
    if rows.times is not None:
        n_days = (known.max() - known.min()) / _DAY
        meant = [name for name in meant if n_days >= _DAYS_OF_TURN[name]]
    return [name for name in meant if np.nanmin(parts[name]) < np.nanmax(parts[name])]


class ElapsedTime:
    """One column of dates as the days since the earliest one, NaN where the date is missing.

    Parameters
    ----------
    column : hashable
        Label of the column.
    """

    def __init__(self, column: Hashable) -> None:
        self.column = column
        self.names = [f"{column}__elapsed_days"]
        self.sources = [column]

    def fit_transform(self, table: ReadTable, rows: TrainingTarget) -> np.ndarray:
        """Learn the origin: the earliest date of the training rows."""
        moments = np.asarray(table[self.column])
        known = moments[~np.isnat(moments)]
        self.origin_ = int(known.min().astype(np.int64)) if len(known) else 0
        return self.transform(table)

    def transform(self, table: ReadTable) -> np.ndarray:
        """Count the days, shape (n_rows, 1)."""
        elapsed = (np.asarray(table[self.column]) - np.datetime64(self.origin_, "ns")) / _DAY
        return elapsed[:, np.newaxis]


class DateParts:
    """One column of dates as year, month, day and so on, with NaN where the date is missing.

    Parts that never change on the training rows, or are finer than the dates are, are left out.

    Parameters
    ----------
    column : hashable
        Label of the column.
    """

    def __init__(self, column: Hashable) -> None:
        self.column = column

    def fit_transform(self, table: ReadTable, rows: TrainingTarget) -> np.ndarray:
        """Learn which parts are warranted."""
        moments = np.asarray(table[self.column])
        parts = date_parts(moments)
        self.parts_ = _warranted_parts(moments, parts, rows)
        self.names = [f"{self.column}__{part}" for part in self.parts_]
        self.sources = [self.column] * len(self.names)
        return self._stack(parts)

    def transform(self, table: ReadTable) -> np.ndarray:
        """Take the dates apart, shape (n_rows, n_parts)."""
        return self._stack(date_parts(np.asarray(table[self.column])))

    def _stack(self, parts: dict[str, np.ndarray]) -> np.ndarray:
        stacked = np.empty((len(parts["year"]), len(self.parts_)))
        for position, name in enumerate(self.parts_):
            stacked[:, position] = parts[name]
        return stacked


class DateCycles:
    """One column of dates as points on circles: December is next to January, 23:00 to 0:00.

    The sine and cosine of month, weekday and hour, as far as the dates have them and they
    change on the training rows; NaN where the date is missing.

    Parameters
    ----------
    column : hashable
        Label of the column.
    """

    def __init__(self, column: Hashable) -> None:
        self.column = column

    def fit_transform(self, table: ReadTable, rows: TrainingTarget) -> np.ndarray:
        """Learn which cycles are warranted."""
        moments = np.asarray(table[self.column])
        parts = date_parts(moments)
        self.parts_ = [name for name in _warranted_parts(moments, parts, rows) if name in _TURNS]
        self.names = [
            f"{self.column}__{part}_{function}" for part in self.parts_ for function in ("sin", "cos")
        ]
        self.sources = [self.column] * len(self.names)
        return self._turn(parts)

    def transform(self, table: ReadTable) -> np.ndarray:
        """Place the dates on the circles, shape (n_rows, 2 * n_cycles)."""
        return self._turn(date_parts(np.asarray(table[self.column])))

    def _turn(self, parts: dict[str, np.ndarray]) -> np.ndarray:
        points = np.empty((len(parts["year"]), len(self.names)))
        for position, name in enumerate(self.parts_):
            first, length = _TURNS[name]
            angles = (parts[name] - first) * (2.0 * np.pi / length)
            points[:, 2 * position] = np.sin(angles)
            points[:, 2 * position + 1] = np.cos(angles)
        return points

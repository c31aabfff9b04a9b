"""Several columns of dates as the time of one and the days between them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from tabkit.preprocessing._columns import ReadTable
from tabkit.preprocessing._training_target import TrainingTarget

_NANOSECONDS_OF_DAY = 86_400e9
# Enough to know which dates are near each other; more rows would only take longer.
_MOST_ROWS_COMPARED = 5_000


class DateDifferences:
    """Columns of dates as the elapsed days of one, and as days from one to the next for the others.

    What a target depends on is often the days between two dates: a stay, a delay. From the elapsed days of
    each, a linear model makes them as the difference of two large terms, and one of these alone, where the
    other date is missing, is far from all that the training rows had. Here they are features.

    Each date is counted from the one nearest to it, by the mean absolute deviation of their difference, on
    a minimum spanning tree: on the way from a date to any other, no step deviates more than their own
    difference does. The tree begins at the column with the fewest missing dates; where that is missing, its
    elapsed days are those of the nearest date that is not, corrected by the median of their difference.
    Columns that have no row in common begin a tree each.

    Parameters
    ----------
    columns : sequence of hashable
        Labels of the columns.
    has_elapsed : bool
        Whether elapsed days are wanted beside the differences.
    """

    def __init__(self, columns: Sequence[Hashable], *, has_elapsed: bool) -> None:
        self.columns = list(columns)
        self.has_elapsed = has_elapsed

    def fit_transform(self, table: ReadTable, rows: TrainingTarget) -> np.ndarray:
        """Learn which date is counted from which."""
        days = read_days(table, self.columns)
        sample = days[:: -(-len(days) // _MOST_ROWS_COMPARED)]
        medians, spreads = _compare(sample)
        steps = _span(spreads, np.isnan(days).sum(axis=0))
        self.steps_ = [(one, before) for one, before in steps if self.has_elapsed or one != before]
        self.origin_ = float(np.nanmin(days))
        self.medians_ = medians
        self.nearest_ = np.argsort(spreads, axis=1, kind="stable")
        self.names = [self._name(one, before) for one, before in self.steps_]
        self.sources = [self.columns[one] for one, _ in self.steps_]
        return self._measure(days)

    def transform(self, table: ReadTable) -> np.ndarray:
        """Count the days, shape (n_rows, n_names), NaN where a date for it is missing."""
        return self._measure(read_days(table, self.columns))

    def _name(self, one: int, before: int) -> str:
        label = self.columns[one]
        return f"{label}__elapsed_days" if one == before else f"{label}__days_since_{self.columns[before]}"

    def _measure(self, days: np.ndarray) -> np.ndarray:
        measured = np.empty((len(days), len(self.steps_)))
        for position, (one, before) in enumerate(self.steps_):
            if one == before:
                measured[:, position] = self._complete(days, one) - self.origin_
            else:
                measured[:, position] = days[:, one] - days[:, before]
        return measured

    def _complete(self, days: np.ndarray, one: int) -> np.ndarray:
        completed = days[:, one]
        for other in self.nearest_[one]:
            is_missing = np.isnan(completed)
            if not is_missing.any():
                break
            completed = np.where(is_missing, days[:, other] + self.medians_[one, other], completed)
        return completed


class DateGaps:
    """Which of several columns of dates are missing: an indicator for each that was on the training rows.

    A date alone has one beside its elapsed days.

    Parameters
    ----------
    columns : sequence of hashable
        Labels of the columns.
    """

    def __init__(self, columns: Sequence[Hashable]) -> None:
        self.columns = list(columns)

    def fit_transform(self, table: ReadTable, rows: TrainingTarget) -> np.ndarray:
        """Learn which columns have missing dates."""
        self.sources = [label for label in self.columns if np.isnat(np.asarray(table[label])).any()]
        self.names = [f"{label}__missing" for label in self.sources]
        return self.transform(table)

    def transform(self, table: ReadTable) -> np.ndarray:
        """Return the indicators, shape (n_rows, n_indicators)."""
        indicators = np.empty((table.n_rows, len(self.sources)))
        for position, label in enumerate(self.sources):
            indicators[:, position] = np.isnat(np.asarray(table[label]))
        return indicators


def read_days(table: ReadTable, columns: Sequence[Hashable]) -> np.ndarray:
    """Days since 1970 as floats, shape (n_rows, n_columns): nanoseconds hold no difference of 300 years."""
    moments = np.column_stack([np.asarray(table[label]) for label in columns])
    days = moments.astype(np.int64) / _NANOSECONDS_OF_DAY
    days[np.isnat(moments)] = np.nan
    return days


def _compare(days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Median of each date less each other, and the mean absolute deviation from it; infinite without rows."""
    n_columns = days.shape[1]
    medians, spreads = np.full((n_columns, n_columns), np.nan), np.full((n_columns, n_columns), np.inf)
    for one in range(n_columns):
        for other in range(one):
            differences = days[:, one] - days[:, other]
            differences = differences[~np.isnan(differences)]
            if len(differences):
                median = float(np.median(differences))
                medians[one, other], medians[other, one] = median, -median
                spreads[one, other] = spreads[other, one] = np.abs(differences - median).mean()
    return medians, spreads


def _span(spreads: np.ndarray, n_missing: np.ndarray) -> list[tuple[int, int]]:
    """Prim's minimum spanning tree: each column after the one before it; the first of a tree after itself."""
    left = np.argsort(n_missing, kind="stable").tolist()
    steps: list[tuple[int, int]] = []
    while left:
        reached = [(spreads[one, before], one, before) for one in left for before, _ in steps]
        spread, one, before = min(reached, default=(np.inf, 0, 0))
        if not np.isfinite(spread):
            one = before = left[0]
        steps.append((one, before))
        left.remove(one)
    return steps

"""What predictions by each of several thresholds come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tabkit._core import InputError

_MAX_THRESHOLDS = 1000
_MIN_PREDICTED = 10


@dataclass(frozen=True)
class ScoredRows:
    """Rows that a model scored and was not fitted on.

    Attributes
    ----------
    scores : ndarray of shape (n_rows,)
        Probabilities of the positive class, or decision values.
    is_positive : ndarray of bool of shape (n_rows,)
    weight : ndarray of shape (n_rows,) or None
    metadata : mapping of str
        What else a metric requests of these rows, by name.
    """

    scores: np.ndarray
    is_positive: np.ndarray
    weight: np.ndarray | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcomes:
    """Weights of the four outcomes at each of several thresholds.

    Attributes
    ----------
    rows : ScoredRows
    thresholds : ndarray of shape (n_thresholds,)
        Rising.
    true_positive, false_positive, false_negative, true_negative : ndarray of shape (n_thresholds,)
    n_predicted : ndarray of int of shape (n_thresholds,)
        Rows, and not their weights, that are predicted positive.
    """

    rows: ScoredRows
    thresholds: np.ndarray
    true_positive: np.ndarray
    false_positive: np.ndarray
    false_negative: np.ndarray
    true_negative: np.ndarray
    n_predicted: np.ndarray

    @property
    def precision(self) -> np.ndarray:
        """Share of the predicted positives that are; NaN where there are none."""
        predicted = self.true_positive + self.false_positive
        return np.divide(
            self.true_positive, predicted, out=np.full(len(predicted), np.nan), where=predicted > 0
        )

    @property
    def measured_precision(self) -> np.ndarray:
        """Precision where there are rows enough to measure it: one of one says nothing."""
        return np.where(self.n_predicted >= _MIN_PREDICTED, self.precision, np.nan)

    @property
    def recall(self) -> np.ndarray:
        """Share of the positives that are found."""
        return self.true_positive / (self.true_positive + self.false_negative)

    @property
    def total(self) -> np.ndarray:
        """Weight of all rows."""
        return self.true_positive + self.false_positive + self.false_negative + self.true_negative


def count_outcomes(rows: ScoredRows, thresholds: int | ArrayLike | None = None) -> Outcomes:
    """Try thresholds on rows.

    Parameters
    ----------
    rows : ScoredRows
    thresholds : int, array-like or None, default=None
        Their number, evenly spaced from the lowest score to the highest, or themselves. None takes those
        between neighbouring scores, and -inf and inf; of many, those at equal shares of either class.

    Returns
    -------
    outcomes : Outcomes
    """
    distinct, of_row = np.unique(rows.scores, return_inverse=True)
    weight = np.ones(len(rows.scores)) if rows.weight is None else rows.weight
    missed = _sum_below(of_row, weight * rows.is_positive)
    left = _sum_below(of_row, weight * ~rows.is_positive)
    n_below = _sum_below(of_row, np.ones(len(of_row))).astype(np.int64)
    if thresholds is None:
        tried, below = _between(distinct), _thin_out(missed, left)
        tried = tried[below]
    else:
        tried = _read_thresholds(thresholds, distinct)
        below = np.searchsorted(distinct, tried)
    return Outcomes(
        rows=rows,
        thresholds=tried,
        true_positive=missed[-1] - missed[below],
        false_positive=left[-1] - left[below],
        false_negative=missed[below],
        true_negative=left[below],
        n_predicted=len(of_row) - n_below[below],
    )


def _sum_below(codes: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sums of the values of all rows below each code, and of all rows."""
    return np.concatenate([[0.0], np.cumsum(np.bincount(codes, values))])


def _between(distinct: np.ndarray) -> np.ndarray:
    middle = distinct[:-1] + np.diff(distinct) / 2
    # Between neighbours among floats there is no middle.
    middle = np.where(middle > distinct[:-1], middle, distinct[1:])
    return np.concatenate([[-np.inf], middle, [np.inf]])


def _thin_out(missed: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Positions of thresholds at equal shares of either class, where there are many."""
    if len(missed) <= _MAX_THRESHOLDS:
        return np.arange(len(missed))
    shares = np.linspace(0, 1, _MAX_THRESHOLDS // 2)
    return np.unique([np.searchsorted(below, shares * below[-1]) for below in (missed, left)])


def _read_thresholds(thresholds: int | ArrayLike, distinct: np.ndarray) -> np.ndarray:
    if isinstance(thresholds, Integral):
        return np.linspace(distinct[0], distinct[-1], int(thresholds))
    try:
        tried = np.sort(np.asarray(thresholds, dtype=np.float64))
    except (TypeError, ValueError):
        tried = np.empty(0)
    if tried.ndim != 1 or not len(tried) or np.isnan(tried).any():
        raise InputError(f"thresholds={thresholds!r}: expected numbers in one dimension")
    return tried

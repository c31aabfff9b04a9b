"""How much a metric varies over the rows that it happens to be computed on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from tabkit._core import InputError

if TYPE_CHECKING:
    import numpy as np


def bootstrap_interval(
    metric: Callable[..., Any],
    y_true: Any,
    predicted: Any,
    *,
    n_resamples: int = 1000,
    confidence_level: float = 0.95,
    groups: Any = None,
    sample_weight: Any = None,
    random_state: int = 0,
) -> np.ndarray:
    """Interval of a metric by the percentiles of a bootstrap over rows, or over whole groups.

    A sample is a weight for each row, the number of times that it was drawn, so that every class keeps its
    place whatever is drawn. The percentiles carry the bias of the metric over: calibration errors of samples
    are higher than that of the rows, and theirs higher than the true one.

    Parameters
    ----------
    metric : callable
        ``metric(y_true, predicted, sample_weight=...)``, returning a float or an array.
    y_true : array-like of shape (n_rows,)
    predicted : array-like of shape (n_rows,) or (n_rows, n_classes)
    n_resamples : int, default=1000
    confidence_level : float, default=0.95
    groups : array-like of shape (n_rows,), default=None
        Groups are drawn instead of rows: rows of a group are not independent of each other.
    sample_weight : array-like of shape (n_rows,), default=None
    random_state : int, default=0

    Returns
    -------
    interval : ndarray of shape (..., 2)
        Low and high, of each number that ``metric`` returns. NaN results are left out.

    Raises
    ------
    InputError
        If the metric is not defined on any sample.

    References
    ----------
    Efron, B., Tibshirani, R. J.: An Introduction to the Bootstrap (1993), section 13.3.

    Examples
    --------
    >>> from sklearn.metrics import brier_score_loss
    >>> low, high = bootstrap_interval(brier_score_loss, [0, 1] * 50, [0.2, 0.7] * 50, n_resamples=200)
    >>> bool(0.05 < low < 0.065 < high < 0.08)
    True
    """
    import numpy as np

    if n_resamples < 1 or not 0 < confidence_level < 1:
        raise InputError(
            f"n_resamples={n_resamples}, confidence_level={confidence_level}: expected at least 1 sample "
            "and a level between 0 and 1"
        )
    n_rows = len(y_true)
    weight = np.ones(n_rows) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    units, n_units = number_units(n_rows, groups)
    results = []
    for drawn in draw_units(n_units, n_resamples, random_state):
        times = weight * np.bincount(drawn, minlength=n_units)[units]
        if times.any():
            results.append(np.asarray(metric(y_true, predicted, sample_weight=times), dtype=np.float64))
    values = np.array(results)
    if not len(values) or np.isnan(values).all():
        raise InputError("the metric is not defined on any bootstrap sample: more rows are needed")
    return percentile_interval(values, confidence_level)


def number_units(n_rows: int, groups: Any = None) -> tuple[np.ndarray, int]:
    """What a bootstrap draws: rows, or whole groups.

    Parameters
    ----------
    n_rows : int
    groups : array-like of shape (n_rows,), default=None

    Returns
    -------
    unit_of_row : ndarray of int of shape (n_rows,)
    n_units : int
    """
    import numpy as np
    import pandas as pd

    if groups is None:
        return np.arange(n_rows), n_rows
    units = pd.factorize(np.asarray(groups), use_na_sentinel=False)[0]
    return units, int(units.max()) + 1


def draw_units(n_units: int, n_resamples: int, random_state: int) -> Iterator[np.ndarray]:
    """As many units as there are, with replacement, again and again.

    Parameters
    ----------
    n_units : int
    n_resamples : int
    random_state : int

    Yields
    ------
    drawn : ndarray of int of shape (n_units,)
    """
    import numpy as np

    rng = np.random.default_rng(random_state)
    for _ in range(n_resamples):
        yield rng.integers(0, n_units, n_units)


def percentile_interval(values: Any, confidence_level: float = 0.95) -> np.ndarray:
    """The middle part of what resamples gave.

    Parameters
    ----------
    values : ndarray of shape (n_resamples, ...)
        NaN is left out.
    confidence_level : float, default=0.95

    Returns
    -------
    interval : ndarray of shape (..., 2)
        Low and high.
    """
    import numpy as np

    tail = (1 - confidence_level) / 2
    return np.moveaxis(np.nanquantile(values, [tail, 1 - tail], axis=0), 0, -1)

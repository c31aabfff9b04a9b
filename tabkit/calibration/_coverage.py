"""How often intervals and sets hold the truth, on rows that nothing was fitted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from tabkit._core import InputError
from tabkit._core._wording import say_count
from tabkit.metrics import bootstrap_interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Coverage:
    """How often intervals or sets held the truth, and how large they are.

    Attributes
    ----------
    coverage : float
        Share of the rows.
    interval : tuple of float
        95 % interval of the share: exact (Clopper and Pearson), or by a bootstrap over groups.
    mean_size : float
        Mean width of the intervals, or number of classes in the sets; inf where one is infinite.
    n_rows : int
    parts : mapping of label to Coverage
        Of the rows of each part, where they were asked for.
    """

    coverage: float
    interval: tuple[float, float]
    mean_size: float
    n_rows: int
    parts: Mapping[Any, Coverage] = field(default_factory=dict)

    def frame(self) -> pd.DataFrame:
        """All rows and each part, one line each.

        Returns
        -------
        frame : DataFrame
        """
        lines = {"all": self, **self.parts}
        return pd.DataFrame(
            {
                "coverage": [part.coverage for part in lines.values()],
                "low": [part.interval[0] for part in lines.values()],
                "high": [part.interval[1] for part in lines.values()],
                "mean_size": [part.mean_size for part in lines.values()],
                "n_rows": [part.n_rows for part in lines.values()],
            },
            index=pd.Index(list(lines), name="part"),
        )


def measure_coverage(
    y_true: ArrayLike,
    predicted: ArrayLike,
    *,
    classes: Sequence[Any] | None = None,
    by: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    random_state: int = 0,
) -> Coverage:
    """Measure intervals or sets on rows that the estimator was not fitted on.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        Values or labels.
    predicted : array-like of shape (n_rows, 2) or bool of shape (n_rows, n_classes)
        Of ``predict_interval`` or ``predict_set``.
    classes : sequence, default=None
        Labels of the columns of sets: ``model.classes_``. Needed for them.
    by : array-like of shape (n_rows,), default=None
        A part for each row to be measured for itself: the class, a region, a month. Marginal coverage says
        nothing of them.
    groups : array-like of shape (n_rows,), default=None
        Rows of a group are not independent: the interval is a bootstrap over groups.
    random_state : int, default=0
        Seed of the bootstrap.

    Returns
    -------
    coverage : Coverage

    Raises
    ------
    InputError
        If truth and predictions do not fit together.

    Examples
    --------
    >>> measured = measure_coverage([1.0, 2.0, 9.0], [[0, 2], [0, 3], [0, 4]])
    >>> round(measured.coverage, 3), round(measured.mean_size, 3)
    (0.667, 3.0)
    """
    truth = pd.Series(np.asarray(y_true).ravel())
    shape = np.asarray(predicted)
    if len(truth) == 0 or shape.ndim != 2 or len(shape) != len(truth):
        raise InputError(
            f"predicted: expected one row for each of {len(truth)} true values, got shape {shape.shape}"
        )
    is_sets = shape.dtype == bool
    if is_sets and (classes is None or len(classes) != shape.shape[1]):
        raise InputError(
            f"classes: sets have {say_count(shape.shape[1], 'column')}: pass classes=model.classes_"
        )
    if is_sets:
        # A class that the sets have no column for is covered by none.
        codes = pd.Index(np.asarray(classes)).get_indexer(truth)
        is_covered, sizes = shape[np.arange(len(shape)), codes] & (codes >= 0), shape.sum(axis=1)
    elif shape.shape[1] == 2:
        values = truth.to_numpy(dtype=np.float64)
        is_covered, sizes = (shape[:, 0] <= values) & (values <= shape[:, 1]), shape[:, 1] - shape[:, 0]
    else:
        raise InputError(
            f"predicted: expected intervals of shape (n_rows, 2), or sets of bool, got {shape.shape}"
        )
    units = None if groups is None else np.asarray(groups)
    parts = {}
    if by is not None:
        for label, rows in pd.Series(np.arange(len(truth))).groupby(np.asarray(by), dropna=False):
            at = rows.to_numpy()
            parts[label] = _measure(
                is_covered[at], sizes[at], None if units is None else units[at], random_state
            )
    whole = _measure(is_covered, sizes, units, random_state)
    return Coverage(whole.coverage, whole.interval, whole.mean_size, whole.n_rows, parts)


def _measure(
    is_covered: np.ndarray, sizes: np.ndarray, groups: np.ndarray | None, random_state: int
) -> Coverage:
    n_rows = len(is_covered)
    if groups is None:
        exact = binomtest(int(is_covered.sum()), n_rows).proportion_ci(0.95, method="exact")
        interval = float(exact.low), float(exact.high)
    else:
        low, high = bootstrap_interval(
            _share, is_covered, is_covered, groups=groups, random_state=random_state
        )
        interval = float(low), float(high)
    return Coverage(float(is_covered.mean()), interval, float(sizes.mean()), n_rows)


def _share(is_covered: np.ndarray, _: np.ndarray, *, sample_weight: np.ndarray) -> float:
    return float(np.average(is_covered, weights=sample_weight))

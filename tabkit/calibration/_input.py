"""What meta-estimators take as a target: labels or values."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import column_or_1d
from sklearn.utils.validation import check_consistent_length

from tabkit._core._wording import say_count
from tabkit.preprocessing._labels import learn_classes
from tabkit.preprocessing._values import as_values


def check_labels(X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Labels and the classes among them.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features)
    y : array-like of shape (n_rows,)

    Returns
    -------
    labels : ndarray of shape (n_rows,)
    classes : ndarray of shape (n_classes,)
        Sorted, two at least.

    Raises
    ------
    InputError
        If they are no labels, or all the same.
    """
    codes, classes = learn_classes(y)
    check_consistent_length(X, codes)
    return classes[codes], classes


def check_values(X: Any, y: Any) -> np.ndarray:
    """Values to be predicted, as floats.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features)
    y : array-like of shape (n_rows,)

    Returns
    -------
    values : ndarray of float64 of shape (n_rows,)
    """
    values = column_or_1d(as_values(y), warn=True)
    check_consistent_length(X, values)
    if len(values) < 2:
        raise ValueError(
            f"{say_count(len(values), 'sample')} cannot be split into rows to fit on and rows to measure on"
        )
    return values

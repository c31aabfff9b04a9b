"""What meta-estimators take as a target: labels or values."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_consistent_length

from tabkit._core._wording import say_count
from tabkit.preprocessing._labels import learn_classes
from tabkit.preprocessing._target_column import as_array
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


def check_two_classes(X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Labels and the two classes among them.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features)
    y : array-like of shape (n_rows,)

    Returns
    -------
    labels : ndarray of shape (n_rows,)
    classes : ndarray of shape (2,)
        Sorted.

    Raises
    ------
    ValueError
        If there are more classes, or several targets.
    """
    y = as_array(y)
    if y.ndim < 2 or y.shape[1] == 1:
        y, classes = check_labels(X, y)
        if len(classes) == 2:
            return y, classes
    raise ValueError(
        f"Only binary classification is supported. The type of the target is {type_of_target(y)}."
    )


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

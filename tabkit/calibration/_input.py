"""What meta-estimators take: rows, and as a target labels or values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_consistent_length

from tabkit._core import InputError
from tabkit._core._wording import say_count
from tabkit.preprocessing._features import check_features
from tabkit.preprocessing._labels import learn_classes
from tabkit.preprocessing._target_column import as_array
from tabkit.preprocessing._values import as_values


def check_rows(estimator: BaseEstimator, X: Any, *, reset: bool) -> Any:
    """Check a table by its columns; rows that are no table are for the estimator inside to judge.

    Parameters
    ----------
    estimator : estimator
        Whose ``n_features_in_`` and ``feature_names_in_`` are set or compared with.
    X : frame of any library, array-like or sparse matrix, of shape (n_rows, n_features), or of rows
        Rows are texts, mappings, or arrays of two dimensions and more.
    reset : bool
        Whether the columns are learnt, or found.

    Returns
    -------
    rows : DataFrame, ndarray or sparse matrix of shape (n_rows, ...)

    Raises
    ------
    InputError
        If the columns cannot be used, or the estimator was fitted on rows that are no table, and X is one.
    """
    rows = _read_rows(X)
    if rows is not None and reset:
        for forgotten in ("n_features_in_", "feature_names_in_", "_feature_labels"):
            estimator.__dict__.pop(forgotten, None)
        return rows
    if reset or hasattr(estimator, "n_features_in_"):
        return check_features(estimator, X, reset=reset, accept_sparse=["csr"])
    if rows is None:
        raise InputError(
            f"X is a table, and {type(estimator).__name__} was fitted on texts, mappings or arrays as rows"
        )
    return rows


def _read_rows(X: Any) -> np.ndarray | None:
    """Rows that are no table; None for a table, and for what is neither."""
    if isinstance(X, np.ndarray) and X.ndim > 2:
        return X
    values = X.to_numpy(dtype=object) if isinstance(X, pd.Series) else X
    is_list = isinstance(values, list | tuple) or (isinstance(values, np.ndarray) and values.ndim == 1)
    if not is_list or not len(values) or not all(isinstance(value, str | Mapping) for value in values):
        return None
    rows = np.empty(len(values), dtype=object)
    rows[:] = values
    return rows


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

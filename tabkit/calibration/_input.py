"""What meta-estimators take: rows as they come, labels, and the roles of the rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, validate_data


def check_rows(estimator: Any, X: Any, *, is_fit: bool) -> Any:
    """Rows as they can be taken by position; the names and number of columns are stored or compared.

    Parameters
    ----------
    estimator : estimator
        Gets ``n_features_in_`` and, of a frame, ``feature_names_in_``.
    X : array-like of shape (n_rows, n_features)
        Its content is for the estimator inside to judge.
    is_fit : bool

    Returns
    -------
    X : frame, ndarray or sparse matrix
    """
    if issparse(X):
        X = X.tocsr()
    elif not hasattr(X, "iloc") and not isinstance(X, np.ndarray):
        X = np.asarray(X)
    if X.ndim == 1:
        raise ValueError("expected one row of values per line, got one dimension: Reshape your data")
    validate_data(estimator, X, reset=is_fit, skip_check_array=True)
    return X


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
    ValueError
        If they are no labels, or all the same.
    """
    if y is None:
        raise ValueError("requires y to be passed, but the target y is None")
    labels = column_or_1d(y, warn=True)
    assert_all_finite(labels, input_name="y")
    check_consistent_length(X, labels)
    check_classification_targets(labels)
    classes = np.unique(labels)
    if len(classes) < 2:
        only = f"one class only, {str(classes[0])!r}" if len(classes) else "no row"
        raise ValueError(f"y holds {only}: at least two classes are needed")
    return labels, classes


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
    if y is None:
        raise ValueError("requires y to be passed, but the target y is None")
    values = column_or_1d(y, dtype=np.float64, warn=True)
    assert_all_finite(values, input_name="y")
    check_consistent_length(X, values)
    if len(values) < 2:
        raise ValueError(f"{len(values)} sample cannot be split into rows to fit on and rows to measure on")
    return values

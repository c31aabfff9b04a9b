"""What meta-estimators take: rows as they come, labels, and the roles of the rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import column_or_1d
from sklearn.utils.validation import check_consistent_length, validate_data

from tabkit.preprocessing._labels import encode_labels
from tabkit.preprocessing._values import as_values


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
    InputError
        If they are no labels, or all the same.
    """
    codes, classes = encode_labels(y)
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
        raise ValueError(f"{len(values)} sample cannot be split into rows to fit on and rows to measure on")
    return values

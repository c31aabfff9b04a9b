"""Labels of classes as codes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from tabkit._core import InputError


def encode_labels(y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Number the classes of a target.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Labels of any kind: text, numbers, booleans, categories.

    Returns
    -------
    codes : ndarray of int of shape (n_rows,)
    classes : ndarray of shape (n_classes,)
        The labels, sorted; ``classes[codes]`` is the target.

    Raises
    ------
    InputError
        If a label is missing, or there is one class only.

    Examples
    --------
    >>> encode_labels(["no", "yes", "no"])
    (array([0, 1, 0]), array(['no', 'yes'], dtype='<U3'))
    """
    y = _as_column(y)
    codes, classes = pd.factorize(y, sort=True)
    n_missing = int((codes < 0).sum())
    if n_missing:
        raise InputError(f"y: {n_missing} of {len(y)} rows have no label (NaN or None): drop these rows")
    with warnings.catch_warnings():
        # Each class is there once: that they are many among them says nothing.
        warnings.filterwarnings("ignore", message="The number of unique classes")
        check_classification_targets(classes)
    if len(classes) < 2:
        raise InputError(f"y has 1 class, {str(classes[0])!r}: at least 2 are needed")
    return codes, np.asarray(classes).astype(y.dtype, copy=False)


def find_labels(y: Any, classes: np.ndarray) -> np.ndarray:
    """Number the labels of other rows as those that the classes were learnt from.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
    classes : ndarray of shape (n_classes,)
        Of `encode_labels`.

    Returns
    -------
    codes : ndarray of int64 of shape (n_rows,)

    Raises
    ------
    InputError
        If a label is none of the classes, or missing.

    Examples
    --------
    >>> find_labels(["yes", "no"], np.array(["no", "yes"]))
    array([1, 0])
    """
    y = _as_column(y)
    codes = pd.Index(classes).get_indexer(pd.Index(y))
    if (codes < 0).any():
        wrong = y[codes < 0].tolist()[0]
        raise InputError(f"y: the label {wrong!r} is none of the classes {classes[:10].tolist()}")
    return codes.astype(np.int64)


def align_columns(
    columns: np.ndarray, seen: np.ndarray, classes: np.ndarray, *, missing: float | np.ndarray = 0.0
) -> np.ndarray:
    """A column for each of the classes, those that a model has not seen filled in.

    Parameters
    ----------
    columns : ndarray of shape (n_rows, n_seen)
    seen : ndarray of shape (n_seen,)
        Labels of the columns, some or all of the classes.
    classes : ndarray of shape (n_classes,)
        Sorted.
    missing : float or ndarray of shape (n_rows, 1), default=0.0

    Returns
    -------
    aligned : ndarray of shape (n_rows, n_classes)

    Raises
    ------
    InputError
        If a label is none of the classes.

    Examples
    --------
    >>> align_columns(np.array([[0.25, 0.75]]), np.array(["a", "c"]), np.array(["a", "b", "c"]))
    array([[0.25, 0.  , 0.75]])
    """
    if np.array_equal(seen, classes):
        return columns
    aligned = np.full((len(columns), len(classes)), missing)
    aligned[:, find_labels(seen, classes)] = columns
    return aligned


def _as_column(y: Any) -> np.ndarray:
    # Nullable integers and booleans stay what they are; column_or_1d would make floats of them.
    return column_or_1d(y.to_numpy() if isinstance(y, pd.Series) else y, warn=True)

"""Labels of classes as codes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from tabkit._core import InputError
from tabkit._core._wording import agree, say_count, say_value, say_values
from tabkit.preprocessing._target_column import as_array

# What pandas calls columns of objects that are all numbers or booleans.
_NUMBERS = ("boolean", "floating", "integer", "mixed-integer-float")


def as_labels(y: Any) -> np.ndarray:
    """Return labels as an array in their own terms, whatever they came in.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        A Series of any dtype (nullable, Arrow, categories), an array, a list, a polars or Arrow column.

    Returns
    -------
    labels : ndarray of shape (n_rows,)
        Booleans, integers and floats keep their width; text is of dtype object, unless it came as NumPy's
        own. Objects that are all numbers or all booleans become such.

    Raises
    ------
    InputError
        If labels are missing, infinite, dates, complex or of several types.

    Examples
    --------
    >>> as_labels(pd.Series([3, 4], dtype="UInt8"))
    array([3, 4], dtype=uint8)
    """
    labels = column_or_1d(as_array(y), warn=True)
    n_missing = int(pd.isna(labels).sum())
    if n_missing:
        raise InputError(
            f"y: {n_missing} of {say_count(len(labels), 'row')} {agree(n_missing, 'has', 'have')} no label "
            "(NaN or None): drop these rows"
        )
    if labels.dtype == object:
        return _infer_labels(labels)
    if labels.dtype.kind == "S":
        raise InputError("y holds labels of type bytes: make them text, as by numpy.char.decode")
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        n_infinite = int((~np.isfinite(labels)).sum())
        raise InputError(f"y: {n_infinite} of {len(labels)} labels are infinite: drop these rows")
    return labels


def learn_classes(y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Number the classes of a target.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Labels of any kind, see `as_labels`.

    Returns
    -------
    codes : ndarray of int of shape (n_rows,)
    classes : ndarray of shape (n_classes,)
        The labels, sorted; ``classes[codes]`` is the target, of its dtype.

    Raises
    ------
    InputError
        If the labels cannot be used, or there is one class only.

    Examples
    --------
    >>> learn_classes(["no", "yes", "no"])
    (array([0, 1, 0]), array(['no', 'yes'], dtype='<U3'))
    """
    y = as_labels(y)
    codes, classes = pd.factorize(y, sort=True)
    with warnings.catch_warnings():
        # Each class is there once: that they are many among them says nothing.
        warnings.filterwarnings("ignore", message="The number of unique classes")
        check_classification_targets(classes)
    if len(classes) < 2:
        only = f"1 class, {say_value(classes[0])}" if len(classes) else "no rows"
        raise InputError(f"y has {only}: at least 2 classes are needed")
    return codes, np.asarray(classes).astype(y.dtype, copy=False)


def find_labels(y: Any, classes: np.ndarray) -> np.ndarray:
    """Number the labels of other rows as those that the classes were learnt from.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
    classes : ndarray of shape (n_classes,)
        Of `learn_classes`.

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
    y = as_labels(y)
    codes = pd.Index(classes).get_indexer(pd.Index(y))
    if (codes < 0).any():
        wrong = say_value(y[codes < 0][0])
        raise InputError(f"y: the label {wrong} is none of the classes {say_values(classes)}")
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


def _infer_labels(labels: np.ndarray) -> np.ndarray:
    found = infer_dtype(labels, skipna=False)
    if found in _NUMBERS:
        return pd.Series(labels).infer_objects().to_numpy()
    if found not in ("string", "empty"):
        types = " and ".join(sorted({type(label).__name__ for label in labels}))
        raise InputError(
            f"y holds labels of type {types}, which have no order: make them all text, as by y.astype(str), "
            "or all numbers"
        )
    return labels

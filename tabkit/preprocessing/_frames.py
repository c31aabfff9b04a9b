"""The one door for what comes in as X: a data frame, an array, a list of rows."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_array

from tabkit._core import InputError


def as_frame(X: Any) -> pd.DataFrame:
    """Return X as a data frame with distinct column labels; a frame comes back as it is.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n_rows, n_columns)
        The columns of an array are named ``x0``, ``x1`` and so on.

    Raises
    ------
    InputError
        If X has no rows, no columns, a label twice, or is no table at all.
    """
    if not isinstance(X, pd.DataFrame):
        return _frame_of_array(X)
    n_rows, n_columns = X.shape
    if n_rows == 0:
        raise InputError(f"X has no rows: found 0 sample(s) (shape={X.shape}), at least 1 is needed")
    if n_columns == 0:
        raise InputError(f"X has no columns: found 0 feature(s) (shape={X.shape}), at least 1 is needed")
    if not X.columns.is_unique:
        twice = X.columns[X.columns.duplicated()].unique().tolist()
        raise InputError(f"X has more than one column named {_listed(twice)}: rename or drop one of them")
    return X


def match_frame(X: Any, labels: Sequence[Hashable], needed: Sequence[Hashable], named: bool) -> pd.DataFrame:
    """Return X as a frame that has the needed columns, under the labels they had at fit.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n_rows, n_columns)
        The columns of a frame are found by their labels, in any order and among others;
        those of an array by position.
    labels : sequence of hashable
        Of all columns at fit, in order.
    needed : sequence of hashable
        The labels that are used.
    named : bool
        Whether the labels at fit were the user's, not made up for an array.

    Raises
    ------
    InputError
        If a needed column is missing.
    """
    frame = as_frame(X)
    has_names = isinstance(X, pd.DataFrame)
    if has_names and named:
        missing = [label for label in needed if label not in frame.columns]
        if missing:
            raise InputError(
                f"X lacks {len(missing)} column(s) that were there at fit: {_listed(missing)}; "
                f"it has {_listed(list(frame.columns))}"
            )
        return frame
    if frame.shape[1] != len(labels):
        raise InputError(
            f"X has {frame.shape[1]} features, "
            f"but TablePreprocessor is expecting {len(labels)} features as input"
        )
    if has_names:
        warnings.warn(
            "X has feature names, but TablePreprocessor was fitted without feature names", stacklevel=3
        )
    elif named:
        warnings.warn(
            "X does not have valid feature names, but TablePreprocessor was fitted with feature names",
            stacklevel=3,
        )
    return frame.set_axis(pd.Index(labels, tupleize_cols=False), axis="columns")


def _frame_of_array(X: Any) -> pd.DataFrame:
    try:
        array = check_array(X, dtype=None, ensure_all_finite=False)
    except ValueError as error:
        raise InputError(str(error)) from error
    return pd.DataFrame(array, columns=[f"x{position}" for position in range(array.shape[1])], copy=False)


def _listed(labels: Sequence[Hashable], limit: int = 8) -> str:
    shown = ", ".join(repr(label) for label in labels[:limit])
    return shown if len(labels) <= limit else f"{shown} and {len(labels) - limit} more"


def stack_columns(arrays: Sequence[np.ndarray], n_rows: int) -> np.ndarray:
    """Put two-dimensional arrays side by side; none at all give a matrix without columns."""
    return np.hstack(arrays) if arrays else np.empty((n_rows, 0))

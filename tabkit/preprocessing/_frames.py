"""Columns of a frame, found by the labels that they had at fit."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Hashable, Sequence
from typing import Any

import pandas as pd
from sklearn.utils import check_array

from tabkit._core import InputError
from tabkit._core._wording import say_count
from tabkit.data import as_pandas


def as_frame(X: Any) -> pd.DataFrame:
    """Return X as a pandas frame with distinct column labels; one of pandas comes back as it is.

    Parameters
    ----------
    X : frame of any library, or array-like, of shape (n_rows, n_columns)
        The columns of an array are named ``x0``, ``x1`` and so on.

    Raises
    ------
    InputError
        If X has no rows, no columns, a label twice, or is no table at all.
    """
    X = as_pandas(X)
    return check_frame(X) if isinstance(X, pd.DataFrame) else _frame_of_array(X)


def check_frame(X: pd.DataFrame) -> pd.DataFrame:
    """Refuse a frame without rows or columns, or with two columns of one label."""
    n_rows, n_columns = X.shape
    if n_rows == 0:
        raise InputError(f"X has no rows: found 0 sample(s) (shape={X.shape}), at least 1 is needed")
    if n_columns == 0:
        raise InputError(f"X has no columns: found 0 feature(s) (shape={X.shape}), at least 1 is needed")
    if not X.columns.is_unique:
        twice = X.columns[X.columns.duplicated()].unique().tolist()
        raise InputError(f"X has more than one column named {_listed(twice)}: rename or drop one of them")
    return X


def take_columns(X: pd.DataFrame, labels: Sequence[Hashable], owner: str) -> pd.DataFrame:
    """Return the columns of a frame in the order that they had at fit, without others.

    Parameters
    ----------
    X : DataFrame of shape (n_rows, n_columns)
    labels : sequence of hashable
        Of the columns at fit; 0, 1, ... for an array. Columns that were numbered so and have other labels
        now go by position.
    owner : str
        The estimator, for the message.

    Raises
    ------
    InputError
        If a column is missing.
    """
    present = X.columns.tolist()
    if present == labels:
        return X
    X = _trim_names(X, labels)
    present = X.columns.tolist()
    position_of: dict[Hashable, int] = {label: position for position, label in enumerate(present)}
    missing = [label for label in labels if label not in position_of]
    if _are_numbered(labels):
        if missing or len(present) != len(labels):
            return X
    elif missing:
        raise _lacking(X, missing, owner)
    return X.take([position_of[label] for label in labels], axis="columns")


def refuse_array(labels: Sequence[Hashable], owner: str) -> None:
    """Refuse what has no column labels, where the columns had some at fit.

    Parameters
    ----------
    labels : sequence of hashable
        As for `take_columns`.
    owner : str

    Raises
    ------
    InputError
    """
    if not _are_numbered(labels):
        raise InputError(
            f"X has no column names, and {owner} was fitted on a frame: "
            f"pass one with the columns {_listed(labels)}"
        )


def match_frame(
    X: Any, labels: Sequence[Hashable], needed: Sequence[Hashable], *, is_named: bool, owner: str
) -> pd.DataFrame:
    """Return X as a frame that has the needed columns, under the labels they had at fit.

    Parameters
    ----------
    X : frame of any library, or array-like, of shape (n_rows, n_columns)
        The columns of a frame are found by their labels, in any order and among others.
    labels : sequence of hashable
        Of all columns at fit, in order.
    needed : sequence of hashable
        The labels that are used.
    is_named : bool
        Whether the labels at fit were the user's, not made up for an array.
    owner : str

    Raises
    ------
    InputError
        If a needed column is missing, or X is an array and the columns had names at fit.
    """
    X = as_pandas(X)
    known = labels if is_named else range(len(labels))
    if isinstance(X, pd.DataFrame):
        X = _trim_names(check_frame(X), needed)
        missing = [label for label in needed if label not in X.columns]
        if not missing:
            return X
        if not _are_numbered(known):
            raise _lacking(X, missing, owner)
        frame = take_columns(X, known, owner)
        if all(isinstance(label, str) for label in X.columns):
            warnings.warn(f"X has feature names, but {owner} was fitted without feature names", stacklevel=3)
    else:
        refuse_array(known, owner)
        frame = _frame_of_array(X)
    if frame.shape[1] != len(labels):
        raise InputError(
            f"X has {frame.shape[1]} features, but {owner} is expecting {len(labels)} features as input"
        )
    return frame.set_axis(pd.Index(labels, tupleize_cols=False), axis="columns")


def _trim_names(X: pd.DataFrame, wanted: Collection[Hashable]) -> pd.DataFrame:
    """A frame whose names that are lacking but for white space around them have none.

    Readers of files differ in that: tabkit's own takes it off.
    """
    lacking = set(wanted).difference(X.columns)
    if not lacking:
        return X
    trimmed = {
        label: label.strip() for label in X.columns if isinstance(label, str) and label.strip() in lacking
    }
    return X.rename(columns=trimmed) if len(set(trimmed.values())) == len(trimmed) else X


def _are_numbered(labels: Sequence[Hashable]) -> bool:
    return list(labels) == list(range(len(labels)))


def _lacking(X: pd.DataFrame, missing: Sequence[Hashable], owner: str) -> InputError:
    return InputError(
        f"The feature names should match those that were passed during fit of {owner}: X lacks "
        f"{say_count(len(missing), 'column')} of those at fit: {_listed(missing)}; it has "
        f"{_listed(X.columns.tolist())}"
    )


def _frame_of_array(X: Any) -> pd.DataFrame:
    try:
        array = check_array(X, dtype=None, ensure_all_finite=False)
    except ValueError as error:
        raise InputError(str(error)) from error
    return pd.DataFrame(array, columns=[f"x{position}" for position in range(array.shape[1])], copy=False)


def _listed(labels: Sequence[Hashable], limit: int = 8) -> str:
    shown = ", ".join(repr(label) for label in labels[:limit])
    return shown if len(labels) <= limit else f"{shown} and {len(labels) - limit} more"

"""Predictions of rows by models that were not fitted on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone

from tabkit._core._random import derive_seed
from tabkit._core._weights import find_counting
from tabkit.model_selection import TooFewRowsError, split_for_validation
from tabkit.model_selection._inner_folds import draw_inner_folds
from tabkit.model_selection._row_roles import RowRoles, fit_with_roles, take_rows


@dataclass(frozen=True)
class HeldOut:
    """Rows of one fold, and the model that was fitted on none of them.

    Attributes
    ----------
    model : estimator
        Fitted.
    rows : ndarray of int
        Positions.
    """

    model: Any
    rows: np.ndarray


def fit_out_of_fold(
    estimator: Any,
    X: Any,
    y: np.ndarray,
    roles: RowRoles,
    *,
    cv: Any,
    is_classification: bool,
    seed: int,
    owner: str,
) -> list[HeldOut]:
    """Fit a copy of an estimator for each fold.

    Parameters
    ----------
    estimator : estimator
        Not changed.
    X : array-like of shape (n_rows, n_features)
    y : ndarray of shape (n_rows,)
    roles : RowRoles
        Folds follow groups and times. Rows without weight are in no fold.
    cv : int, cross-validator or iterable of (train, test)
        Number of folds of `RoleAwareKFold`, or a splitter; its test rows need not be all rows.
    is_classification : bool
    seed : int
    owner : str
        The estimator that divides, for messages.

    Returns
    -------
    held_out : list of HeldOut
        Of classifiers, only those that know every class.

    Raises
    ------
    TooFewRowsError
        If no folds can be made, or none has rows of every class to train on.
    """
    counting = find_counting(roles.sample_weight, len(y))
    found = []
    for pair in draw_inner_folds(
        cv, X, y, roles, is_classification=is_classification, seed=derive_seed(seed, "folds"), owner=owner
    ):
        train, test = (rows[np.isin(rows, counting)] for rows in pair)
        if not len(test):
            continue
        if is_classification and len(np.unique(y[train])) < len(np.unique(y)):
            continue
        model = fit_with_roles(clone(estimator), take_rows(X, train), y[train], roles.take(train))
        found.append(HeldOut(model, test))
    if not found:
        raise TooFewRowsError("no fold has rows of every class to train on")
    return found


def average_by_row(rows: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One value for each row: that of a row that several folds tested is the mean.

    Parameters
    ----------
    rows : ndarray of int of shape (n_tests,)
    values : ndarray of shape (n_tests, ...)

    Returns
    -------
    rows : ndarray of int of shape (n_rows,)
        As they came, or where one comes several times, increasing.
    values : ndarray of shape (n_rows, ...)
    """
    distinct, codes, counts = np.unique(rows, return_inverse=True, return_counts=True)
    if len(distinct) == len(rows):
        return rows, values
    total = np.zeros((len(distinct), *values.shape[1:]))
    np.add.at(total, codes, values)
    return distinct, total / counts.reshape(-1, *[1] * (values.ndim - 1))


def set_rows_aside(
    y: np.ndarray, roles: RowRoles, *, fraction: float, is_classification: bool, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows to fit on and rows to measure on, which all have weight.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
    roles : RowRoles
    fraction : float
    is_classification : bool
    seed : int

    Returns
    -------
    train, aside : ndarray of int
        Increasing positions.
    """
    counts = find_counting(roles.sample_weight, len(y))
    known = roles.take(counts)
    train, aside = split_for_validation(
        y[counts],
        fraction=fraction,
        is_classification=is_classification,
        random_state=seed,
        groups=known.groups,
        times=known.times,
    )
    return counts[train], counts[aside]

"""Predictions of rows by models that were not fitted on them."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import check_cv

from tabkit._core._random import derive_seed
from tabkit._core._weights import find_counting
from tabkit.model_selection import RoleAwareKFold, TooFewRowsError, split_for_validation
from tabkit.model_selection._row_roles import RowRoles, fit_with_roles, take_rows
from tabkit.model_selection._split_rows import call_splitter


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
    random_state: int,
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
    random_state : int

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
    # Folds of the user's own are positions among all rows.
    among = counting if isinstance(cv, Integral) else np.arange(len(y))
    found = []
    for pair in split_rows(y[among], roles.take(among), cv, is_classification, random_state):
        train, test = (among[rows][np.isin(among[rows], counting)] for rows in pair)
        if is_classification and len(np.unique(y[train])) < len(np.unique(y)):
            continue
        model = fit_with_roles(clone(estimator), take_rows(X, train), y[train], roles.take(train))
        found.append(HeldOut(model, test))
    if not found:
        raise TooFewRowsError("no fold has rows of every class to train on")
    return found


def split_rows(
    y: np.ndarray, roles: RowRoles, cv: Any, is_classification: bool, random_state: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Folds that follow groups and times, as far as the splitter asks for them.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
    roles : RowRoles
    cv : int, cross-validator or iterable of (train, test)
    is_classification : bool
    random_state : int

    Returns
    -------
    pairs : list of (train, test)
    """
    if isinstance(cv, Integral):
        seed = derive_seed(random_state, "folds")
        splitter = RoleAwareKFold(int(cv), random_state=seed, stratify=is_classification)
    else:
        splitter = check_cv(cv)
    return list(call_splitter(splitter, np.zeros((len(y), 1)), y, roles.groups, roles.times))


def set_rows_aside(
    y: np.ndarray, roles: RowRoles, *, fraction: float, is_classification: bool, random_state: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows to fit on and rows to measure on, which all have weight.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
    roles : RowRoles
    fraction : float
    is_classification : bool
    random_state : int

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
        random_state=random_state,
        groups=known.groups,
        times=known.times,
    )
    return counts[train], counts[aside]

"""Predictions for rows by models that were not fitted on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.parallel import Parallel, delayed

from tabkit._core import InputError
from tabkit._core._pairs import Pairs
from tabkit.ensemble._members import Member, fit_member, predict_member
from tabkit.model_selection._inner_folds import draw_inner_folds
from tabkit.model_selection._row_roles import take_rows
from tabkit.model_selection._training_rows import TrainingRows


@dataclass(frozen=True)
class OutOfFold:
    """Predictions of several members for the rows that folds tested.

    Attributes
    ----------
    rows : ndarray of int of shape (n_predicted,)
        Increasing positions; under folds forward in time the earliest rows are not among them.
    predictions : tuple of ndarray of shape (n_predicted, n_columns)
        Of each member. A row that several folds tested has the mean.
    """

    rows: np.ndarray
    predictions: tuple[np.ndarray, ...]


def make_folds(cv: Any, rows: TrainingRows, seed: int, owner: str) -> Pairs:
    """Divide the rows of an ensemble, see `tabkit.model_selection._inner_folds.draw_inner_folds`.

    Parameters
    ----------
    cv : int, cross-validator or iterable of pairs
    rows : TrainingRows
    seed : int
    owner : str
        The estimator that divides, for messages.

    Returns
    -------
    folds : list of tuple of ndarray
        Positions to train on and to test.

    Raises
    ------
    InputError
        If there is no fold, or one tests rows that it trains on.
    """
    return draw_inner_folds(
        cv,
        rows.X,
        rows.y,
        rows.roles,
        is_classification=rows.is_classification,
        seed=seed,
        owner=owner,
    )


def predict_out_of_fold(
    members: Sequence[Member], rows: TrainingRows, folds: Pairs, n_jobs: int | None
) -> OutOfFold:
    """Fit every member on every fold and keep what it predicts for the rows tested.

    Parameters
    ----------
    members : sequence of Member
    rows : TrainingRows
    folds : list of tuple of ndarray
        Of `make_folds`.
    n_jobs : int or None

    Returns
    -------
    out_of_fold : OutOfFold
        The same for any number of jobs, as far as the members have seeds of their own.
    """
    jobs = (delayed(_predict_fold)(member, rows, train, test) for member in members for train, test in folds)
    parts = list(Parallel(n_jobs=n_jobs)(jobs))
    by_member = [parts[start : start + len(folds)] for start in range(0, len(parts), len(folds))]
    return collect(members, by_member, rows, folds)


def collect(
    members: Sequence[Member], parts: Sequence[Sequence[np.ndarray]], rows: TrainingRows, folds: Pairs
) -> OutOfFold:
    """Put the predictions of folds together.

    Parameters
    ----------
    members : sequence of Member
    parts : sequence of sequence of ndarray
        By member and fold.
    rows : TrainingRows
    folds : list of tuple of ndarray

    Returns
    -------
    out_of_fold : OutOfFold

    Raises
    ------
    InputError
        If a prediction is not finite, or labels of one row would have to be averaged.
    """
    n_times = np.zeros(len(rows.y), dtype=np.int64)
    for _, test in folds:
        np.add.at(n_times, test, 1)
    tested = np.flatnonzero(n_times)
    if rows.is_classification and n_times.max() > 1:
        labelled = [member.name for member in members if member.method == "predict"]
        if labelled:
            raise InputError(
                f"cv tests rows several times, and labels, which {labelled[0]!r} predicts, have no mean"
            )
    predictions = []
    for member, of_member in zip(members, parts, strict=True):
        total = np.zeros((len(n_times), of_member[0].shape[1]))
        for (_, test), part in zip(folds, of_member, strict=True):
            np.add.at(total, test, part)
        if not np.isfinite(total).all():
            raise InputError(f"estimator {member.name!r}: its out-of-fold predictions are not all finite")
        predictions.append(total[tested] / n_times[tested, np.newaxis])
    return OutOfFold(tested, tuple(predictions))


def fit_fold(
    member: Member, rows: TrainingRows, train: np.ndarray, test: np.ndarray
) -> tuple[Any, np.ndarray]:
    """Fit a member on some rows and predict others.

    Parameters
    ----------
    member : Member
    rows : TrainingRows
    train, test : ndarray of int

    Returns
    -------
    fitted : estimator
    predictions : ndarray of shape (n_tested, n_columns)
    """
    fitted = fit_member(member, rows.take(train))
    return fitted, predict_member(member, fitted, take_rows(rows.X, test), rows.classes)


def _predict_fold(member: Member, rows: TrainingRows, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    return fit_fold(member, rows, train, test)[1]

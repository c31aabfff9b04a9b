"""What the members of an ensemble say of rows that they were not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.base import is_regressor

from tabkit._core import InputError
from tabkit._core._pairs import Pairs
from tabkit.ensemble._members import Member
from tabkit.model_selection._out_of_fold import HeldOut, average_by_row, predict_out_of_fold
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


def predict_members_out_of_fold(
    members: Sequence[Member], rows: TrainingRows, folds: Pairs, n_jobs: int | None
) -> OutOfFold:
    """Fit every member on every fold and keep what it predicts for the rows tested.

    Parameters
    ----------
    members : sequence of Member
    rows : TrainingRows
    folds : list of tuple of ndarray
    n_jobs : int or None

    Returns
    -------
    out_of_fold : OutOfFold
        The same for any number of jobs, as far as the members have seeds of their own.
    """
    learners = [member.as_learner(rows.classes) for member in members]
    return join_folds(members, predict_out_of_fold(learners, rows, folds, n_jobs=n_jobs), rows)


def join_folds(
    members: Sequence[Member], held_out: Sequence[Sequence[HeldOut]], rows: TrainingRows
) -> OutOfFold:
    """Put the predictions of folds together.

    Parameters
    ----------
    members : sequence of Member
    held_out : sequence of sequence of HeldOut
        By member and fold.
    rows : TrainingRows

    Returns
    -------
    out_of_fold : OutOfFold

    Raises
    ------
    InputError
        If a prediction is not finite, or labels of one row would have to be averaged.
    """
    tested = np.concatenate([part.rows for part in held_out[0]])
    labelled = [
        member.name for member in members if member.method == "predict" and not is_regressor(member.estimator)
    ]
    if rows.is_classification and labelled and len(np.unique(tested)) < len(tested):
        raise InputError(
            f"cv tests rows several times, and labels, which {labelled[0]!r} predicts, have no mean"
        )
    predictions = []
    for member, parts in zip(members, held_out, strict=True):
        positions, means = average_by_row(parts)
        check_finite(member, means)
        order = np.argsort(positions)
        predictions.append(means[order])
    return OutOfFold(positions[order], tuple(predictions))


def check_finite(member: Member, predictions: np.ndarray) -> None:
    """Refuse predictions that nothing can be fitted on, with the name of whose they are."""
    if not np.isfinite(predictions).all():
        raise InputError(f"estimator {member.name!r}: its out-of-fold predictions are not all finite")

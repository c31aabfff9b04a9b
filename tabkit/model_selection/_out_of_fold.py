"""Predictions of rows by models that were not fitted on them: the one loop over inner folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from sklearn.utils.parallel import Parallel, delayed

from tabkit._core._pairs import Pairs
from tabkit.model_selection._learner import Learner
from tabkit.model_selection._roles import TooFewRowsError
from tabkit.model_selection._row_roles import take_rows
from tabkit.model_selection._shared_steps import fit_together, group_by_first_step
from tabkit.model_selection._training_rows import TrainingRows


@dataclass(frozen=True)
class HeldOut:
    """What a model says of the rows of a fold, none of which it was fitted on.

    Attributes
    ----------
    rows : ndarray of int of shape (n_tested,)
        Positions.
    predictions : ndarray of shape (n_tested, ...)
    model : estimator or None
        Fitted, where it is to be kept.
    """

    rows: np.ndarray
    predictions: np.ndarray
    model: Any = None


def predict_out_of_fold(
    learners: Sequence[Learner],
    rows: TrainingRows,
    folds: Pairs,
    *,
    n_jobs: int | None = None,
    keeps_models: bool = False,
) -> list[list[HeldOut]]:
    """Fit every learner on every fold, and predict the rows that the fold tests.

    Learners that begin with the same transformer share its fit, once per fold; where there are more
    processes than that leaves work for, as often as keeps them busy.

    Parameters
    ----------
    learners : sequence of Learner
    rows : TrainingRows
    folds : list of (train, test)
        Of `draw_inner_folds`: rows without weight are in none.
    n_jobs : int or None, default=None
    keeps_models : bool, default=False
        Whether the fitted models come back too.

    Returns
    -------
    held_out : list of list of HeldOut
        By learner and fold; the same for any number of jobs, as far as learners have seeds of their own.
    """
    groups = _divide(learners, len(folds), n_jobs)
    jobs = (
        delayed(_fit_fold)([learners[position] for position in group], rows, train, test, keeps_models)
        for group in groups
        for train, test in folds
    )
    done = iter(Parallel(n_jobs=n_jobs)(jobs))
    found: list[list[HeldOut]] = [[] for _ in learners]
    for group in groups:
        for _ in folds:
            for position, held_out in zip(group, next(done), strict=True):
                found[position].append(held_out)
    return found


def fit_on_all(learners: Sequence[Learner], rows: TrainingRows, n_jobs: int | None = None) -> list[Any]:
    """Fit every learner on all rows; those that begin with the same transformer share it.

    Parameters
    ----------
    learners : sequence of Learner
    rows : TrainingRows
    n_jobs : int or None, default=None

    Returns
    -------
    models : list of estimator
        Fitted, in the order of the learners.
    """
    groups = _divide(learners, 1, n_jobs)
    jobs = (delayed(_fit)([learners[position] for position in group], rows) for group in groups)
    models: dict[int, Any] = {}
    for group, fitted in zip(groups, Parallel(n_jobs=n_jobs)(jobs), strict=True):
        models.update(zip(group, fitted, strict=True))
    return [models[position] for position in range(len(learners))]


def with_every_class(rows: TrainingRows, folds: Pairs) -> Pairs:
    """The folds that have every class to train on: what log-odds of all classes need.

    Parameters
    ----------
    rows : TrainingRows
        Of a classification.
    folds : list of (train, test)

    Returns
    -------
    folds : list of (train, test)

    Raises
    ------
    TooFewRowsError
        If none has.
    """
    n_classes = len(np.unique(rows.y))
    complete = [(train, test) for train, test in folds if len(np.unique(rows.y[train])) == n_classes]
    if not complete:
        raise TooFewRowsError("no fold has rows of every class to train on")
    return complete


def average_by_row(held_out: Sequence[HeldOut]) -> tuple[np.ndarray, np.ndarray]:
    """One prediction for each row: that of a row which several folds tested is the mean.

    Parameters
    ----------
    held_out : sequence of HeldOut
        Of one learner.

    Returns
    -------
    rows : ndarray of int of shape (n_rows,)
        As they came, or where one comes several times, increasing.
    predictions : ndarray of shape (n_rows, ...)
    """
    rows = np.concatenate([part.rows for part in held_out])
    values = np.concatenate([part.predictions for part in held_out])
    distinct, codes, counts = np.unique(rows, return_inverse=True, return_counts=True)
    if len(distinct) == len(rows):
        return rows, values
    total = np.zeros((len(distinct), *values.shape[1:]))
    np.add.at(total, codes, values)
    return distinct, total / counts.reshape(-1, *[1] * (values.ndim - 1))


def _divide(learners: Sequence[Learner], n_folds: int, n_jobs: int | None) -> list[list[int]]:
    """Groups that share their first step, cut up where processes would have nothing to do."""
    # Those that get metadata of their own are fitted by themselves.
    shared = [position for position, learner in enumerate(learners) if not learner.metadata]
    alone = [[position] for position, learner in enumerate(learners) if learner.metadata]
    found = group_by_first_step([learners[position].estimator for position in shared])
    groups = [[shared[number] for number in group] for group in found] + alone
    n_parts = ceil(effective_n_jobs(n_jobs) / (n_folds * len(groups)))
    return [group[start::n_parts] for group in groups for start in range(min(n_parts, len(group)))]


def _fit_fold(
    learners: Sequence[Learner], rows: TrainingRows, train: np.ndarray, test: np.ndarray, keeps_models: bool
) -> list[HeldOut]:
    known = rows.with_metadata(learners[0].metadata)
    fits = fit_together([one.estimator for one in learners], known.take(train), take_rows(rows.X, test))
    found = []
    for learner in learners:
        with learner.named_in_errors():
            fitted = next(fits)
            predictions = learner.predict(fitted.predictor, fitted.tested)
        found.append(HeldOut(test, predictions, fitted.estimator if keeps_models else None))
    return found


def _fit(learners: Sequence[Learner], rows: TrainingRows) -> list[Any]:
    fits = fit_together([one.estimator for one in learners], rows.with_metadata(learners[0].metadata), None)
    models = []
    for learner in learners:
        with learner.named_in_errors():
            models.append(next(fits).estimator)
    return models

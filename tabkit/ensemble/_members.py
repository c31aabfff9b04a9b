"""The members of an ensemble: how each is fitted, asked for predictions, and named when it fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.parallel import Parallel, delayed

from tabkit._core import InputError
from tabkit.model_selection._row_roles import fit_with_roles
from tabkit.model_selection._training_rows import TrainingRows
from tabkit.preprocessing._labels import align_columns, find_labels

RESPONSE_METHODS = ("predict_proba", "decision_function", "predict")


@dataclass(frozen=True)
class Member:
    """An estimator of an ensemble.

    Attributes
    ----------
    name : str
    estimator : estimator
        Unfitted; it is cloned.
    method : {"predict_proba", "decision_function", "predict"}
        What its predictions are asked of.
    """

    name: str
    estimator: Any
    method: str


def find_method(name: str, estimator: Any, allowed: Sequence[str]) -> str:
    """The first method of those allowed that an estimator has.

    Parameters
    ----------
    name : str
        Of the estimator, for the message.
    estimator : estimator
    allowed : sequence of str

    Returns
    -------
    method : str

    Raises
    ------
    InputError
        If it has none of them.
    """
    found = next((method for method in allowed if hasattr(estimator, method)), None)
    if found is None:
        cure = (
            ": wrap it in tabkit.calibration.SplitCalibratedClassifier" if "predict_proba" in allowed else ""
        )
        raise InputError(
            f"estimator {name!r} ({type(estimator).__name__}) has no {' or '.join(allowed)}{cure}"
        )
    return found


def fit_member(member: Member, rows: TrainingRows) -> Any:
    """Fit a clone of a member, with the roles that it asks for.

    Parameters
    ----------
    member : Member
    rows : TrainingRows

    Returns
    -------
    estimator : estimator
        Fitted.
    """
    with _named(member):
        return fit_with_roles(clone(member.estimator), rows.X, rows.y, rows.roles)


def fit_members(members: Sequence[Member], rows: TrainingRows, n_jobs: int | None) -> list[Any]:
    """Fit all members on the same rows.

    Parameters
    ----------
    members : sequence of Member
    rows : TrainingRows
    n_jobs : int or None

    Returns
    -------
    estimators : list of estimator
        Fitted, in the order of the members.
    """
    return list(Parallel(n_jobs=n_jobs)(delayed(fit_member)(member, rows) for member in members))


def predict_member(member: Member, fitted: Any, X: Any, classes: np.ndarray | None) -> np.ndarray:
    """Predictions of a fitted member, one column for each of all classes.

    Parameters
    ----------
    member : Member
    fitted : estimator
        What `fit_member` made of it.
    X : DataFrame, ndarray or sparse matrix of shape (n_rows, n_features)
    classes : ndarray of shape (n_classes,) or None
        None for regression.

    Returns
    -------
    predictions : ndarray of float64 of shape (n_rows, n_columns)
        Columns as in ``classes``. One column of values, of labels as positions in the classes, or of
        decisions between two classes. A class that the member was not fitted on has probability 0, and
        a decision below all others.
    """
    with _named(member):
        predicted = np.asarray(getattr(fitted, member.method)(X))
        if classes is None:
            return predicted.reshape(len(predicted), -1).astype(np.float64)
        if member.method == "predict":
            return find_labels(predicted, classes).reshape(-1, 1).astype(np.float64)
        return _align(predicted.astype(np.float64), np.asarray(fitted.classes_), classes, member.method)


def _align(predicted: np.ndarray, seen: np.ndarray, classes: np.ndarray, method: str) -> np.ndarray:
    is_decision = method == "decision_function"
    if is_decision and predicted.ndim == 1 and len(classes) == 2:
        return predicted.reshape(-1, 1)
    columns = np.column_stack([-predicted, predicted]) if predicted.ndim == 1 else predicted
    lowest = columns.min(axis=1, keepdims=True) - 1.0 if is_decision else 0.0
    return align_columns(columns, seen, classes, missing=lowest)


@contextmanager
def _named(member: Member) -> Iterator[None]:
    """Say in the message of whatever fails which member it was; its type stays."""
    try:
        yield
    except Exception as error:
        where = f"estimator {member.name!r}"
        if error.args and isinstance(error.args[0], str):
            error.args = (f"{where}: {error.args[0]}", *error.args[1:])
        else:
            error.add_note(where)
        raise

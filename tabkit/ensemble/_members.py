"""The members of an ensemble, and how each is asked for predictions."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from sklearn.base import is_regressor

from tabkit._core import InputError
from tabkit.model_selection._learner import Learner
from tabkit.preprocessing._labels import align_columns, find_labels

# Of a classifier; a list of several outputs; None of a regressor.
Classes: TypeAlias = np.ndarray | list[np.ndarray] | None

RESPONSE_METHODS = ("predict_proba", "decision_function", "predict")


@dataclass(frozen=True)
class Member:
    """An estimator of an ensemble.

    Attributes
    ----------
    name : str
    estimator : estimator
        Unfitted where it is to be fitted, which a clone of it is; fitted where it only predicts.
    method : {"predict_proba", "decision_function", "predict"}
        What its predictions are asked of.
    metadata : mapping of str to object
        See `Learner`.
    """

    name: str
    estimator: Any
    method: str
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def as_learner(self, classes: Classes) -> Learner:
        """The member with the way it predicts these classes, or values where there are none."""
        predict = functools.partial(predict_columns, method=self.method, classes=classes)
        return Learner(self.estimator, predict, self.name, self.metadata)


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
            f"estimator {name!r} ({type(estimator).__name__}) does not implement the method "
            f"{' or '.join(allowed)}{cure}"
        )
    return found


def predict_columns(fitted: Any, X: Any, *, method: str, classes: Classes) -> np.ndarray:
    """Predictions of a fitted member, one column for each of all classes.

    Parameters
    ----------
    fitted : estimator
    X : DataFrame, ndarray or sparse matrix of shape (n_rows, n_features)
    method : {"predict_proba", "decision_function", "predict"}
    classes : ndarray of shape (n_classes,), list of ndarray or None
        None for regression, a list for several outputs.

    Returns
    -------
    predictions : ndarray of float64 of shape (n_rows, n_columns)
        Columns as in ``classes``. One column of values, of labels as positions in the classes, or of
        decisions between two classes. A class that the member was not fitted on has probability 0, and
        a decision below all others. Of several outputs a column for each: label, decision, or the
        probability of the second class.
    """
    given = getattr(fitted, method)(X)
    if isinstance(classes, list):
        return _join_outputs(given, fitted)
    predicted = np.asarray(given)
    if classes is None or (method == "predict" and is_regressor(fitted)):
        return predicted.reshape(len(predicted), -1).astype(np.float64)
    if method == "predict":
        return find_labels(predicted, classes).reshape(-1, 1).astype(np.float64)
    return _align(predicted.astype(np.float64), np.asarray(fitted.classes_), classes, method)


def _join_outputs(given: Any, fitted: Any) -> np.ndarray:
    """A column for each output; some classifiers give the probabilities of each as an array of its own."""
    if not isinstance(given, list):
        return np.asarray(given, dtype=np.float64)
    return np.column_stack(
        [_take_ones(proba, seen) for proba, seen in zip(given, fitted.classes_, strict=True)]
    )


def _take_ones(proba: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Probability that an output is 1, also where the rows fitted on had none."""
    return align_columns(proba, seen, np.array([0, 1]))[:, 1]


def predict_members(members: Sequence[Member], X: Any, classes: Classes) -> list[np.ndarray]:
    """Predictions of all members.

    Parameters
    ----------
    members : sequence of Member
        With estimators that are fitted.
    X : DataFrame, ndarray or sparse matrix of shape (n_rows, n_features)
    classes : ndarray of shape (n_classes,) or None

    Returns
    -------
    predictions : list of ndarray of float64 of shape (n_rows, n_columns)
        As `predict_columns` makes them.
    """
    predictions = []
    for member in members:
        learner = member.as_learner(classes)
        with learner.named_in_errors():
            predictions.append(learner.predict(member.estimator, X))
    return predictions


def _align(predicted: np.ndarray, seen: np.ndarray, classes: np.ndarray, method: str) -> np.ndarray:
    is_decision = method == "decision_function"
    if is_decision and predicted.ndim == 1 and len(classes) == 2:
        return predicted.reshape(-1, 1)
    columns = np.column_stack([-predicted, predicted]) if predicted.ndim == 1 else predicted
    lowest = columns.min(axis=1, keepdims=True) - 1.0 if is_decision else 0.0
    return align_columns(columns, seen, classes, missing=lowest)

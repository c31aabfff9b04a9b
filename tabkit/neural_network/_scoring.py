"""Scores of the validation rows, from their predictions alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import check_scoring

_SMALLEST = 1e-7

Score = Callable[[np.ndarray], float]


def score_log_loss(codes: np.ndarray, weight: np.ndarray | None) -> Score:
    """Minus the log loss of the mean prediction of the members.

    Parameters
    ----------
    codes : ndarray of int of shape (n_rows,)
    weight : ndarray of shape (n_rows,) or None

    Returns
    -------
    score : callable
        From probabilities of shape (n_rows, n_classes) to a number, greater is better.
    """
    rows = np.arange(len(codes))

    def score(proba: np.ndarray) -> float:
        logarithms = np.log(np.maximum(proba[rows, codes], _SMALLEST))
        return float(np.average(logarithms, weights=weight))

    return score


def score_with(
    scoring: Any,
    truth: np.ndarray,
    weight: np.ndarray | None,
    classes: np.ndarray | None,
    scale: float = 1.0,
    center: float = 0.0,
) -> Score:
    """A scorer of scikit-learn on predictions that are there already.

    Parameters
    ----------
    scoring : str or callable
        As in scikit-learn.
    truth : ndarray of shape (n_rows,)
    weight : ndarray of shape (n_rows,) or None
    classes : ndarray of shape (n_classes,) or None
        None for regression.
    scale, center : float
        Of the predicted values.

    Returns
    -------
    score : callable
        From predictions of shape (n_rows, n_columns) to a number, greater is better.
    """
    weights = {} if weight is None else {"sample_weight": weight}

    def score(prediction: np.ndarray) -> float:
        if classes is None:
            model: Any = _PredictedValues(prediction[:, 0] * scale + center)
        else:
            model = _PredictedClasses(prediction, classes)
        scorer = check_scoring(model, scoring)
        return float(scorer(model, np.empty((len(truth), 0)), truth, **weights))

    return score


class _PredictedClasses(ClassifierMixin, BaseEstimator):
    """Answers every question with the same probabilities."""

    def __init__(self, proba: np.ndarray, classes: np.ndarray) -> None:
        self.proba = proba
        self.classes = classes
        self.classes_ = classes

    def fit(self, X: Any, y: Any) -> _PredictedClasses:
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        return self.proba

    def predict(self, X: Any) -> np.ndarray:
        return self.classes[self.proba.argmax(axis=1)]


class _PredictedValues(RegressorMixin, BaseEstimator):
    """Answers every question with the same values."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values
        self.is_fitted_ = True

    def fit(self, X: Any, y: Any) -> _PredictedValues:
        return self

    def predict(self, X: Any) -> np.ndarray:
        return self.values

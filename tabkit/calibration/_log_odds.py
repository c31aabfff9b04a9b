"""Predictions of classifiers as log-odds of each class."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit, logit

from tabkit.preprocessing._labels import align_columns

# The share of a class that no forest or booster is sure enough of to be believed.
_SMALLEST = 1e-6


def predict_log_odds(model: Any, X: Any, classes: np.ndarray) -> np.ndarray:
    """Log-odds of each class: of ``predict_proba`` where there is one, else the decision function as it is.

    Parameters
    ----------
    model : estimator
        Fitted classifier.
    X : array-like of shape (n_rows, n_features)
    classes : ndarray of shape (n_classes,)
        Sorted; the model need not know all of them.

    Returns
    -------
    log_odds : ndarray of shape (n_rows, n_classes), or (n_rows, 1) for two classes
        With two classes those of the second.
    """
    if hasattr(model, "predict_proba"):
        proba = align_columns(np.asarray(model.predict_proba(X), dtype=np.float64), model.classes_, classes)
        proba = proba[:, 1:] if len(classes) == 2 else proba
        return logit(np.clip(proba, _SMALLEST, 1 - _SMALLEST))
    scores = np.asarray(model.decision_function(X), dtype=np.float64)
    if len(classes) == 2 and len(model.classes_) == 2:
        return scores.reshape(-1, 1)
    columns = np.column_stack([-scores, scores]) if scores.ndim == 1 else scores
    return align_columns(columns, model.classes_, classes, missing=float(logit(_SMALLEST)))


def as_proba(of_class: np.ndarray) -> np.ndarray:
    """Probabilities of each class on its own, made to sum to 1.

    Parameters
    ----------
    of_class : ndarray of shape (n_rows, n_classes), or (n_rows, 1) for two classes

    Returns
    -------
    proba : ndarray of shape (n_rows, n_classes)
    """
    if of_class.shape[1] == 1:
        return np.hstack([1.0 - of_class, of_class])
    total = of_class.sum(axis=1, keepdims=True)
    return np.where(total > 0, of_class / np.where(total > 0, total, 1.0), 1.0 / of_class.shape[1])


def proba_of(log_odds: np.ndarray) -> np.ndarray:
    """Probabilities that log-odds of each class say by themselves."""
    return as_proba(expit(log_odds))

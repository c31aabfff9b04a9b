"""Scores of the validation rows, from their predictions alone."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer

from tabkit._core import InputError
from tabkit._core._sklearn import read_scorer
from tabkit.metrics._predicted import predicted_classifier, predicted_regressor

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
    classes: np.ndarray | None = None,
    decode: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Score:
    """A scorer of scikit-learn on predictions that are there already.

    Parameters
    ----------
    scoring : str or callable
        As in scikit-learn. One that takes no ``sample_weight`` counts rows alike.
    truth : ndarray of shape (n_rows,) or (n_rows, n_targets)
    weight : ndarray of shape (n_rows,) or None
    classes : ndarray of shape (n_classes,) or None, default=None
        None for regression.
    decode : callable or None, default=None
        For regression: from what the network predicts to values. Of several quantiles of one target the
        first is scored.

    Returns
    -------
    score : callable
        From predictions of shape (n_rows, n_columns) to a number, greater is better.
    """
    try:
        scorer = get_scorer(scoring)
    except (ValueError, TypeError) as error:
        raise InputError(f"scoring={scoring!r}: expected a scorer or the name of one") from error
    weights = {} if weight is None or not _takes_weights(scorer) else {"sample_weight": weight}

    def score(prediction: np.ndarray) -> float:
        if classes is not None:
            model = predicted_classifier(classes, classes[prediction.argmax(axis=1)], prediction)
        else:
            values = prediction if decode is None else decode(prediction)
            model = predicted_regressor(values[:, 0] if values.ndim > truth.ndim else values)
        try:
            return float(scorer(model, np.empty((len(truth), 0)), truth, **weights))
        except (ValueError, TypeError, AttributeError) as error:
            raise InputError(
                f"scoring={scoring!r} cannot be computed on the validation rows: {str(error).splitlines()[0]}"
            ) from error

    return score


def _takes_weights(scorer: Any) -> bool:
    """Whether a scorer has a ``sample_weight``; that of `make_scorer` has one where its function does."""
    parts = read_scorer(scorer)
    try:
        parameters = inspect.signature(scorer if parts is None else parts.function).parameters.values()
    except (TypeError, ValueError):
        return True
    return any(entry.name == "sample_weight" or entry.kind is entry.VAR_KEYWORD for entry in parameters)

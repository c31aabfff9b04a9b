"""What combines the members of a stack when the user names nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from tabkit.preprocessing import TablePreprocessor

# Trees give probabilities of 0 and 1: their log-odds would drown all others.
_CLIP = 1e-3
_C = 0.1


def log_odds(proba: np.ndarray) -> np.ndarray:
    """Logarithm of the odds of probabilities, which are kept away from 0 and 1.

    Parameters
    ----------
    proba : ndarray of shape (n_rows, n_columns)

    Returns
    -------
    log_odds : ndarray of shape (n_rows, n_columns)
    """
    clipped = np.clip(proba, _CLIP, 1.0 - _CLIP)
    return np.log(clipped / (1.0 - clipped))


def default_classifier(*, is_proba: bool, passthrough: bool, seed: int) -> Any:
    """A logistic regression with a strong penalty.

    Parameters
    ----------
    is_proba : bool
        Whether all that the members predict are probabilities.
    passthrough : bool
        Whether the table comes along.
    seed : int
        Of its preparation.

    Returns
    -------
    classifier : estimator
        Unfitted.
    """
    # Few columns: some steps more solve it so far that neither the processor nor repeated rows show.
    model = LogisticRegression(C=_C, solver="newton-cg", tol=1e-8, max_iter=1_000)
    if passthrough:
        return make_pipeline(TablePreprocessor("linear", random_state=seed), model)
    return make_pipeline(FunctionTransformer(log_odds), model) if is_proba else model


def default_regressor(*, passthrough: bool, seed: int) -> Any:
    """A linear model of the members without negative coefficients.

    Parameters
    ----------
    passthrough : bool
        Whether the table comes along, whose columns may well count negatively.
    seed : int
        Of its preparation.

    Returns
    -------
    regressor : estimator
        Unfitted.
    """
    if passthrough:
        return make_pipeline(
            TablePreprocessor("linear", task_kind="regression", random_state=seed), RidgeCV()
        )
    return LinearRegression(positive=True)

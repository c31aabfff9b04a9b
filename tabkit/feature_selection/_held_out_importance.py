"""How much worse a fitted model predicts rows it has not seen when one column is shuffled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

# Values of the copies of the held-out rows that are predicted at once: about 32 MB of numbers.
_MOST_VALUES = 4_000_000
_LEAST_PROBABILITY = 1e-6
Loss: TypeAlias = Callable[[Any, Any], np.ndarray]


def log_losses(model: Any, X: Any, labels: np.ndarray) -> np.ndarray:
    """Minus the logarithm of the probability of each row's label, at least 1e-6; shape (n_rows,)."""
    proba = np.asarray(model.predict_proba(X), dtype=np.float64)
    position = {label: column for column, label in enumerate(np.asarray(model.classes_).tolist())}
    columns = np.array([position.get(label, -1) for label in labels.tolist()])
    of_label = np.where(columns >= 0, proba[np.arange(len(proba)), columns], 0.0)
    return -np.log(np.maximum(of_label, _LEAST_PROBABILITY))


def squared_errors(model: Any, X: Any, values: np.ndarray) -> np.ndarray:
    """Of each row; shape (n_rows,)."""
    return (np.asarray(model.predict(X), dtype=np.float64) - values) ** 2


def held_out_importances(
    model: Any,
    X: Any,
    y: np.ndarray,
    weight: np.ndarray | None,
    *,
    is_classification: bool,
    rng: np.random.Generator,
) -> np.ndarray:
    """Mean increase of the loss on these rows when a column is shuffled among them.

    Parameters
    ----------
    model : estimator
        Fitted on other rows. A column to which its ``feature_importances_``, where it has any, give
        nothing is not shuffled: its importance is 0.
    X : DataFrame or ndarray of shape (n_rows, n_columns)
    y : ndarray of shape (n_rows,)
    weight : ndarray of shape (n_rows,) or None
    is_classification : bool
        Whether the loss is the logarithmic one; the squared error otherwise.
    rng : Generator

    Returns
    -------
    importances : ndarray of shape (n_columns,)
    """
    n_rows, n_columns = X.shape
    used = np.flatnonzero(getattr(model, "feature_importances_", np.ones(n_columns)))
    losses = log_losses if is_classification else squared_errors
    before = np.average(losses(model, X, y), weights=weight)
    importances = np.zeros(n_columns)
    n_at_once = max(1, _MOST_VALUES // max(1, n_rows * n_columns))
    for start in range(0, len(used), n_at_once):
        chosen = used[start : start + n_at_once]
        order = np.tile(np.arange(n_rows), (len(chosen), 1))
        shuffled = rng.permuted(order, axis=1)
        copies = _take(X, order.ravel())
        for number, column in enumerate(chosen):
            rows = slice(number * n_rows, (number + 1) * n_rows)
            _put(copies, rows, int(column), _column(X, int(column), shuffled[number]))
        after = losses(model, copies, np.tile(y, len(chosen))).reshape(len(chosen), n_rows)
        importances[chosen] = np.average(after, axis=1, weights=weight) - before
    return importances


def _take(X: Any, rows: np.ndarray) -> Any:
    return X.iloc[rows].reset_index(drop=True) if isinstance(X, pd.DataFrame) else X[rows]


def _column(X: Any, column: int, rows: np.ndarray) -> Any:
    return X.iloc[rows, column].array if isinstance(X, pd.DataFrame) else X[rows, column]


def _put(X: Any, rows: slice, column: int, values: Any) -> None:
    if isinstance(X, pd.DataFrame):
        X.iloc[rows, column] = values
    else:
        X[rows, column] = values

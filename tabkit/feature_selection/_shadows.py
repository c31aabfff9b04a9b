"""Copies of columns that tell nothing of the target: the same values, in another order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype


def as_matrix(X: Any) -> Any:
    """A frame whose columns are all NumPy's numbers or booleans as an array; anything else as it is."""
    if isinstance(X, pd.DataFrame) and all(
        isinstance(dtype, np.dtype) and (is_numeric_dtype(dtype) or is_bool_dtype(dtype))
        for dtype in X.dtypes
    ):
        return X.to_numpy(dtype=np.float64)
    return X


def add_shadows(X: Any, rng: np.random.Generator) -> Any:
    """Put behind the columns a copy of each, its rows in an order of its own.

    Parameters
    ----------
    X : DataFrame or ndarray of shape (n_rows, n_columns)
    rng : Generator

    Returns
    -------
    doubled : DataFrame or ndarray of shape (n_rows, 2 * n_columns)
        A frame has the columns ``x0``, ``x1`` and so on.
    """
    n_rows, n_columns = X.shape
    orders = rng.permuted(np.tile(np.arange(n_rows), (n_columns, 1)), axis=1)
    if not isinstance(X, pd.DataFrame):
        return np.hstack([X, np.take_along_axis(X, orders.T, axis=0)])
    real = [X.iloc[:, column].array for column in range(n_columns)]
    shadows = [values.take(order) for values, order in zip(real, orders, strict=True)]
    return pd.DataFrame({f"x{number}": values for number, values in enumerate([*real, *shadows])})

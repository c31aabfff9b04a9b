"""Rows as users pass them, for the estimators that encode a table themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import validate_data

from tabkit._core import InputError


def check_features(
    estimator: BaseEstimator, X: Any, y: Any = "no_validation", *, reset: bool
) -> np.ndarray | pd.DataFrame:
    """Check names and number of columns; a frame stays as it came, anything else becomes an array.

    Parameters
    ----------
    estimator : estimator
        Whose ``n_features_in_`` and ``feature_names_in_`` are set or compared with.
    X : DataFrame or array-like of shape (n_rows, n_features)
    y : array-like or None, default="no_validation"
        None is refused where the estimator needs a target. Nothing else of it is looked at.
    reset : bool
        Whether the columns are learnt, or compared with those learnt.

    Returns
    -------
    features : DataFrame or ndarray of shape (n_rows, n_features)

    Raises
    ------
    InputError
        If there are no rows or no columns, or two have one name.
    ValueError
        If the columns are not those learnt.
    """
    y = None if y is None else "no_validation"  # only whether there is one matters here
    if isinstance(X, pd.DataFrame):
        if X.empty:
            raise InputError(f"X: expected rows and columns, got a frame of shape {X.shape}")
        if X.columns.has_duplicates:
            doubled = X.columns[X.columns.duplicated()].unique().tolist()
            raise InputError(f"X has columns of one name: {doubled[:5]}")
        return validate_data(estimator, X, y, reset=reset, skip_check_array=True)
    # The encoder looks for infinite values, once for frames and arrays.
    return validate_data(estimator, X, y, reset=reset, dtype=None, ensure_all_finite=False)


def take_tables(tags: Tags) -> Tags:
    """Say in an estimator's tags that it takes missing values, categories and text.

    Parameters
    ----------
    tags : Tags

    Returns
    -------
    tags : Tags
        The same, changed.
    """
    tags.input_tags.allow_nan = True
    tags.input_tags.categorical = True
    tags.input_tags.string = True
    return tags

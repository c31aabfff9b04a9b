"""Rows as users pass them: the one door of every estimator that takes tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import validate_data

from tabkit._core import InputError
from tabkit._core._wording import say_values
from tabkit.data import as_pandas
from tabkit.preprocessing._frames import check_frame, refuse_array, take_columns
from tabkit.preprocessing._refused_columns import refuse_complex


def check_features(
    estimator: BaseEstimator,
    X: Any,
    y: Any = "no_validation",
    *,
    reset: bool,
    accept_sparse: Sequence[str] = (),
) -> Any:
    """Check names and number of columns; what stands in them is for the estimator to judge.

    Fitted on a frame, an estimator finds the columns of any later frame by their labels, in any order and
    among others, whatever libraries the frames are of; fitted on an array, it takes columns by position.

    Parameters
    ----------
    estimator : estimator
        Whose ``n_features_in_`` and ``feature_names_in_`` are set or compared with.
    X : frame of any library, array-like or sparse matrix, of shape (n_rows, n_features)
    y : array-like or None, default="no_validation"
        None is refused where the estimator needs a target. Nothing else of it is looked at.
    reset : bool
        Whether the columns are learnt, or found.
    accept_sparse : sequence of {"csr", "csc"}, default=()
        Formats that X may have as a sparse matrix; another becomes the first of them.

    Returns
    -------
    features : DataFrame, ndarray or sparse matrix of shape (n_rows, n_features)
        A frame is of pandas, with the columns in the order of fit.

    Raises
    ------
    InputError
        If there are no rows or no columns, two have one name, one is missing, or X is an array and the
        estimator was fitted on a frame.
    ValueError
        If the number of columns is another.
    """
    y = None if y is None else "no_validation"  # only whether there is one matters here
    X = as_pandas(X)
    owner, learnt = type(estimator).__name__, vars(estimator).get("_feature_labels", [])
    if reset:
        refuse_complex(X)
    if isinstance(X, pd.DataFrame):
        X = check_frame(X) if reset else take_columns(check_frame(X), learnt, owner)
        labels = X.columns.tolist()
        X = validate_data(estimator, X, y, reset=reset, skip_check_array=True)
    else:
        if not reset:
            refuse_array(learnt, owner)
        accept: Any = list(accept_sparse) if accept_sparse and issparse(X) else False
        # Infinite values are looked for by whoever reads the columns, once for frames and arrays.
        X = validate_data(
            estimator, X, y, reset=reset, accept_sparse=accept, dtype=None, ensure_all_finite=False
        )
        labels = list(range(X.shape[1]))
    if reset:
        estimator._feature_labels = labels
    return X


def adopt_columns(estimator: BaseEstimator, fitted: Sequence[Any]) -> None:
    """Let an estimator that is made of fitted ones take the columns that these were fitted on.

    Parameters
    ----------
    estimator : estimator
        Whose ``n_features_in_`` and ``feature_names_in_`` are set.
    fitted : sequence of estimator
        Of scikit-learn or tabkit.

    Raises
    ------
    InputError
        If they were fitted on different columns.
    """
    columns = [_labels_of(one) for one in fitted]
    for one, labels in zip(fitted, columns, strict=True):
        if labels != columns[0]:
            raise InputError(
                f"{type(one).__name__} was fitted on the columns {say_values(labels)}, and "
                f"{type(fitted[0]).__name__} on {say_values(columns[0])}"
            )
    estimator._feature_labels = columns[0]
    estimator.n_features_in_ = len(columns[0])
    names = next((one.feature_names_in_ for one in fitted if hasattr(one, "feature_names_in_")), None)
    if names is not None:
        estimator.feature_names_in_ = names


def _labels_of(fitted: Any) -> list[Any]:
    """Labels of the columns that an estimator was fitted on; of an array their positions."""
    first = fitted
    while hasattr(first, "steps"):
        first = first.steps[0][1]
    if hasattr(first, "_feature_labels"):
        return list(first._feature_labels)
    if hasattr(fitted, "feature_names_in_"):
        return list(fitted.feature_names_in_)
    return list(range(fitted.n_features_in_))


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

"""What an ensemble is fitted on, checked once."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, is_classifier
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_consistent_length, column_or_1d

from tabkit._core import InputError
from tabkit._core._series import as_series
from tabkit.model_selection._row_roles import RowRoles
from tabkit.model_selection._training_rows import TrainingRows
from tabkit.preprocessing._features import check_features
from tabkit.preprocessing._labels import learn_classes
from tabkit.preprocessing._values import as_values


def check_rows(
    estimator: BaseEstimator,
    X: Any,
    y: Any,
    *,
    sample_weight: Any,
    groups: Any,
    times: Any,
    takes_several_outputs: bool = False,
) -> TrainingRows:
    """Check what a user passed to ``fit`` of an ensemble.

    Parameters
    ----------
    estimator : estimator
        Whose ``n_features_in_`` and ``feature_names_in_`` are set; a classifier takes labels.
    X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
    y : array-like of shape (n_rows,)
    sample_weight, groups, times : array-like of shape (n_rows,) or None
    takes_several_outputs : bool, default=False
        Whether a classifier's target may be zeros and ones of shape (n_rows, n_outputs).

    Returns
    -------
    rows : TrainingRows

    Raises
    ------
    InputError
        If the target or a role cannot be used.
    ValueError
        If the table has no rows or columns, or another length than the target.
    """
    table = check_features(estimator, X, y, reset=True, accept_sparse=["csr"])
    n_rows = table.shape[0]
    if n_rows < 2:
        raise InputError("n_samples = 1: at least 2 rows are needed")
    roles = RowRoles.check(n_rows, sample_weight, groups, times)
    if sparse.issparse(y):
        raise InputError("y is a sparse matrix: pass y.toarray()")
    if takes_several_outputs and is_classifier(estimator) and _has_several_outputs(y):
        outputs = np.asarray(y)
        check_consistent_length(table, outputs)
        classes_of = [np.unique(output) for output in outputs.T]
        return TrainingRows(table, outputs, roles, classes_of)
    y = as_series(y)
    check_consistent_length(table, y)
    if is_classifier(estimator):
        codes, classes = learn_classes(y)
        return TrainingRows(table, classes[codes], roles, classes)
    return TrainingRows(table, column_or_1d(as_values(y), warn=True), roles)


def _has_several_outputs(y: Any) -> bool:
    """Whether a target is zeros and ones of several outputs; what else is wrong with it is said elsewhere."""
    shape = y.shape if hasattr(y, "shape") else np.asarray(y).shape
    return len(shape) == 2 and shape[1] > 1 and type_of_target(y) == "multilabel-indicator"

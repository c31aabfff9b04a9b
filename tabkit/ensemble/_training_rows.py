"""What an ensemble is fitted on, checked once and divided by rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, is_classifier
from sklearn.utils.validation import check_consistent_length, column_or_1d

from tabkit._core import InputError
from tabkit._core._series import as_series
from tabkit.model_selection._row_roles import RowRoles, take_rows
from tabkit.preprocessing._features import check_features
from tabkit.preprocessing._labels import encode_labels
from tabkit.preprocessing._values import as_values


@dataclass(frozen=True)
class TrainingRows:
    """Rows with their target and roles.

    Attributes
    ----------
    X : DataFrame, ndarray or sparse matrix of shape (n_rows, n_features)
    y : ndarray of shape (n_rows,)
        Labels as they came, or values.
    classes : ndarray of shape (n_classes,) or None
        All labels, sorted, also those that a part of the rows lacks; None for regression.
    roles : RowRoles
    """

    X: Any
    y: np.ndarray
    classes: np.ndarray | None
    roles: RowRoles

    @property
    def is_classification(self) -> bool:
        """Whether the target holds labels."""
        return self.classes is not None

    def take(self, rows: np.ndarray) -> TrainingRows:
        """Some of the rows.

        Parameters
        ----------
        rows : ndarray of int

        Returns
        -------
        training_rows : TrainingRows
        """
        return TrainingRows(take_rows(self.X, rows), self.y[rows], self.classes, self.roles.take(rows))

    def with_features(self, X: Any) -> TrainingRows:
        """The same rows with other columns.

        Parameters
        ----------
        X : DataFrame, ndarray or sparse matrix of shape (n_rows, n_columns)

        Returns
        -------
        training_rows : TrainingRows
        """
        return TrainingRows(X, self.y, self.classes, self.roles)


def check_rows(
    estimator: BaseEstimator,
    X: Any,
    y: Any,
    *,
    sample_weight: Any,
    groups: Any,
    times: Any,
) -> TrainingRows:
    """Check what a user passed to ``fit`` of an ensemble.

    Parameters
    ----------
    estimator : estimator
        Whose ``n_features_in_`` and ``feature_names_in_`` are set; a classifier takes labels.
    X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
    y : array-like of shape (n_rows,)
    sample_weight, groups, times : array-like of shape (n_rows,) or None

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
    y = as_series(y)
    check_consistent_length(table, y)
    roles = RowRoles.check(n_rows, sample_weight, groups, times)
    if is_classifier(estimator):
        codes, classes = encode_labels(y)
        return TrainingRows(table, classes[codes], classes, roles)
    return TrainingRows(table, column_or_1d(as_values(y), warn=True), None, roles)

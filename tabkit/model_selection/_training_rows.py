"""Rows to fit on, with their target and roles, divided together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tabkit.model_selection._row_roles import RowRoles, take_rows


@dataclass(frozen=True)
class TrainingRows:
    """Rows with their target and roles.

    Attributes
    ----------
    X : DataFrame, ndarray or sparse matrix of shape (n_rows, n_features)
    y : ndarray of shape (n_rows,)
        Labels as they came, or values.
    roles : RowRoles
    classes : ndarray of shape (n_classes,) or list of ndarray, default=None
        All labels, sorted, also those that a part of the rows lacks; None for regression, and where nobody
        asks for them. A list for each output where ``y`` has the shape (n_rows, n_outputs).
    """

    X: Any
    y: np.ndarray
    roles: RowRoles
    classes: np.ndarray | list[np.ndarray] | None = None

    @property
    def is_classification(self) -> bool:
        """Whether all labels are known, as they are for classification."""
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
        return replace(
            self,
            X=take_rows(self.X, rows),
            y=self.y[rows],
            roles=self.roles.take(rows),
        )

    def with_metadata(self, metadata: Mapping[str, Any]) -> TrainingRows:
        """The same rows with what metadata routing has for an estimator.

        Parameters
        ----------
        metadata : mapping of str to object

        Returns
        -------
        training_rows : TrainingRows
        """
        return replace(self, roles=self.roles.add_metadata(metadata, len(self.y))) if metadata else self

    def with_features(self, X: Any) -> TrainingRows:
        """The same rows with other columns.

        Parameters
        ----------
        X : DataFrame, ndarray or sparse matrix of shape (n_rows, n_columns)

        Returns
        -------
        training_rows : TrainingRows
        """
        return replace(self, X=X)

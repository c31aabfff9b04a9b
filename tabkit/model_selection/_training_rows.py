"""Rows to fit on, with their target and roles, divided together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

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
    metadata : mapping of str to object
        What estimators may ask for beside the roles; divided where it has an entry for each row.
    """

    X: Any
    y: np.ndarray
    roles: RowRoles
    classes: np.ndarray | list[np.ndarray] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

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
            metadata={name: self._take_metadata(value, rows) for name, value in self.metadata.items()},
        )

    def _take_metadata(self, value: Any, rows: np.ndarray) -> Any:
        is_by_row = isinstance(value, list | tuple | np.ndarray | pd.Series | pd.DataFrame)
        if not is_by_row or len(value) != len(self.y):
            return value
        return [value[row] for row in rows] if isinstance(value, list | tuple) else take_rows(value, rows)

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

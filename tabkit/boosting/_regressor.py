"""Values in, values out."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import column_or_1d

from tabkit.boosting._estimator import BoostingEstimator
from tabkit.preprocessing._values import as_values, check_domain


class BoostingRegressor(RegressorMixin, BoostingEstimator):
    """The regressor half of the template."""

    def predict(self, X: Any) -> np.ndarray:
        """Predicted values.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)

        Returns
        -------
        values : ndarray of shape (n_rows,)
            float64.
        """
        return self._predict(X).astype(np.float64, copy=False)

    @property
    def _n_classes(self) -> int:
        return 0

    def _encode_target(self, y: Any) -> np.ndarray:
        target = column_or_1d(as_values(y), warn=True)
        check_domain(y, self._objective)
        return target

    @property
    @abstractmethod
    def _objective(self) -> str:
        """What is minimised, as the library writes it."""

    def _weigh(self, target: np.ndarray, weight: np.ndarray | None) -> np.ndarray | None:
        return weight

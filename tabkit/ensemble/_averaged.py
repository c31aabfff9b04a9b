"""What ensembles that average their members predict."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin


class Averaged(BaseEstimator, ABC):
    """A template whose open step is the mean over the members."""

    # What the members are asked for.
    _method: ClassVar[str]

    @abstractmethod
    def _average(self, X: Any) -> np.ndarray:
        """Mean of the members' predictions, of shape (n_rows, n_columns)."""

    def _form(self, predictions: np.ndarray) -> np.ndarray:
        """Predictions as users get them, of shape (n_rows, n_columns) before."""
        return predictions if self._method == "predict_proba" else predictions[:, 0]


class AveragedClassifier(ClassifierMixin, Averaged):
    """Predicts by the mean probability."""

    _method = "predict_proba"
    classes_: np.ndarray

    def predict_proba(self, X: Any) -> np.ndarray:
        """Mean probability of each class, weighted where the members have weights.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)

        Returns
        -------
        proba : ndarray of shape (n_rows, n_classes)
            Rows sum to 1.
        """
        return self._form(self._average(X))

    def predict(self, X: Any) -> np.ndarray:
        """Label of the most probable class.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)

        Returns
        -------
        labels : ndarray of shape (n_rows,)
        """
        proba = self.predict_proba(X)
        return self.classes_[proba.argmax(axis=1)]


class AveragedRegressor(RegressorMixin, Averaged):
    """Predicts the mean value."""

    _method = "predict"

    def predict(self, X: Any) -> np.ndarray:
        """Mean of the members' predictions, weighted where the members have weights.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)

        Returns
        -------
        values : ndarray of shape (n_rows,)
        """
        return self._form(self._average(X))

"""Labels of any kind in, probabilities of all classes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin
from sklearn.utils import column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets

from tabkit._core import InputError
from tabkit.boosting._estimator import BoostingEstimator


class BoostingClassifier(ClassifierMixin, BoostingEstimator):
    """The classifier half of the template.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted; the order of the probability columns.
    """

    # Stored by the __init__ of each estimator.
    class_weight: Mapping[Any, float] | str | None

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of the classes.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)

        Returns
        -------
        proba : ndarray of shape (n_rows, n_classes)
            float64, columns in the order of ``classes_``; rows sum to 1.
        """
        proba = self._predict(X).astype(np.float64, copy=False)
        if proba.ndim == 2:
            return proba / proba.sum(axis=1, keepdims=True) if proba.shape[1] > 2 else proba
        both = np.empty((len(proba), 2))
        np.subtract(1.0, proba, out=both[:, 0])
        both[:, 1] = proba
        return both

    def predict(self, X: Any) -> np.ndarray:
        """Most probable labels.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)

        Returns
        -------
        labels : ndarray of shape (n_rows,)
        """
        proba = self.predict_proba(X)
        return self.classes_[proba.argmax(axis=1)]

    @property
    def _n_classes(self) -> int:
        return len(self.classes_)

    def _encode_target(self, y: Any) -> np.ndarray:
        # Nullable integers and booleans stay what they are; column_or_1d would make floats of them.
        y = column_or_1d(y.to_numpy() if isinstance(y, pd.Series) else y, warn=True)
        codes, classes = pd.factorize(y, sort=True)
        n_missing = int((codes < 0).sum())
        if n_missing:
            raise InputError(f"y: {n_missing} of {len(y)} rows have no label (NaN or None): drop these rows")
        check_classification_targets(classes)
        if len(classes) < 2:
            raise InputError(f"y has 1 class, {str(classes[0])!r}: at least 2 are needed")
        self.classes_ = np.asarray(classes).astype(y.dtype, copy=False)
        return codes

    def _weigh(self, target: np.ndarray, weight: np.ndarray | None) -> np.ndarray | None:
        if self.class_weight is None:
            return weight
        by_class = compute_class_weight(self.class_weight, classes=self.classes_, y=self.classes_[target])
        return by_class[target] if weight is None else by_class[target] * weight

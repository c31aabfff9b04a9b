"""Labels of any kind in, probabilities of all classes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight

from tabkit._core._sklearn import make_options
from tabkit.boosting._estimator import BoostingEstimator
from tabkit.data._positive_class import require_positive
from tabkit.preprocessing._labels import learn_classes


@dataclass(eq=False, repr=False, kw_only=True)
class BoostingClassifier(ClassifierMixin, BoostingEstimator):
    """The classifier half of the template.

    Parameters
    ----------
    class_weight : mapping, "balanced" or None, default=None
        Weight of each label; "balanced" weighs classes against their frequency.
    pos_label : label or None, default=None
        The positive class of two, whose probability ``monotone_constraints`` are about; nothing else
        asks. None takes the class whose label says so: 1 beside 0, True, "yes" or "positive" beside its
        opposite; other labels are refused.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted; the order of the probability columns.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = BoostingEstimator._parameter_constraints | {
        "class_weight": [Mapping, make_options("balanced"), None],
    }

    class_weight: Mapping[Any, float] | str | None = None
    pos_label: Any = None

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

    def _constrain(self, features: np.ndarray | pd.DataFrame) -> list[int]:
        signs = super()._constrain(features)
        if not signs:
            return signs
        asked_by = f"monotone_constraints={self.monotone_constraints!r}"
        if require_positive(self.classes_, self.pos_label, asked_by=asked_by) == 1:
            return signs
        return [-sign for sign in signs]  # the libraries have the probability of the second class

    def _encode_target(self, y: Any) -> np.ndarray:
        codes, self.classes_ = learn_classes(y)
        return codes

    def _weigh(self, target: np.ndarray, weight: np.ndarray | None) -> np.ndarray | None:
        if self.class_weight is None:
            return weight
        by_class = compute_class_weight(self.class_weight, classes=self.classes_, y=self.classes_[target])
        return by_class[target] if weight is None else by_class[target] * weight

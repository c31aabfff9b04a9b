"""A threshold that is given, for labels of any kind."""

from __future__ import annotations

from copy import copy
from typing import Any, Self

import numpy as np
from sklearn.model_selection import FixedThresholdClassifier

from tabkit.data._positive_class import require_positive
from tabkit.preprocessing._labels import as_labels


class FixedThreshold(FixedThresholdClassifier):
    """scikit-learn's, which takes labels as they come, keeps their dtype, and knows its positive class.

    scikit-learn looks at the target before the estimator inside does: it cannot sort a missing label, nor
    tell the type of booleans and numbers that are objects. Its positive class, where none is given, is the
    one that sorts last; here it is the one whose label says so, and other labels are refused.

    Attributes
    ----------
    pos_label_ : label
        The positive class, with whose probability the threshold is compared.
    """

    def fit(self, X: Any, y: Any, **params: Any) -> Self:
        super().fit(X, as_labels(y), **params)
        if len(self.classes_) == 2:
            asked_by = f"threshold={self.threshold}"
            self.pos_label_ = self.classes_[
                require_positive(self.classes_, self.pos_label, asked_by=asked_by)
            ]
        return self

    def predict(self, X: Any) -> np.ndarray:
        told = copy(self)
        told.pos_label = getattr(self, "pos_label_", self.pos_label)
        return np.asarray(super(FixedThreshold, told).predict(X))

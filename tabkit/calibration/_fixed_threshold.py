"""A threshold that is given, for labels of any kind."""

from __future__ import annotations

from typing import Any, Self

from sklearn.model_selection import FixedThresholdClassifier

from tabkit.preprocessing._labels import as_labels


class FixedThreshold(FixedThresholdClassifier):
    """scikit-learn's, which takes labels as they come and keeps their dtype.

    scikit-learn looks at the target before the estimator inside does: it cannot sort a missing label, nor
    tell the type of booleans and numbers that are objects.
    """

    def fit(self, X: Any, y: Any, **params: Any) -> Self:
        return super().fit(X, as_labels(y), **params)

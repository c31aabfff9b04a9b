"""Estimators that keep a record of the rows they are fitted on and asked about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

ID, SIGNAL = 0, 1


@dataclass
class Record:
    """What happened to probes since the record was cleared.

    Attributes
    ----------
    fits : list of set of int
        Rows of each fit, by their identifiers.
    lacking : list of str
        Roles that a fit was not given.
    predictions : list of (set of int, set of int)
        Rows that a probe was fitted on, and those it was then asked about.
    """

    fits: list[set[int]] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    predictions: list[tuple[set[int], set[int]]] = field(default_factory=list)

    def clear(self) -> None:
        self.fits.clear()
        self.lacking.clear()
        self.predictions.clear()


RECORD = Record()


class _Probe(BaseEstimator):
    __metadata_request__fit = {"sample_weight": True, "groups": True, "times": True}

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, groups: Any = None, times: Any = None
    ) -> Self:
        X = np.asarray(X, dtype=float)
        self.n_features_in_ = X.shape[1]
        self.rows_ = _identify(X)
        roles = {"sample_weight": sample_weight, "groups": groups, "times": times}
        RECORD.fits.append(self.rows_)
        RECORD.lacking += [name for name, values in roles.items() if values is None]
        if isinstance(self, ClassifierMixin):
            self.classes_ = np.unique(y)
        return self

    def _look(self, X: Any) -> np.ndarray:
        X = np.asarray(X, dtype=float)
        RECORD.predictions.append((self.rows_, _identify(X)))
        return X[:, SIGNAL]


class ProbeClassifier(ClassifierMixin, _Probe):
    """Its probability follows the second column."""

    def predict_proba(self, X: Any) -> np.ndarray:
        positive = 1.0 / (1.0 + np.exp(-self._look(X)))
        return np.column_stack([1.0 - positive, positive])

    def decision_function(self, X: Any) -> np.ndarray:
        return self._look(X)

    def predict(self, X: Any) -> np.ndarray:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class ProbeRegressor(RegressorMixin, _Probe):
    """Predicts the second column."""

    def predict(self, X: Any) -> np.ndarray:
        return self._look(X)


def _identify(X: np.ndarray) -> set[int]:
    return set(X[:, ID].astype(int).tolist())

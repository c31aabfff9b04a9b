"""Estimators that remember which rows they were fitted on and which they predicted.

Rows are known by the number in their first column.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

ROLES = {"sample_weight": True, "groups": True, "times": True}


@dataclass
class Call:
    """One fit, and the rows asked for after it."""

    rows: np.ndarray
    roles: dict[str, Any]
    predicted: list[np.ndarray] = field(default_factory=list)


class Diary:
    """Calls by the name of the probe."""

    calls: dict[str, list[Call]] = {}

    @classmethod
    def forget(cls) -> None:
        cls.calls = {}


def numbers(X: Any) -> np.ndarray:
    first = X.iloc[:, 0] if hasattr(X, "iloc") else X[:, 0]
    return np.asarray(first).astype(int)


class _Probe(BaseEstimator):
    __metadata_request__fit = ROLES

    def __init__(self, name: str = "probe") -> None:
        self.name = name

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None, times: Any = None) -> Any:
        roles = {"sample_weight": sample_weight, "groups": groups, "times": times}
        self.call_ = Call(numbers(X), roles)
        Diary.calls.setdefault(self.name, []).append(self.call_)
        self._learn(np.asarray(y))
        return self

    def _note(self, X: Any) -> np.ndarray:
        self.call_.predicted.append(numbers(X))
        return numbers(X)


class ProbeClassifier(ClassifierMixin, _Probe):
    def _learn(self, y: np.ndarray) -> None:
        self.classes_ = np.unique(y)

    def predict_proba(self, X: Any) -> np.ndarray:
        score = 1.0 + np.sin(np.outer(self._note(X), 1 + np.arange(len(self.classes_)))) / 2
        return score / score.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> np.ndarray:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class ProbeRegressor(RegressorMixin, _Probe):
    def _learn(self, y: np.ndarray) -> None:
        self.mean_ = y.mean()

    def predict(self, X: Any) -> np.ndarray:
        return self.mean_ + np.sin(self._note(X))


class Memoriser(ClassifierMixin, BaseEstimator):
    """Overfits as far as one can: knows the label of every row that it has seen, else says one half."""

    def fit(self, X: Any, y: Any) -> Any:
        self.classes_ = np.unique(y)
        self.seen_ = dict(zip(numbers(X).tolist(), np.searchsorted(self.classes_, y), strict=True))
        self.share_ = np.bincount(np.searchsorted(self.classes_, y)) / len(y)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        return np.array(
            [
                np.eye(len(self.classes_))[self.seen_[n]] if n in self.seen_ else self.share_
                for n in numbers(X)
            ]
        )

    def predict(self, X: Any) -> np.ndarray:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class Failing(ClassifierMixin, BaseEstimator):
    def fit(self, X: Any, y: Any) -> Any:
        raise ValueError("no luck")

    def predict_proba(self, X: Any) -> Any: ...


class Endless(RegressorMixin, BaseEstimator):
    def fit(self, X: Any, y: Any) -> Any:
        self.n_ = len(y)
        return self

    def predict(self, X: Any) -> np.ndarray:
        return np.full(len(X), np.inf)

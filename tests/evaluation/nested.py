"""An estimator whose fit is a run of the engine, importable by worker processes."""

from __future__ import annotations

import os
import threading
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_info

from tabkit.data import Table, Task
from tabkit.evaluation import Engine, Entrant, Folds, InProcess, MemoryStore


class BestOfTwo(ClassifierMixin, BaseEstimator):
    """Averages the fold models of the better of two candidates."""

    def fit(self, X: pd.DataFrame, y: Any) -> Self:
        """Evaluate both in this process."""
        target = pd.Series(np.asarray(y), name="y")
        self.classes_ = np.unique(target)
        rows = np.arange(len(target))
        pairs = tuple((rows[rows % 3 != k], rows[rows % 3 == k]) for k in range(3))
        table = Table("inner", X.reset_index(drop=True), target)
        task = Task("binary", tuple(self.classes_.tolist()))
        store = MemoryStore()
        engine = Engine(table, task, Folds(pairs, "inner"), store, InProcess(), keep_models=True)
        found = engine.evaluate(
            [
                Entrant("linear", LogisticRegression()),
                Entrant("tree", DecisionTreeClassifier(max_depth=2, random_state=0)),
            ]
        )
        best = max(found, key=lambda one: np.mean([fold.scores["roc_auc"] for fold in one.folds]))
        self.models_ = [store.load_model(best.name, fold) for fold in range(3)]
        self.pid_ = os.getpid()
        return self

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Mean of the fold models."""
        return np.mean([model.predict_proba(X) for model in self.models_], axis=0)

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Most probable labels."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class CountsThreads(ClassifierMixin, BaseEstimator):
    """Predicts a constant, and knows how many threads linear algebra had while it was fitted."""

    def fit(self, X: pd.DataFrame, y: Any) -> Self:
        """Look at the pools of threads."""
        self.classes_ = np.unique(y)
        self.n_threads_ = max(pool["num_threads"] for pool in threadpool_info())
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """The first class."""
        return np.full(len(X), self.classes_[0])


class CountsCalls(ClassifierMixin, BaseEstimator):
    """Counts in the class how often rows come to be predicted."""

    n_proba = n_predict = 0

    def fit(self, X: Any, y: Any) -> Self:
        """Learn the classes."""
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """One half each."""
        type(self).n_proba += 1
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))

    def predict(self, X: Any) -> np.ndarray:
        """The last class, which is not the one of the first highest probability."""
        type(self).n_predict += 1
        return np.full(len(X), self.classes_[-1])


class _NeedsTwoError(Exception):
    def __init__(self, first: str, second: str) -> None:
        super().__init__(first)


class Unreadable(CountsCalls):
    """Holds what can be pickled and not read back."""

    def fit(self, X: Any, y: Any) -> Self:
        """Keep an exception."""
        self.error_ = _NeedsTwoError("a", "b")
        return super().fit(X, y)


class HoldsLock(CountsCalls):
    """Holds what cannot be pickled."""

    def fit(self, X: Any, y: Any) -> Self:
        """Keep a lock."""
        self.lock_ = threading.Lock()
        return super().fit(X, y)

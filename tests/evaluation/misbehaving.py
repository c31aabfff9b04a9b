"""Estimators that do to a run what real ones do on bad days, and one that keeps a diary."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import time
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class _Constant(ClassifierMixin, BaseEstimator):
    """Predicts the same for every row."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.repeat(self.classes_[0], len(X))

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


class Raises(_Constant):
    """Fails in Python."""

    def fit(self, X, y):
        raise ValueError("the cat ate\nthe matrix")


class Crashes(_Constant):
    """Fails in native code."""

    def fit(self, X, y):
        ctypes.string_at(0)
        return self


class KilledBySystem(_Constant):
    """Meets the out-of-memory killer."""

    def fit(self, X, y):
        os.kill(os.getpid(), signal.SIGKILL)
        return self


class Hangs(_Constant):
    """Never returns, and says so with a child that does not either."""

    def fit(self, X, y):
        time.sleep(1000)
        return self


class FillsMemory(_Constant):
    """Takes 50 MB more ten times a second, up to 3 GB."""

    def fit(self, X, y):
        taken = []
        for _ in range(60):
            taken.append(np.ones(50_000_000 // 8))
            time.sleep(0.1)
        return super().fit(X, y)


class Aborts(_Constant):
    """Ends the process from native code, as a C++ library does whose exception nobody catches."""

    def fit(self, X, y):
        ctypes.CDLL(None).abort()


class RaisesOnceAndHangs(_Constant):
    """Raises on the fold that tests the first row, and never returns from the others."""

    def fit(self, X, y):
        if X["row"].min() > 0:
            raise ValueError("the first row is missing")
        time.sleep(3600)


class PredictsNaN(_Constant):
    """Fits, and then predicts nothing of use."""

    def predict_proba(self, X):
        return np.full((len(X), 2), np.nan)


class Prints(_Constant):
    """Writes to the standard output, in Python and below it."""

    def fit(self, X, y):
        print("a model that talks")
        os.write(1, b"and its library too\n")
        return super().fit(X, y)


class Diary(_Constant):
    """Writes down which rows it was fitted on and which it predicted."""

    __metadata_request__fit = {"groups": True}

    def __init__(self, folder=""):
        self.folder = folder

    def fit(self, X, y, groups=None):
        self.rows_ = X["row"].astype(int).tolist()
        self.groups_ = None if groups is None else np.asarray(groups).tolist()
        return super().fit(X, y)

    def predict_proba(self, X):
        entry = {"fitted": self.rows_, "groups": self.groups_, "predicted": X["row"].astype(int).tolist()}
        Path(self.folder, f"{time.monotonic_ns()}.json").write_text(json.dumps(entry))
        return super().predict_proba(X)

"""The six estimators, cheap enough for tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import is_classifier

import tabkit.boosting
from tabkit._core._optional import is_installed

needs_catboost = pytest.mark.skipif(not is_installed("catboost"), reason="catboost is not installed")


def estimator_params(kind: str) -> list[Any]:
    """The wrappers of libraries whose name ends so, CatBoost's skipped in words where it is missing."""
    return [
        pytest.param(
            getattr(tabkit.boosting, name),
            id=name,
            marks=needs_catboost if name.startswith("CatBoost") else (),
        )
        for name in tabkit.boosting.__all__
        if name.endswith(kind) and not name.startswith(("Hist", "Explainable"))
    ]


def make(estimator: type, **parameters: Any) -> Any:
    """Make an estimator with few rounds, no refit, one thread and a seed, unless told otherwise."""
    rounds = {"iterations" if estimator.__name__.startswith("CatBoost") else "n_estimators": 30}
    return estimator(**{"n_jobs": 1, "random_state": 0, "refit": None} | rounds | parameters)


def predict(model: Any, X: Any) -> np.ndarray:
    """Probabilities of a classifier, values of a regressor."""
    return model.predict_proba(X) if is_classifier(model) else model.predict(X)

"""The estimators as fixtures, and a made-up table for them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from boosting_cases import estimator_params


@pytest.fixture(params=estimator_params(""))
def estimator(request: pytest.FixtureRequest) -> type:
    """Each of the six."""
    return request.param


@pytest.fixture(params=estimator_params("Classifier"))
def classifier(request: pytest.FixtureRequest) -> type:
    """Each of the three classifiers."""
    return request.param


@pytest.fixture(params=estimator_params("Regressor"))
def regressor(request: pytest.FixtureRequest) -> type:
    """Each of the three regressors."""
    return request.param


@pytest.fixture
def frame() -> pd.DataFrame:
    """A frame of 400 rows with columns of every kind, all but the numbers worth a category or more."""
    rng = np.random.default_rng(0)
    n_rows = 400
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=n_rows),
            "colour": pd.Categorical(rng.choice(["red", "green", "blue"], n_rows)),
            "town": rng.choice(["Aachen", "Bonn", "Celle", "Dachau"], n_rows),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, n_rows), "D"),
            "is new": pd.Series(rng.random(n_rows) < 0.5).astype(object),
            "count": pd.array(rng.integers(0, 9, n_rows), dtype="Int64"),
            "word": pd.array(rng.choice(["yes", "no"], n_rows), dtype="string"),
            "range": pd.cut(rng.normal(size=n_rows), [-9, -1, 0, 1, 9]),
            "delay": pd.to_timedelta(rng.integers(0, 99, n_rows), "h"),
        }
    )
    for column in frame:
        frame.loc[rng.random(n_rows) < 0.05, column] = None
    return frame


@pytest.fixture
def target(frame: pd.DataFrame) -> Callable[[type], np.ndarray]:
    """The target for an estimator: ``target(estimator)`` depends on several columns of the frame."""
    noise = np.random.default_rng(1).normal(size=len(frame)) / 4
    effect = frame["colour"].map({"red": 2.0, "green": -1.0, "blue": -1.0}).astype(float).fillna(0)
    effect += frame["town"].eq("Bonn") + frame["size"].fillna(0) + noise

    def make_target(estimator: type) -> np.ndarray:
        is_label = estimator.__name__.endswith("Classifier")
        return np.where(effect > 0, "yes", "no") if is_label else effect.to_numpy()

    return make_target

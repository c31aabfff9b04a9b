"""The native models: equal to the library's own, and written in the library's own format."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from boosting_cases import make, predict

import tabkit.boosting

Target = Callable[[type], np.ndarray]


def test_a_copy_predicts_the_same(estimator: type, frame: pd.DataFrame, target: Target) -> None:
    import skops.io

    model = make(estimator).fit(frame, target(estimator))
    expected = predict(model, frame)
    written = skops.io.dumps(model)
    copies = {
        "pickle": pickle.loads(pickle.dumps(model)),
        "pickle of a pickle": pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(model)))),
        "deepcopy": copy.deepcopy(model),
        "skops": skops.io.loads(written, trusted=skops.io.get_untrusted_types(data=written)),
    }
    for other in copies.values():
        np.testing.assert_array_equal(predict(other, frame), expected)
        np.testing.assert_array_equal(other.feature_importances_, model.feature_importances_)
    assert type(copies["skops"].booster_) is type(model.booster_)


def test_a_skops_file_holds_no_foreign_type(estimator: type, frame: pd.DataFrame, target: Target) -> None:
    import skops.io

    written = skops.io.dumps(make(estimator).fit(frame, target(estimator)))
    own = ("tabkit.boosting.", "tabkit.preprocessing.")
    assert all(name.startswith(own) for name in skops.io.get_untrusted_types(data=written))


def test_a_model_is_light(estimator: type, frame: pd.DataFrame, target: Target) -> None:
    model = make(estimator).fit(frame, target(estimator))
    assert len(pickle.dumps(model)) < 150_000


@pytest.fixture
def matrix() -> tuple[np.ndarray, pd.DataFrame, np.ndarray]:
    """Numbers with codes in the last column, the same as a frame with text there, and a target."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 4))
    X[:, 3] = rng.integers(0, 5, 500)
    X[rng.random(500) < 0.1, 0] = np.nan
    y = (np.nan_to_num(X[:, 0]) + np.isin(X[:, 3], [1, 4]) + rng.normal(0, 0.5, 500) > 0.5).astype(int)
    frame = pd.DataFrame(X).rename(columns=str)
    return X, frame.assign(**{"3": [f"level {code:.0f}" for code in X[:, 3]]}), y


def test_equals_lightgbm(matrix: tuple[np.ndarray, pd.DataFrame, np.ndarray]) -> None:
    import lightgbm

    X, frame, y = matrix
    params = {
        "objective": "binary",
        "learning_rate": 0.05,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "seed": 0,
        "verbosity": -1,
    }
    booster = lightgbm.train(params, lightgbm.Dataset(X, y, categorical_feature=[3], params=params), 30)
    model = make(tabkit.boosting.LightGBMClassifier, early_stopping_rounds=None).fit(frame, y)
    np.testing.assert_array_equal(model.predict_proba(frame)[:, 1], booster.predict(X))


def test_equals_xgboost(matrix: tuple[np.ndarray, pd.DataFrame, np.ndarray]) -> None:
    import xgboost

    X, frame, y = matrix
    types = ["q", "q", "q", "c"]
    data = xgboost.QuantileDMatrix(X, y, feature_types=types, enable_categorical=True, nthread=1)
    params = {
        "objective": "binary:logistic",
        "learning_rate": 0.05,
        "subsample": 0.8,
        "nthread": 1,
        "seed": 0,
    }
    booster = xgboost.train(params, data, 30)
    model = make(tabkit.boosting.XGBoostClassifier, early_stopping_rounds=None).fit(frame, y)
    np.testing.assert_array_equal(model.predict_proba(frame)[:, 1], booster.predict(data).astype(np.float64))


def test_equals_catboost(matrix: tuple[np.ndarray, pd.DataFrame, np.ndarray]) -> None:
    catboost = pytest.importorskip("catboost")
    _, frame, y = matrix
    params = {
        "loss_function": "Logloss",
        "iterations": 30,
        "max_ctr_complexity": 1,
        "random_seed": 0,
        "thread_count": 1,
        "logging_level": "Silent",
        "allow_writing_files": False,
    }
    pool = catboost.Pool(frame, y, cat_features=["3"])
    native = catboost.CatBoost(params).fit(pool)
    model = make(tabkit.boosting.CatBoostClassifier, early_stopping_rounds=None).fit(frame, y)
    expected = native.predict(pool, prediction_type="Probability")
    np.testing.assert_allclose(model.predict_proba(frame), expected, rtol=1e-12)

"""What ``random_state`` means: a generator draws, None is random, an integer is reproducible."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pandas as pd
import pytest
from public_estimators import build_small, find_all
from sklearn.base import clone

from tabkit._core import InputError
from tabkit._core._random import derive_seed, draw_seed
from tabkit.calibration import MaxRecall
from tabkit.model_selection import split_for_validation

RANDOM = [cls for cls in find_all() if "random_state" in inspect.signature(cls).parameters]
# So that randomness shows, in few rows and few rounds.
_TELLING: dict[str, dict[str, Any]] = {
    "HistGradientBoostingClassifier": {"early_stopping": True},
    "HistGradientBoostingRegressor": {"early_stopping": True},
    "TablePreprocessor": {"kinds": {"town": "category"}, "max_categories": 2},
    "TunedThresholdClassifier": {"min_rows_of_class": 2, "objective": MaxRecall(min_precision=0.4)},
}
# Where the predictions do not show it.
_FITTED = ("threshold_", "scores_", "losses_", "oof_prediction_", "oof_predictions_", "importances_")


def outcome(model: Any) -> np.ndarray:
    """Numbers that depend on every seed that a model draws in one fit, or a splitter in one split."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"size": rng.normal(size=120), "age": rng.normal(size=120)})
    y = (X["size"] + rng.normal(size=120) > 0.3).astype(int).to_numpy()
    if hasattr(model, "split"):
        return np.concatenate([test for _, test in model.split(X, y)])
    if hasattr(model, "fit_resample"):
        rare = np.flatnonzero((y == 0) | (X["age"] < 0))
        return np.asarray(model.fit_resample(X.iloc[rare], y[rare])[0])
    if type(model).__name__ == "TablePreprocessor":
        towns = X.assign(town=[f"town {number}" for number in rng.integers(8, size=120)])
        return np.asarray(model.fit_transform(towns, y))[:, :3].astype(np.float64)
    if hasattr(model, "describe") and hasattr(model, "transform"):
        return _describe_made(model)
    if type(model).__name__ == "TabularMLPMultiTarget":
        return np.asarray(model.fit(X, np.column_stack([y, X["age"]])).predict(X))
    model.fit(X, y)
    for name in _FITTED:
        found = getattr(model, name, ())
        told = np.ravel(list(found.values()) if isinstance(found, dict) else found)
        if len(told):
            return told
    return np.asarray(model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X))


def _describe_made(model: Any) -> np.ndarray:
    """What is made, and how much each column explains, of a table with something for every maker."""
    rng = np.random.default_rng(0)
    town = rng.integers(12, size=800)
    X = pd.DataFrame({"size": rng.normal(size=800) + 9 * town, "age": rng.normal(size=800)})
    X["price"] = rng.normal(size=800)
    X["town"], X["plan"] = pd.Categorical(town), pd.Categorical(rng.integers(5, size=800))
    effect = rng.normal(size=(12, 5))[town, X["plan"].cat.codes]
    y = effect + 2 * np.sign(X["age"] * X["price"]) + 2 * np.sign(X["size"] - 9 * town)
    return np.asarray([*map(ord, " ".join(model.fit(X, y).describe())[:3000].ljust(3000))])


def global_state() -> list[int]:
    _, keys, position, *_ = np.random.get_state()  # noqa: NPY002 - it is what must not change
    return [*keys.tolist(), position]


def make(cls: type, random_state: Any) -> Any:
    return build_small(cls, **_TELLING.get(cls.__name__, {}) | {"random_state": random_state})


def test_all_are_found() -> None:
    names = {cls.__name__ for cls in RANDOM}
    assert {"RoleAwareKFold", "Resampler", "TabularPretrainer", "TablePreprocessor"} < names
    assert len(names) >= 22


def test_none_is_the_default() -> None:
    defaults = {cls.__name__: inspect.signature(cls).parameters["random_state"].default for cls in RANDOM}
    assert defaults == dict.fromkeys(defaults)


@pytest.mark.parametrize("cls", RANDOM)
def test_an_integer_is_reproducible(cls: type) -> None:
    model = make(cls, 3)
    first = outcome(model)
    assert np.array_equal(outcome(model), first)
    other = make(cls, np.int64(3)) if hasattr(model, "split") else clone(model)
    assert np.array_equal(outcome(other), first)
    outcome(make(cls, 2**32 - 1))  # no seed is too large for a library


@pytest.mark.parametrize("cls", RANDOM)
def test_none_is_another_seed_each_time_and_leaves_the_global_generator_alone(cls: type) -> None:
    before = global_state()
    model = make(cls, None)
    assert not np.array_equal(outcome(model), outcome(model))
    assert global_state() == before


@pytest.mark.parametrize("cls", RANDOM)
def test_a_generator_draws(cls: type) -> None:
    model = make(cls, np.random.RandomState(0))
    first, second = outcome(model), outcome(model)
    assert not np.array_equal(first, second)
    again = make(cls, np.random.RandomState(0))
    assert np.array_equal(outcome(again), first)
    assert np.array_equal(outcome(again), second)


@pytest.mark.parametrize("cls", RANDOM)
def test_anything_else_is_refused(cls: type) -> None:
    for wrong in (np.random.default_rng(0), "no", 5.7, -3):
        with pytest.raises(InputError, match="random_state"):
            outcome(make(cls, wrong))


def test_to_count_folds_draws_nothing() -> None:
    splitter = make(next(cls for cls in RANDOM if cls.__name__ == "RoleAwareKFold"), np.random.RandomState(0))
    before = splitter.random_state.get_state()[2]
    assert splitter.get_n_splits(np.zeros((6, 1)), [0, 1] * 3) == 2
    assert splitter.random_state.get_state()[2] == before


def test_the_split_for_validation_draws_as_estimators_do() -> None:
    def split(random_state: Any) -> list[int]:
        rows = split_for_validation(range(100), is_classification=False, random_state=random_state)
        return rows[1].tolist()

    assert inspect.signature(split_for_validation).parameters["random_state"].default is None
    assert split(None) != split(None)
    assert split(0) == split(0)
    generator = np.random.RandomState(0)
    drawn = [split(generator), split(generator)]
    assert drawn[0] != drawn[1]
    generator = np.random.RandomState(0)
    assert [split(generator), split(generator)] == drawn


def test_the_text_of_an_object_is_no_seed() -> None:
    with pytest.raises(TypeError, match="RandomState"):
        derive_seed(np.random.RandomState(0), "folds")  # type: ignore[arg-type]
    for wrong in (None, True, 1.0):
        with pytest.raises(TypeError, match="a seed is derived from an integer"):
            derive_seed(wrong, "folds")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="integers and texts"):
        derive_seed(0, ("folds", 1))  # type: ignore[arg-type]
    assert derive_seed(np.int64(7), np.str_("folds"), np.int32(1)) == derive_seed(7, "folds", 1)


def test_seeds_that_are_drawn_suit_every_library() -> None:
    assert draw_seed(5) == draw_seed(np.int8(5)) == 5
    given = (2**31 - 1, 2**32 - 1, None, np.random.RandomState(0))
    assert all(0 <= draw_seed(random_state) < 2**31 - 1 for random_state in given)
    assert draw_seed(2**31 - 1) != draw_seed(2**32 - 1)

"""Frames of any library: their columns go by name, at fit and at predict, whichever was used at fit."""

from __future__ import annotations

import copy
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from frame_cases import FRAMES, make_table
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier as NativeBoosting
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

import tabkit
from tabkit import InputError, make_model
from tabkit.boosting import HistGradientBoostingClassifier, LightGBMClassifier
from tabkit.calibration import (
    CalibratedClassifier,
    ConformalClassifier,
    ConformalRegressor,
    SplitCalibratedClassifier,
    TunedThresholdClassifier,
)
from tabkit.data import as_pandas, build_table
from tabkit.ensemble import FoldBaggingClassifier, GreedyEnsembleClassifier, StackingClassifier
from tabkit.model_selection import RoleAwareKFold
from tabkit.neural_network import TabularMLPClassifier, TabularMLPMultiTarget
from tabkit.preprocessing import TablePreprocessor
from tabkit.resampling import ResampledClassifier, Resampler

libraries = pytest.mark.parametrize("library", FRAMES)
NUMBERS = ["height", "age", "rooms"]


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, np.ndarray]:
    return make_table()


def _linear() -> Any:
    return make_pipeline(TablePreprocessor("linear", random_state=0), LogisticRegression())


def _tiny_network(estimator: type = TabularMLPClassifier) -> Any:
    return estimator(hidden_sizes=(4,), n_members=1, max_epochs=2, random_state=0, n_jobs=1)


def _named() -> list[tuple[str, Any]]:
    return [("linear", _linear()), ("boosted", LightGBMClassifier(5, random_state=0, n_jobs=1))]


MODELS = {
    "pipeline": _linear(),
    "booster": LightGBMClassifier(10, random_state=0, n_jobs=1),
    "network": _tiny_network(),
    "calibrated": CalibratedClassifier(_linear(), method="sigmoid", cv=2, min_rows=10, random_state=0),
    "split calibrated": SplitCalibratedClassifier(_linear(), random_state=0),
    "thresholded": TunedThresholdClassifier(_linear(), cv=2, min_rows_of_class=1, random_state=0),
    "conformal": ConformalClassifier(_linear(), random_state=0),
    "stacked": StackingClassifier(_named(), cv=2, random_state=0),
    "greedy": GreedyEnsembleClassifier(_named(), cv=2, random_state=0),
    "bagged": FoldBaggingClassifier(_linear(), cv=2, random_state=0),
    "resampled": ResampledClassifier(_linear(), random_state=0),
}
models = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


# the door


@libraries
def test_any_frame_becomes_one_of_pandas(library: str, table: tuple) -> None:
    X, _ = table
    found = as_pandas(FRAMES[library](X))
    assert isinstance(found, pd.DataFrame)
    assert list(found) == list(X)
    pd.testing.assert_frame_equal(found[NUMBERS], X[NUMBERS])
    assert found["town"].fillna("none").tolist() == X["town"].fillna("none").tolist()
    pd.testing.assert_series_equal(found["built"], X["built"], check_dtype=False)


@pytest.mark.parametrize(
    "X",
    [
        np.zeros((2, 2)),
        [[1, 2]],
        pd.Series([1.0]),
        pl.Series([1.0]),
        pa.array([1.0]),
        pa.chunked_array([[1.0]]),
        None,
        "text",
    ],
    ids=lambda X: type(X).__name__,
)
def test_what_is_no_frame_comes_back_as_it_is(X: Any) -> None:
    assert as_pandas(X) is X


@libraries
def test_tables_to_compare_go_through_the_door(library: str, table: tuple) -> None:
    X, y = table
    frame = FRAMES[library](X.assign(sold=y))
    read = build_table(frame, target="sold")
    assert read.n_rows == len(X)
    assert read.target.tolist() == y.tolist()
    assert {column.name: column.kind for column in read.columns}["built"] == "date"


# by name, whichever was used at fit


@libraries
def test_whichever_frame_was_used_at_fit(library: str, table: tuple) -> None:
    X, y = table
    expected = _linear().fit(X, y).predict_proba(X)
    model = _linear().fit(FRAMES[library](X), y)
    for make in FRAMES.values():
        others = make(X[X.columns[::-1]].assign(other=1))
        np.testing.assert_array_equal(model.predict_proba(others), expected)


@models
def test_columns_of_a_polars_frame_are_found_by_name(model: Any, table: tuple) -> None:
    X, y = table
    frame = pl.from_pandas(X)
    fitted = copy.deepcopy(model).fit(X, y)
    expected = fitted.predict(X)
    assert len(np.unique(expected)) > 1
    others = frame.select(*X.columns[::-1], other=pl.lit(1))
    np.testing.assert_array_equal(fitted.predict(others), expected)
    np.testing.assert_array_equal(copy.deepcopy(model).fit(frame, pl.Series(y)).predict(X), expected)
    if hasattr(fitted, "predict_proba"):
        np.testing.assert_array_equal(fitted.predict_proba(others), fitted.predict_proba(X))


@models
def test_missing_columns_and_arrays_are_refused(model: Any, table: tuple) -> None:
    X, y = table
    fitted = copy.deepcopy(model).fit(X, y)
    frame = pl.from_pandas(X)
    with pytest.raises(
        InputError, match=r"feature names should match.*lacks 2 columns of those at fit:.*'age', 'town'"
    ):
        fitted.predict(frame.drop("age", "town"))
    for array in (X.to_numpy(), X.to_numpy().tolist()):
        with pytest.raises(InputError, match=r"X has no column names.*pass one with the columns 'height'"):
            fitted.predict(array)


def test_the_order_of_the_issue() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"age": rng.normal(40, 9, 200), "height": rng.normal(170, 9, 200)})
    y = np.where(frame["age"] > 40, "old", "young")
    model = make_model("linear", task="binary").fit(frame, y)
    expected = model.predict_proba(frame)
    np.testing.assert_array_equal(model.predict_proba(frame.select("height", "age")), expected)
    assert (model.predict(frame.select("height", "age")) == y).mean() > 0.95


def test_a_winner_predicts_the_frame_that_was_compared(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"noise": rng.normal(size=150), "age": rng.normal(40, 9, 150)})
    frame = frame.with_columns(old=pl.Series(np.where(frame["age"] > 40, "yes", "no")))
    comparison = tabkit.compare(
        frame, target="old", models=["tree"], n_folds=3, autogluon=False, audit=False, out=tmp_path / "run"
    )
    assert comparison.winner is not None
    assert comparison.winner.path is not None
    winner = tabkit.load(comparison.winner.path)
    assert (winner.predict(frame) == frame["old"].to_numpy()).mean() > 0.97


# arrays and frames without text labels


def test_arrays_go_by_position_where_fitting_did(table: tuple) -> None:
    X, y = table[0][NUMBERS], table[1]
    for model in (_linear(), LightGBMClassifier(5, random_state=0, n_jobs=1)):
        fitted = model.fit(X.to_numpy(), y)
        expected = fitted.predict_proba(X.to_numpy())
        np.testing.assert_array_equal(fitted.predict_proba(X.to_numpy().tolist()), expected)
        numbered = X.set_axis(range(3), axis="columns")
        np.testing.assert_array_equal(fitted.predict_proba(numbered[[2, 0, 1]]), expected)
        with pytest.warns(UserWarning, match=r"X has feature names, but .* was fitted without feature names"):
            np.testing.assert_array_equal(fitted.predict_proba(pl.from_pandas(X)), expected)


def test_labels_that_are_no_text_are_labels(table: tuple) -> None:
    X, y = table[0][NUMBERS].set_axis([2019, 2020, 2021], axis="columns"), table[1]
    fitted = LightGBMClassifier(5, random_state=0, n_jobs=1).fit(X, y)
    expected = fitted.predict_proba(X)
    np.testing.assert_array_equal(fitted.predict_proba(X[[2021, 2019, 2020]]), expected)
    with pytest.raises(InputError, match=r"X has no column names.*columns 2019, 2020, 2021"):
        fitted.predict(X.to_numpy())


# what is inside, and roles


def test_what_is_inside_gets_pandas_in_the_order_of_fit(table: tuple) -> None:
    X, y = table
    X = X.assign(town=X["town"].astype("category"))[["town", "age", "height"]]
    for model in (
        CalibratedClassifier(NativeBoosting(max_iter=3), method="sigmoid", cv=2, min_rows=10, random_state=0),
        FoldBaggingClassifier(NativeBoosting(max_iter=3), cv=2, random_state=0),
        HistGradientBoostingClassifier(max_iter=3),
    ):
        fitted = model.fit(pl.from_pandas(X), y)
        expected = fitted.predict_proba(X)
        assert len(np.unique(expected[:, 0])) > 3
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            shuffled = pl.from_pandas(X[["height", "town", "age"]])
            np.testing.assert_array_equal(fitted.predict_proba(shuffled), expected)


def test_every_response_of_hist_gradient_boosting_finds_its_columns(table: tuple) -> None:
    X, y = table[0][NUMBERS], table[1]
    model = HistGradientBoostingClassifier(max_iter=3).fit(X, y)
    others = pl.from_pandas(X).select(*NUMBERS[::-1])
    for method in ("predict", "predict_proba", "decision_function"):
        np.testing.assert_array_equal(getattr(model, method)(others), getattr(model, method)(X))
    for method in ("staged_predict", "staged_predict_proba", "staged_decision_function"):
        np.testing.assert_array_equal([*getattr(model, method)(others)], [*getattr(model, method)(X)])
    with pytest.raises(InputError, match="X has no column names"):
        model.predict(X.to_numpy())


@pytest.mark.parametrize("make", [pl.Series, pa.array, lambda values: pa.chunked_array([values]), pd.Series])
def test_targets_and_roles_of_other_libraries(make: Any, table: tuple) -> None:
    X, y = table
    rng = np.random.default_rng(0)
    roles = {
        "sample_weight": rng.uniform(0.5, 2.0, len(X)),
        "groups": np.array([f"g{number}" for number in rng.integers(20, size=len(X))], dtype=object),
        "times": pd.date_range("2024-01-01", periods=len(X)).to_numpy("datetime64[us]"),
    }
    given_roles = {name: make(values) for name, values in roles.items()}
    for model in (
        LightGBMClassifier(5, random_state=0, n_jobs=1),
        HistGradientBoostingClassifier(max_iter=3, early_stopping=True, random_state=0),
        CalibratedClassifier(
            LightGBMClassifier(5, random_state=0, n_jobs=1), method="sigmoid", cv=2, random_state=0
        ),
    ):
        frame = X[NUMBERS]
        expected = copy.deepcopy(model).fit(frame, y, **roles).predict_proba(frame)
        fitted = copy.deepcopy(model).fit(pl.from_pandas(frame), make(y.astype(object)), **given_roles)
        np.testing.assert_array_equal(fitted.predict_proba(frame), expected)


def test_targets_of_several_columns(table: tuple) -> None:
    X, y = table
    targets = pl.DataFrame({"sold": y, "price": X["age"]})
    model = _tiny_network(TabularMLPMultiTarget).fit(pl.from_pandas(X), targets)
    predicted = model.predict(pl.from_pandas(X).lazy())
    assert list(predicted) == ["sold", "price"]
    assert model.score(pl.from_pandas(X), targets) == model.score(X, targets.to_pandas())


def test_a_regressor_with_intervals(table: tuple) -> None:
    X, _ = table
    y = pl.Series(X["age"])
    model = ConformalRegressor(make_pipeline(TablePreprocessor("linear"), Ridge()), random_state=0).fit(
        pl.from_pandas(X), y
    )
    others = pl.from_pandas(X[X.columns[::-1]])
    np.testing.assert_array_equal(model.predict_interval(others), model.predict_interval(X))


def test_split_calibrated_takes_what_its_classifier_takes(table: tuple) -> None:
    X, y = table
    inner = make_pipeline(TablePreprocessor("linear", random_state=0), LinearSVC(dual=False))
    model = SplitCalibratedClassifier(inner, random_state=0).fit(pl.from_pandas(X), y)
    others = pl.from_pandas(X[X.columns[::-1]])
    np.testing.assert_array_equal(model.predict_proba(others), model.predict_proba(X))


@libraries
def test_splitters_count_the_rows_of_any_frame(library: str, table: tuple) -> None:
    X, y = table
    splits = RoleAwareKFold(3, random_state=0).split(FRAMES[library](X), y)
    expected = RoleAwareKFold(3, random_state=0).split(X, y)
    for (train, test), (other_train, other_test) in zip(splits, expected, strict=True):
        np.testing.assert_array_equal(train, other_train)
        np.testing.assert_array_equal(test, other_test)


@libraries
def test_resampler_returns_pandas(library: str, table: tuple) -> None:
    X, _ = table
    y = np.repeat(["rare", "often"], [30, 90])
    expected, labels = Resampler(random_state=0).fit_resample(X, y)
    made, made_labels = Resampler(random_state=0).fit_resample(FRAMES[library](X), pl.Series(y))
    assert isinstance(made, pd.DataFrame)
    assert list(made) == list(X)
    assert made_labels.tolist() == labels.tolist()
    pd.testing.assert_frame_equal(made[NUMBERS], expected[NUMBERS])


# any frame, any order


@settings(max_examples=12, derandomize=True, deadline=None)
@given(
    fitted=st.sampled_from(list(FRAMES)),
    asked=st.sampled_from(list(FRAMES)),
    order=st.permutations(range(8)),
    rows=st.lists(st.integers(0, 119), min_size=1, max_size=20),
    others=st.integers(0, 2),
)
def test_any_library_any_order_any_rows(
    fitted: str, asked: str, order: list[int], rows: list[int], others: int
) -> None:
    X, y = make_table()
    prepare = TablePreprocessor("linear", random_state=0).fit(FRAMES[fitted](X), y)
    expected = TablePreprocessor("linear", random_state=0).fit(X, y).transform(X)
    batch = X.iloc[rows, order].reset_index(drop=True)
    for number in range(others):
        batch.insert(number, f"other {number}", "x")
    np.testing.assert_allclose(prepare.transform(FRAMES[asked](batch)), expected[rows], rtol=1e-9, atol=1e-12)

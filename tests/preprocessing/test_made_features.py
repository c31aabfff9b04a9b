"""Columns made of others: right values, nothing from a row's own target, and hardly any from noise."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from contract_checks import contracts, find_broken

import tabkit
from tabkit._core import InputError
from tabkit.preprocessing import (
    ArithmeticFeatures,
    CategoryCrosses,
    FrequencyEncoder,
    GroupAggregates,
    MadeFeatures,
    TablePipeline,
    TablePreprocessor,
)
from tabkit.preprocessing._made._columns import Columns
from tabkit.preprocessing._made._find import encode_cells, learn_statistic, make_cells
from tabkit.preprocessing._made._formulas import Arithmetic
from tabkit.preprocessing._made._halves import Halves
from tabkit.preprocessing._made._screen import ScreenRows
from tabkit.preprocessing._targets import Targets

MAKERS = (ArithmeticFeatures, CategoryCrosses, GroupAggregates, MadeFeatures)


def make_table(seed: int, n_rows: int = 1000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"income": rng.uniform(1, 9, n_rows), "debt": rng.uniform(1, 9, n_rows)})
    X["age"] = rng.normal(size=n_rows)
    X["city"] = pd.Categorical(rng.choice(list("abcdefgh"), n_rows))
    X["plan"] = pd.Categorical(rng.choice(list("uvwxyz"), n_rows))
    X["joined"] = pd.Timestamp("2020-01-01")
    return X


def crossed_target(X: pd.DataFrame, seed: int = 0, noise: float = 0.5) -> np.ndarray:
    table = np.random.default_rng(9).normal(size=(8, 6))
    rng = np.random.default_rng(seed)
    return table[X["city"].cat.codes, X["plan"].cat.codes] + noise * rng.normal(size=len(X))


@contracts(
    "made features",
    {cls.__name__: cls for cls in (*MAKERS, FrequencyEncoder)},
)
def test_scikit_learn_contract(build: Callable[[], Any]) -> None:
    assert not (broken := find_broken(build())), broken


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("product", [12.0, np.nan, np.nan]),
        ("quotient", [3.0, np.nan, np.nan]),
        ("sum", [8.0, 5.0, np.nan]),
        ("difference", [4.0, 5.0, np.nan]),
    ],
)
def test_arithmetic_by_hand(operation: str, expected: list[float]) -> None:
    numbers = np.array([[6.0, 2.0], [5.0, 0.0], [np.nan, 1.0]])
    made = Arithmetic(("a", "b"), operation, 0, 1).compute(Columns(numbers, np.empty((3, 0), dtype=int)))
    if operation == "product":
        expected[1] = 0.0
    np.testing.assert_array_equal(made, expected)


def test_too_large_a_product_is_missing() -> None:
    numbers = np.array([[1e30, 1e30]])
    made = Arithmetic(("a", "b"), "product", 0, 1).compute(Columns(numbers, np.empty((1, 0), dtype=int)))
    assert np.isnan(made).all()


def test_frequencies_by_hand() -> None:
    X = pd.DataFrame({"city": ["Rome", "Oslo", "Rome", None], "age": [1.0, 2.0, 3.0, 4.0]})
    encode = FrequencyEncoder().fit(X, sample_weight=[1, 1, 2, 4])
    out = encode.transform(pd.DataFrame({"city": ["Rome", None, "Paris"], "age": [1.0, 2.0, 3.0]}))
    assert out["city: frequency"].tolist() == [3 / 8, 4 / 8, 0.0]
    assert encode.feature_sources_ == (("city",), ("age",), ("city",))
    assert encode.describe() == ["'city: frequency' is made of 'city': its share of the training rows."]


class _Reader:
    numeric = ("income",)
    categorical = ("city", "plan")
    n_codes = (5, 4)


def _rows(values: list[float], weights: Any = None, seed: int = 0) -> ScreenRows:
    n = len(values)
    codes = np.column_stack([[2, 2, 3, 3] * (n // 4), [2, 3, 2, 3] * (n // 4)])
    columns = Columns(np.array([[1.0], [3.0], [10.0], [np.nan]] * (n // 4)), codes)
    targets = Targets(np.array(values)[:, np.newaxis], ("",), None)
    weights = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    return ScreenRows(columns, targets, weights, None, None, seed)


def test_statistics_by_hand() -> None:
    rows, reader = _rows([0.0] * 4), _Reader()
    ask = Columns(np.array([[5.0]] * 3), np.array([[2, 2], [3, 2], [1, 2]]))
    overall = (1 + 3 + 10) / 3
    mean = learn_statistic(reader, rows, "mean", 0, 0)
    np.testing.assert_allclose(mean.compute(ask), [2.0, 10.0, overall])
    std = learn_statistic(reader, rows, "std", 0, 0)
    np.testing.assert_allclose(std.compute(ask), [1.0, 0.0, np.std([1, 3, 10])])
    difference = learn_statistic(reader, rows, "difference", 0, 0)
    np.testing.assert_allclose(difference.compute(ask), [3.0, -5.0, 5.0 - overall])
    assert [one.name for one in (mean, std, difference)] == [
        "income: mean by city",
        "income: std by city",
        "income - mean by city",
    ]


def test_mean_target_of_a_cross_by_hand() -> None:
    values = np.random.default_rng(0).normal(size=40)
    rows, reader = _rows(list(values)), _Reader()
    made = encode_cells(make_cells(reader, (0, 1)), rows, 0, 10.0, 5, reason="")
    first = values[::4]
    ask = Columns(np.zeros((2, 1)), np.array([[2, 2], [1, 2]]))
    expected = [(first.sum() + 10 * values.mean()) / (len(first) + 10), values.mean()]
    np.testing.assert_allclose(made.formula.compute(ask), expected)
    assert made.formula.name == "city x plan: mean target"


def test_a_row_is_encoded_without_its_own_target() -> None:
    values = np.random.default_rng(0).normal(size=40)
    cells = make_cells(_Reader(), (0, 1))
    before = encode_cells(cells, _rows(list(values)), 0, 10.0, 5, reason="").training_values
    for row in (0, 7, 39):
        changed = values.copy()
        changed[row] += 100.0
        after = encode_cells(cells, _rows(list(changed)), 0, 10.0, 5, reason="").training_values
        assert after[row] == before[row]
        assert (after != before).sum() >= 30  # the other folds saw it


def test_what_halves_explain_is_that_of_a_plain_loop() -> None:
    rng = np.random.default_rng(0)
    residuals, weights = rng.normal(size=(60, 2)), rng.uniform(0.5, 2, 60)
    is_second, bins = rng.random(60) < 0.5, rng.integers(4, size=60)
    halves = Halves(residuals, weights, is_second, np.arange(60), n_shadows=3, seed=0)
    for target in range(2):
        expected = 0.0
        for one in range(4):
            sides = [(bins == one) & (is_second == side) for side in (False, True)]
            means = [np.average(residuals[side, target], weights=weights[side]) for side in sides]
            expected += weights[bins == one].sum() * means[0] * means[1]
        assert halves.measure(bins).by_target[target] == pytest.approx(expected)


def test_a_quotient_is_found_and_a_cross_too() -> None:
    X = make_table(0)
    y = 3 * (X["debt"] / X["income"] > 1) + crossed_target(X)
    features = MadeFeatures(random_state=0).fit(X, y)
    made = list(features.get_feature_names_out()[6:])
    assert {"income", "debt"} in [set(sources) for sources in features.feature_sources_[6:]]
    assert "city x plan: mean target" in made
    assert len(made) <= 4
    assert all("explains" in sentence for sentence in features.describe())


@pytest.mark.slow
def test_found_columns_help_on_fresh_rows() -> None:
    from tabkit.boosting import LightGBMRegressor

    X, fresh = make_table(0), make_table(1)
    y, truth = crossed_target(X), crossed_target(fresh, noise=0.0)
    errors = []
    for step in ("passthrough", MadeFeatures(random_state=0)):
        model = LightGBMRegressor(random_state=0)
        steps = [("prepare", TablePreprocessor(random_state=0)), ("features", step), ("model", model)]
        predicted = TablePipeline(steps).fit(X, y).predict(fresh)
        errors.append(np.mean((predicted - truth) ** 2))
    assert errors[1] < 0.8 * errors[0]


@pytest.mark.parametrize("seed", range(3))
def test_noise_and_sums_make_hardly_anything(seed: int) -> None:
    X = make_table(seed)
    rng = np.random.default_rng(seed)
    noise = MadeFeatures(random_state=seed).fit(X, rng.normal(size=len(X)))
    additive = X["income"] + np.sin(2 * X["age"]) + X["city"].cat.codes + rng.normal(size=len(X))
    added = MadeFeatures(random_state=seed).fit(X, additive)
    assert len(noise.recipes_) + len(added.recipes_) <= 1


def test_nothing_is_made_of_few_rows_or_a_constant_target() -> None:
    X = make_table(0)
    for rows, y in ((X[:50], crossed_target(X[:50])), (X, np.ones(len(X)))):
        features = MadeFeatures(random_state=0)
        pd.testing.assert_frame_equal(features.fit_transform(rows, y), rows)
        assert features.describe() == ["No column was made: none explains what the others do not."]


def test_a_wide_table_has_bounded_pairs() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 300))
    features = ArithmeticFeatures(random_state=0, operations=("product",)).fit(X, X[:, 7] * X[:, 9])
    assert features.n_pairs_ == 300  # of 25 columns
    assert "x7 * x9" in features.get_feature_names_out()


def test_unseen_missing_and_lonely_rows() -> None:
    X = make_table(0)
    y = crossed_target(X)
    features = MadeFeatures(random_state=0).fit(X, y)
    fresh = make_table(1, 20).astype({"city": object, "plan": object})
    fresh.loc[0, "city"], fresh.loc[1, ["city", "plan"]], fresh.loc[2, "income"] = "unseen", None, np.nan
    batch = features.transform(fresh)
    name = "city x plan: mean target"
    assert batch.loc[0, name] == pytest.approx(y.mean())
    for row in range(3):
        pd.testing.assert_series_equal(
            features.transform(fresh.iloc[[row]])[name], batch[name].iloc[[row]], check_exact=True
        )
    assert list(batch.columns) == list(features.get_feature_names_out())


def test_rows_without_weight_are_not_there() -> None:
    X = make_table(0, 600)
    y = crossed_target(X)
    weight = np.ones(600)
    weight[400:] = 0.0
    y[400:] = 1000.0
    weighted = MadeFeatures(random_state=0).fit(X, y, sample_weight=weight)
    plain = MadeFeatures(random_state=0).fit(X[:400], y[:400])
    pd.testing.assert_frame_equal(weighted.transform(X), plain.transform(X))
    assert len(plain.recipes_) == 1


def test_groups_stay_together() -> None:
    """The mean target of a cross that tells groups apart says nothing of a group's own rows."""
    X = make_table(0)
    groups = X["city"].astype(str) + X["plan"].astype(str)
    y = crossed_target(X)
    features = CategoryCrosses(random_state=0)
    features.fit(X, y, groups=groups)
    assert not features.recipes_
    assert CategoryCrosses(random_state=0).fit(X, y).recipes_


def test_excluded_columns_are_no_sources() -> None:
    X = make_table(0)
    features = MadeFeatures(random_state=0, exclude=["city"]).fit(X, crossed_target(X))
    assert all("city" not in sources for sources in features.feature_sources_[6:])
    with pytest.raises(InputError, match=r"exclude names column 'town', which X does not have"):
        MadeFeatures(exclude=["town"]).fit(X, crossed_target(X))


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (ArithmeticFeatures(operations=["power"]), r"operations=\['power'\]: expected a sequence of names"),
        (GroupAggregates(statistics="mean"), r"statistics.*must be an array-like"),
        (CategoryCrosses(max_order=4), r"max_order"),
    ],
)
def test_wrong_parameters_are_refused(features: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        features.fit(make_table(0, 120), np.arange(120.0))


@pytest.mark.slow
def test_the_same_seed_makes_the_same_and_a_model_file_keeps_it(tmp_path: Path) -> None:
    X = make_table(0)
    y = crossed_target(X)
    first = MadeFeatures(random_state=3)
    out = first.fit_transform(X, y)
    pd.testing.assert_frame_equal(out, MadeFeatures(random_state=3).fit_transform(X, y))
    again = [pickle.loads(pickle.dumps(first)), tabkit.load(tabkit.save(first, tmp_path / "made.skops"))]
    for other in again:
        pd.testing.assert_frame_equal(other.transform(X), first.transform(X))
        assert other.describe() == first.describe()


def test_classes_have_a_column_each_but_one() -> None:
    X = make_table(0)
    y = pd.cut(crossed_target(X, noise=0.1), 3, labels=["low", "middle", "high"]).astype(str)
    features = CategoryCrosses(random_state=0).fit(X, y)
    made = list(features.get_feature_names_out()[6:])
    assert len(made) == 2
    assert all(name.startswith("city x plan: mean target=") for name in made)


def test_candidates_of_the_catalog_leave_monotone_columns_alone() -> None:
    X = make_table(0)[["income", "debt", "age"]]
    y = 3.0 * (X["debt"] > X["income"]) + np.random.default_rng(0).normal(scale=0.1, size=len(X))
    free = tabkit.make_model("lightgbm_features", task="regression").fit(X, y)
    assert free["features"].recipes_
    bound = tabkit.make_model("lightgbm_features", task="regression", monotone={"debt": 1}).fit(X, y)
    assert all("debt" not in sources for sources in bound["features"].feature_sources_[3:])
    steps = X.iloc[:40].loc[lambda rows: rows.index.repeat(9)].assign(debt=list(range(1, 10)) * 40)
    rises = np.diff(bound.predict(steps).reshape(40, 9), axis=1)
    assert rises.min() >= -1e-9

"""What can be asked for numeric columns: scikit-learn's own values, on any table, row by row."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
)

import tabkit
from tabkit import DistantValuesWarning
from tabkit._core import InputError
from tabkit.preprocessing import TablePreprocessor
from tabkit.preprocessing._filling import ExpectedValues
from tabkit.preprocessing._numbers import SmoothScaler

FAMILIES = ("linear", "tree", "boosting", "net")
SCALINGS = ("none", "standard", "min_max", "robust", "quantile", "power", "log")
OPTIONS: list[dict[str, Any]] = [
    *({"scaling": scaling} for scaling in SCALINGS),
    *({"imputation": way} for way in ("mean", "median", "most_frequent", "model", "none")),
    {"outliers": "clip"},
    *({"expansion": expansion} for expansion in ("splines", "bins", "polynomial")),
    {"expansion": "splines", "scaling": "quantile", "imputation": "median", "outliers": "clip"},
    {"n_numeric_components": 2},
    {"n_numeric_components": 0.9, "scaling": "standard", "imputation": "mean"},
]
CASES = [
    pytest.param(
        family,
        options,
        id=f"{family}-" + "-".join(map(str, options.values())),
        # The same numbers as for "boosting" and "linear", in another form.
        marks=pytest.mark.slow
        if family in ("tree", "net") or (family == "boosting" and "scaling" in options)
        else (),
    )
    for family in FAMILIES
    for options in OPTIONS
    if family in ("linear", "net") or "n_numeric_components" not in options
]


def _numbers(n_rows: int = 300, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    base = rng.normal(size=n_rows)
    return pd.DataFrame(
        {
            "a": base + rng.normal(0, 0.5, n_rows),
            "b": 100 * np.exp(base),
            "c": rng.integers(-30, 30, n_rows).astype(float),
        }
    )


def _with_gaps(X: pd.DataFrame) -> pd.DataFrame:
    return X.mask(np.random.default_rng(5).random(X.shape) < 0.2)


def _prepare(family: str = "tree", **options: Any) -> TablePreprocessor:
    return TablePreprocessor(family, random_state=0, **options)


def _signed_log(x: np.ndarray) -> np.ndarray:
    return np.where(x < 0, -np.log1p(-np.minimum(x, 0)), np.log1p(np.maximum(x, 0)))


SCALERS = {
    "standard": StandardScaler(),
    "min_max": MinMaxScaler(),
    "robust": RobustScaler(),
    "quantile": QuantileTransformer(n_quantiles=300, output_distribution="normal"),
    "power": PowerTransformer(),
    "log": make_pipeline(FunctionTransformer(_signed_log), StandardScaler()),
}


# as scikit-learn does it


@pytest.mark.parametrize("scaling", SCALERS)
def test_scaling_is_scikit_learns(scaling: str) -> None:
    X = _with_gaps(_numbers())
    prepare = _prepare("boosting", scaling=scaling).fit(X)
    expected = SCALERS[scaling].fit(X.to_numpy()).transform(X.to_numpy())
    np.testing.assert_allclose(prepare.transform(X), expected, rtol=1e-12, atol=1e-13)
    filled = _prepare("linear", scaling=scaling).fit_transform(X)[:, :3]
    known = X.notna().to_numpy()
    np.testing.assert_allclose(filled[known], expected[known], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent"])
@pytest.mark.parametrize("scaling", ["none", "min_max"])
def test_imputation_is_scikit_learns_with_an_indicator(strategy: str, scaling: str) -> None:
    X = _with_gaps(_numbers()).assign(whole=1.0 * (np.arange(300) % 7))
    scaler = MinMaxScaler() if scaling == "min_max" else FunctionTransformer()
    reference = make_pipeline(scaler, SimpleImputer(strategy=strategy, add_indicator=True))
    prepare = _prepare("boosting", scaling=scaling, imputation=strategy)
    expected = reference.fit_transform(X.to_numpy())
    np.testing.assert_allclose(prepare.fit_transform(X), expected, rtol=1e-12)
    assert list(prepare.get_feature_names_out()) == [*X, "a__missing", "b__missing", "c__missing"]
    later = pd.DataFrame({"a": [None], "b": [2.0], "c": [None], "whole": [None]}, dtype=float)
    np.testing.assert_allclose(prepare.transform(later), reference.transform(later.to_numpy()), rtol=1e-12)


def test_a_model_fills_as_regression_on_the_rest_of_the_row_does() -> None:
    X = _numbers(2000).drop(columns="b").assign(d=lambda x: x["a"] - 0.02 * x["c"] + 5)
    X["d"] += np.random.default_rng(1).normal(0, 0.3, 2000)
    later = X.iloc[:60].reset_index(drop=True).copy()
    for position, column in enumerate(X):
        later.loc[position * 20 : position * 20 + 19, column] = np.nan
    imputer = IterativeImputer(LinearRegression(), max_iter=1, min_value=X.min(), max_value=X.max())
    expected = imputer.fit(X).transform(later)
    for scaling in ("none", "standard"):
        scaler = StandardScaler().fit(X) if scaling == "standard" else FunctionTransformer()
        out = _prepare("boosting", imputation="model", scaling=scaling).fit(X).transform(later)
        np.testing.assert_allclose(
            out, scaler.transform(pd.DataFrame(expected, columns=X.columns)), rtol=1e-4
        )


def test_no_imputation_leaves_nan_for_models_that_take_it() -> None:
    X = _with_gaps(_numbers())
    prepare = _prepare("linear", imputation="none").fit(X)
    assert list(prepare.get_feature_names_out()) == ["a", "b", "c"]
    np.testing.assert_array_equal(np.isnan(prepare.transform(X)), X.isna())


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_clipping_is_at_the_quantiles_before_scaling(scaling: str) -> None:
    X = _with_gaps(_numbers(900)).assign(flag=1.0 * (np.arange(900) % 450 == 0))
    out = _prepare("boosting", outliers="clip", scaling=scaling).fit(X).transform(X)
    clipped = X.clip(X.quantile(0.005), X.quantile(0.995), axis="columns").assign(flag=X["flag"])
    assert (clipped["b"] < X["b"]).any()
    expected = StandardScaler().fit_transform(clipped) if scaling == "standard" else clipped
    np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.filterwarnings("ignore:Bins whose width are too small")
@pytest.mark.parametrize("has_gaps", [False, True])
@pytest.mark.parametrize(
    ("expansion", "reference"),
    [
        (
            "splines",
            SplineTransformer(n_knots=5, knots="quantile", extrapolation="linear", include_bias=False),
        ),
        (
            "bins",
            KBinsDiscretizer(
                5, encode="onehot-dense", strategy="quantile", quantile_method="averaged_inverted_cdf"
            ),
        ),
        ("polynomial", PolynomialFeatures(2, include_bias=False)),
    ],
)
def test_expansion_is_scikit_learns(expansion: str, reference: Any, has_gaps: bool) -> None:
    X = _with_gaps(_numbers()) if has_gaps else _numbers()
    pipeline = make_pipeline(StandardScaler(), SimpleImputer(strategy="median"), reference)
    expected = pipeline.fit_transform(X.to_numpy())
    prepare = _prepare("linear", scaling="standard", imputation="median", expansion=expansion).fit(X)
    n_expanded = expected.shape[1]
    np.testing.assert_allclose(prepare.transform(X)[:, :n_expanded], expected, rtol=1e-9, atol=1e-12)
    beyond = X + 3 * X.std()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DistantValuesWarning)
        out = prepare.transform(beyond)[:, :n_expanded]
    np.testing.assert_allclose(out, pipeline.transform(beyond.to_numpy()), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n_numeric_components", [2, 0.9])
def test_components_are_those_of_scikit_learn(n_numeric_components: float) -> None:
    X = _numbers().assign(d=lambda x: x["a"] + x["c"], town=["Ulm", "Oslo", "Rome"] * 100)
    numeric = X.drop(columns="town").to_numpy()
    expected = make_pipeline(StandardScaler(), PCA(n_numeric_components)).fit_transform(numeric)
    prepare = _prepare("linear", scaling="standard", n_numeric_components=n_numeric_components)
    out = prepare.fit_transform(X)
    n_found = expected.shape[1]
    np.testing.assert_allclose(out[:, :n_found], expected, rtol=1e-9, atol=1e-12)
    assert prepare.feature_sources_ == (("a", "b", "c", "d"),) * n_found + ("town",) * 3
    assert list(prepare.get_feature_names_out()[:n_found]) == [f"pca_{i}" for i in range(n_found)]


def test_names_and_sources_of_expansions() -> None:
    X = _numbers().assign(flag=1.0 * (np.arange(300) % 2))[["a", "flag"]]
    splines, bins, products = (_prepare(expansion=e).fit(X) for e in ("splines", "bins", "polynomial"))
    assert list(splines.get_feature_names_out()) == [*(f"a__spline_{i}" for i in range(6)), "flag"]
    assert splines.feature_sources_ == ("a",) * 6 + ("flag",)
    assert list(bins.get_feature_names_out()) == [*(f"a__bin_{i}" for i in range(5)), "flag"]
    assert list(products.get_feature_names_out()) == [
        "a",
        "flag",
        "a__squared",
        "a__times__flag",
        "flag__squared",
    ]
    assert products.feature_sources_ == ("a", "flag", "a", ("a", "flag"), "flag")


def test_missing_values_without_a_filling_are_missing_in_what_is_made_of_them() -> None:
    X = _with_gaps(_numbers())
    for expansion in ("splines", "bins", "polynomial"):
        prepare = _prepare("boosting", expansion=expansion).fit(X)
        out = prepare.transform(X).to_numpy()
        for column, source in zip(out.T, prepare.feature_sources_, strict=True):
            sources = list(source) if isinstance(source, tuple) else [source]
            np.testing.assert_array_equal(np.isnan(column), X[sources].isna().any(axis=1))


# on any table


def _table(awkward_frame: Callable[..., pd.DataFrame]) -> tuple[pd.DataFrame, pd.Series]:
    frame = awkward_frame("binary", n_rows=160, seed=3)
    frame["joined"] = pd.to_datetime(frame["joined"]).mask(frame.index % 9 == 0)
    return frame.drop(columns="outcome"), frame["outcome"]


def _as_numbers(out: Any) -> np.ndarray:
    if isinstance(out, pd.DataFrame):
        out = out.apply(lambda column: column.cat.codes if column.dtype == "category" else column)
    return np.asarray(out, dtype=np.float64)


@pytest.mark.parametrize(("family", "options"), CASES)
def test_any_option_on_an_awkward_table(
    family: str, options: dict[str, Any], awkward_frame: Callable[..., pd.DataFrame], tmp_path: Path
) -> None:
    X, y = _table(awkward_frame)
    strange = X.iloc[:4].assign(plan="gold", city="atlantis", age=[3e38, -3e38, None, 54.0])
    strange["größe"] = [-1e30, 1e30, 170.0, None]
    nothing = pd.DataFrame({column: [None, None] for column in X.columns})
    prepare = _prepare(family, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", DistantValuesWarning)
        outs = [prepare.fit_transform(X, y), *map(prepare.transform, (X, strange, nothing))]
    names = prepare.get_feature_names_out()
    assert len(set(names)) == len(names) == len(prepare.feature_sources_)
    is_filled = options.get("imputation", "auto" if family in ("linear", "net") else "none") != "none"
    for out in map(_as_numbers, outs):
        assert out.shape[1] == len(names)
        assert not np.isinf(out.astype(np.float32)).any()
        assert np.isfinite(out).all() or not is_filled
    sources = {
        s for source in prepare.feature_sources_ for s in (source if type(source) is tuple else [source])
    }
    assert sources == set(prepare.used_columns_)
    for row in (0, 9, 100):
        np.testing.assert_array_equal(
            _as_numbers(prepare.transform(X.iloc[[row]]))[0], _as_numbers(outs[1])[row]
        )
    read = tabkit.load(tabkit.save(prepare, tmp_path / "prepare.skops"))
    for again in (clone(prepare).fit(X, y), pickle.loads(pickle.dumps(prepare)), read):
        np.testing.assert_array_equal(_as_numbers(again.transform(X)), _as_numbers(outs[1]))
    assert read.feature_sources_ == prepare.feature_sources_


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(map(str, options.values())))
def test_columns_of_any_unit_stay_finite(options: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "tiny": rng.normal(size=200) * 1e-300,
            "huge": rng.uniform(-3, 3, 200) * 1e38,
            "offset": 1e9 + rng.normal(size=200),
            "heavy": rng.standard_cauchy(200) ** 3,
            "one": np.r_[1e30, rng.normal(size=199)],
            "rare": 1.0 * (np.arange(200) % 100 == 0),
            "same": 7.0,
        }
    )
    prepare = _prepare("linear", kinds=dict.fromkeys(X, "numeric"), **options).fit(X)
    for value in (3e38, -3e38, 0.0, None):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", DistantValuesWarning)
            out = prepare.transform(pd.DataFrame({name: [value] for name in X}, dtype=float))
        out = out.astype(np.float32)
        assert np.isfinite(out).all() or (value is None and options.get("imputation") == "none")


def test_bins_do_not_hang_on_the_unit() -> None:
    X = _numbers()
    expected = _prepare(expansion="bins").fit_transform(X)
    np.testing.assert_array_equal(_prepare(expansion="bins").fit_transform(X * 2.0**-60), expected)


def test_rows_of_one_value_and_single_rows_are_learned_from() -> None:
    X = _numbers()
    for options in OPTIONS[:-2]:
        for rows in (X.iloc[:1], X.iloc[[0, 0, 0]]):
            prepare = _prepare("linear", kinds=dict.fromkeys(X, "numeric"), **options)
            assert np.isfinite(prepare.fit_transform(rows)).all()


def test_only_training_rows_are_learned_from() -> None:
    X = _with_gaps(_numbers())
    for options in OPTIONS:
        prepare = _prepare("linear", **options).fit(X.iloc[:200])
        before = prepare.transform(X.iloc[:5])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DistantValuesWarning)
            prepare.transform(X.iloc[200:] * 50)
        np.testing.assert_array_equal(prepare.transform(X.iloc[:5]), before)


def test_frames_asked_of_scikit_learn_change_nothing_inside() -> None:
    X = _with_gaps(_numbers())
    for options in OPTIONS:
        expected = _prepare("linear", **options).fit_transform(X)
        with config_context(transform_output="pandas"):
            np.testing.assert_array_equal(_prepare("linear", **options).fit_transform(X), expected)


# off by default


def test_defaults_are_what_the_parts_make_to_the_last_bit() -> None:
    X = _with_gaps(_numbers())
    numbers = np.ascontiguousarray(X.to_numpy())
    scaled = SmoothScaler().fit(numbers).transform(numbers)
    filled = ExpectedValues().fit(scaled.copy()).fill(scaled.copy())
    out = _prepare("linear").fit_transform(X)
    np.testing.assert_array_equal(out, np.hstack([filled, X.isna()]))
    np.testing.assert_array_equal(_prepare("tree").fit_transform(X), X.to_numpy(dtype=np.float32))
    np.testing.assert_array_equal(_prepare("boosting").fit_transform(X), X.to_numpy())


@pytest.mark.parametrize("family", FAMILIES)
def test_auto_is_the_default(family: str, awkward_frame: Callable[..., pd.DataFrame]) -> None:
    X, y = _table(awkward_frame)
    told = {
        "scaling": "auto",
        "imputation": "auto",
        "outliers": "keep",
        "expansion": None,
        "n_numeric_components": None,
    }
    assert told.items() <= _prepare(family).get_params().items()
    is_filled = family in ("linear", "net")
    # What "auto" stands for, said: other code, the same numbers.
    said = _prepare(family, imputation="model" if is_filled else "none")
    said.set_params(**({} if is_filled else {"scaling": "none"}))
    pd.testing.assert_frame_equal(
        pd.DataFrame(said.fit_transform(X, y)), pd.DataFrame(_prepare(family).fit_transform(X, y))
    )


# what is refused


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scaling": "minmax"}, r"The 'scaling' parameter of TablePreprocessor must be a str among"),
        ({"imputation": None}, r"The 'imputation' parameter"),
        ({"outliers": True}, r"The 'outliers' parameter"),
        ({"expansion": "none"}, r"The 'expansion' parameter"),
        ({"n_numeric_components": 0}, r"The 'n_numeric_components' parameter"),
        ({"n_numeric_components": 1.5}, r"The 'n_numeric_components' parameter"),
        ({"n_numeric_components": True}, r"The 'n_numeric_components' parameter"),
        (
            {"n_numeric_components": 4},
            r"n_numeric_components=4 is more than the 3 numeric columns of 300 rows have: take fewer",
        ),
        ({"n_numeric_components": 2, "expansion": "bins"}, r"exclude each other: leave one of them None"),
        (
            {"n_numeric_components": 2, "imputation": "none"},
            r"needs missing values filled: leave imputation='auto'",
        ),
        (
            {"n_numeric_components": 2, "model_family": "tree"},
            r"n_numeric_components=2 is for the model families 'linear' and 'net', not for 'tree'",
        ),
        (
            {"expansion": "splines", "keep": ["a"], "kinds": {"a": "numeric"}},
            r"keep names columns that come out as they are",
        ),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        TablePreprocessor(**{"model_family": "linear", **options}).fit(_numbers())


def test_too_many_products_are_refused() -> None:
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 44))).add_prefix("x")
    with pytest.raises(InputError, match=r"makes 1,034 columns of 44 numeric ones, and 1,000 are the most"):
        _prepare(expansion="polynomial").fit(X)
    assert _prepare(expansion="polynomial").fit_transform(X.iloc[:, :43]).shape == (60, 989)


def test_a_table_without_numeric_columns_has_nothing_to_expand() -> None:
    X = pd.DataFrame({"town": ["Ulm", "Oslo", "Rome"] * 20})
    for options in (
        {"expansion": "splines"},
        {"n_numeric_components": 0.9},
        {"scaling": "power"},
        {"outliers": "clip"},
    ):
        expected = _prepare("linear").fit_transform(X)
        np.testing.assert_array_equal(_prepare("linear", **options).fit_transform(X), expected)


# as a user works with it


def test_a_search_goes_over_the_options() -> None:
    X = _numbers(200)
    y = np.where(np.abs(X["a"]) > 0.7, "out", "in")
    pipeline = Pipeline([("prepare", _prepare("linear")), ("model", LogisticRegression(max_iter=500))])
    grid = {
        "prepare__scaling": ["auto", "standard", "quantile"],
        "prepare__expansion": [None, "splines", "polynomial"],
    }
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, y)
    assert search.best_params_["prepare__expansion"] is not None
    assert search.best_score_ > 0.85

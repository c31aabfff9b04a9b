"""A row alone is predicted as it is among others: for every kind of column and every model."""

from __future__ import annotations

import datetime as dt
import warnings
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from public_estimators import shrink
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline

from tabkit import UnreadableValuesWarning, make_model
from tabkit.boosting import (
    CatBoostClassifier,
    HistGradientBoostingClassifier,
    LightGBMClassifier,
    XGBoostClassifier,
)
from tabkit.calibration import (
    CalibratedClassifier,
    ConformalClassifier,
    ConformalRegressor,
    SplitCalibratedClassifier,
    TunedThresholdClassifier,
)
from tabkit.catalog import CATALOG
from tabkit.ensemble import FoldBaggingClassifier, GreedyEnsembleClassifier, StackingClassifier
from tabkit.neural_network import TabularMLPClassifier, TabularMLPRegressor
from tabkit.preprocessing import TablePreprocessor
from tabkit.preprocessing._frame_encoder import FrameEncoder
from tabkit.resampling import ResampledClassifier

N_ROWS = 150
# Rows that are predicted alone: some with missing values, some without.
ROWS = [0, 1, 2, 3, 7, 9, 10, 11]
FAMILIES = ("linear", "tree", "boosting", "net")


def _make_columns(rng: np.random.Generator) -> dict[str, Any]:
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 700, N_ROWS), unit="D")
    levels = pd.CategoricalDtype(["low", "mid", "high"], ordered=True)
    words = rng.choice(["late", "broken", "great", "quick", "blue", "green"], (N_ROWS, 6))
    return {
        "number": pd.Series(rng.normal(50, 20, N_ROWS)).mask(pd.Series(range(N_ROWS)) % 7 == 0),
        "count": rng.integers(0, 40, N_ROWS),
        "nullable": pd.array(rng.integers(0, 90, N_ROWS), dtype="Int64"),
        "flag": rng.random(N_ROWS) < 0.5,
        "flag or nothing": pd.Series(rng.choice([True, False, None], N_ROWS), dtype=object),
        "town": pd.Series(rng.choice(["Ulm", "Oslo", "Rome", None], N_ROWS), dtype=object),
        "level": pd.Categorical(rng.choice(levels.categories, N_ROWS), dtype=levels),
        "grade": pd.Categorical(rng.integers(1, 5, N_ROWS)),
        "street": [f"street {number}" for number in rng.integers(60, size=N_ROWS)],
        "mixed": pd.Series(rng.choice(np.array([1, "1", "b", True, 2.5], dtype=object), N_ROWS)),
        "comment": [" ".join(row) for row in words],
        "day": days,
        "moment": (days + pd.to_timedelta(rng.integers(0, 86400, N_ROWS), unit="s")).tz_localize("UTC"),
        "day as text": days.strftime("%d/%m/%Y"),
        "day as number": days.strftime("%Y%m%d").astype(int),
        "number as text": [f"{value:,.1f}" for value in rng.normal(3000, 900, N_ROWS)],
        "span": pd.to_timedelta(rng.integers(0, 99, N_ROWS), unit="h"),
    }


@cache
def _table() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(_make_columns(rng))
    signal = X["number"].fillna(50) / 20 + X["town"].eq("Ulm") + (X["day"].dt.month > 6)
    y = np.where(signal + rng.normal(0, 0.4, N_ROWS) > signal.median(), "yes", "no")
    X.loc[::9, "day"] = pd.NaT
    X.loc[::8, ["town", "day as text", "number as text", "comment"]] = None
    return X, y


def _values() -> np.ndarray:
    return _table()[0]["number"].fillna(50).to_numpy() + 5 * _table()[0]["flag"].to_numpy()


def _rows_alone(frame: Any) -> dict[str, list[Any]]:
    """Each of the rows as a frame: as pandas cuts it, as objects, as made of a record anew, of polars."""
    records = [frame.iloc[[row]] for row in ROWS]
    return {
        "cut": records,
        "objects": [frame.iloc[row].to_frame().T for row in ROWS],
        "record": [pd.DataFrame([frame.iloc[row].to_dict()]) for row in ROWS],
        "polars": [pl.from_pandas(record.drop(columns="mixed", errors="ignore")) for record in records],
    }


def _check(predict: Any, X: pd.DataFrame, ways: tuple[str, ...] = ("cut", "objects", "record")) -> None:
    """Predictions of rows one by one are those of the table, whatever the order."""
    together = np.asarray(predict(X))
    order = np.random.default_rng(1).permutation(len(X))
    # Sums over a batch come in another order than over a row.
    np.testing.assert_allclose(np.asarray(predict(X.iloc[order])), together[order], rtol=1e-5, atol=1e-6)
    alone = _rows_alone(X)
    for way in ways:
        found = np.concatenate([np.asarray(predict(one)) for one in alone[way]])
        np.testing.assert_allclose(found, together[ROWS], rtol=1e-5, atol=1e-6, err_msg=way)


# every candidate of the catalog, with every kind of column


# One of each kind; the others with the slow tests.
QUICK = ("linear", "tree", "knn", "lightgbm", "catboost", "mlp", "svm")
CANDIDATES = [
    pytest.param(
        c.name,
        next(task for task in ("binary", "regression") if task in c.tasks),
        marks=() if c.name in QUICK else pytest.mark.slow,
    )
    for c in CATALOG
]


@pytest.mark.parametrize(("name", "task"), CANDIDATES)
def test_candidates(name: str, task: str) -> None:
    X, y = _table()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of solvers that few iterations were given
        model = shrink(make_model(name, task=task)).fit(X, y if task == "binary" else _values())
    _check(model.predict_proba if task == "binary" else model.predict, X)


# estimators used bare, and around a Pipeline


def _pipeline() -> Any:
    return make_pipeline(TablePreprocessor("linear", random_state=0), LogisticRegression())


def _booster() -> Any:
    return make_pipeline(
        TablePreprocessor("boosting", random_state=0), LightGBMClassifier(5, random_state=0, n_jobs=1)
    )


def _members() -> list[tuple[str, Any]]:
    return [("linear", _pipeline()), ("boosted", _booster())]


def _network(estimator: type, **parameters: Any) -> Any:
    return estimator(hidden_sizes=(4,), max_epochs=2, random_state=0, n_jobs=1, **parameters)


BARE = {
    "LightGBM": LightGBMClassifier(10, random_state=0, n_jobs=1),
    "XGBoost": XGBoostClassifier(10, random_state=0, n_jobs=1),
    "CatBoost": CatBoostClassifier(10, random_state=0, n_jobs=1),
    "TabularMLPClassifier": _network(TabularMLPClassifier, n_members=2),
    "classic network": _network(TabularMLPClassifier, preset="classic-fast", batch_size=32),
}
AROUND = {
    "calibrated": CalibratedClassifier(_pipeline(), method="sigmoid", cv=2, min_rows=10, random_state=0),
    "split calibrated": SplitCalibratedClassifier(_pipeline(), random_state=0),
    "thresholded": TunedThresholdClassifier(_booster(), cv=2, min_rows_of_class=1, random_state=0),
    "conformal": ConformalClassifier(_booster(), random_state=0),
    "stacked": StackingClassifier(_members(), cv=2, random_state=0),
    "greedy": GreedyEnsembleClassifier(_members(), cv=2, random_state=0),
    "bagged": FoldBaggingClassifier(_pipeline(), cv=2, random_state=0),
    "resampled": ResampledClassifier(_pipeline(), random_state=0),
}


# One booster, the network, and an ensemble stand for the others in `make test`.
QUICK = {"LightGBM", "TabularMLPClassifier", "calibrated", "thresholded", "bagged", "resampled"}


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(model, id=name, marks=() if name in QUICK else pytest.mark.slow)
        for name, model in (BARE | AROUND).items()
    ],
)
def test_estimators_used_bare_and_around_a_pipeline(model: Any) -> None:
    X, y = _table()
    _check(model.fit(X, y).predict_proba, X)


@pytest.mark.slow
def test_frames_of_polars_row_by_row() -> None:
    X, y = _table()
    X = X.drop(columns="mixed")  # which polars cannot hold
    for model in (_pipeline(), BARE["LightGBM"], AROUND["calibrated"]):
        _check(model.fit(pl.from_pandas(X), y).predict_proba, X, ("cut", "polars"))


def test_native_histograms_take_numbers_and_categories() -> None:
    X, y = _table()
    X = X[["number", "count", "nullable", "flag", "level", "grade"]]
    _check(HistGradientBoostingClassifier(max_iter=5).fit(X, y).predict_proba, X, ("cut",))


@pytest.mark.parametrize(
    "model",
    [
        _network(TabularMLPRegressor),
        ConformalRegressor(
            make_pipeline(TablePreprocessor("linear", random_state=0), Ridge()), cv=2, random_state=0
        ),
    ],
    ids=lambda model: type(model).__name__,
)
def test_regressors(model: Any) -> None:
    X, _ = _table()
    fitted = model.fit(X, _values())
    _check(fitted.predict, X)
    if hasattr(fitted, "predict_interval"):
        _check(fitted.predict_interval, X)


# dates in text, which were dates at fit


@pytest.mark.parametrize("model", [_pipeline(), _booster(), *BARE.values()], ids=lambda m: type(m).__name__)
def test_dates_in_text_do_not_tell_day_from_month_by_their_company(model: Any) -> None:
    X, y = _table()
    model.fit(X[["number", "day"]], y)
    texts = ["11/03/2024", "12/02/2024", "25/12/2024", "2024-02-12"]
    batch = pd.DataFrame({"number": 40.0, "day": texts})
    with pytest.warns(
        UnreadableValuesWarning, match="'day': 3 values that are no dates, such as '11/03/2024'"
    ):
        together = model.predict_proba(batch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnreadableValuesWarning)
        alone = [model.predict_proba(batch.iloc[[row]]) for row in range(4)]
    np.testing.assert_allclose(np.concatenate(alone), together, rtol=1e-5)
    read = pd.DataFrame({"number": 40.0, "day": pd.to_datetime([None, None, None, "2024-02-12"])})
    np.testing.assert_allclose(model.predict_proba(read), together, rtol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_dates_in_text_keep_the_format_of_fit(family: str) -> None:
    X, y = _table()
    prepare = TablePreprocessor(family, random_state=0).fit(X[["day as text"]], y)
    batch = pd.DataFrame({"day as text": ["11/03/2024", "12/02/2024", "25/12/2024"]})
    days = pd.DataFrame({"day as text": pd.to_datetime(["2024-03-11", "2024-02-12", "2024-12-25"])})
    together = np.asarray(prepare.transform(batch))
    np.testing.assert_array_equal(together, prepare.transform(days))
    alone = np.concatenate([prepare.transform(batch.iloc[[row]]) for row in range(3)])
    np.testing.assert_array_equal(alone, together)


# whatever stands in a column


ANYTHING = {
    "number": [1, 2.5, "3", "80 kg", None, "NA", True, float("nan"), "1,5", "1e3", 10**17, "inf", [1]],
    "text number": ["1,250.5", "7", 7, 7.5, "1.250,5", None, "?", "x", False],
    "day": [pd.Timestamp("2024-03-02"), "2024-03-04", "11/03/2024", "25/12/2024", None, dt.date(2024, 3, 1)],
    "text day": ["11/03/2024", "25/12/2024", "2024-03-04", pd.Timestamp("2024-03-02"), None, "soon"],
    "category": [1, 1.0, "1", "1.0", True, "True", None, float("nan"), "b", 2.5, [1, 2], dt.date(2024, 1, 1)],
    "flag": [True, False, None, "True", 1, 0.0, "x"],
    "text": ["late broken", 1, 1.0, None, "great", True, ["late"]],
}


@cache
def _learnt() -> tuple[list[TablePreprocessor], FrameEncoder]:
    rng = np.random.default_rng(0)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, 80), unit="D")
    X = pd.DataFrame(
        {
            "number": rng.normal(5, 3, 80),
            "text number": [f"{value:,.1f}" for value in rng.normal(3000, 900, 80)],
            "day": days,
            "text day": days.strftime("%d/%m/%Y"),
            "category": pd.Series(
                rng.choice(np.array([1, "b", "True", 2.5], dtype=object), 80), dtype=object
            ),
            "flag": rng.random(80) < 0.5,
            "text": [" ".join(row) for row in rng.choice(["late", "broken", "great", "1"], (80, 5))],
        }
    )
    kinds: Any = {"text": "text"}
    prepared = [TablePreprocessor(f, kinds=kinds, random_state=0).fit(X, np.arange(80) % 2) for f in FAMILIES]
    return prepared, FrameEncoder().fit(X)


@pytest.mark.slow
@settings(max_examples=20, derandomize=True, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries({name: st.sampled_from(pool) for name, pool in ANYTHING.items()}),
        min_size=1,
        max_size=6,
    ),
    dtype=st.sampled_from([None, object]),
)
def test_anything_is_read_alone_as_in_company(rows: list[dict[str, Any]], dtype: Any) -> None:
    prepared, encoder = _learnt()

    def frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
        return pd.DataFrame(rows, columns=list(ANYTHING), dtype=dtype)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnreadableValuesWarning)
        for prepare in prepared:
            together = pd.DataFrame(prepare.transform(frame(rows)))
            alone = [pd.DataFrame(prepare.transform(frame([row]))) for row in rows]
            pd.testing.assert_frame_equal(pd.concat(alone, ignore_index=True), together, rtol=1e-9)
        # Boosters refuse infinity, and lists in categories.
        plain = [
            {
                name: None if isinstance(value, list) or value == "inf" else value
                for name, value in row.items()
            }
            for row in rows
        ]
        encoded = encoder.transform(frame(plain))
        alone = [encoder.transform(frame([row])) for row in plain]
        np.testing.assert_array_equal(np.concatenate(alone), encoded)

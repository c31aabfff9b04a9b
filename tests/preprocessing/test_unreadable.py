"""Text and infinities where numbers or dates were: one rule for preparation, boosters and networks."""

from __future__ import annotations

import copy
import datetime as dt
import warnings
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from tabkit import InputError, UnreadableValuesWarning, make_model
from tabkit.boosting import CatBoostClassifier, LightGBMClassifier, XGBoostClassifier
from tabkit.calibration import CalibratedClassifier
from tabkit.data import Task, clean_column
from tabkit.data._clean import read_dates, read_durations, read_numbers
from tabkit.neural_network import TabularMLPClassifier, TabularPretrainer
from tabkit.preprocessing import TablePreprocessor
from tabkit.preprocessing._frame_encoder import FrameEncoder

LINE = "column 'weight': 3 values that are no numbers, such as '80 kg', count as missing"


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    weight = rng.normal(80, 10, 120)
    weight[::10] = np.nan
    seen = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, 120), unit="D")
    X = pd.DataFrame({"weight": weight, "seen": seen, "town": rng.choice(["Ulm", "Oslo"], 120)})
    return X, np.where(np.nan_to_num(weight, nan=80) + rng.normal(0, 3, 120) > 80, "yes", "no")


def _with_words(X: pd.DataFrame) -> pd.DataFrame:
    """Rows with three unreadable weights and an unreadable date, and two usual markers of missing values."""
    weights = ["80 kg", "80 kg", "heavy", "", "NA", "81.5", 82]
    seen = ["2024-02-03", "soon", None, "?", pd.Timestamp("2024-03-01"), dt.date(2024, 3, 2), "2024-04-01"]
    return X[:7].assign(weight=weights, seen=seen)


def _with_gaps(X: pd.DataFrame) -> pd.DataFrame:
    """The same with missing values in their place."""
    weights = [np.nan] * 5 + [81.5, 82.0]
    seen = ["2024-02-03", None, None, None, "2024-03-01", "2024-03-02", "2024-04-01"]
    return X[:7].assign(weight=weights, seen=pd.to_datetime(seen))


MODELS = {
    "linear": make_pipeline(TablePreprocessor("linear", random_state=0), LogisticRegression()),
    "boosting": make_pipeline(
        TablePreprocessor("boosting", random_state=0), LightGBMClassifier(10, random_state=0, n_jobs=1)
    ),
    "LightGBM": LightGBMClassifier(10, random_state=0, n_jobs=1),
    "XGBoost": XGBoostClassifier(10, random_state=0, n_jobs=1),
    "CatBoost": CatBoostClassifier(10, random_state=0, n_jobs=1),
    "network": TabularMLPClassifier(
        hidden_sizes=(4,), n_members=1, max_epochs=2, random_state=0, n_jobs=1, validation_fraction=0.3
    ),
}
models = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def _strict(model: Any) -> Any:
    model = copy.deepcopy(model)
    owner = model[0] if hasattr(model, "steps") else model
    owner.set_params(strict=True)
    return model


@models
def test_what_cannot_be_read_counts_as_missing_and_is_said_once(model: Any, table: tuple) -> None:
    X, y = table
    fitted = copy.deepcopy(model).fit(X, y)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        predicted = fitted.predict_proba(_with_words(X))
    said = [str(one.message) for one in caught if one.category is UnreadableValuesWarning]
    second = "column 'seen': 1 value that is no date, such as 'soon', counts as missing"
    assert said == [f"{LINE}\n{second}"]
    np.testing.assert_array_equal(predicted, fitted.predict_proba(_with_gaps(X)))


@models
def test_strict_refuses(model: Any, table: tuple) -> None:
    X, y = table
    fitted = _strict(model).fit(X, y)
    with pytest.raises(InputError, match=r"3 values .* such as '80 kg'\ncolumn 'seen'.*or pass strict=False"):
        fitted.predict(_with_words(X))
    markers = X[:3].assign(weight=["", "n/a", "?"])
    missing = X[:3].assign(weight=np.nan)
    np.testing.assert_array_equal(fitted.predict_proba(markers), fitted.predict_proba(missing))


@models
def test_markers_and_written_numbers_go_without_a_word(model: Any, table: tuple) -> None:
    X, y = table
    fitted = copy.deepcopy(model).fit(X, y)
    rows = X[:40].reset_index(drop=True)
    written = rows.assign(weight=rows["weight"].map(str), seen=rows["seen"].dt.strftime("%Y-%m-%d"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(fitted.predict_proba(written), fitted.predict_proba(rows))
        np.testing.assert_array_equal(
            fitted.predict_proba(pl.from_pandas(written)), fitted.predict_proba(rows)
        )


@models
def test_columns_of_another_kind_are_refused(model: Any, table: tuple) -> None:
    X, y = table
    fitted = copy.deepcopy(model).fit(X, y)
    with pytest.raises(InputError, match=r"column 'weight' held numbers .* and is datetime64.* now"):
        fitted.predict(X.assign(weight=X["seen"]))
    with pytest.raises(InputError, match=r"column 'seen' held dates .* and is float64 now"):
        fitted.predict(X.assign(seen=X["weight"]))
    fitted.predict(X[:2].assign(weight=pd.Series([pd.NaT, pd.NaT]), seen=np.nan))


@pytest.mark.parametrize("name", ["LightGBM", "XGBoost", "CatBoost", "network"])
def test_infinity_is_refused_by_boosters_and_networks(name: str, table: tuple) -> None:
    X, y = table
    infinite = X.assign(weight=X["weight"].where(X.index != 5, np.inf))
    fitted = copy.deepcopy(MODELS[name]).fit(X, y)
    for rows in (infinite, infinite.assign(weight=infinite["weight"].map(str))):
        with pytest.raises(InputError, match="column 'weight' contains infinity"):
            fitted.predict(rows)
    with pytest.raises(InputError, match="column 'weight' contains infinity"):
        copy.deepcopy(MODELS[name]).fit(infinite, y)
    numbers = np.column_stack([np.arange(120.0), np.ones(120)])
    fitted.fit(numbers, y)
    numbers[3, 1] = -np.inf
    with pytest.raises(ValueError, match="infinity"):
        fitted.predict(numbers)
    with pytest.raises(ValueError, match="infinity"):
        fitted.fit(numbers, y)


@pytest.mark.parametrize("family", ["linear", "tree", "boosting", "net"])
def test_infinity_counts_as_unreadable_in_preparation(family: str, table: tuple) -> None:
    X, _ = table
    infinite = X.assign(weight=X["weight"].where(X.index > 1, [np.inf, -np.inf, *[0] * 118]))
    gaps = X.assign(weight=X["weight"].where(X.index > 1))
    prepare = TablePreprocessor(family, random_state=0).fit(X)
    with pytest.warns(
        UnreadableValuesWarning, match="2 values that are no finite numbers, such as inf, count"
    ):
        found = prepare.transform(infinite)
    pd.testing.assert_frame_equal(pd.DataFrame(found), pd.DataFrame(prepare.transform(gaps)))
    with pytest.raises(InputError, match="no finite numbers, such as inf: correct them"):
        prepare.set_params(strict=True).transform(infinite)


def test_at_fit_too(table: tuple) -> None:
    X, y = table
    weights = X["weight"].astype(object)
    weights[[3, 5]] = "never"
    for prepare in (TablePreprocessor(), TablePreprocessor(kinds={"weight": "numeric"})):
        with pytest.warns(
            UnreadableValuesWarning, match="'weight': 2 values that are no numbers, such as 'never'"
        ):
            prepare.fit(X.assign(weight=weights), y)
        assert prepare.kinds_["weight"] == "numeric"
        with pytest.raises(InputError, match="such as 'never': correct them"):
            prepare.set_params(strict=True).fit(X.assign(weight=weights), y)


def test_a_pretrainer_follows_the_rule(table: tuple) -> None:
    X, _ = table
    numbers = X["weight"].astype(object)
    pretrainer = TabularPretrainer(hidden_sizes=(4,), max_epochs=1, strict=True, random_state=0)
    with pytest.raises(InputError, match="contains infinity"):
        pretrainer.fit(X.assign(weight=numbers.where(X.index > 0, np.inf)))


def test_inside_other_estimators_it_is_said_too(table: tuple) -> None:
    X, y = table
    model = CalibratedClassifier(copy.deepcopy(MODELS["linear"]), method="sigmoid", cv=2, random_state=0).fit(
        X, y
    )
    with pytest.warns(UnreadableValuesWarning, match=LINE):
        predicted = model.predict_proba(_with_words(X))
    np.testing.assert_array_equal(predicted, model.predict_proba(_with_gaps(X)))


def test_nothing_is_said_of_tables_that_were_read(table: tuple) -> None:
    X, y = table
    kinds = {"weight": "numeric", "seen": "date", "town": "category"}
    model = make_model("linear", task=Task("binary", kinds=kinds, written_as={"seen": "%d/%m/%Y"}))
    with warnings.catch_warnings():
        warnings.simplefilter("error", UnreadableValuesWarning)
        model.fit(X, y).predict(X)


def test_kinds_that_contradict_the_dtype_are_refused(table: tuple) -> None:
    X, _ = table
    with pytest.raises(InputError, match=r"kinds: column 'seen' is datetime64.*cannot be read as numeric"):
        TablePreprocessor(kinds={"seen": "numeric"}).fit(X)
    spans = X.assign(seen=X["seen"] - X["seen"].min())
    with pytest.raises(InputError, match=r"kinds: column 'seen' is timedelta64.*cannot be read as date"):
        TablePreprocessor(kinds={"seen": "date"}).fit(spans)


def test_durations_stay_durations(table: tuple) -> None:
    X, _ = table
    spans = X.assign(seen=X["seen"] - X["seen"].min())
    prepare = TablePreprocessor("tree", random_state=0).fit(spans)
    encoder = FrameEncoder().fit(spans)
    for take in (prepare.transform, encoder.transform):
        with pytest.raises(InputError, match=r"column 'seen' held durations .* is float64 now"):
            take(X.assign(seen=X["weight"]))
        with pytest.raises(InputError, match=r"column 'seen' held durations .* is datetime64.* now"):
            take(X)
    assert prepare.transform(spans[:1])[0, 1] == spans["seen"][0].total_seconds()


# each value for itself


def test_numbers_among_objects_are_read_as_they_are() -> None:
    values = [
        5,
        1.5,
        True,
        "2,5",
        "1.234,5",
        Decimal("0.25"),
        np.float32(3),
        "80 kg",
        "NA",
        None,
        [1],
        {"a": 1},
    ]
    expected = [5, 1.5, 1, 2.5, 1234.5, 0.25, 3, np.nan, np.nan, np.nan, np.nan, np.nan]
    read = read_numbers(pd.Series(values, dtype=object), "1.234,5")
    np.testing.assert_array_equal(read.values, expected)
    assert (read.n_unreadable, read.example) == (3, "80 kg")
    for value, one in zip(values, expected, strict=True):
        alone = read_numbers(pd.Series([value], dtype=object), "1.234,5")
        np.testing.assert_array_equal(alone.values, [one])


def test_dates_among_objects_are_read_as_they_are() -> None:
    values = [
        pd.Timestamp("2024-02-01"),
        dt.date(2024, 3, 1),
        np.datetime64("2024-04-01"),
        20240501,
        20240501.0,
        pd.Period("2024-06", "M"),
        "07/08/2024",
        "2024-08-07",
        pd.Timestamp("2024-09-01 02:00", tz="Etc/GMT-2"),
        "?",
        None,
        True,
        12,
    ]
    days = ["2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01", "2024-05-01", "2024-06-01", "2024-08-07"]
    expected = np.array(
        [*days, "2024-08-07", "2024-09-01", "NaT", "NaT", "NaT", "NaT"], dtype="datetime64[ns]"
    )
    read = read_dates(pd.Series(values, dtype=object), "%d/%m/%Y")
    np.testing.assert_array_equal(read.values, expected)
    assert read.n_unreadable == 2
    for value, one in zip(values, expected, strict=True):
        alone = read_dates(pd.Series([value], dtype=object), "%d/%m/%Y")
        np.testing.assert_array_equal(alone.values, [one])


def test_durations_need_a_unit() -> None:
    read = read_durations(pd.Series(["1 day", "12:00:00", pd.Timedelta("2s"), 5, "5", "late", "NA", None]))
    np.testing.assert_array_equal(read.values, [86400, 43200, 2, *[np.nan] * 5])
    assert read.n_unreadable == 3


def test_a_list_beside_it_changes_no_category() -> None:
    together = clean_column(pd.Series([1.0, "a", True, [1, 2]], dtype=object), "category")
    assert together.tolist() == [1.0, "a", True, "[1, 2]"]
    floats = clean_column(pd.Series([1.0, 2.5, np.nan]), "text")
    assert floats[:2].tolist() == ["1", "2.5"]
    assert clean_column(pd.Series([1.0]), "text").tolist() == ["1"]


@pytest.mark.parametrize("value", [1e39, -1e39, "1e39"])
def test_numbers_that_no_tree_takes_are_told_of(value: Any) -> None:
    prepare = TablePreprocessor("linear").fit(pd.DataFrame({"size": np.arange(50.0) % 7}))
    later = pd.DataFrame({"size": [value, 1.0]})
    with pytest.warns(UnreadableValuesWarning, match="'size': 1 value that is no single-precision number"):
        prepare.transform(later)
    with pytest.raises(InputError, match=r"no single-precision number, such as -?1e\+39"):
        prepare.set_params(strict=True).transform(later)


def test_frames_of_python_objects_are_refused() -> None:
    frame = pl.DataFrame({"part": pl.Series([object(), object()], dtype=pl.Object), "size": [1.0, 2.0]})
    with pytest.raises(InputError, match="column 'part' holds Python objects"):
        TablePreprocessor("linear").fit(frame)

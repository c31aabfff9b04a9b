"""The parts of the preprocessor against plain versions: numbers, dates, categories, text."""

from __future__ import annotations

import calendar
import datetime as dt
import math
import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from tabkit import UnreadableValuesWarning
from tabkit.data._clean import read_dates, read_numbers
from tabkit.preprocessing import TablePreprocessor
from tabkit.preprocessing._blocks import make_unique
from tabkit.preprocessing._categories import MISSING, UNSEEN, CategoryIndex, OneHot
from tabkit.preprocessing._columns import ColumnReading, read_table
from tabkit.preprocessing._dates import DateCycles, DateParts, ElapsedTime, date_parts
from tabkit.preprocessing._numbers import SmoothScaler
from tabkit.preprocessing._text import TextComponents
from tabkit.preprocessing._training_target import TrainingTarget

ROWS = TrainingTarget(0, None, None, None, "auto", 5, 0)


# numbers


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1.0, np.nan, 3.0]),
        pd.Series([1.0, np.nan, 3.0], dtype="float32"),
        pd.Series([1, None, 3], dtype="Int64"),
        pd.Series([1, None, 3], dtype=pd.ArrowDtype(pa.int32())),
        pd.Series([1.0, None, 3.0], dtype=pd.ArrowDtype(pa.float64())),
        pd.Series([1, None, 3], dtype=object),
        pd.Series([1.0, pd.NA, 3], dtype=object),
        pd.Series(["1", " ", "3"]),
        pd.Series(["1", None, "3.0"], dtype="string"),
        pd.Series([1, None, 3]).astype("category"),
        pd.Series(["3", "1"]).astype("category").iloc[[1, 0, 0]].where([True, False, True]),
        pd.to_timedelta(pd.Series([1, None, 3]), unit="s"),
    ],
    ids=lambda column: str(column.dtype),
)
def test_numbers_count_not_their_storage(column: pd.Series) -> None:
    read = read_numbers(column)
    np.testing.assert_array_equal(read.values, [1.0, np.nan, 3.0])
    assert read.n_unreadable == 0


def test_numbers_no_tree_takes_are_missing() -> None:
    frame = pd.DataFrame({"x": [1.0, np.inf, -np.inf, 1e39, -3e38]})
    with pytest.warns(UnreadableValuesWarning, match="2 values that are no finite numbers, such as inf"):
        table = read_table(frame, [ColumnReading("x", "numeric")], strict=False)
    np.testing.assert_array_equal(table.numbers[:, 0], [1.0, np.nan, np.nan, np.nan, -3e38])


def test_scaler_is_the_plain_formula() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(5, 2, 997), [1e9, -1e9, np.nan]])
    scaler = SmoothScaler().fit(values[:, np.newaxis])
    scaled = scaler.transform(values[:, np.newaxis])
    known = values[:-1]
    inner = np.clip(known, *np.percentile(known, [1, 99]))
    for value, result in zip(known[:5], scaled[:5, 0], strict=True):
        z = (value - inner.mean()) / inner.std()
        assert result == pytest.approx(z / math.sqrt(1 + (z / 4) ** 2), rel=1e-9)
    assert np.nanmax(abs(scaled)) <= 4.0
    assert scaled[:997].std() == pytest.approx(1.0, abs=0.1)
    np.testing.assert_array_equal(np.isnan(scaled[:, 0]), np.isnan(values))
    assert scaler.indicated_.tolist() == [0]


def test_scaler_of_columns_that_hardly_vary() -> None:
    rare = np.zeros(1000)
    rare[:5] = 7.0
    numbers = np.column_stack([rare, np.full(1000, 3.0), np.full(1000, np.nan), np.full(1000, 1e-200)])
    scaler = SmoothScaler().fit(numbers)
    scaled = scaler.transform(numbers)
    assert scaled[0, 0] > 3.0 > 0.0 > scaled[5, 0] - 1e-9
    np.testing.assert_allclose(scaled[:, [1, 3]], 0.0, atol=1e-12)
    assert np.isnan(scaled[:, 2]).all()
    assert scaler.indicated_.tolist() == [2]


# dates


def test_date_parts_are_those_of_the_calendar() -> None:
    rng = np.random.default_rng(0)
    days = np.datetime64("1750-01-01") + rng.integers(0, 180_000, 300)
    moments = days.astype("datetime64[ns]") + rng.integers(0, 86_400_000_000_000, 300)
    parts = date_parts(moments)
    for position, moment in enumerate(moments):
        plain = moment.astype("datetime64[us]").astype(dt.datetime)
        assert parts["year"][position] == plain.year
        assert parts["month"][position] == plain.month
        assert parts["day"][position] == plain.day
        assert parts["yearday"][position] == plain.timetuple().tm_yday
        assert parts["weekday"][position] == calendar.weekday(plain.year, plain.month, plain.day)
        hour = plain.hour + plain.minute / 60 + (plain.second + plain.microsecond / 1e6) / 3600
        assert parts["hour"][position] == pytest.approx(hour, abs=1e-6)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["1899-12-31 23:00", None, "2024-02-29 12:30"]),
        pd.to_datetime(pd.Series(["1899-12-31 23:00", None, "2024-02-29 12:30"])),
        pd.to_datetime(pd.Series(["1899-12-31 23:00", None, "2024-02-29 12:30"])).astype("datetime64[s]"),
        pd.to_datetime(pd.Series(["1900-01-01 00:00", None, "2024-02-29 13:30"])).dt.tz_localize("Etc/GMT-1"),
        pd.Series([dt.datetime(1899, 12, 31, 23), None, dt.datetime(2024, 2, 29, 12, 30)], dtype=object),
        pd.Series(
            [dt.datetime(1899, 12, 31, 23), None, dt.datetime(2024, 2, 29, 12, 30)],
            dtype=pd.ArrowDtype(pa.timestamp("us")),
        ),
    ],
    ids=["text", "ns", "s", "time zone", "object", "arrow"],
)
def test_dates_count_not_their_storage(column: pd.Series) -> None:
    expected = np.array(["1899-12-31T23:00", "NaT", "2024-02-29T12:30"], dtype="datetime64[ns]")
    read = read_dates(column)
    np.testing.assert_array_equal(read.values, expected)
    assert read.n_unreadable == 0


def _dates(*texts: str | None) -> pd.DataFrame:
    return pd.DataFrame({"when": pd.Series(texts, dtype="datetime64[ns]")})


WHEN = "when"


@pytest.mark.parametrize(
    ("frame", "parts"),
    [
        (_dates("2020-01-01", "2021-01-01", "2023-01-01"), ["year"]),
        (_dates("2020-01-01", "2020-02-01", "2020-05-01"), ["month"]),
        (_dates("2020-01-06", "2020-01-13", None), ["day", "yearday"]),
        (_dates("2020-01-06", "2020-01-14"), ["day", "yearday", "weekday"]),
        (_dates("2020-01-01 10:00", "2020-01-01 11:30"), ["hour"]),
        (_dates("2020-01-01", "2021-05-03 11:00"), ["year", "month", "day", "yearday", "weekday", "hour"]),
        (_dates(None, None), []),
    ],
)
def test_parts_are_as_fine_as_the_dates(frame: pd.DataFrame, parts: list[str]) -> None:
    block = DateParts(WHEN)
    block.fit_transform(frame, ROWS)
    assert block.names == [f"when__{part}" for part in parts]


def test_elapsed_time_and_cycles() -> None:
    frame = _dates("2020-12-07 00:00", "2020-01-07 06:00", None, "2020-01-07 18:00")
    elapsed = ElapsedTime(WHEN).fit_transform(frame, ROWS)[:, 0]
    np.testing.assert_allclose(elapsed, [334.75, 0.0, np.nan, 0.5])
    block = DateCycles(WHEN)
    points = pd.DataFrame(block.fit_transform(frame, ROWS), columns=block.names)
    assert list(points) == [
        *("when__month_sin", "when__month_cos", "when__weekday_sin"),
        *("when__weekday_cos", "when__hour_sin", "when__hour_cos"),
    ]
    np.testing.assert_allclose(points["when__hour_sin"], [0, 1, np.nan, -1], atol=1e-12)
    np.testing.assert_allclose(points["when__hour_cos"], [1, 0, np.nan, 0], atol=1e-12)
    assert points["when__month_cos"][0] == pytest.approx(math.cos(2 * math.pi * 11 / 12))
    assert points.loc[2].isna().all()


# categories


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, None, 3, 10]),
        pd.Series([1, None, 3, 10], dtype="Int64"),
        pd.Series(["1", None, "3", "10"]),
        pd.Series(["1", None, "3", "10"], dtype="string"),
        pd.Series(["1", None, "3", "10"], dtype=pd.ArrowDtype(pa.string())),
        pd.Series(["1", None, "3", "10"], dtype=pd.CategoricalDtype(["10", "3", "unused", "1"])),
        pd.Series([1, None, 3, 10]).astype("category"),
        pd.Series([1, pd.NA, "3", 10.0], dtype=object),
    ],
    ids=lambda column: str(column.dtype),
)
@pytest.mark.parametrize("n_times", [1, 50])
def test_categories_count_not_their_storage(column: pd.Series, n_times: int) -> None:
    repeated = pd.concat([column] * n_times, ignore_index=True)
    index = CategoryIndex(repeated)
    assert index.categories == ["1", "3", "10"]
    np.testing.assert_array_equal(index.encode(repeated), [0, MISSING, 1, 2] * n_times)
    np.testing.assert_array_equal(index.encode(pd.Series(["10", 7, None, 3.0])), [2, UNSEEN, MISSING, 1])


def test_mixed_values_are_told_apart_in_any_batch() -> None:
    values = [1, True, "1", 1.0, "True", [1, 2], 2.5, float("nan"), None, pd.NaT]
    column = pd.Series(values * 20, dtype=object)
    index = CategoryIndex(column)
    assert index.categories == ["1", "2.5", "True", "[1, 2]"]
    one_by_one = np.concatenate([index.encode(column.iloc[[row]]) for row in range(len(values))])
    np.testing.assert_array_equal(index.encode(column)[: len(values)], one_by_one)
    np.testing.assert_array_equal(one_by_one, [0, 2, 0, 0, 2, 3, 1, MISSING, MISSING, MISSING])


def test_ordered_categories_keep_their_order() -> None:
    dtype = pd.CategoricalDtype(["low", "mid", "high", "never"], ordered=True)
    index = CategoryIndex(pd.Series(["high", "low", "mid"], dtype=dtype))
    assert index.categories == ["low", "mid", "high"]
    assert index.is_ordered
    assert pickle.loads(pickle.dumps(index)).categories == index.categories


def test_one_hot_is_the_plain_definition() -> None:
    column = pd.Series(["a"] * 600 + ["b"] * 390 + ["c"] * 4 + ["d"] * 3 + [None] * 3)
    frame = pd.DataFrame({"x": column})
    block = OneHot("x", CategoryIndex(column))
    indicators = block.fit_transform(frame, ROWS)
    assert block.names == ["x=a", "x=b", "x__infrequent", "x__missing"]
    np.testing.assert_array_equal(indicators.sum(axis=0), [600, 390, 7, 3])
    np.testing.assert_array_equal(indicators.sum(axis=1), 1.0)
    later = block.transform(pd.DataFrame({"x": ["d", "unseen", None, "b"]}))
    np.testing.assert_array_equal(later, [[0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 1, 0, 0]])


def test_one_hot_without_rare_categories_has_nothing_for_unseen_ones() -> None:
    frame = pd.DataFrame({"x": ["a", "b"] * 5})
    block = OneHot("x", CategoryIndex(frame["x"]))
    block.fit_transform(frame, ROWS)
    assert block.names == ["x=a", "x=b"]
    np.testing.assert_array_equal(block.transform(pd.DataFrame({"x": ["c", None]})), 0.0)


# text


@pytest.mark.parametrize("short", [True, False])
def test_text_weights_are_those_of_scikit_learn(short: bool) -> None:
    rng = np.random.default_rng(0)
    words = np.array([f"word{number}" for number in range(60)])
    texts = [" ".join(rng.choice(words, 3 if short else 40)) for _ in range(80)]
    block = TextComponents("t", 5)
    block.fit_transform(pd.DataFrame({"t": texts}), ROWS)
    settings = {"analyzer": "char_wb", "ngram_range": (3, 4)} if short else {"ngram_range": (1, 2)}
    plain = TfidfVectorizer(sublinear_tf=True, **settings).fit_transform(texts)
    weighed = block._weigh(block._count(texts))
    # Cosine similarities do not depend on the order of the n-grams. About 15 of 2,700 pairs of words
    # share one of the 2**18 buckets with another, so a few similarities may be off by some hundredths.
    differences = abs((weighed @ weighed.T) - (plain @ plain.T)).toarray()
    assert np.quantile(differences, 0.9) < 2e-3
    assert differences.max() < 0.05


def test_components_tell_topics_apart_and_have_unit_scale() -> None:
    rng = np.random.default_rng(1)
    topics = np.array(["goal match player referee", "cell gene protein enzyme"])
    truth = rng.integers(2, size=200)
    texts = [" ".join(rng.choice(topics[topic].split(), 12)) for topic in truth]
    block = TextComponents("t", 4)
    components = block.fit_transform(pd.DataFrame({"t": texts}), ROWS)
    assert block.names == ["t__svd_0", "t__svd_1", "t__svd_2", "t__svd_3"]
    assert components.std(axis=0).max() == pytest.approx(1.0, rel=1e-5)
    assert max(abs(np.corrcoef(column, truth)[0, 1]) for column in components.T) > 0.95


def test_empty_unknown_and_missing_texts_are_zero() -> None:
    frame = pd.DataFrame({"t": ["some words here", "other words there", None] * 10})
    block = TextComponents("t", 3)
    block.fit_transform(frame, ROWS)
    later = pd.DataFrame({"t": ["", None, "12345 98765"]})
    np.testing.assert_array_equal(block.transform(later), 0.0)


def test_text_without_any_n_gram_has_no_components() -> None:
    frame = pd.DataFrame({"t": ["", " ", None]})
    block = TextComponents("t", 3)
    assert block.fit_transform(frame, ROWS).shape == (3, 0)
    assert block.transform(frame).shape == (3, 0)


# names


def test_names_become_unique_without_taking_another_name() -> None:
    assert make_unique(["a", "a__2", "a", "a", "b"]) == ["a", "a__2", "a__3", "a__4", "b"]


def test_forward_in_time_leaves_out_what_no_model_can_have_learned() -> None:
    hours = pd.date_range("2013-09-05", periods=24 * 100, freq="h")
    frame = pd.DataFrame({"when": hours, "x": np.arange(len(hours)) % 7 / 7})
    y = np.arange(len(hours)) % 2
    forward = TablePreprocessor("tree").fit(frame, y, times=hours)
    assert set(forward.get_feature_names_out()) == {"when__day", "when__weekday", "when__hour", "x"}
    shuffled = TablePreprocessor("tree").fit(frame, y)
    assert {"when__elapsed_days", "when__yearday", "when__month"} < set(shuffled.get_feature_names_out())
    three_years = pd.DataFrame({"when": pd.date_range("2010-01-01", periods=1000, freq="D")})
    forward = TablePreprocessor("linear").fit(three_years, y[:1000], times=three_years["when"])
    assert "when__month_sin" in forward.get_feature_names_out()
    assert "when__elapsed_days" not in forward.get_feature_names_out()

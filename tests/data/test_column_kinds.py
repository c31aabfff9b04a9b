"""Kinds of columns: synthetic columns with the awkwardness of real ones."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tabkit.data import clean_column, examine_column, infer_kind

N_ROWS = 240
_RNG = np.random.default_rng(0)
_WORDS = np.array(["lorem", "ipsum", "dolor", "amet", "elit", "magna", "aliqua", "veniam", "nulla", "est"])
_DAYS = pd.Series(pd.date_range("2020-01-01", periods=N_ROWS))


def _sentences(n_words: int, n_distinct: int = N_ROWS) -> list[str]:
    distinct = [f"{' '.join(_RNG.choice(_WORDS, n_words - 1))} x{number}yz" for number in range(n_distinct)]
    return [distinct[row % n_distinct] for row in range(N_ROWS)]


COLUMNS: dict[str, tuple[str, Any]] = {
    # numbers, and what looks like identifiers and is none
    "measured": ("numeric", _RNG.normal(size=N_ROWS)),
    "weight of the row in a census": ("numeric", _RNG.integers(10_000, 1_000_000, N_ROWS)),
    "few codes": ("numeric", np.arange(N_ROWS) % 3),
    "years": ("numeric", 1800 + np.arange(N_ROWS)),
    "zero and one with gaps": ("numeric", [0.0, 1.0, None] * 80),
    "paid": ("numeric", _RNG.permutation(N_ROWS) * 7),
    "eight digits": ("numeric", 20_000_000 + _RNG.permutation(N_ROWS) * 41),
    "two dates only": ("numeric", [20200101, 20200102] * 120),
    "duration": ("numeric", pd.to_timedelta(np.arange(N_ROWS), unit="min")),
    "nullable": ("numeric", pd.array([1, None, 3] * 80, dtype="Int64")),
    "decimals": ("numeric", [decimal.Decimal("1.5"), None, decimal.Decimal(2)] * 80),
    "unsigned": ("numeric", np.array([2**64 - 1, 5] * 120, dtype=np.uint64)),
    # numbers written as text
    "plain": ("numeric", ["1", "2.5", "-3e2", " ", "+.5"] * 48),
    "thousands": ("numeric", ["1,234", "12,345.5", "7"] * 80),
    "decimal comma": ("numeric", ["3,14", "2,5", "1000,25"] * 80),
    "grouped, decimal comma": ("numeric", ["1.234,5", "1.000.000,0", "3"] * 80),
    "grouped by spaces": ("numeric", ["1 234,5", "12\u00a0345,5", "3"] * 80),
    "money": ("numeric", ["$5", "-$1,234.50", "$0.99", "?"] * 60),
    "euro": ("numeric", ["5 €", "1.234,50 €", "0,99 €"] * 80),
    "percent": ("numeric", ["12 %", "3.5%", "100 %"] * 80),
    "clock": ("numeric", ["08:30", "23:59:30", "0:00"] * 80),
    "never": ("numeric", [*map(str, range(0, 600, 3)), *["never"] * 40]),
    # what must not be read as numbers
    "half percent": ("category", ["12 %", "3.5", "100"] * 80),
    "two currencies": ("category", ["$5", "€6", "$7"] * 80),
    "postal code": ("category", ["00501", "10001", "90210"] * 80),
    "top-coded": ("category", ["1", "2", "3", "10+"] * 60),
    "ages": ("category", ["0-17", "18-64", "65-99"] * 80),
    "ticket": (
        "category",
        [f"PC {number}" if number % 3 else f"{number}" for number in range(160)] + ["7"] * 80,
    ),
    "sign": ("category", ["+", "-"] * 120),
    "severity": ("category", ["none", "mild", "severe"] * 80),
    # dates
    "iso": ("date", _DAYS.astype(str)),
    "iso with time": ("date", (_DAYS + pd.Timedelta("90min")).astype(str)),
    "iso with zone": ("date", [f"{day.date()}T10:00:00Z" for day in _DAYS]),
    "day first": ("date", _DAYS.dt.strftime("%d/%m/%Y")),
    "month first": ("date", _DAYS.dt.strftime("%m/%d/%Y %H:%M")),
    "german": ("date", _DAYS.dt.strftime("%d.%m.%Y")),
    "month by name": ("date", _DAYS.dt.strftime("%d-%b-%Y")),
    "spelled out": ("date", _DAYS.dt.strftime("%B %d, %Y")),
    "compact": ("date", _DAYS.dt.strftime("%Y%m%d").astype(int)),
    "compact text": ("date", _DAYS.dt.strftime("%Y%m%d")),
    "year and month": ("date", pd.date_range("2001-01", periods=N_ROWS, freq="MS").strftime("%Y-%m")),
    "open end": ("date", ["9999-12-31", *["2020-01-02", "2020-01-03"] * 119, "?"]),
    "date objects": ("date", [day.date() for day in _DAYS]),
    "zoned": ("date", pd.date_range("2020", periods=N_ROWS, tz="Europe/Berlin")),
    "period": ("date", pd.period_range("2001-01", periods=N_ROWS, freq="M")),
    # categories
    "booleans": ("category", [True, False] * 120),
    "booleans with gaps": ("category", pd.Series([True, None, False] * 80, dtype=object)),
    "categorical digits": ("category", pd.Categorical(["1", "2", "3"] * 80)),
    "wordy category": ("category", ["Bank transfer (automatic)", "Electronic check by mail"] * 120),
    "many cities": ("category", [f"San Town{number % 100}" for number in range(N_ROWS)]),
    "cabin": ("category", [f"C{number % 147}" if number % 4 else None for number in range(N_ROWS)]),
    "mixed types": ("category", [1, "a", 2.5, None] * 60),
    "lists": ("category", [[1, 2], [3]] * 120),
    "flag or nothing": ("category", ["yes", None] * 120),
    "one or nothing": ("category", [1.0, None] * 120),
    # text
    "messages": ("text", _sentences(12, 200)),
    "repeated descriptions": ("text", _sentences(8, 60)),
    "names": ("text", [f"Braund{number}, Mr. Owen" for number in range(N_ROWS)]),
    "japanese": ("text", [f"これは長い日本語の文章です{chr(0x4E00 + number)}" for number in range(N_ROWS)]),
    # identifiers
    "row numbers": ("identifier", np.arange(N_ROWS)),
    "shuffled row numbers": ("identifier", _RNG.permutation(N_ROWS) + 1),
    "row numbers from 5001": ("identifier", np.arange(N_ROWS) + 5001),
    "Unnamed: 0": ("identifier", np.arange(N_ROWS) * 3 + 17),
    "customerID": ("identifier", [f"{number * 37 % 9000 + 1000}-VHVEG" for number in range(N_ROWS)]),
    "account": ("identifier", [f"{number * 37 % 9000 + 1000}-QX" for number in range(N_ROWS)]),
    "patient_id": ("identifier", _RNG.permutation(10**6)[:N_ROWS]),
    "uuid": ("identifier", [str(uuid.UUID(int=number * 2**90 + 7)) for number in range(N_ROWS)]),
    "sha256": ("identifier", [f"{number * 7919:064x}" for number in range(N_ROWS)]),
    "mail": ("identifier", [f"user{number}@example.org" for number in range(N_ROWS)]),
    "beyond 64 bits": ("identifier", [10**30 + number for number in range(N_ROWS)]),
    # constants
    "same": ("constant", [1] * N_ROWS),
    "same text": ("constant", ["x"] * N_ROWS),
    "nothing": ("constant", [None] * N_ROWS),
    "not a number": ("constant", [np.nan] * N_ROWS),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", COLUMNS)
def test_kind(name: str) -> None:
    expected, values = COLUMNS[name]
    series = pd.Series(values, name=name)
    before = series.copy()
    findings = examine_column(series)
    assert (findings.kind, findings.note) == infer_kind(series)
    assert findings.kind == expected
    cleaned = clean_column(series, findings.kind, written_as=findings.written_as)
    pd.testing.assert_series_equal(series, before)
    assert cleaned.isna().sum() == findings.n_missing
    if findings.kind in ("numeric", "date"):
        assert cleaned.nunique() == findings.n_unique
        assert cleaned.dtype in (np.dtype("int64"), np.dtype("float64"), np.dtype("datetime64[ns]"))
    else:
        assert cleaned.dtype == object


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("kind", ["numeric", "date", "category", "text"])
def test_any_column_can_be_cleaned_as_any_kind(name: str, kind: Any) -> None:
    series = pd.Series(COLUMNS[name][1], name=name)
    cleaned = clean_column(series, kind)
    assert cleaned.index.equals(series.index)
    assert cleaned.name == name
    if kind == "text":
        assert cleaned.dropna().map(type).eq(str).all()


@pytest.mark.parametrize(
    ("values", "note"),
    [
        (["29.85", "1889.5", " ", " "], "text read as numbers; 2 values ' ' became missing"),
        (["1,5", "2,25"], "text read as numbers, written like '1.234,5'"),
        (["$5", "$6"], "text read as numbers, written like '$1234.5'"),
        ([1.0, np.inf, -np.inf, 2.0], "2 infinite values became missing"),
        (
            ["24.12.2024", "01.02.2025", "-"],
            "text read as dates, written as %d.%m.%Y; 1 value '-' became missing",
        ),
        (
            ["01/02/2020", "03/04/2020"],
            "text read as dates, written as %m/%d/%Y; day and month could be the other way round "
            "(reading={'date_format': ...})",
        ),
        (
            list(pd.date_range("2020", periods=9).strftime("%Y%m%d").astype(int)),
            "numbers such as 20120131 read as dates",
        ),
        (
            [datetime.datetime(9999, 12, 31), datetime.datetime(2020, 1, 1), datetime.datetime(2021, 1, 1)],
            "1 value 9999-12-31 00:00:00 became missing",
        ),
        ([None, None], "has no values"),
        (["a", "a"], "has one value only"),
        (["a", None, "a"], "one value, in 2 of 3 rows"),
    ],
)
def test_note(values: list[object], note: str) -> None:
    dtype = object if any(isinstance(value, datetime.datetime) for value in values) else None
    assert infer_kind(pd.Series(values, dtype=dtype))[1] == note


def test_group_that_looks_like_an_identifier_stays_and_is_pointed_out() -> None:
    kind, note = infer_kind(pd.Series(np.arange(400) // 4, name="idcode"))
    assert kind == "numeric"
    assert note == "named like an identifier, but its values repeat: are they groups that rows belong to?"


def test_values_of_written_numbers() -> None:
    cases = {
        "1,234.5": (["1,234", "-12,345.5", "7"], [1234, -12345.5, 7]),
        "1.234,5": (["1.234", "12,5", "1.234.567,25"], [1234, 12.5, 1234567.25]),
        "1 234,5": (["1 234,5", "12\u202f345", "7,5"], [1234.5, 12345, 7.5]),
        "$1,234.5": (["$1,234", "-$5", "$-6.5", "$ 7"], [1234, -5, -6.5, 7]),
        "1234.5%": (["12 %", "3.5%", "-1e2%"], [12, 3.5, -100]),
        "12:30:00": (["08:30", "23:59:30", "0:00"], [8.5, 23 + 59 / 60 + 30 / 3600, 0]),
    }
    for style, (texts, expected) in cases.items():
        series = pd.Series(texts)
        assert examine_column(series).written_as == style
        np.testing.assert_allclose(clean_column(series, "numeric"), expected, rtol=1e-15)


def test_later_rows_are_read_as_the_rows_learned_from() -> None:
    learned = examine_column(pd.Series(["31/01/2020", "15/02/2020", "03/04/2020"]))
    later = pd.Series(["03/04/2020"])
    assert clean_column(later, learned.kind, written_as=learned.written_as)[0] == pd.Timestamp("2020-04-03")
    learned = examine_column(pd.Series(["1,5", "2,25"]))
    assert clean_column(pd.Series(["1,234"]), learned.kind, written_as=learned.written_as)[0] == 1.234


def test_later_rows_that_are_no_numbers_or_dates_are_missing() -> None:
    later = pd.Series(["x", None, "5"], index=[7, 8, 9])
    assert clean_column(later, "numeric", written_as="1234.5").isna().tolist() == [True, True, False]
    assert clean_column(later, "date", written_as="%d.%m.%Y").isna().all()
    assert clean_column(pd.Series([None, None], dtype=object), "numeric").dtype == np.float64


def test_whole_numbers_are_one_category_with_and_without_gaps() -> None:
    assert clean_column(pd.Series([1.0, np.nan, 2.0]), "category").tolist()[::2] == [1, 2]
    assert clean_column(pd.Series([1, 2]), "category").map(str).tolist() == ["1", "2"]
    assert clean_column(pd.Series([1.0, np.nan]), "category").map(str)[0] == "1"


def test_infinite_values_become_missing() -> None:
    assert clean_column(pd.Series([1.0, np.inf, -np.inf]), "numeric").isna().tolist() == [False, True, True]


def test_times_with_an_offset_are_converted_to_utc() -> None:
    zoned = pd.Series(pd.to_datetime(["2020-07-01 12:00"]).tz_localize("Europe/Berlin"))
    written = pd.Series(["2020-07-01 12:00+02:00"])
    for series in (zoned, written):
        assert clean_column(series, "date")[0] == pd.Timestamp("2020-07-01 10:00")


def test_kind_does_not_depend_on_the_order_of_rows() -> None:
    for name, (expected, values) in COLUMNS.items():
        if name == "row numbers from 5001":  # counts on in the order of the file, and only there
            continue
        shuffled = pd.Series(values, name=name).sample(frac=1, random_state=0)
        assert infer_kind(shuffled)[0] == expected, name

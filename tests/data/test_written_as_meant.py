"""What stands in a file is what is read: codes, long numbers, decimals, dates, amounts, labels."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tabkit._core import InputError
from tabkit.data import (
    build_table,
    clean_column,
    examine_column,
    infer_task,
    mark_told,
    read_alike,
    read_table,
)

_QUICK = settings(derandomize=True, deadline=None, max_examples=30, database=None)


@pytest.fixture
def write(tmp_path: Path):
    """Write a file and return its path."""

    def write_file(content: str | bytes, name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    return write_file


def _note_on(notes: tuple[str, ...], column: str) -> str:
    return "".join(note for note in notes if note.startswith(f"column {column!r}"))


# Zeros in front


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_zeros_in_front_stay(write, quote: str, delimiter: str) -> None:
    rows = "".join(f"{quote}{zip_code}{quote}{delimiter}1\n" for zip_code in ("00501", "10001", "501"))
    frame, _ = read_table(write(f"zip{delimiter}y\n{rows}"))
    assert frame["zip"].tolist() == ["00501", "10001", "501"]


def test_zeros_in_front_far_down_and_beside_missing_values(write) -> None:
    frame, _ = read_table(write("zip,y\n" + "10001,1\n" * 200_000 + ",1\n00501,1\n"))
    assert frame["zip"].iloc[[0, -2, -1]].tolist() == ["10001", None, "00501"]


def test_zeros_in_front_are_said_and_are_labels_of_their_own(write) -> None:
    path = write("zip,y\n" + "00501,01\n10001,1\n90210,1\n" * 40)
    table = build_table(path, target="y")
    assert table.frame["zip"].unique().tolist() == ["00501", "10001", "90210"]
    assert table.columns[0].note == "codes such as '00501' stay text for their leading zeros"
    assert set(infer_task(table).classes) == {"01", "1"}


def test_a_fraction_and_a_clock_are_no_codes(write) -> None:
    frame, _ = read_table(write("share,minus,clock,zero\n0.5,-0.25,05:30,0\n0.05,-1,17:00,10\n"))
    assert frame["share"].tolist() == [0.5, 0.05]
    assert frame["minus"].tolist() == [-0.25, -1.0]
    assert frame["zero"].tolist() == [0, 10]


def test_a_column_told_to_be_numeric_is(write) -> None:
    table = build_table(write("a,y\n" + "007,0\n10,1\n12,0\n" * 5), target="y", kinds={"a": "numeric"})
    assert table.frame["a"].tolist()[:3] == [7, 10, 12]


def test_a_code_in_one_file_is_one_in_all(write) -> None:
    paths = [write("zip,y\n00501,1\n", "a.csv"), write("zip,y\n10001,0\n", "b.csv")]
    assert read_table(paths)[0]["zip"].tolist() == ["00501", "10001"]


def test_the_convention_of_one_file_holds_for_all(write) -> None:
    paths = [write("a;b\n1,5;2.250\n", "a.csv"), write("a;b\n2;1.125\n", "b.csv")]
    frame, _ = read_table(paths)
    assert frame["a"].tolist() == [1.5, 2.0]
    assert frame["b"].tolist() == [2250.0, 1125.0]


# Long numbers


_LONG = [10**17 + number % 60 for number in range(600)]


def _write_long(tmp_path: Path, values: list[Any], file_format: str) -> Path:
    path = tmp_path / f"long.{file_format}"
    x = np.random.default_rng(0).normal(size=len(values)).round(3)
    if file_format == "csv":
        lines = [f"{'' if value is None else value},{x[row]},{row % 2}" for row, value in enumerate(values)]
        path.write_text("key,x,y\n" + "\n".join(lines) + "\n")
    elif file_format == "jsonl":
        records = [{"key": value, "x": x[row], "y": row % 2} for row, value in enumerate(values)]
        path.write_text("\n".join(map(json.dumps, records)))
    elif file_format == "json":
        records = [{"key": value, "x": x[row], "y": row % 2} for row, value in enumerate(values)]
        path.write_text(json.dumps(records))
    elif file_format == "sqlite":
        with sqlite3.connect(path) as connection:
            connection.execute("create table t (key integer, x real, y integer)")
            rows = [(value, x[row], row % 2) for row, value in enumerate(values)]
            connection.executemany("insert into t values (?, ?, ?)", rows)
    else:
        keys = pd.array(values, dtype="Int64")
        pd.DataFrame({"key": keys, "x": x, "y": np.arange(len(values)) % 2}).to_parquet(path)
    return path


@pytest.mark.parametrize("file_format", ["csv", "parquet", "jsonl", "json", "sqlite"])
def test_long_numbers_beside_a_missing_one_keep_every_digit(tmp_path: Path, file_format: str) -> None:
    path = _write_long(tmp_path, [*_LONG[:-1], None], file_format)
    frame, _ = read_table(path)
    assert frame["key"].iloc[:-1].astype("int64").tolist() == _LONG[:-1]
    assert pd.isna(frame["key"].iloc[-1])
    grouped = build_table(path, target="y", group="key")
    assert grouped.groups.nunique() == 60
    assert grouped.groups.tolist() == _LONG[:-1]
    assert grouped.notes == ("1 row without a group left out",)
    assert build_table(path, target="y", time="key").times.tolist() == _LONG[:-1]
    assert set(build_table(path, target="key", drop=["y"]).target) == set(_LONG)


def test_numbers_beyond_64_bits_are_text(tmp_path: Path) -> None:
    values = [10**19 + number % 60 for number in range(600)]
    path = _write_long(tmp_path, values, "csv")
    assert read_table(path)[0]["key"].tolist() == list(map(str, values))
    table = build_table(path, target="y", group="key")
    assert table.groups.nunique() == 60
    assert build_table(path, target="y").columns[0].n_unique == 60


def test_unsigned_numbers_are_counted_exactly() -> None:
    values = np.array([2**64 - 1 - number % 5 for number in range(60)], dtype=np.uint64)
    findings = examine_column(pd.Series(values))
    assert findings.n_unique == 5
    assert "beyond 2^53" in findings.note


def test_decimals_of_a_database_keep_their_digits(tmp_path: Path) -> None:
    import decimal

    import pyarrow as pa
    from pyarrow import parquet

    key = pa.array([decimal.Decimal(10**24 + 1), None], pa.decimal128(30, 0))
    short = pa.array([decimal.Decimal(7), decimal.Decimal(8)], pa.decimal128(30, 0))
    price = pa.array([decimal.Decimal("1.25"), None], pa.decimal128(10, 2))
    parquet.write_table(pa.table({"key": key, "short": short, "price": price}), tmp_path / "t.parquet")
    frame, _ = read_table(tmp_path / "t.parquet")
    assert frame["key"].iloc[0] == "1000000000000000000000001"
    assert frame["short"].tolist() == [7, 8]
    assert frame["price"].iloc[0] == 1.25


# Decimal signs


@pytest.mark.parametrize(
    ("text", "expected", "said"),
    [
        # the numbers without a point are below 1000, and points stand before three digits only
        ("a;b\n1.234;x\n720;y\n2.920;z\n", [1234, 720, 2920], "'1.234' read as 1234, since numbers"),
        ("a,b\n1.234,x\n720,y\n2.920,z\n", [1234, 720, 2920], "'1.234' read as 1234, since numbers"),
        # another column has points before one digit
        ("a;b\n1.234;1.5\n720;2.5\n2.920;3\n", [1.234, 720, 2.92], ""),
        # another column has commas before one digit
        ("a;b\n1.234;1,5\n2.720;2,5\n2.920;3\n", [1234, 2720, 2920], ""),
        # nothing but the delimiter
        ("a;b\n1.234;x\n2.345;y\n", [1234, 2345], "'1.234' read as 1234, as between semicolons: with"),
        (
            "a;b\n1,234;x\n2,345;y\n",
            [1.234, 2.345],
            "'1,234' read as a fraction, as between semicolons: with",
        ),
        ("a,b\n1.234,x\n2.345,y\n", [1.234, 2.345], ""),
        # grouped twice is certain
        ("a;b\n1.234.567;x\n720;y\n", [1234567, 720], ""),
        # and so is a zero in front
        ("a;b\n0.234;x\n720;y\n", [0.234, 720], ""),
    ],
)
def test_a_point_before_three_digits(write, text: str, expected: list[float], said: str) -> None:
    table = build_table(write(text + text.partition("\n")[2] * 4), target="b")
    assert table.frame["a"].tolist()[: len(expected)] == expected
    assert said in table.columns[0].note
    assert bool(said) == ("with reading={'decimal'" in table.columns[0].note)


def test_the_target_too(write) -> None:
    rows = "x;1.234\ny;720\nz;2.920\n" * 10
    table = build_table(write("a;price\n" + rows), target="price")
    assert table.target.tolist()[:3] == [1234, 720, 2920]
    assert "'1.234' read as 1234" in table.columns[1].note


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        ({"decimal": "."}, [1.234, 720]),
        ({"decimal": ","}, [1234, 720]),
        ({"thousands": "."}, [1234, 720]),
        ({"thousands": ","}, [1.234, 720]),
    ],
)
def test_what_is_told_holds(write, reading: dict[str, str], expected: list[float]) -> None:
    table = build_table(write("a;b\n" + "1.234;x\n720;y\n" * 5), target="b", reading=reading)
    assert table.frame["a"].tolist()[:2] == expected
    assert "reading=" not in table.columns[0].note
    frame = pd.DataFrame({"a": ["1.234", "720"] * 5, "b": ["x", "y"] * 5})
    assert build_table(frame, target="b", reading=reading).frame["a"].tolist()[:2] == expected


def test_a_test_table_is_read_like_the_one_learnt_from(write) -> None:
    learnt = build_table(write("a,y\n" + "1.25,0\n2.5,1\n3.125,0\n" * 5), target="y")
    later = read_alike(write("a;y\n1.234;1\n2.345;0\n", "later.csv"), learnt, infer_task(learnt))
    assert later.frame["a"].tolist() == [1.234, 2.345]
    european = build_table(write("a;y\n" + "1.234;0\n720;1\n2.920;0\n" * 5, "eu.csv"), target="y")
    assert european.columns[0].written_as == "1.234,5"
    later = read_alike(write("a;y\n1.234;1\n2.345;0\n", "later.csv"), european, infer_task(european))
    assert later.frame["a"].tolist() == [1234, 2345]
    codes = build_table(write("zip,y\n" + "00501,0\n10001,1\n" * 9, "zip.csv"), target="y")
    later = read_alike(write("zip,y\n10001,1\n20001,0\n", "later.csv"), codes, infer_task(codes))
    assert later.frame["zip"].tolist() == ["10001", "20001"]


# Options


def test_options_of_text_files(write) -> None:
    path = write("größe~wert\nMüller~-999\nMaier~7\nMaier~none\n".encode("cp1252"))
    reading = {"encoding": "cp1252", "delimiter": "~", "na_values": ["-999", "none"]}
    frame, _ = read_table(path, reading=reading)
    assert frame["größe"].tolist() == ["Müller", "Maier", "Maier"]
    np.testing.assert_array_equal(frame["wert"], [np.nan, 7, np.nan])


def test_what_stands_for_missing_holds_for_every_source(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.5, -999, 2.5], "b": ["x", "unknown ", "y"], "c": [3, -999, 4]})
    frame.to_parquet(tmp_path / "t.parquet")
    read, _ = read_table(tmp_path / "t.parquet", reading={"na_values": ["-999", "unknown"]})
    assert read.isna().sum().tolist() == [1, 1, 1]
    table = build_table(frame.assign(y=[0, 1, 0]), target="y", reading={"na_values": "-999"})
    assert [column.n_missing for column in table.columns] == [1, 0, 1, 0]


def test_a_date_format_that_is_told(write) -> None:
    path = write("when,y\n" + "05/06/2024,1\n07/08/2024,0\n" * 5)
    table = build_table(path, target="y", reading={"date_format": "%d/%m/%Y"})
    assert table.frame["when"].iloc[0] == pd.Timestamp("2024-06-05")
    assert table.columns[0].note == "text read as dates, written as %d/%m/%Y"
    noted = build_table(path, target="y", reading={"date_format": "%Y.%m.%d"}).notes
    assert noted == ("no column holds dates written as '%Y.%m.%d' (date_format)",)


def test_missing_values_that_are_told_are_counted_and_a_mistake_is_said(write) -> None:
    path = write("a,b\n-999,x\n5,none\n-999,y\n")
    _, notes = read_table(path, reading={"na_values": ["-999", "none", "nope"]})
    assert notes == (
        "no value is 'nope' (na_values)",
        "column 'a': 2 values '-999' read as missing",
        "column 'b': 1 value 'none' read as missing",
    )
    frame = pd.DataFrame({"a": [-999, 5, 7], "y": [0, 1, 0]})
    table = build_table(frame, target="y", reading={"na_values": "-999"})
    assert table.columns[0].note == "1 value missing as told"


def test_numbers_that_stand_for_missing_are_pointed_out() -> None:
    values = [-999] * 4 + [3, 5, 8, 13] * 9
    note = "4 values -999, and none else below 0: missing ones (reading={'na_values': ['-999']})?"
    assert examine_column(pd.Series(values)).note == note
    assert examine_column(pd.Series([*values, -3])).note == ""
    assert examine_column(pd.Series([-999, *range(1, 300, 2)])).note == "", "one of many is an outlier"


def test_names_with_white_space_are_trimmed_and_said(write) -> None:
    frame, notes = read_table(write("Age , size\n30,1\n40,2\n"))
    assert list(frame) == ["Age", "size"]
    assert notes == ("white space around names of columns left out: 'Age ', ' size'",)


@pytest.mark.parametrize(
    ("reading", "message"),
    [
        ({"decimal": ";"}, r"decimal is ';': choose one of '\.', ','"),
        ({"decimal": ",", "thousands": ","}, "decimal and thousands are both ','"),
        ({"delimiter": "ab"}, "delimiter is 'ab': one character is needed"),
        ({"encoding": "utf-99"}, "there is no encoding 'utf-99'"),
        ({"date_format": "dmy"}, "date_format is 'dmy': a format is needed"),
        ({"decmal": ","}, "reading has no option 'decmal': did you mean 'decimal'"),
        (",", "reading: expected options by name"),
    ],
)
def test_options_that_cannot_be_used(write, reading: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_table(write("a,b\n1,2\n"), reading=reading)


def test_an_encoding_that_does_not_fit(write) -> None:
    with pytest.raises(InputError, match=r"'table\.csv' cannot be read as utf-8"):
        read_table(write(b"a,b\n1,\xe9\n"), reading={"encoding": "utf-8"})


# The first row


def test_a_first_row_of_values_is_said(write) -> None:
    text = "5.1,3.5,setosa\n4.9,3.0,setosa\n6.1,2.9,virginica\n"
    _, notes = read_table(write(text))
    assert notes[0].startswith(
        "the first row looks like values ('5.1', '3.5', 'setosa'), and is read as names"
    )
    frame, notes = read_table(write(text), reading={"header": False})
    assert frame.to_dict("list") == {
        "x0": [5.1, 4.9, 6.1],
        "x1": [3.5, 3.0, 2.9],
        "x2": ["setosa", "setosa", "virginica"],
    }
    assert notes == ()


@pytest.mark.parametrize(
    "text",
    [
        "name,2019,2020\na,1,2\nb,3,4\n",
        "2010,2015,y\n1,2,3\n",
        "male,age\nmale,3\nfemale,4\n",
        "0,1,2\n5,6,7\n",
        "a,b\n1,2\n",
        "5.1,width\n4.9,1.5\n3.2,2.5\nx,y\n",
    ],
)
def test_names_that_are_numbers(write, text: str) -> None:
    _, notes = read_table(write(text))
    assert not any("first row" in note for note in notes) or text.startswith("5.1")


def test_a_first_row_of_values_in_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    pd.DataFrame([[5.1, "setosa"], [4.9, "setosa"], [6.1, "virginica"]]).to_excel(
        path, header=False, index=False
    )
    _, notes = read_table(path)
    assert notes[0].startswith("the first row looks like values")
    frame, _ = read_table(path, reading={"header": False})
    assert frame["x0"].tolist() == [5.1, 4.9, 6.1]


# Amounts


@pytest.mark.parametrize(
    ("texts", "expected", "style"),
    [
        (["(18.50)", "20.00", "3"], [-18.5, 20, 3], "1234.5"),
        (["$5", "7", "-$1,234.50", "$-3", "($8)"], [5, 7, -1234.5, -3, -8], "$1,234.5"),
        (["18.50 USD", "3 USD", "20"], [18.5, 3, 20], "1234.5 USD"),
        (["EUR 5", "7 eur", "1.234,50 EUR"], [5, 7, 1234.5], "1.234,5 EUR"),
        (["18,5", "18.5", "20", "0,125"], [18.5, 18.5, 20, 0.125], "1234.5 or 1234,5"),
        (["\u22125", "7", "1.5"], [-5, 7, 1.5], "1234.5"),
        (["1.780,15\u00a0€", "7,5\u202f€", "3"], [1780.15, 7.5, 3], "€1.234,5"),
        (["12,5\u00a0%", "3\u00a0%", "7,25 %"], [12.5, 3, 7.25], "1.234,5%"),
        (["1’234.50", "12’345", "7"], [1234.5, 12345, 7], "1 234.5"),
    ],
)
def test_amounts(texts: list[str], expected: list[float], style: str) -> None:
    series = pd.Series(texts)
    findings = examine_column(series)
    assert (findings.kind, findings.written_as) == ("numeric", style)
    cleaned = clean_column(series, "numeric", written_as=style)
    np.testing.assert_array_equal(cleaned, expected)
    by_one = [clean_column(pd.Series([text]), "numeric", written_as=style).iloc[0] for text in texts]
    np.testing.assert_array_equal(by_one, expected)
    assert ("read as -18.5" in findings.note) == ("(18.50)" in texts)


@pytest.mark.parametrize(
    "texts",
    [
        ["$5", "€6", "7"],  # two currencies
        ["18,5", "18.5", "1,234"],  # 1.234 or 1234
        ["(1)", "(2)", "(3)"],  # footnotes
        ["12 %", "3.5", "100"],  # 3.5 or 350 %
        ["5 kg", "6 kg", "7 kg"],
    ],
)
def test_what_is_not_certain_stays_text(texts: list[str]) -> None:
    assert examine_column(pd.Series(texts * 10)).kind == "category"


@pytest.mark.parametrize(
    ("texts", "note"),
    [
        (
            [f"{n}.5" if n % 2 else f"{n},234" for n in range(200)],
            "looks like numbers, such as '0,234' and '1.5'",
        ),
        ([f"{n}.5 USD" if n % 2 else f"{n}.5 EUR" for n in range(200)], "looks like numbers, such as"),
        ([f"{n}.5 kg" for n in range(200)], "looks like numbers, such as '0.5 kg'"),
        (
            [f"2024/01/{n:02}" if n % 2 else f"{n:02}.01.2024" for n in range(1, 29)],
            "looks like dates, such as '2024/01/01' and '02.01.2024'",
        ),
        ([f"Feb {n % 28 + 1} {1950 + n}" for n in range(60)], "looks like dates"),
        ([f"{n % 28 + 1:02}Feb{1950 + n}" for n in range(60)], "looks like dates"),
        ([f"{n}.50-" if n % 2 else f"{n}.25" for n in range(60)], "looks like numbers, such as '0.25' and"),
        ([f"$({n}.50)" if n % 2 else f"US$ {n}.25" for n in range(60)], "looks like numbers"),
    ],
)
def test_many_levels_that_look_like_numbers_or_dates_are_noted(texts: list[str], note: str) -> None:
    assert note in examine_column(pd.Series(texts)).note
    assert note in examine_column(pd.Series(texts * 2)).note


@pytest.mark.parametrize(
    "texts",
    [
        [f"A/{n} 2117{n}" for n in range(200)],
        [f"192.168.0.{n}" for n in range(200)],
        [f"{1000 + n} {chr(65 + n % 26)}{chr(65 + n % 25)}" for n in range(200)],
        [f"C{n}" for n in range(200)],
    ],
)
def test_codes_are_not_noted(texts: list[str]) -> None:
    assert "looks like" not in examine_column(pd.Series(texts * 2)).note


# Indexes and labels


def test_levels_of_an_index_are_pointed_out() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 4], "c": [5.5, 6], "y": [0, 1]})
    notes = build_table(frame.set_index(["a", "b"]), target="y").notes
    said = "are no columns and are left out: reset_index() makes columns of them"
    assert notes == (f"the index levels 'a' and 'b' {said}",)


def test_labels_that_differ_by_white_space_are_one(write) -> None:
    path = write("x,y\n" + '1,yes\n2,"yes "\n3,no\n4,"no"\n' * 5)
    table = build_table(path, target="y")
    assert infer_task(table).classes == ("no", "yes")
    assert table.columns[1].note == "white space around labels left out: 'yes ' as 'yes'"
    assert table.columns[1].n_unique == 2
    later = read_alike(write('x,y\n1,"yes "\n2, no\n', "later.csv"), table, infer_task(table))
    assert later.target.tolist() == ["yes", "no"]


def test_labels_that_differ_by_case_are_said() -> None:
    table = build_table(pd.DataFrame({"x": range(8), "y": ["yes", "Yes", "no", "no"] * 2}), target="y")
    assert infer_task(table).classes == ("Yes", "no", "yes")
    assert "labels such as 'Yes' and 'yes' differ by case only" in table.columns[1].note


def test_categories_that_differ_by_white_space_are_said() -> None:
    findings = examine_column(pd.Series(["yes", "yes ", "no"] * 9))
    assert findings.note == "'yes ' and 'yes' differ by white space only, and are two categories"


# Dates whose day and month could be either


def test_other_columns_tell_the_day_from_the_month() -> None:
    frame = pd.DataFrame(
        {"a": ["05/06/2024", "07/08/2024"] * 5, "b": ["25/06/2024", "07/08/2024"] * 5, "y": range(10)}
    )
    table = build_table(frame)
    assert table.frame["a"].iloc[0] == pd.Timestamp("2024-06-05")
    assert table.columns[0].note.endswith("the day first, as the rest of the table tells")
    timed = build_table(frame, time="a")
    assert timed.times.iloc[0] == pd.Timestamp("2024-06-05")
    alone = build_table(frame.drop(columns="b"))
    assert alone.frame["a"].iloc[0] == pd.Timestamp("2024-05-06")
    assert "could be the other way round" in alone.columns[0].note


def test_decimal_commas_tell_the_day_from_the_month(write) -> None:
    table = build_table(write("when;a;y\n" + "05/06/2024;1,5;1\n07/08/2024;2,25;0\n" * 5), target="y")
    assert table.frame["when"].iloc[0] == pd.Timestamp("2024-06-05")


# What a reviewer broke


@pytest.mark.parametrize("n_rows", [60, 4000])
def test_one_code_with_a_zero_in_front_is_enough_at_any_size(write, n_rows: int) -> None:
    numbers = [f"{10_000 + 7 * number}" for number in range(n_rows)]
    numbers[n_rows // 2 + 1] = "00501"
    rows = "".join(f"{text},{row % 2}\n" for row, text in enumerate(numbers))
    for data in (write("zip,y\n" + rows), pd.DataFrame({"zip": numbers, "y": [0, 1] * (n_rows // 2)})):
        table = build_table(data, target="y", kinds={"zip": "category"})
        assert table.frame["zip"].tolist() == numbers
        findings = examine_column(table.frame["zip"])
        assert findings.kind == "identifier"


def test_a_padded_number_beside_fractions_is_a_number(write) -> None:
    table = build_table(write("price,y\n" + "12.5,0\n00,1\n7,0\n" * 9), target="y")
    assert table.frame["price"].tolist()[:3] == [12.5, 0, 7]


def test_padded_targets_and_times_are_numbers_when_told(write) -> None:
    rows = "".join(f"{row * 0.37 % 1:.3f},{row * 7:06d},{row:04d}\n" for row in range(60))
    path = write("x,y,t\n" + rows)
    with pytest.raises(InputError, match=r"tell so with kinds=\{\.\.\.: 'numeric'\}"):
        infer_task(build_table(path, target="y"), kind="regression")
    table = build_table(path, target="y", time="t", kinds={"y": "numeric", "t": "numeric"})
    assert table.target.tolist() == [row * 7 for row in range(60)]
    assert table.times.tolist() == list(range(60))
    assert infer_task(table).kind == "regression"


def test_times_of_day_are_hours() -> None:
    import datetime

    times = [datetime.time(12, 30), datetime.time(7, 45, 36), None]
    table = build_table(pd.DataFrame({"at": times * 5, "y": [0, 1, 1] * 5}), target="y")
    np.testing.assert_allclose(table.frame["at"].iloc[:3], [12.5, 7.76, np.nan])


def test_a_test_table_never_decides_on_the_order_of_days(write) -> None:
    rows = "".join(f"2024-01-{1 + row % 28:02},{row % 2}\n" for row in range(60))
    learnt = build_table(write("when,y\n" + rows), target="y")
    later = write("when,y\n02/06/2024,1\n03/11/2024,0\n", "later.csv")
    with pytest.raises(InputError, match="cannot be read as date"):
        read_alike(later, learnt, infer_task(learnt))
    told = read_alike(later, learnt, infer_task(learnt), reading={"date_format": "%d/%m/%Y"})
    assert told.frame["when"].tolist() == [pd.Timestamp("2024-06-02"), pd.Timestamp("2024-11-03")]


def test_long_numbers_of_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    rows = [{"id": 10**24 + row % 5, "x": row / 7, "y": row % 2} for row in range(60)]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert build_table(path, target="y", group="id").groups.nunique() == 5


def test_missing_values_that_are_told_leave_long_numbers_whole() -> None:
    ids = [123456789012345670 + row % 5 if row else -1 for row in range(60)]
    frame = pd.DataFrame({"id": ids, "x": np.arange(60) * 0.3, "y": [0, 1] * 30})
    table = build_table(frame, target="y", group="id", reading={"na_values": ["-1"]})
    assert table.groups.tolist() == ids[1:]


def test_whole_decimals_with_a_scale_keep_their_digits(tmp_path: Path) -> None:
    import decimal

    import pyarrow as pa
    from pyarrow import parquet

    ids = [decimal.Decimal(123456789012345670 + row % 5) for row in range(60)]
    columns = {"id": pa.array(ids, pa.decimal128(38, 2)), "y": [0, 1] * 30, "x": np.arange(60) * 0.7}
    parquet.write_table(pa.table(columns), tmp_path / "t.parquet")
    assert build_table(tmp_path / "t.parquet", target="y", group="id").groups.nunique() == 5


@pytest.mark.parametrize("word", ["now", "today"])
def test_words_for_the_moment_are_no_dates(word: str) -> None:
    series = pd.Series([f"2024-01-{day:02}" for day in range(1, 29)] + [word])
    assert clean_column(series, "date", written_as="ISO8601").isna().tolist() == [False] * 28 + [True]


def test_a_format_that_is_told_wins_over_the_parser(write) -> None:
    reading = {"date_format": "%Y-%d-%m"}
    path = write("when,y\n" + "2024-02-11,0\n2024-05-03,1\n" * 9)
    assert build_table(path, target="y", reading=reading).frame["when"].iloc[0] == pd.Timestamp("2024-11-02")
    path = write("when,y\n" + "240131,0\n240229,1\n" * 9)
    table = build_table(path, target="y", reading={"date_format": "%y%m%d"})
    assert table.frame["when"].iloc[0] == pd.Timestamp("2024-01-31")


def test_one_of_many_dates_tells_the_day_from_the_month() -> None:
    days = pd.date_range("2000-01-01", periods=6000)
    written = [day.strftime("%d/%m/%Y") for day in days if day.day <= 12]
    written.insert(701, "25/12/2024")
    findings = examine_column(pd.Series(written))
    assert (findings.written_as, findings.n_missing) == ("%d/%m/%Y", 0)


def test_targets_that_are_exact_are_not_said_to_be_rounded() -> None:
    ids = [10**17 + row % 60 for row in range(600)]
    table = build_table(pd.DataFrame({"x": np.arange(600) * 0.1, "y": ids}), target="y")
    assert table.columns[1].note == ""


def test_arrow_times_with_a_zone() -> None:
    moments = pd.Series(pd.date_range("2024-01-01", periods=30, tz="Europe/Berlin"))
    series = moments.astype("timestamp[us, tz=Europe/Berlin][pyarrow]")
    assert clean_column(series, "date").tolist() == moments.dt.tz_convert("UTC").dt.tz_localize(None).tolist()


# Any codes, numbers and dates come back as they were written


@pytest.mark.parametrize("sign", [",", ".", " "])
def test_long_numbers_in_groups_of_three_are_codes(write, sign: str) -> None:
    ids = [sign.join(["1", "234", "567", "890", "123", "456", f"{row // 4:03d}"]) for row in range(200)]
    rows = (f"{text};{row % 7};{row % 2}\n" for row, text in enumerate(ids))
    path = write("id;size;y\n" + "".join(rows))
    table = build_table(path, target="y", group="id")
    assert table.groups.tolist() == ids


@pytest.mark.parametrize("text", ["-07", "+07"])
def test_zeros_behind_a_sign_stay(write, text: str) -> None:
    frame, _ = read_table(write(f"code,y\n{text},1\n12,2\n"))
    assert frame["code"].tolist() == [text, "12"]


def test_zeros_behind_a_minus_of_dates_and_exponents_are_no_codes(write) -> None:
    frame, _ = read_table(write("day,size\n2020-01-05,1e-05\n2020-11-15,2.5e-03\n"))
    assert frame["size"].tolist() == [1e-05, 2.5e-03]
    assert frame["day"].dtype.kind == "M"


def test_labels_of_a_test_table_with_zeros_in_front_are_others(write) -> None:
    table = build_table(write("x,y\n" + "1,1\n2,2\n" * 40), target="y")
    with pytest.raises(InputError, match="has '01' in 'y', a label that no row to learn from has"):
        read_alike(write("x,y\n1,01\n2,02\n", "later.csv"), table, infer_task(table))


def test_iso_dates_are_read_however_the_others_are_written(write) -> None:
    days = "".join(f"{row % 28 + 1:02d}.{row % 12 + 1:02d}.2020,{row % 2}\n" for row in range(60))
    table = build_table(write("day,y\n" + days), target="y")
    assert table.columns[0].written_as == "%d.%m.%Y"
    later = read_alike(write("day,y\n2021-03-04,0\n05.06.2021,1\n", "later.csv"), table, infer_task(table))
    assert later.frame["day"].tolist() == [pd.Timestamp("2021-03-04"), pd.Timestamp("2021-06-05")]
    own = clean_column(pd.Series(["2020-15-01", "2020-01-15"]), "date", written_as="%Y-%d-%m")
    assert own.tolist() == [pd.Timestamp("2020-01-15"), pd.NaT]


def test_dates_and_objects_that_stand_for_missing() -> None:
    frame = pd.DataFrame({"day": pd.to_datetime(["1900-01-01", "2020-02-03"]), "size": [-999.0, "wide"]})
    marked = mark_told(frame, ["-999", "1900-01-01"])
    assert marked["day"].tolist() == [pd.NaT, pd.Timestamp("2020-02-03")]
    assert marked["size"].isna().tolist() == [True, False]


@pytest.mark.filterwarnings("error")
def test_a_file_without_any_of_the_dates_of_another(write) -> None:
    first = write("day,y\n2020-01-03,1\n2020-01-04,0\n", "first.csv")
    frame, _ = read_table([first, write("day,y\n,1\n,0\n", "second.csv")])
    assert frame["day"].tolist() == [pd.Timestamp("2020-01-03"), pd.Timestamp("2020-01-04"), pd.NaT, pd.NaT]


def test_durations_of_arrow_are_durations() -> None:
    seconds = pa.table({"time": pa.array([1, 2, 3, 4000, 5, 60], pa.duration("s"))})
    series = seconds.to_pandas(types_mapper=pd.ArrowDtype)["time"]
    assert examine_column(series).kind == "numeric"
    assert clean_column(series, "numeric").tolist() == [1.0, 2.0, 3.0, 4000.0, 5.0, 60.0]


@_QUICK
@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=20, unique=True), st.integers(2, 12))
def test_codes_round_trip(tmp_path_factory: pytest.TempPathFactory, numbers: list[int], width: int) -> None:
    codes = [f"{number:0{width}}" for number in numbers]
    path = tmp_path_factory.mktemp("codes") / "t.csv"
    path.write_text("code,y\n" + "".join(f"{code},1\n" for code in codes))
    read = read_table(path)[0]["code"]
    assert read.map(str).tolist() == codes


@_QUICK
@given(
    st.lists(
        st.one_of(st.none(), st.integers(-(10**25), 10**25), st.integers(-9, 9)), min_size=2, max_size=20
    )
)
def test_integers_of_any_length_round_trip(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int | None]
) -> None:
    path = tmp_path_factory.mktemp("integers") / "t.csv"
    path.write_text("n,y\n" + "".join(f"{'' if n is None else n},1\n" for n in numbers))
    read = read_table(path)[0]["n"]
    assert [None if pd.isna(value) else int(value) for value in read] == numbers


@_QUICK
@given(
    st.lists(st.decimals(-9999, 99999, places=2), min_size=3, max_size=20),
    st.sampled_from([(".", ",", ","), (",", ".", ";"), (",", " ", ";"), (".", "'", "\t")]),
    st.booleans(),
)
def test_decimals_round_trip(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[Any], signs: tuple[str, str, str], grouped: bool
) -> None:
    decimal, thousands, delimiter = signs
    written = [f"{number:,.2f}" if grouped else f"{number:.2f}" for number in numbers]
    written = [text.translate(str.maketrans({".": decimal, ",": thousands})) for text in written]
    rows = "".join(f'"{text}"{delimiter}{row % 2}\n' for row, text in enumerate(written))
    path = tmp_path_factory.mktemp("decimals") / "t.csv"
    path.write_text(f"a{delimiter}y\n{rows}")
    read = read_table(path)[0]["a"]
    findings = examine_column(read)
    values = clean_column(read, "numeric", written_as=findings.written_as)
    np.testing.assert_allclose(values, [float(number) for number in numbers], rtol=1e-15)


@_QUICK
@given(
    st.lists(st.dates(pd.Timestamp("1990-01-01").date(), pd.Timestamp("2060-12-31").date()), max_size=20),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m-%d"]),
)
def test_dates_in_either_order_round_trip(dates: list[Any], date_format: str) -> None:
    # One day after the twelfth tells the order.
    dates = [*dates, pd.Timestamp("2024-03-25").date(), pd.Timestamp("2024-04-01").date()]
    series = pd.Series([date.strftime(date_format) for date in dates])
    findings = examine_column(series)
    assert findings.kind == "date"
    read = clean_column(series, "date", written_as=findings.written_as)
    assert [moment.date() for moment in read] == dates
    by_one = [
        clean_column(series[[row]], "date", written_as=findings.written_as).iloc[0] for row in series.index
    ]
    assert by_one == read.tolist()


@pytest.mark.parametrize("place", [0, 1, 2, 199])
def test_one_iso_date_among_others_does_not_count_against_them(place: int) -> None:
    texts = [f"{row % 28 + 1:02d}/{row % 12 + 1:02d}/20{row // 28 + 10}" for row in range(200)]
    texts[place : place + 3] = ["2021-03-04", "2021-03-05", "2021-03-06"][: 200 - place]
    found = examine_column(pd.Series(texts))
    assert (found.kind, found.written_as) == ("date", "%d/%m/%Y")

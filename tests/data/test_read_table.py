"""Reading: what files look like in the wild, and what is said when they cannot be read."""

from __future__ import annotations

import gzip
import random
import re
import string
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tabkit._core import InputError
from tabkit.data import read_table


@pytest.fixture
def write(tmp_path: Path):
    """Write a file and return its path."""

    def write_file(content: str | bytes, name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    return write_file


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found_among_quoted_ones(write, delimiter: str) -> None:
    expected = pd.DataFrame(
        {
            "name": ["a, b; c", "d\te|f", 'say "hi"', "two\nlines"],
            "number": [1, 2, 3, 4],
            "share": [0.5, 1.5, np.nan, -2.5],
        }
    )
    frame, notes = read_table(write(expected.to_csv(index=False, sep=delimiter)))
    pd.testing.assert_frame_equal(frame, expected)
    assert notes == ()


def test_delimiter_is_not_taken_from_the_text(write) -> None:
    text = "id\ttext\n" + "".join(f"{row}\tone, two, three; four | five\n" for row in range(20))
    assert list(read_table(write(text, "messages.tsv"))[0]) == ["id", "text"]


def test_one_column(write) -> None:
    frame, _ = read_table(write("height\n1\n2\n"))
    assert frame.to_dict("list") == {"height": [1, 2]}


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends(write, line_end: str) -> None:
    frame, _ = read_table(write(f"a,b{line_end}1,x{line_end}2,y{line_end}"))
    assert frame.to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}


def test_blank_lines_and_a_missing_last_line_end(write) -> None:
    frame, _ = read_table(write("\na,b\n1,2\n\n3,4"))
    assert frame.to_dict("list") == {"a": [1, 3], "b": [2, 4]}


def test_decimal_commas(write) -> None:
    text = (
        "Ort;Preis;Umsatz;Anzahl\nKöln;3,14;1.234,50;1.234\nUlm;-2,5;99,00;12.000\nBonn;10;1.000.000,00;999\n"
    )
    frame, notes = read_table(write(text))
    assert frame["Preis"].tolist() == [3.14, -2.5, 10.0]
    assert frame["Umsatz"].tolist() == [1234.5, 99.0, 1_000_000.0]
    assert frame["Anzahl"].tolist() == [1234, 12000, 999]
    assert notes == (
        "column 'Umsatz': numbers written like '1.234,5'",
        "column 'Anzahl': numbers written like '1.234,5'",
        "column 'Preis': decimal commas read as such",
    )


def test_semicolons_with_decimal_points(write) -> None:
    frame, notes = read_table(write("a;b\n1.5;x,y\n2.5;3,4\n"))
    assert frame.to_dict("list") == {"a": [1.5, 2.5], "b": ["x,y", "3,4"]}
    assert notes == ()


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8", ()),
        ("utf-8-sig", ()),
        ("utf-16", ("read as utf-16, since it is not UTF-8",)),
        ("utf-16-le", ("read as utf-16-le, since it is not UTF-8",)),
        ("utf-16-be", ("read as utf-16-be, since it is not UTF-8",)),
        ("cp1252", ("read as cp1252, since it is not UTF-8",)),
    ],
)
def test_encodings(write, encoding: str, note: tuple[str, ...]) -> None:
    frame, notes = read_table(write("größe,preis\nMüller’s,5\nCafé,6\n".encode(encoding)))
    assert frame.to_dict("list") == {"größe": ["Müller’s", "Café"], "preis": [5, 6]}
    assert notes == note


def test_latin_1_where_windows_has_no_letter(write) -> None:
    frame, notes = read_table(write(b"a,b\n\x81\xe9,1\n"))
    assert frame["a"].tolist() == ["\x81é"]
    assert notes == ("read as latin-1, since it is not UTF-8",)


def test_bytes_that_are_not_utf8_far_into_the_file(write) -> None:
    raw = b"a,b\n" + b"1,x\n" * 600_000 + "2,é\n".encode("cp1252")
    frame, _ = read_table(write(raw))
    assert frame["b"].iloc[-1] == "é"


def test_gzip_is_known_by_content(write) -> None:
    raw = gzip.compress(b"a,b\n1,x\n")
    for name in ("table.csv.gz", "table.csv", "table"):
        assert read_table(write(raw, name))[0].to_dict("list") == {"a": [1], "b": ["x"]}


def test_unknown_extension_is_read_as_text(write) -> None:
    assert read_table(write("a,b\n1,2\n", "numbers.data"))[0].to_dict("list") == {"a": [1], "b": [2]}


def test_parquet(tmp_path: Path) -> None:
    expected = pd.DataFrame(
        {
            "number": [1.5, None],
            "text": ["x", None],
            "when": pd.to_datetime(["2020-01-01 10:00", None]),
            "kind": pd.Categorical(["b", "a"], categories=["b", "a", "c"]),
            "flag": [True, False],
        },
        index=pd.Index([7, 9], name="key"),
    )
    expected.to_parquet(tmp_path / "table.parquet")
    frame, notes = read_table(tmp_path / "table.parquet")
    pd.testing.assert_frame_equal(frame[list(expected)], expected.reset_index(drop=True), check_dtype=False)
    assert frame["key"].tolist() == [7, 9], "a stored index is a column, not lost"
    assert frame["kind"].dtype == "category"
    assert notes == ()


def test_types_of_csv_columns(write) -> None:
    frame, _ = read_table(
        write(
            "whole,gaps,flag,day,time,huge,code,mixed\n"
            "1,1,True,2020-01-31,2020-01-31 10:00:00,123456789012345678901234567890,007,1\n"
            "2,,False,2020-02-01,2020-02-01 11:30:00,5,042,x\n"
        )
    )
    assert frame["whole"].dtype == np.int64
    assert frame["gaps"].dtype == np.float64
    assert frame["flag"].tolist() == [True, False]
    assert frame["day"].dtype.kind == "M"
    assert frame["time"].dtype.kind == "M"
    assert frame["huge"].tolist() == ["123456789012345678901234567890", "5"], "no digit is lost"
    assert frame["code"].tolist() == ["007", "042"]
    assert frame["mixed"].tolist() == ["1", "x"]


def test_type_that_changes_late_in_a_large_file(write) -> None:
    n_rows = 2_000_000  # several blocks of the parser
    frame, _ = read_table(write("a,bbbb\n" + "1,2222\n" * n_rows + "x,2.5\n"))
    assert len(frame) == n_rows + 1
    assert frame["a"].iloc[[0, -1]].tolist() == ["1", "x"]
    assert frame["bbbb"].iloc[[0, -1]].tolist() == [2222.0, 2.5]


def test_missing_markers(write) -> None:
    frame, notes = read_table(
        write("number,wall,region,work\n1,None,NA,\nNA,Brick,EU, ?\n,None,EU,?\n3,Stone,null,Private\n")
    )
    assert frame["number"].isna().tolist() == [False, True, True, False]
    assert frame["wall"].tolist() == ["None", "Brick", "None", "Stone"], "None is a kind of wall"
    assert frame["region"].isna().tolist() == [True, False, False, True]
    assert frame["work"].isna().tolist() == [True, True, True, False]
    assert notes == (
        "column 'number': 1 value 'NA' read as missing",
        "column 'region': 1 value 'null', 1 value 'NA' read as missing",
        "column 'work': 1 value '?', 1 value ' ?' read as missing",
    )


def test_header_names(write) -> None:
    frame, _ = read_table(write('"", a ,"b, c"\n0,1,2\n'))
    assert list(frame) == ["Unnamed: 0", "a", "b, c"]


def test_quotes_that_nobody_closes_do_not_swallow_lines(write) -> None:
    text = 'type\ttext\nham\tok\nham\t"Hello, said he\nspam\tWin now\nham\tfive "is" right\n'
    frame, notes = read_table(write(text, "sms.tsv"))
    assert frame["text"].tolist() == ["ok", '"Hello, said he', "Win now", 'five "is" right']
    assert notes == ("quotes do not pair up and are read as ordinary characters",)


def test_quotes_that_close_lines_later_do_not_swallow_lines(write) -> None:
    text = 'type\ttext\nham\t"one\nspam\ttwo\nham\tthree"\nham\tfour\n'
    frame, _ = read_table(write(text, "sms.tsv"))
    assert frame["text"].tolist() == ['"one', "two", 'three"', "four"]


def test_numbers_are_read_exactly(write) -> None:
    values = np.random.default_rng(0).normal(size=2000) * 10.0 ** np.arange(-10, 10).repeat(100)
    frame, _ = read_table(write("a,b\n" + "".join(f"{value!r},x\n" for value in values.tolist())))
    assert (frame["a"].to_numpy() == values).all()


def test_a_long_field(write) -> None:
    text = "word " * 60_000
    frame, _ = read_table(write(f'a,b\n1,"{text}"\n2,short\n'))
    assert frame["b"].str.len().tolist() == [300_000, 5]


def test_no_file_names_the_nearest(write) -> None:
    path = write("a,b\n1,2\n", "houses.csv")
    with pytest.raises(InputError, match=r"there is no file '.*house\.csv': did you mean 'houses\.csv'\?"):
        read_table(path.with_name("house.csv"))
    with pytest.raises(InputError, match=r"no folder '.*nowhere'"):
        read_table(path.parent / "nowhere" / "houses.csv")


@pytest.mark.parametrize("content", ["", "\n\n", " \r\n"])
def test_empty_file(write, content: str) -> None:
    with pytest.raises(InputError, match=r"'table\.csv' is empty"):
        read_table(write(content))


@pytest.mark.parametrize("content", ["a,b,c", "a,b,c\n", "a,b,c\n\n", '"a\nb",c\n'])
def test_header_only(write, content: str) -> None:
    with pytest.raises(InputError, match=r"'table\.csv' has a header and no rows"):
        read_table(write(content))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,2\n3,4,5\n6,7\n", "line 3 has 3 fields separated by commas, the header has 2"),
        ("a,b,c\n1,2,3\n3,4\n", "line 3 has 2 fields separated by commas, the header has 3"),
        ('a;b\n"x\ny";2\n\n3\n', "line 5 has 1 field separated by semicolons, the header has 2"),
    ],
)
def test_ragged_line_is_named(write, content: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_table(write(content))


def test_ragged_line_far_down(write) -> None:
    with pytest.raises(InputError, match="line 200002 has 3 fields"):
        read_table(write("a,b\n" + "1,2\n" * 200_000 + "1,2,3\n" + "1,2\n" * 10))


def test_duplicate_names(write) -> None:
    with pytest.raises(
        InputError, match=r"has more than one column named 'a' \(are the names in its first line\?"
    ):
        read_table(write("a,b,a\n1,2,3\n"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (bytes(range(256)) * 20, "is neither text nor a table of a known format"),
        (b"PK\x03\x04rest of it", "is damaged: its zip data cannot be unpacked"),
        (b"\x1f\x8b\x08broken", "is damaged: its gzip data cannot be unpacked"),
        (gzip.compress(b"a,b\n1,2\n" * 1000, mtime=0)[:-20], "is damaged: its gzip data cannot be unpacked"),
        (b"PAR1 and nothing of the kind", "is damaged or no Parquet file"),
    ],
)
def test_what_is_no_table(write, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_table(write(content))
    assert "\n" not in str(caught.value)


def test_text_named_parquet(write) -> None:
    with pytest.raises(InputError, match=r"'table\.parquet' is damaged or no Parquet file"):
        read_table(write("a,b\n1,2\n", "table.parquet"))


def test_parquet_without_rows(tmp_path: Path) -> None:
    pd.DataFrame({"a": []}).to_parquet(tmp_path / "table.parquet")
    with pytest.raises(InputError, match="has no rows"):
        read_table(tmp_path / "table.parquet")


def test_any_text_gives_a_frame_or_an_input_error(write) -> None:
    rng = random.Random(0)
    alphabet = string.ascii_letters[:6] + string.digits[:4] + ',;\t|"\n\r .é?-'
    messages, n_read = [], 0
    for _ in range(300):
        text = "".join(rng.choices(alphabet, k=rng.randrange(1, 80)))
        try:
            frame, _ = read_table(write(text))
        except InputError as error:
            messages.append(str(error))
        else:
            n_read += 1
            assert len(frame) > 0
    assert n_read > 10
    assert not any(re.search(r"[\r\n]", message) for message in messages)

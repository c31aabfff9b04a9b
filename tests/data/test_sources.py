"""Where tables lie: file formats, packed files, folders, databases, published sets, memory."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import sqlite3
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.utils import Bunch

from tabkit import InputError
from tabkit.data import build_table, read_table

TOWNS = pd.DataFrame(
    {
        "town": ["Ulm", "Köln", "Mölln", "Jena"],
        "height": [478.5, 37.0, np.nan, 148.0],
        "people": [128_928, 1_087_353, 19_314, 110_791],
        "founded": pd.to_datetime(["1854-01-01", "1900-05-02", "1788-03-04", "1830-01-01"]),
    }
)


def write_excel(frame: pd.DataFrame, path: Path, **options: Any) -> None:
    frame.to_excel(path, index=False, engine="xlsxwriter", **options)


def write_json_list(frame: pd.DataFrame, path: Path) -> None:
    path.write_text(frame.to_json(orient="records", date_format="iso"), encoding="utf-8")


def write_json_lines(frame: pd.DataFrame, path: Path) -> None:
    path.write_text(
        frame.to_json(orient="records", lines=True, date_format="iso", force_ascii=False), encoding="utf-8"
    )


WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "towns.csv": lambda frame, path: frame.to_csv(path, index=False),
    "towns.parquet": lambda frame, path: frame.to_parquet(path, index=False),
    "towns.feather": lambda frame, path: frame.to_feather(path),
    "towns.jsonl": write_json_lines,
    "towns.json": write_json_list,
    "towns.xlsx": write_excel,
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("renamed", [False, True], ids=["suffix", "content"])
def test_formats_are_read_alike(name: str, renamed: bool, tmp_path: Path) -> None:
    expected = TOWNS.drop(columns="founded")
    path = tmp_path / name
    WRITERS[name](expected, path)
    frame, notes = read_table(path.rename(tmp_path / "towns.bin") if renamed else path)
    pd.testing.assert_frame_equal(frame, expected, check_dtype=False)
    assert notes == ()


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        (".gz", gzip.compress),
        (".bz2", bz2.compress),
        (".xz", lzma.compress),
        (".zst", lambda raw: pa.Codec("zstd").compress(raw, asbytes=True)),
    ],
)
def test_packed_files(suffix: str, pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / f"towns.csv{suffix}"
    path.write_bytes(pack(TOWNS.to_csv(index=False).encode()))
    assert build_table(path, target="people").name == "towns"
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(InputError, match=f"'towns.csv{suffix}' is damaged: its .* data cannot be unpacked"):
        read_table(path)


def test_zip_with_one_file(tmp_path: Path) -> None:
    path = tmp_path / "towns.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__MACOSX/._towns.csv", "x")
        archive.writestr("towns.csv", "town,height\nUlm,478\nJena,148\n")
    assert read_table(path)[0]["height"].tolist() == [478, 148]
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("more.csv", "x")
    with pytest.raises(InputError, match=r"'towns.zip' holds 2 files: unpack it"):
        read_table(path)


def test_excel_skips_empty_sheets_and_says_what_it_leaves(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    days = pd.DataFrame(
        {
            "day": [date(2024, 1, 2), date(2024, 5, 6)],
            "mixed": ["a", 5],
            "": [True, False],
            "gap": [None, 2.5],
        }
    )
    with pd.ExcelWriter(path, engine="xlsxwriter") as book:
        pd.DataFrame().to_excel(book, sheet_name="empty", index=False)
        days.to_excel(book, sheet_name="days", index=False, startrow=3, startcol=2)
        days.to_excel(book, sheet_name="later", index=False)
    frame, notes = read_table(path)
    assert notes == ("sheet 'days' read, and not 'later'",)
    assert list(frame) == ["day", "mixed", "column 3", "gap"]
    assert pd.to_datetime(frame["day"]).tolist() == [datetime(2024, 1, 2), datetime(2024, 5, 6)]
    assert frame["mixed"].tolist() == ["a", 5]
    assert frame["column 3"].tolist() == [True, False]
    assert frame["gap"].isna().tolist() == [True, False]


def test_json_keeps_odd_records(tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    records = [{"a": 1, "b": [1, 2]}, {"a": "one", "c": {"x": 1}}, {"a": None}]
    path.write_text("\n\n".join(map(json.dumps, records)))
    frame, _ = read_table(path)
    assert list(frame) == ["a", "b", "c"]
    assert frame["a"].tolist() == [1, "one", None]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.jsonl", '{"a": 1}\n{"a": 2\n', "line 2 of 't.jsonl' is no JSON"),
        ("t.jsonl", '{"a": 1}\n[2]\n', "line 2 of 't.jsonl' is no JSON object"),
        ("t.json", '[{"a": 1}, 5]', "record 2 of 't.json' is no JSON object"),
        ("t.json", '[{"a": 1}', "'t.json' is no JSON"),
        ("t.json", "[]", "'t.json' has no rows"),
        ("t.xlsx", "PK\x03\x04 broken", "'t.xlsx' is damaged"),
        ("t.xlsx", "no workbook", "'t.xlsx' is damaged or no workbook"),
        ("t.feather", "ARROW1 broken", "'t.feather' is damaged or no Feather file"),
        ("t.parquet", "PAR1 broken", "'t.parquet' is damaged or no Parquet file"),
    ],
)
def test_damaged_files(name: str, content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=message) as info:
        read_table(tmp_path / name)
    assert "\n" not in str(info.value)


def test_workbook_without_a_table(tmp_path: Path) -> None:
    write_excel(pd.DataFrame({"a": []}), tmp_path / "t.xlsx")
    with pytest.raises(InputError, match=r"'t\.xlsx' has no sheet with a row of names"):
        read_table(tmp_path / "t.xlsx")


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """A folder with a table in three files of three formats, and what else lies about in folders."""
    folder = tmp_path / "parts"
    folder.mkdir()
    TOWNS.iloc[:2].to_csv(folder / "part-0.csv", index=False)
    TOWNS.iloc[2:3, ::-1].to_parquet(folder / "part-1.parquet", index=False)
    write_json_lines(TOWNS.iloc[3:], folder / "part-2.jsonl")
    (folder / "_SUCCESS").touch()
    (folder / ".part-0.csv.crc").write_bytes(b"x")
    (folder / "notes.md").write_text("x")
    return folder


@pytest.mark.parametrize("kind", ["folder", "pattern", "list"])
def test_several_files_are_one_table(kind: str, parts: Path) -> None:
    where: Any = {
        "folder": parts,
        "pattern": str(parts / "part-*"),
        "list": [parts / "part-0.csv", parts / "part-1.parquet", parts / "part-2.jsonl"],
    }[kind]
    frame, notes = read_table(where)
    assert notes == (
        "3 files read as one table",
        "column 'founded': text read as dates, written with the year first",
    )
    assert frame["town"].tolist() == TOWNS["town"].tolist()
    assert list(frame) == list(TOWNS)
    assert frame.index.tolist() == [0, 1, 2, 3]


def test_files_with_other_columns_are_refused(parts: Path) -> None:
    TOWNS.drop(columns="height").to_csv(parts / "part-3.csv", index=False)
    with pytest.raises(InputError, match=r"'part-3.csv' has no column 'height', which 'part-0.csv' has"):
        read_table(parts)


@pytest.mark.parametrize(
    ("name", "message"), [("empty", "has no table, such as a CSV"), ("x-*.csv", "no file is like")]
)
def test_no_files(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=message):
        read_table(str(tmp_path / name))


@pytest.fixture(params=["sqlite", "duckdb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file with the tables "towns" and "a "b"", and the view "high"."""
    path = tmp_path / f"shop.{request.param}"
    if request.param == "sqlite":
        connection: Any = sqlite3.connect(path)
    else:
        connection = pytest.importorskip("duckdb").connect(str(path))
    connection.execute('create table "towns" (town varchar, height double, people integer)')
    for row in (
        TOWNS.drop(columns="founded").astype(object).where(TOWNS.notna(), None).itertuples(index=False)
    ):
        connection.execute("insert into towns values (?, ?, ?)", tuple(row))
    connection.execute('create table "a ""b""" (x integer)')
    connection.execute('insert into "a ""b""" values (1), (2)')
    connection.execute("create view high as select * from towns where height > 100")
    connection.commit()
    connection.close()
    return path


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("towns", TOWNS["town"].tolist()),
        ("high", ["Ulm", "Jena"]),
        ("select town from towns where people < 20000;", ["Mölln"]),
        ("select town from towns where town like 'K%'", ["Köln"]),
    ],
)
def test_database_files(database: Path, query: str, expected: list[str]) -> None:
    frame, _ = read_table(database, query)
    assert frame["town"].tolist() == expected
    assert read_table(f"{database.suffix[1:]}:///{database}", query)[0].equals(frame)


def test_table_with_quotes_in_its_name(database: Path) -> None:
    assert read_table(database, 'a "b"')[0]["x"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (None, "has 3 tables (.*): choose with query=\\.\\.\\."),
        ("town", "has no table 'town': did you mean 'towns'"),
        ("select nothing from towns", "refuses: .*nothing"),
        ("select * from towns where people < 0", "has no rows"),
        ("select town, town from towns", "more than one column named 'town'"),
        ("drop table towns", "refuses: "),
    ],
)
def test_query_that_gives_no_table(database: Path, query: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message) as info:
        read_table(database, query)
    assert "\n" not in str(info.value)
    assert len(read_table(database, "towns")[0]) == 4


@pytest.mark.parametrize("scheme", ["sqlite", "duckdb"])
def test_no_database_is_made(scheme: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no database"):
        read_table(f"{scheme}:///{tmp_path / 'missing.db'}", "x")
    assert list(tmp_path.iterdir()) == []


def test_database_that_cannot_be_reached_keeps_the_password() -> None:
    with pytest.raises(InputError, match="refuses") as info:
        read_table("postgresql://me:secret@localhost:1/shop", "x")
    assert "secret" not in str(info.value)


def test_query_without_a_database() -> None:
    with pytest.raises(InputError, match="a query needs a database"):
        build_table(TOWNS, query="select 1")


def test_sklearn_sets_have_names_of_classes() -> None:
    table = build_table("sklearn:iris")
    assert table.name == "iris"
    assert table.target.name == "target"
    assert table.target.unique().tolist() == ["setosa", "versicolor", "virginica"]
    assert build_table("sklearn:diabetes").target.nunique() > 20
    with pytest.raises(InputError, match="scikit-learn has no table 'irsi': did you mean 'iris'"):
        build_table("sklearn:irsi")


def test_openml_set_brings_its_target(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(*, data_id: int, as_frame: bool, parser: str) -> Bunch:
        assert as_frame
        if data_id != 31:
            raise ValueError("no such set")
        return Bunch(frame=TOWNS, target_names=["height"], details={"name": "towns"})

    monkeypatch.setattr("sklearn.datasets.fetch_openml", fetch)
    table = build_table("openml:31")
    assert (table.name, table.target.name, table.n_rows) == ("towns", "height", 3)
    assert build_table("openml:31", target="people").target.name == "people"
    with pytest.raises(InputError, match="set 7 of OpenML cannot be read: no such set"):
        build_table("openml:7")
    with pytest.raises(InputError, match="its number is needed"):
        build_table("openml:credit-g")


@pytest.mark.parametrize("library", ["polars", "pyarrow", "arrow dtypes", "nullable"])
def test_frames_of_other_libraries(library: str) -> None:
    frame = TOWNS.drop(columns="founded")
    made: Any = {
        "polars": lambda: pytest.importorskip("polars").from_pandas(frame),
        "pyarrow": lambda: pa.Table.from_pandas(frame),
        "arrow dtypes": lambda: frame.convert_dtypes(dtype_backend="pyarrow"),
        "nullable": frame.convert_dtypes,
    }[library]()
    table, expected = build_table(made, target="people"), build_table(frame, target="people")
    pd.testing.assert_frame_equal(table.frame, expected.frame)
    assert table.target.tolist() == expected.target.tolist()


def test_arrays_with_their_target_beside_them() -> None:
    X = np.arange(12.0).reshape(6, 2) ** 2
    y = np.array(["a", "b"] * 3)
    for data in (X, sparse.csr_matrix(X), sparse.coo_array(X)):
        table = build_table(data, target=y)
        assert list(table.frame) == ["x0", "x1"]
        assert table.frame.to_numpy().tolist() == X.tolist()
        assert table.target.name == "target"
        assert table.target.tolist() == y.tolist()
    named = build_table(TOWNS, target=pd.Series([1.0, 2.0, 3.0, 5.0], name="town", index=[9, 8, 7, 6]))
    assert named.target.name == "town_"
    assert named.target.tolist() == [1, 2, 3, 5]


@pytest.mark.parametrize(
    ("data", "target", "message"),
    [
        (np.zeros((3, 2, 2)), None, r"expected an array of shape \(n_rows, n_columns\)"),
        ({"a": [1, 2]}, None, "got builtins.dict"),
        (np.zeros((0, 2)), None, "the table has no rows"),
        (TOWNS, [1, 2], "one value for each of the 4 rows"),
        (sparse.csr_matrix((1 << 20, 1 << 12)), None, "GiB when dense"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), None, "more than one column named 'a'"),
    ],
)
def test_what_is_no_table_in_memory(data: Any, target: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        build_table(data, target=target)


def test_dates_that_two_files_write_in_two_ways_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("day,y\n2024-01-05,1\n2024-02-05,2\n")
    (tmp_path / "b.csv").write_text("day,y\n05/02/2024,1\n06/02/2024,2\n")
    with pytest.raises(InputError, match=r"column 'day' holds dates in 'a\.csv' and text in 'b\.csv'"):
        read_table(tmp_path)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("postgresql://me:pw@host:54a/shop", "that is no database URL"),
        ("~nosuchuser/x.csv", "cannot be found"),
        ("nosuchdialect://me:secret@host/shop", "no driver for 'nosuchdialect' databases"),
    ],
)
def test_addresses_that_cannot_be(where: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as info:
        read_table(where)
    assert "secret" not in str(info.value)


def test_encrypted_zip(tmp_path: Path) -> None:
    path = tmp_path / "towns.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("towns.csv", "town\nUlm\n")
    raw = bytearray(path.read_bytes())
    for start in (raw.index(b"PK\x03\x04") + 6, raw.index(b"PK\x01\x02") + 8):
        raw[start] |= 1  # the flag of encryption
    path.write_bytes(raw)
    with pytest.raises(InputError, match=r"'towns\.zip' is damaged: its zip data cannot be unpacked"):
        read_table(path)

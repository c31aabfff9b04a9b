"""Input that cannot be used: one line that says what, where and what to do; nothing is written."""

from __future__ import annotations

import gzip
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tabkit.cli import main

N_ROWS = 60


def people() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": rng.normal(50, 10, N_ROWS).round(1),
            "plan": rng.choice(["basic", "plus"], N_ROWS),
            "shop": np.arange(N_ROWS) % 4,
            "joined": pd.date_range("2020-01-01", periods=N_ROWS).astype(str),
            "word": rng.choice(["dog", "cat", "cow"], N_ROWS),
            "load": rng.random(N_ROWS).round(3),
            "churn": rng.choice(["no", "yes"], N_ROWS),
        }
    )


def text(content: str | bytes) -> Callable[[Path], None]:
    data = content.encode() if isinstance(content, str) else content
    return lambda path: path.write_bytes(data) and None


def table(**columns: object) -> Callable[[Path], None]:
    return lambda path: people().assign(**columns).to_csv(path, index=False)


def database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        people().to_sql("people", connection)
        people().to_sql("others", connection)


def excel(path: Path) -> None:
    people().to_excel(path, index=False, engine="xlsxwriter")


def two_rare(values: tuple[str, str]) -> list[str]:
    return [values[0]] * 2 + [values[1]] * (N_ROWS - 2)


HALF_A_PARQUET = b"PAR1" + bytes(100)
HALF_A_GZIP = gzip.compress(b"a,b\n" + b"1,2\n" * 1000)[:40]

CASES = {
    "no file": ("nothing.csv", None, [], "there is no file 'nothing.csv'"),
    "empty file": ("t.csv", text(""), [], "is empty"),
    "header only": ("t.csv", text("a,b,churn\n"), [], "no rows"),
    "unreadable encoding": ("t.csv", text(b"a,b\n\x00\xff\xfe\x01\n" * 20), [], "t.csv"),
    "ragged lines": ("t.csv", text("a,b,churn\n1,2,x\n1,2,3,y\n1,2,x\n"), [], "line 3"),
    "no such target": ("t.csv", table(), ["--target", "chrun"], "did you mean 'churn'?"),
    "one class": ("t.csv", table(churn="no"), [], "the target 'churn' has one value only"),
    "target all missing": ("t.csv", table(churn=None), [], "the target 'churn' has no values"),
    "regression of text": ("t.csv", table(), ["--task", "regression"], "churn"),
    "rare class": ("t.csv", table(churn=two_rare(("rare", "no"))), [], "class 'rare' of 'churn' has 2 rows"),
    "duplicate names": ("t.csv", text("a,a,churn\n" + "1,2,x\n1,2,y\n" * 20), [], "'a'"),
    "infinite feature": ("t.csv", table(age=np.inf), [], "column 'age' has 60 infinite values"),
    "infinite target": ("t.csv", table(y=[np.inf, *range(59)]), ["--target", "y"], "1 infinite value"),
    "nothing left": (
        "t.csv",
        table(),
        ["--drop", "age", "plan", "shop", "joined", "word", "load"],
        "no feature is left beside the target 'churn'",
    ),
    "negative weight": ("t.csv", table(load=-1.0), ["--weight", "load"], "'load' is negative in 60 rows"),
    "missing weight": ("t.csv", table(load=[None, *range(59)]), ["--weight", "load"], "in 1 row"),
    "time that is none": ("t.csv", table(), ["--time", "word"], "'word' holds neither dates nor numbers"),
    "few groups": ("t.csv", table(), ["--group", "shop"], "4 groups"),
    "unknown group": ("t.csv", table(), ["--group", "shpo"], "did you mean 'shop'?"),
    "unknown model": ("t.csv", table(), ["--models", "lightgmb"], "did you mean 'lightgbm'"),
    "unknown metric": ("t.csv", table(), ["--metric", "roc-acu"], "unknown metric 'roc-acu'"),
    "unknown option": ("t.csv", table(), ["--tme-limit", "3"], "did you mean '--time-limit'"),
    "unknown preset": ("t.csv", table(), ["--autogluon-preset", "bets"], "did you mean 'best"),
    "unknown task": ("t.csv", table(), ["--task", "binry"], "binry"),
    "value of another kind": ("t.csv", table(), ["--folds", "many"], "'many'"),
    "missing value": ("t.csv", table(), ["--folds"], "--folds: expected one argument"),
    "limit that is none": ("t.csv", table(), ["--time-limit", "-5"], "time limit '-5' is no duration"),
    "share that is none": ("t.csv", table(), ["--holdout", "1.5"], "holdout"),
    "corrupt Parquet": ("t.parquet", text(HALF_A_PARQUET), [], "t.parquet"),
    "corrupt Excel": ("t.xlsx", text(b"PK\x03\x04" + bytes(50)), [], "t.xlsx"),
    "corrupt gzip": ("t.csv.gz", text(HALF_A_GZIP), [], "t.csv.gz"),
    "query that fails": ("t.sqlite", database, ["--query", "select nothing from people"], "nothing"),
    "several tables": ("t.sqlite", database, [], "people"),
    "query that writes": ("t.sqlite", database, ["--query", "drop table people"], "readonly"),
    "folder without tables": (".", None, [], "no "),
    "out is a file": ("t.csv", table(), ["--out", "t.csv"], "cannot write into"),
    "out in a file": ("t.csv", table(), ["--out", "t.csv/results"], "cannot write into"),
    "other columns in the test": ("t.csv", table(), ["--test", "other.csv"], "'other' has no column 'age'"),
}


def run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    try:
        no_autogluon = [] if "--autogluon-preset" in arguments else ["--no-autogluon"]
        code = main(["compare", *no_autogluon, *arguments])
    except SystemExit as stop:  # of argparse
        code = int(stop.code or 0)
    output = capsys.readouterr()
    # What was understood of the table may stand there before the rest is refused.
    assert not output.out or output.out.startswith("Target: ")
    return code, [line for line in output.err.splitlines() if not line.startswith("[")]


@pytest.mark.parametrize("case", CASES)
def test_one_line_exit_code_2_and_nothing_written(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name, make, options, message = CASES[case]
    monkeypatch.chdir(tmp_path)
    if make is not None:
        make(tmp_path / name)
    if "other.csv" in options:
        people()[["plan", "churn"]].to_csv("other.csv", index=False)
    before = sorted(tmp_path.rglob("*"))
    code, lines = run([name, *options], capsys)
    assert code == 2
    assert len(lines) == 1, lines
    assert lines[0].startswith("tabkit: ")
    assert message in lines[0]
    assert len(lines[0]) < 400
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that not even root can write to")
def test_unwritable_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    people().to_csv("t.csv", index=False)
    code, lines = run(["t.csv", "--out", "/proc/tabkit-results"], capsys)
    assert code == 2
    assert len(lines) == 1
    assert "cannot write into" in lines[0]


@pytest.mark.parametrize(
    ("package", "make", "arguments", "extra"),
    [
        ("catboost", ("t.csv", table()), ["t.csv", "--models", "catboost"], "catboost"),
        ("python_calamine", ("t.xlsx", excel), ["t.xlsx"], "excel"),
        ("duckdb", ("t.duckdb", text(bytes(8) + b"DUCK")), ["t.duckdb"], "duckdb"),
        ("sqlalchemy", ("t.sqlite", database), ["t.sqlite", "--query", "people"], "sql"),
        ("psycopg", ("t.csv", table()), ["postgresql://localhost/shop", "--query", "people"], "postgresql"),
    ],
)
def test_extra_that_is_needed_and_not_installed(
    package: str,
    make: tuple[str, Callable[[Path], None]],
    arguments: list[str],
    extra: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    make[1](tmp_path / make[0])
    monkeypatch.setitem(sys.modules, package, None)
    code, lines = run(arguments, capsys)
    assert code == 2
    assert len(lines) == 1
    assert f"pip install 'tabkit-learn[{extra}]'" in lines[0]

"""Options on how a table is written: on the command line, in the file that repeats a run, on the table."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
import yaml

from tabkit._core import InputError
from tabkit.cli import _audit, _compare
from tabkit.cli._audit import _read_arguments
from tabkit.cli._compare_options import read_arguments
from tabkit.cli._config import parse_with_config, write_config
from tabkit.data import ReadingOptions, build_table

_GIVEN = [
    *("--decimal", ",", "--thousands", ".", "--date-format", "%d/%m/%Y", "--na-values", "-999", "none"),
    *("--encoding", "cp1252", "--delimiter", "tab", "--no-header"),
]
_MEANT = ReadingOptions(",", ".", "%d/%m/%Y", ("-999", "none"), "cp1252", "\t", header=False)


def _parser(command: object) -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:
    parser = argparse.ArgumentParser()
    name = command.__name__.rpartition("_")[2]
    sub = parser.add_subparsers().add_parser(name)
    command.add_options(sub)
    return parser, sub


def test_compare_and_audit_take_them() -> None:
    parser, _ = _parser(_compare)
    assert read_arguments(parser.parse_args(["compare", "t.csv", *_GIVEN]))["reading"] == _MEANT
    assert read_arguments(parser.parse_args(["compare", "t.csv"]))["reading"] == ReadingOptions()
    parser, _ = _parser(_audit)
    assert _read_arguments(parser.parse_args(["audit", "t.csv", *_GIVEN]))["reading"] == _MEANT


def test_the_file_that_repeats_a_run_has_them(tmp_path: Path) -> None:
    parser, command = _parser(_compare)
    options = parser.parse_args(["compare", "t.csv", *_GIVEN])
    write_config(tmp_path / "config.yaml", command, options, {})
    written = yaml.safe_load((tmp_path / "config.yaml").read_text())
    assert (written["decimal"], written["na-values"], written["no-header"]) == (",", ["-999", "none"], True)
    again = parse_with_config(parser, command, ["compare"], tmp_path / "config.yaml")
    assert read_arguments(again)["reading"] == _MEANT


def test_options_that_contradict_one_another_are_refused() -> None:
    parser, _ = _parser(_compare)
    options = parser.parse_args(["compare", "t.csv", "--decimal", ",", "--thousands", ","])
    with pytest.raises(InputError, match=r"^decimal and thousands are both ','"):
        read_arguments(options)


def test_a_file_is_read_as_they_say(tmp_path: Path) -> None:
    rows = "".join(f"05/06/202{row}\t1.23{row},5\t{'none' if row % 2 else 'ja'}\n" for row in range(6))
    path = tmp_path / "t.csv"
    path.write_text(rows, encoding="cp1252")
    table = build_table(path, target="x1", reading=_MEANT)
    assert table.target.tolist() == [1230.5, 1231.5, 1232.5, 1233.5, 1234.5, 1235.5]
    assert table.frame["x0"].dt.strftime("%Y-%m-%d").iloc[0] == "2020-06-05"
    assert table.frame["x2"].isna().tolist() == [False, True] * 3

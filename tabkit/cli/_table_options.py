"""The options on a table, for every command that takes one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tabkit._core import InputError
from tabkit._core._parameters import KIND_PREFIX

if TYPE_CHECKING:
    from tabkit.data import ColumnKind, ReadingOptions

_KIND_OPTIONS: dict[str, ColumnKind] = {
    "numeric": "numeric",
    "categorical": "category",
    "date": "date",
    "text": "text",
    "id": "identifier",
}


def add_table_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options on where a table is, and what its rows and columns are."""
    parser.add_argument(
        "data",
        metavar="DATA",
        nargs="*",
        help="files or a folder (CSV, TSV, Parquet, Feather, JSON lines, Excel; packed or not); a SQLite or "
        "DuckDB file, or the URL of a database; openml:ID or sklearn:NAME",
    )
    roles = parser.add_argument_group("the table")
    roles.add_argument("--query", metavar="SQL", help="of a database: a SELECT, or the name of a table")
    roles.add_argument(
        "--target", metavar="COLUMN", help="what to predict (default: one named so, else the last)"
    )
    roles.add_argument(
        "--task", choices=("binary", "multiclass", "regression"), help="default: the target decides"
    )
    roles.add_argument("--positive", metavar="LABEL", help="the positive label of a binary target")
    roles.add_argument("--time", metavar="COLUMN", help="time of a row: every split goes forward in time")
    roles.add_argument("--group", metavar="COLUMN", help="group of a row: no split tears a group apart")
    roles.add_argument("--weight", metavar="COLUMN", help="how much a row counts when models are fitted")
    roles.add_argument(
        "--drop", metavar="COLUMN", nargs="+", action="extend", default=[], help="columns to leave out"
    )
    for option, kind in _KIND_OPTIONS.items():
        roles.add_argument(
            f"--{option}",
            dest=f"{KIND_PREFIX}{kind}",
            metavar="COLUMN",
            nargs="+",
            action="extend",
            default=[],
            help=f"columns of kind {kind}, whatever they look like",
        )
    _add_reading_options(parser)


def _add_reading_options(parser: argparse.ArgumentParser) -> None:
    reading = parser.add_argument_group("how the table is written, where it is read wrongly")
    reading.add_argument("--decimal", metavar="SIGN", help="before fractions: . or ,")
    reading.add_argument("--thousands", metavar="SIGN", help="between thousands: . or , or a space or '")
    reading.add_argument("--date-format", metavar="FORMAT", help="of dates in text: %%d/%%m/%%Y")
    reading.add_argument(
        "--na-values",
        metavar="TEXT",
        nargs="+",
        action="extend",
        default=[],
        help="what else stands for a missing value: -999 none",
    )
    reading.add_argument("--encoding", metavar="NAME", help="of text files: utf-8, cp1252, ...")
    reading.add_argument("--delimiter", metavar="SIGN", help="between fields: a character, or tab")
    reading.add_argument("--no-header", action="store_true", help="the first row has values, and no names")


def collect_reading(options: argparse.Namespace) -> ReadingOptions:
    """How the table is written, as far as options say so."""
    from tabkit.data import ReadingOptions

    delimiter = options.delimiter or ""
    return ReadingOptions(
        decimal=options.decimal or "",
        thousands=options.thousands or "",
        date_format=options.date_format or "",
        na_values=tuple(options.na_values),
        encoding=options.encoding or "",
        delimiter="\t" if delimiter in ("tab", "\\t") else delimiter,
        header=not options.no_header,
    )


def collect_kinds(options: argparse.Namespace) -> dict[str, ColumnKind]:
    """Kind of each column that an option names; one column in two options is refused."""
    kinds: dict[str, ColumnKind] = {}
    for kind in _KIND_OPTIONS.values():
        for column in getattr(options, f"{KIND_PREFIX}{kind}"):
            if kinds.setdefault(column, kind) != kind:
                raise InputError(f"column {column!r} cannot be both {kinds[column]} and {kind}")
    return kinds

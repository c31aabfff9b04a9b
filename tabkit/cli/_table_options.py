"""The options on a table, for every command that takes one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tabkit._core import InputError

if TYPE_CHECKING:
    from tabkit.data import ColumnKind

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
            metavar="COLUMN",
            nargs="+",
            action="extend",
            default=[],
            help=f"columns of kind {kind}, whatever they look like",
        )


def collect_kinds(options: argparse.Namespace) -> dict[str, ColumnKind]:
    """Kind of each column that an option names; one column in two options is refused."""
    kinds: dict[str, ColumnKind] = {}
    for option, kind in _KIND_OPTIONS.items():
        for column in getattr(options, option):
            if kinds.setdefault(column, kind) != kind:
                raise InputError(f"column {column!r} cannot be both {kinds[column]} and {kind}")
    return kinds

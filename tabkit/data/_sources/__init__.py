"""Where a table comes from: files of any format, databases, published sets, memory."""

from __future__ import annotations

import glob
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabkit._core import InputError
from tabkit._core._files import expand
from tabkit.data._findings import join_notes, say_count
from tabkit.data._reading_options import ReadingOptions, as_reading_options
from tabkit.data._sources._database import is_database_file, is_database_url, read_database
from tabkit.data._sources._file import read_file
from tabkit.data._sources._markers import mark_told
from tabkit.data._sources._memory import read_memory
from tabkit.data._sources._published import is_published, read_published
from tabkit.data._sources._several import read_files, read_folder
from tabkit.data._sources._source import Source

if TYPE_CHECKING:
    import pandas as pd

_FIND_ALL = ReadingOptions()

__all__ = ["Source", "open_source", "read_table"]


def open_source(
    data: Any, query: str | None = None, options: ReadingOptions = _FIND_ALL, as_text: Collection[str] = ()
) -> Source:
    """Read a table from wherever it is.

    Parameters
    ----------
    data : path, sequence of paths, str or table in memory
        See `read_table`, and `tabkit.data.build_table` for tables in memory.
    query : str, default=None
        See `read_table`.
    options : ReadingOptions
        How the table is written.
    as_text : collection of str, default=()
        Columns that stay text where they come from delimited text.

    Returns
    -------
    source : Source
    """
    source = _open(data, query, options, as_text)
    if not options.na_values:
        return source
    frame = mark_told(source.frame, options.na_values)
    counts = (frame.isna().sum() - source.frame.isna().sum()).to_dict()
    told = {
        str(name): join_notes(
            source.column_notes.get(str(name), ""), f"{say_count(n, 'value')} missing as told"
        )
        for name, n in counts.items()
        if n
    }
    return replace(source, frame=frame, column_notes={**source.column_notes, **told})


def _open(data: Any, query: str | None, options: ReadingOptions, as_text: Collection[str]) -> Source:
    if isinstance(data, list | tuple) and data and all(isinstance(path, str | os.PathLike) for path in data):
        if len(data) > 1:
            _refuse_query(query, "several files")
            return read_files([expand(path) for path in data], options, as_text=as_text)
        data = data[0]
    if not isinstance(data, str | os.PathLike):
        _refuse_query(query, "a table in memory")
        return read_memory(data)
    where = os.fspath(data)
    path = expand(where)
    if is_database_url(where) or is_database_file(path):
        return read_database(where, query)
    _refuse_query(query, repr(where))
    if is_published(where):
        return read_published(where)
    if path.is_dir():
        return read_folder(path, options, as_text)
    if not path.exists() and glob.has_magic(where):
        paths = sorted(map(Path, glob.glob(str(path))))
        if not paths:
            raise InputError(f"no file is like {where!r}")
        return read_files(paths, options, as_text=as_text)
    return read_file(path, options, as_text)


def _refuse_query(query: str | None, what: str) -> None:
    if query is not None:
        raise InputError(f"a query needs a database, and {what} is none")


def read_table(
    where: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    query: str | None = None,
    *,
    reading: ReadingOptions | Mapping[str, Any] | None = None,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    r"""Read a table from files, a database or a published set.

    - A file: CSV, TSV, Parquet, Feather, JSON lines, Excel; packed with gzip, bzip2, xz,
      Zstandard or zip, or not. The content decides, not the extension. Of text, the delimiter
      (comma, semicolon, tab, pipe), the encoding (UTF-8, UTF-16, Windows-1252, Latin-1) and the
      decimal sign are found. Empty fields are missing; in columns of text so are "NA", "NaN",
      "null", "?" and the like, with a note; "None" stays a value, since it is one as often as not.
      Digits with zeros in front (00501), and more of them than a number holds, stay text.
    - Several files, a pattern (``sales-*.csv``) or a folder: one table, when their columns are the same.
    - A database: the path of a SQLite or DuckDB file, or a URL such as
      ``postgresql://user@host/shop``, with a query.
    - A published set: ``openml:31`` or ``sklearn:iris``.

    Parameters
    ----------
    where : str, path-like, or sequence of such
    query : str, default=None
        SQL, or the name of a table; only for a database. None takes its only table.
    reading : ReadingOptions or mapping, default=None
        How the table is written, as far as you know it: ``{"decimal": ","}``; the rest is found.

    Returns
    -------
    frame : DataFrame of shape (n_rows, n_columns)
        Numbers, booleans and ISO dates have their dtypes, everything else is text.
    notes : tuple of str
        What a user should know, a sentence each.

    Raises
    ------
    InputError
        If there is no such table, or it cannot be read; the message says where.
    MissingExtraError
        If reading it needs a package that is not installed.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "towns.csv"
    >>> _ = path.write_text("town;height\nUlm;478,5\n?;12\n")
    >>> frame, notes = read_table(path)
    >>> frame["height"].tolist(), notes[0]
    ([478.5, 12.0], "column 'town': 1 value '?' read as missing")
    """
    source = open_source(where, query, as_reading_options(reading))
    on_columns = (f"column {name!r}: {note}" for name, note in source.column_notes.items())
    return source.frame, (*source.notes, *on_columns)

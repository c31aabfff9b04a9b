"""A file read into a data frame."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tabkit._core import InputError, suggest
from tabkit.data._buffer import copy_to_arrow
from tabkit.data._delimited import NUMBER_MARKERS, find_dialect, parse_delimited
from tabkit.data._encoding import as_utf8
from tabkit.data._findings import say_count, say_value
from tabkit.data._numbers import EUROPEAN_STYLE, find_number_style, parse_numbers

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_GZIP_START = b"\x1f\x8b"
_PARQUET_START = b"PAR1"
_TEXT_MARKERS = (*NUMBER_MARKERS, "?")


@dataclass(frozen=True)
class Source:
    """A file as read.

    Attributes
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
    notes : tuple of str
        On the file.
    column_notes : mapping of str to str
        On columns, by name.
    written_as : mapping of str to str
        Styles of the columns whose numbers the reader itself understood, as far as another
        reader may not; see `find_number_style`.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    column_notes: Mapping[str, str] = field(default_factory=dict)
    written_as: Mapping[str, str] = field(default_factory=dict)


def read_table(path: str | os.PathLike[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    r"""Read a CSV, TSV or Parquet file.

    The content decides, not the extension. Of text, the delimiter (comma, semicolon, tab, pipe),
    the encoding (UTF-8, UTF-16, Windows-1252, Latin-1), the decimal sign and gzip compression are
    found. Empty fields are missing; in columns of text so are "NA", "NaN", "null", "?" and the
    like, with a note; "None" stays a value, since it is one as often as not.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    frame : DataFrame of shape (n_rows, n_columns)
        Numbers, booleans and ISO dates have their dtypes, everything else is text.
    notes : tuple of str
        What a user should know, a sentence each.

    Raises
    ------
    InputError
        If there is no such file, or it holds no table; the message says where.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "towns.csv"
    >>> _ = path.write_text("town;height\nUlm;478,5\n?;12\n")
    >>> frame, notes = read_table(path)
    >>> frame["height"].tolist(), notes[-1]
    ([478.5, 12.0], "column 'town': 1 value '?' read as missing")
    """
    source = read_source(path)
    on_columns = (f"column {name!r}: {note}" for name, note in source.column_notes.items())
    return source.frame, (*source.notes, *on_columns)


def read_source(path: str | os.PathLike[str]) -> Source:
    """Read a file as `read_table` does, with the notes on columns apart."""
    path = Path(path).expanduser()
    raw = _read_bytes(path)
    shown = repr(path.name)
    if raw.startswith(_GZIP_START):
        raw = _decompress(raw, shown)
    if not raw or raw.isspace():
        raise InputError(f"{shown} is empty")
    if raw.startswith(_PARQUET_START) or path.suffix.lower() in (".parquet", ".pq"):
        return Source(_read_parquet(raw, shown))
    raw, encoding_note = as_utf8(raw, shown)
    dialect = find_dialect(raw, shown)
    table, quote_note = parse_delimited(raw, dialect, shown)
    decimal_note = "decimal commas read as such" if dialect.decimal == "," else ""
    table, column_notes = _settle_columns(table, has_decimal_commas=dialect.decimal == ",")
    notes = tuple(note for note in (encoding_note, quote_note, decimal_note) if note)
    frame = _to_frame(table)
    has_commas = frame.dtypes[frame.dtypes == "float64"].index if dialect.decimal == "," else ()
    return Source(frame, notes, column_notes, dict.fromkeys(has_commas, EUROPEAN_STYLE))


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        folder = path.parent
        if not folder.is_dir():
            raise InputError(f"there is no file {str(path)!r}, and no folder {str(folder)!r}") from None
        names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
        hint = suggest(path.name, names, "the folder has") if names else "the folder has no files"
        raise InputError(f"there is no file {str(path)!r}: {hint}") from None
    except IsADirectoryError:
        raise InputError(f"{str(path)!r} is a folder: name a file in it") from None
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be opened: {error.strerror}") from error


def _decompress(raw: bytes, shown: str) -> bytes:
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{shown} is damaged: its gzip data cannot be unpacked ({error})") from error


def _read_parquet(raw: bytes, shown: str) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(pa.BufferReader(copy_to_arrow(raw))).read()
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{shown} is damaged or no Parquet file ({reason})") from error
    names = table.column_names
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(f"{shown} has more than one column named {repeated[0]!r}")
    if len(table) == 0:
        raise InputError(f"{shown} has no rows")
    return _to_frame(table)


def _settle_columns(table: pa.Table, *, has_decimal_commas: bool) -> tuple[pa.Table, dict[str, str]]:
    """See to missing values and grouped digits of text columns, with a note on each."""
    import pyarrow as pa

    notes: dict[str, str] = {}
    for position, name in enumerate(table.column_names):
        column = table.column(position)
        if not pa.types.is_string(column.type):
            continue
        column, note = _mark_missing(column)
        if has_decimal_commas:
            column = _read_grouped(column)
        table = table.set_column(position, name, column)
        if note:
            notes[name] = note
    return table, notes


def _mark_missing(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, str]:
    """Make the usual markers null; say which, unless they are plain empty."""
    import pyarrow as pa
    import pyarrow.compute as pc

    is_marker = pc.is_in(pc.utf8_trim_whitespace(column), value_set=pa.array(_TEXT_MARKERS))
    if not pc.any(is_marker).as_py():
        return column, ""
    counts = pc.value_counts(column.filter(is_marker)).to_pylist()
    written = sorted(
        ((entry["counts"], entry["values"]) for entry in counts if entry["values"]), reverse=True
    )
    said = ", ".join(f"{say_count(count, 'value')} {say_value(value)}" for count, value in written)
    column = pc.if_else(is_marker, pa.scalar(None, column.type), column)
    return column, f"{said} read as missing" if said else ""


def _read_grouped(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Read 1.234 and 1.234,5 of a file with decimal commas, where nothing else is in the column."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pc.utf8_trim_whitespace(column.combine_chunks())
    present = texts.drop_null()
    if not find_number_style(present.slice(0, 1000)):
        return column
    values = parse_numbers(texts, EUROPEAN_STYLE)
    if np.isnan(values).sum() > texts.null_count:
        return column
    return pa.chunked_array([pa.array(values, from_pandas=True)])


def _to_frame(table: pa.Table) -> pd.DataFrame:
    """Turn a table into a frame of plain dtypes; the labels of a stored index are a column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for position, name in enumerate(table.column_names):
        column = table.column(position)
        if pa.types.is_time(column.type):
            table = table.set_column(position, name, pc.cast(column, pa.string()))
        elif pa.types.is_decimal(column.type):
            table = table.set_column(position, name, pc.cast(column, pa.float64()))
    return table.to_pandas(ignore_metadata=True, date_as_object=False)

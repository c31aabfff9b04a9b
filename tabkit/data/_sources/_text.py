"""Delimited text: CSV, TSV and their like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabkit.data._findings import say_count, say_value
from tabkit.data._numbers import EUROPEAN_STYLE, find_number_style, parse_numbers
from tabkit.data._sources._arrow import to_frame
from tabkit.data._sources._delimited import NUMBER_MARKERS, find_dialect, parse_delimited
from tabkit.data._sources._encoding import as_utf8
from tabkit.data._sources._source import Source

if TYPE_CHECKING:
    import pyarrow as pa

_TEXT_MARKERS = (*NUMBER_MARKERS, "?")


def read_text(raw: bytes, shown: str) -> Source:
    """Read delimited text in any encoding.

    Parameters
    ----------
    raw : bytes
    shown : str
        Name of the file for messages.

    Returns
    -------
    source : Source
    """
    raw, encoding_note = as_utf8(raw, shown)
    dialect = find_dialect(raw, shown)
    table, quote_note = parse_delimited(raw, dialect, shown)
    decimal_note = "decimal commas read as such" if dialect.decimal == "," else ""
    table, column_notes = _settle_columns(table, has_decimal_commas=dialect.decimal == ",")
    notes = tuple(note for note in (encoding_note, quote_note, decimal_note) if note)
    frame = to_frame(table)
    has_commas = frame.dtypes[frame.dtypes == "float64"].index if dialect.decimal == "," else ()
    return Source(
        frame, notes=notes, column_notes=column_notes, written_as=dict.fromkeys(has_commas, EUROPEAN_STYLE)
    )


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

"""Delimited text: CSV, TSV and their like."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tabkit._core._parameters import say_parameter
from tabkit.data._dates import find_date_format
from tabkit.data._findings import join_notes, say_count, say_value
from tabkit.data._number_styles import (
    EUROPEAN_STYLE,
    PLAIN_STYLE,
    are_padded,
    find_number_style,
    parse_numbers,
    say_doubt,
    would_round,
)
from tabkit.data._reading_options import Conventions, ReadingOptions
from tabkit.data._sources._arrow import to_frame
from tabkit.data._sources._delimited import (
    NUMBER_MARKERS,
    Dialect,
    find_dialect,
    parse_as_text,
    parse_delimited,
)
from tabkit.data._sources._digits import may_lose_digits
from tabkit.data._sources._encoding import as_utf8
from tabkit.data._sources._source import Source

if TYPE_CHECKING:
    import pyarrow as pa

_TEXT_MARKERS = (*NUMBER_MARKERS, "?")
# One of these is in each of them but the empty one.
_MARKER_LETTERS = (b"NA", b"N/A", b"n/a", b"NaN", b"nan", b"NULL", b"null", b"#IND")


def read_text(raw: bytes, shown: str, options: ReadingOptions, as_text: Collection[str] = ()) -> Source:
    """Read delimited text in any encoding.

    Parameters
    ----------
    raw : bytes
    shown : str
        Name of the file for messages.
    options : ReadingOptions
    as_text : collection of str, default=()
        Columns that stay text, whatever they look like.

    Returns
    -------
    source : Source
    """
    raw, encoding_note = as_utf8(raw, shown, options.encoding)
    dialect = find_dialect(raw, shown, options)
    conventions = Conventions.of(options, dialect.preferred, is_certain=dialect.is_certain)
    parsed = parse_delimited(raw, dialect, shown, options.na_values)
    reading = _Reading(parsed.table, conventions, dialect, options.na_values)
    suspects = [*reading.find_suspects(raw), *(name for name in as_text if name in dialect.names)]
    if suspects:
        for name, text in parse_as_text(raw, dialect, parsed, set(suspects)).items():
            reading.read_again(name, text, stays_text=name in as_text)
    reading.settle_texts()
    reading.note_types()
    absent = [value for value in options.na_values if value.encode() not in raw]
    said = f"no value is {', '.join(map(say_value, absent))} ({say_parameter('na_values')})"
    absent_note = said if absent else ""
    notes = (encoding_note, parsed.note, dialect.note, absent_note)
    frame = to_frame(reading.table)
    return Source(
        frame,
        notes=tuple(filter(None, notes)),
        column_notes=reading.notes,
        written_as=reading.written_as,
        conventions=conventions,
    )


@dataclass
class _Reading:
    """A parsed table; columns in which a parser of numbers may be wrong are looked at again."""

    table: pa.Table
    conventions: Conventions
    dialect: Dialect
    na_values: tuple[str, ...]
    notes: dict[str, str] = field(default_factory=dict)
    written_as: dict[str, str] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)

    def find_suspects(self, raw: bytes) -> Iterator[str]:
        """Columns of numbers whose text could have been a code, another number, or a marker."""
        import pyarrow as pa

        typed = {
            name: column
            for name, column in zip(self.table.column_names, self.table.columns, strict=True)
            if not pa.types.is_string(column.type)
        }
        loses_digits = may_lose_digits(raw)
        has_nulls = any(column.null_count for column in typed.values())
        has_markers = has_nulls and (bool(self.na_values) or _has_markers(raw))
        for name, column in typed.items():
            is_float = pa.types.is_floating(column.type)
            is_date = pa.types.is_date(column.type) or pa.types.is_timestamp(column.type)
            if (
                (loses_digits and (is_float or pa.types.is_integer(column.type)))
                or (has_markers and column.null_count)
                or (self.conventions.date_format and (is_date or pa.types.is_integer(column.type)))
                or (is_float and not self.conventions.is_certain and _may_be_grouped(column))
            ):
                yield name

    def read_again(self, name: str, text: pa.ChunkedArray, *, stays_text: bool) -> None:
        """Settle a column by what stands in the file."""
        import pyarrow as pa
        import pyarrow.compute as pc

        text, marked = mark_missing(text, self.na_values)
        present = pc.unique(pc.utf8_trim_whitespace(text.drop_null()))
        self._note(name, marked)
        is_float = pa.types.is_floating(self.table.column(name).type)
        told = self.conventions.date_format
        is_told_date = bool(told) and find_date_format(present, conventions=self.conventions)[0] == told
        if stays_text or is_told_date or are_padded(present) or (is_float and would_round(present)):
            self._replace(name, text)
            self.kept.add(name)
            return
        if not is_float or self.conventions.is_certain:
            return
        style = find_number_style(present, self.conventions)
        parsed_as = PLAIN_STYLE if self.dialect.decimal == "." else EUROPEAN_STYLE
        if style and style != parsed_as:
            self._parse(name, text, style)
        # Between commas a point is the decimal sign, unless the column says otherwise.
        if style != PLAIN_STYLE or self.dialect.delimiter == ";":
            self._note(name, say_doubt(present, style, self._reason))

    @property
    def _reason(self) -> str:
        """Why a sign is taken for decimal where the numbers do not tell."""
        return ", as between semicolons" if self.dialect.delimiter == ";" else ""

    def settle_texts(self) -> None:
        """See to missing values and grouped digits of the columns of text."""
        import pyarrow as pa
        import pyarrow.compute as pc

        for name, column in zip(self.table.column_names, self.table.columns, strict=True):
            if name in self.kept or not pa.types.is_string(column.type):
                continue
            text, marked = mark_missing(column, self.na_values)
            self._replace(name, text)
            self._note(name, marked)
            if self.dialect.decimal != ",":
                continue
            head = text.slice(0, 1000).drop_null()
            style = find_number_style(pc.unique(pc.utf8_trim_whitespace(head)), self.conventions)
            is_read = style == EUROPEAN_STYLE and self._parse(name, text, style)
            if is_read and not self.conventions.is_certain:
                every = pc.unique(pc.utf8_trim_whitespace(text.drop_null()))
                self._note(name, say_doubt(every, style, self._reason))

    def note_types(self) -> None:
        """Say which columns the parser took for dates, and for numbers with decimal commas."""
        import pyarrow as pa

        for name, column in zip(self.table.column_names, self.table.columns, strict=True):
            is_float = pa.types.is_floating(column.type)
            if is_float and self.dialect.decimal == "," and name not in self.written_as:
                self.written_as[name] = EUROPEAN_STYLE
                self._note(name, "decimal commas read as such")
            if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
                self._note(name, "text read as dates, written with the year first")

    def _parse(self, name: str, text: pa.ChunkedArray, style: str) -> bool:
        """Take a column as numbers in a style and say so, if all of it can be read so."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        texts = pc.utf8_trim_whitespace(text.combine_chunks())
        values = parse_numbers(texts, style)
        if np.isnan(values).sum() > texts.null_count:
            return False
        self._replace(name, pa.chunked_array([pa.array(values, from_pandas=True)]))
        self.written_as[name] = style
        self._note(name, f"numbers written like {style!r}")
        return True

    def _replace(self, name: str, column: pa.ChunkedArray) -> None:
        self.table = self.table.set_column(self.table.column_names.index(name), name, column)

    def _note(self, name: str, note: str) -> None:
        if note:
            self.notes[name] = join_notes(self.notes.get(name, ""), note)


def _has_markers(raw: bytes) -> bool:
    """Whether a text has the letters of a marker that stands for no number."""
    return any(letters in raw for letters in _MARKER_LETTERS)


def _may_be_grouped(column: pa.ChunkedArray) -> bool:
    """Whether every fraction has three digits and all numbers are below 1000, as 1.234 that is 1,234 has."""
    import numpy as np

    values = column.to_numpy()
    values = np.abs(values[np.isfinite(values)])
    for part in (values[:1000], values):  # most columns show at their beginning that they have none
        thousandths = part * 1000
        is_whole = np.abs(thousandths - np.round(thousandths)) <= 1e-6 * np.maximum(1, part)
        if (part >= 1000).any() or not is_whole.all():
            return False
    return bool((values != np.floor(values)).any())


def mark_missing(column: pa.ChunkedArray, na_values: Collection[str] = ()) -> tuple[pa.ChunkedArray, str]:
    """Make the usual markers null, and those that were told; say which, unless they are plain empty."""
    import pyarrow as pa
    import pyarrow.compute as pc

    markers = pa.array([*_TEXT_MARKERS, *na_values])
    is_marker = pc.is_in(pc.utf8_trim_whitespace(column), value_set=markers)
    if not pc.any(is_marker).as_py():
        return column, ""
    counts = pc.value_counts(column.filter(is_marker)).to_pylist()
    written = sorted(
        ((entry["counts"], entry["values"]) for entry in counts if entry["values"]), reverse=True
    )
    said = ", ".join(f"{say_count(count, 'value')} {say_value(value)}" for count, value in written)
    column = pc.if_else(is_marker, pa.scalar(None, column.type), column)
    return column, f"{said} read as missing" if said else ""

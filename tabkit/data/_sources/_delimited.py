"""Delimited text: how it is delimited, and what it holds."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from tabkit._core import InputError
from tabkit._core._parameters import say_reading
from tabkit.data._findings import join_notes, say_count
from tabkit.data._reading_options import ReadingOptions
from tabkit.data._sources._arrow import copy_to_arrow
from tabkit.data._sources._first_row import say_first_row

if TYPE_CHECKING:
    import pyarrow as pa

_DELIMITERS = (",", ";", "\t", "|")
_DELIMITER_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}
_SAMPLE_BYTES = 1 << 18
_BLOCK_BYTES = 1 << 22
# Fields in which a sign can stand for the fraction only: no three digits behind it, or it cannot group them.
_CERTAIN = {
    sign: re.compile(
        rf"[+-]?(?:\d+{sign}\d{{1,2}}|\d*{sign}\d{{4,}}|0+{sign}\d+|\d{{4,}}{sign}\d{{3}}"
        rf"|\d{{1,3}}(?:{other}\d{{3}})+{sign}\d+|\d{{1,3}}(?:{other}\d{{3}}){{2,}})"
    )
    for sign, other in ((r"\.", ","), (",", r"\."))
}
_AROUND_NUMBERS = " \t+-\u2212()%$€£¥\u00a0"
_COULD_GROUP = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")

_UNPAIRED_QUOTES = "quotes do not pair up and are read as ordinary characters"

# What pandas takes for missing, without "None", which is a value as often as not ("type of wall: None").
NUMBER_MARKERS = (
    *("", "NA", "N/A", "n/a", "NaN", "nan", "-NaN", "-nan", "NULL", "null", "<NA>"),
    *("#N/A", "#NA", "#N/A N/A", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"),
)


@dataclass(frozen=True)
class Dialect:
    """How a text file is laid out.

    Attributes
    ----------
    names : tuple of str
        Of the columns.
    delimiter : str
    decimal : {".", ","}
        Sign of the columns that have plain numbers with a fraction.
    preferred : {"", ".", ","}
        The sign that the file speaks for where a column by itself does not tell.
    is_certain : bool
        Whether some numbers can be read with that sign only, and none with the other only.
    has_header : bool
    note : str
        What the user should know of the first row, or empty.
    """

    names: tuple[str, ...]
    delimiter: str
    decimal: str
    preferred: str = ""
    is_certain: bool = False
    has_header: bool = True
    note: str = ""


def find_dialect(raw: bytes, shown: str, options: ReadingOptions) -> Dialect:
    """Find how a text file is laid out from its beginning.

    Parameters
    ----------
    raw : bytes
        UTF-8.
    shown : str
        What to call the file in an error.
    options : ReadingOptions
        What is told is not looked for.

    Returns
    -------
    dialect : Dialect

    Raises
    ------
    InputError
        If there is no header, no row below it, or two columns have the same name.
    """
    sample = raw[:_SAMPLE_BYTES]
    text = sample.decode("utf-8", errors="replace")
    if len(raw) > len(sample) and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    delimiters = (options.delimiter,) if options.delimiter else _DELIMITERS
    tables = {delimiter: _read_sample(text, delimiter) for delimiter in delimiters}
    delimiter = max(delimiters, key=lambda delimiter: _rate(tables[delimiter]))
    records = tables[delimiter]
    if not records:
        raise InputError(f"{shown} is empty")
    rows = records[1:] if options.header else records
    names, note = tuple(f"x{position}" for position in range(len(records[0]))), ""
    if options.header:
        names = tuple(name.strip() or f"Unnamed: {position}" for position, name in enumerate(records[0]))
        note = join_notes(say_first_row(records[0], rows), _say_trimmed(records[0]))
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        few = ", ".join(map(repr, repeated[:3])) + (", ..." if len(repeated) > 3 else "")
        hint = f"(are the names in its first line? if it has none: {say_reading('header', False)})"
        raise InputError(f"{shown} has more than one column named {few} {hint}")
    if not rows and len(sample) == len(raw):
        raise InputError(f"{shown} has a header and no rows")
    decimal, preferred, is_certain = _find_decimal(rows, delimiter, options.decimal_sign)
    return Dialect(names, delimiter, decimal, preferred, is_certain, options.header, note)


def _say_trimmed(fields: list[str]) -> str:
    """Say which names had white space around them, which other readers keep."""
    trimmed = [field for field in fields if field.strip() and field != field.strip()]
    if not trimmed:
        return ""
    shown = ", ".join(map(repr, trimmed[:3])) + (", ..." if len(trimmed) > 3 else "")
    return f"white space around names of columns left out: {shown}"


def _read_sample(text: str, delimiter: str) -> list[list[str]]:
    try:
        return [record for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if record]
    except csv.Error:  # a field of more than 128 KiB: the quotes are not this delimiter's
        return [record for line in text.splitlines() if (record := line.split(delimiter)) != [""]]


def _rate(records: list[list[str]]) -> tuple[float, int]:
    """Rate a delimiter by the share of records that are as wide as the header, then by the width."""
    if not records or len(records[0]) == 1:
        return 0.0, 0
    width = len(records[0])
    return sum(len(record) == width for record in records) / len(records), width


def _find_decimal(records: list[list[str]], delimiter: str, told: str) -> tuple[str, str, bool]:
    """Find the decimal sign, the one to prefer where a column could be read either way, and if it is certain.

    Fields that can be read in one way decide; without any, semicolons say that commas are in numbers.
    """
    if told:
        return told, told, True
    fields = {
        field.strip(_AROUND_NUMBERS) for record in records for field in record if "." in field or "," in field
    }
    n_point, n_comma = (
        sum(bool(pattern.fullmatch(field)) for field in fields) for pattern in _CERTAIN.values()
    )
    if n_point and n_comma:
        return ".", "," if n_comma > n_point else ".", False
    if n_point:
        return ".", ".", True
    if delimiter == ",":  # between commas, a comma in quotes is no sign for the rest of the file
        return ".", "," if n_comma else "", False
    if n_comma:
        return ",", ",", True
    if delimiter != ";":
        return ".", "", False
    return "," if any(map(_COULD_GROUP.fullmatch, fields)) else ".", ",", False


@dataclass(frozen=True)
class Parsed:
    """Delimited text as a table.

    Attributes
    ----------
    table : pyarrow.Table
        Each column of the narrowest type that holds all of it. Empty fields of text columns are
        empty strings; those of all others are null.
    labels : tuple of str
        The names of the columns as the parser found them.
    quote_char : str or False
    note : str
        What the user should know, or empty.
    """

    table: pa.Table
    labels: tuple[str, ...]
    quote_char: str | Literal[False]
    note: str = ""


def parse_delimited(raw: bytes, dialect: Dialect, shown: str, na_values: Sequence[str] = ()) -> Parsed:
    """Parse delimited text, each column to the narrowest type that holds all of it.

    Parameters
    ----------
    raw : bytes
        UTF-8.
    dialect : Dialect
    shown : str
        What to call the file in an error.
    na_values : sequence of str, default=()
        Further ways in which a missing value is written.

    Returns
    -------
    parsed : Parsed

    Raises
    ------
    InputError
        If a line has more or fewer fields than the header; the message has its number.
    """
    import pyarrow as pa

    has_quotes = b'"' in raw
    buffer = copy_to_arrow(raw)
    try:
        parsed = _parse(buffer, dialect, na_values, '"' if has_quotes else False)
    except pa.ArrowInvalid as error:
        unquoted = _try_without_quotes(buffer, dialect, na_values) if has_quotes else None
        if unquoted is None:
            raise InputError(_explain(raw, dialect, shown, str(error))) from error
        return unquoted
    if has_quotes and len(parsed.table) < raw.count(b"\n") - 1:
        unquoted = _try_without_quotes(buffer, dialect, na_values)
        if unquoted is not None and len(unquoted.table) > len(parsed.table):
            return unquoted
    return parsed


def parse_as_text(
    raw: bytes, dialect: Dialect, parsed: Parsed, names: Collection[str]
) -> dict[str, pa.ChunkedArray]:
    """Parse some columns once more, as they are written.

    Parameters
    ----------
    raw : bytes
        That were parsed.
    dialect : Dialect
    parsed : Parsed
    names : collection of str

    Returns
    -------
    texts : dict of str to pyarrow.ChunkedArray
        By name; empty fields are empty strings.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    label_of = {
        name: label for name, label in zip(dialect.names, parsed.labels, strict=True) if name in names
    }
    options = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(label_of.values(), pa.string()), include_columns=list(label_of.values())
    )
    table = _read(copy_to_arrow(raw), dialect, options, parsed.quote_char)
    return {name: table.column(label) for name, label in label_of.items()}


def _try_without_quotes(buffer: pa.Buffer, dialect: Dialect, na_values: Sequence[str]) -> Parsed | None:
    """Take quotes for characters like any other, if each line by itself is as wide as the header then.

    A quote that nobody closed would swallow lines.
    """
    import pyarrow as pa

    if len(dialect.names) == 1:
        return None
    try:
        return replace(_parse(buffer, dialect, na_values, False), note=_UNPAIRED_QUOTES)
    except pa.ArrowInvalid:
        return None


def _parse(
    buffer: pa.Buffer, dialect: Dialect, na_values: Sequence[str], quote_char: str | Literal[False]
) -> Parsed:
    from pyarrow import csv as arrow_csv

    options = arrow_csv.ConvertOptions(
        null_values=[*NUMBER_MARKERS, *na_values],
        true_values=["True", "TRUE", "true"],
        false_values=["False", "FALSE", "false"],
        decimal_point=dialect.decimal,
    )
    table = _read(buffer, dialect, options, quote_char)
    return Parsed(table.rename_columns(list(dialect.names)), tuple(table.column_names), quote_char)


def _read(buffer: pa.Buffer, dialect: Dialect, options: Any, quote_char: str | Literal[False]) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    return arrow_csv.read_csv(
        pa.BufferReader(buffer),
        read_options=arrow_csv.ReadOptions(
            block_size=_BLOCK_BYTES, autogenerate_column_names=not dialect.has_header
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=dialect.delimiter, quote_char=quote_char, newlines_in_values=bool(quote_char)
        ),
        convert_options=options,
    )


def _explain(raw: bytes, dialect: Dialect, shown: str, problem: str) -> str:
    """Say which line does not fit the header."""
    width = len(dialect.names)
    separated = _DELIMITER_NAMES.get(dialect.delimiter, repr(dialect.delimiter))
    first = "the header" if dialect.has_header else "the first"
    for line, record in _number_records(raw, dialect.delimiter):
        if len(record) != width:
            fields = f"{say_count(len(record), 'field')} separated by {separated}"
            return f"{shown}: line {line} has {fields}, {first} has {width}"
    return f"{shown} cannot be read: {problem.splitlines()[0]}"


def _number_records(raw: bytes, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the number of its first line, until one cannot be read."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8", newline=""), delimiter=delimiter)
    line = 1
    while True:
        try:
            record = next(reader)
        except (StopIteration, csv.Error):
            return
        if record:
            yield line, record
        line = reader.line_num + 1

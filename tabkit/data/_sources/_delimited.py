"""Delimited text: how it is delimited, and what it holds."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tabkit._core import InputError
from tabkit.data._findings import say_count
from tabkit.data._sources._arrow import copy_to_arrow

if TYPE_CHECKING:
    import pyarrow as pa

_DELIMITERS = (",", ";", "\t", "|")
_DELIMITER_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}
_SAMPLE_BYTES = 1 << 18
_BLOCK_BYTES = 1 << 22
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_DECIMAL_POINT = re.compile(r"[+-]?\d+\.\d+")
_GROUPED_BY_POINT = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+")

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
    """

    names: tuple[str, ...]
    delimiter: str
    decimal: str


def find_dialect(raw: bytes, shown: str) -> Dialect:
    """Find how a text file is laid out from its beginning.

    Parameters
    ----------
    raw : bytes
        UTF-8.
    shown : str
        What to call the file in an error.

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
    tables = {delimiter: _read_sample(text, delimiter) for delimiter in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=lambda delimiter: _rate(tables[delimiter]))
    records = tables[delimiter]
    if not records:
        raise InputError(f"{shown} is empty")
    names = tuple(name.strip() or f"Unnamed: {position}" for position, name in enumerate(records[0]))
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        few = ", ".join(map(repr, repeated[:3])) + (", ..." if len(repeated) > 3 else "")
        raise InputError(f"{shown} has more than one column named {few} (are the names in its first line?)")
    if len(records) == 1 and len(sample) == len(raw):
        raise InputError(f"{shown} has a header and no rows")
    return Dialect(names, delimiter, _find_decimal(records[1:], delimiter))


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


def _find_decimal(records: list[list[str]], delimiter: str) -> str:
    """Find the decimal sign: the comma when there are 3,14 and no 3.14 (1.234 may be grouped digits)."""
    if delimiter == ",":
        return "."
    fields = [field.strip() for record in records for field in record]
    if not any(map(_DECIMAL_COMMA.fullmatch, fields)):
        return "."
    pointed = [field for field in fields if _DECIMAL_POINT.fullmatch(field)]
    return "," if all(map(_GROUPED_BY_POINT.fullmatch, pointed)) else "."


def parse_delimited(raw: bytes, dialect: Dialect, shown: str) -> tuple[pa.Table, str]:
    """Parse delimited text, each column to the narrowest type that holds all of it.

    Parameters
    ----------
    raw : bytes
        UTF-8.
    dialect : Dialect
    shown : str
        What to call the file in an error.

    Returns
    -------
    table : pyarrow.Table
        Empty fields of text columns are empty strings; those of all others are null.
    note : str
        What the user should know, or empty.

    Raises
    ------
    InputError
        If a line has more or fewer fields than the header; the message has its number.
    """
    import pyarrow as pa

    has_quotes = b'"' in raw
    buffer = copy_to_arrow(raw)
    try:
        table = _parse(buffer, dialect, quote_char='"' if has_quotes else False)
    except pa.ArrowInvalid as error:
        unquoted = _try_without_quotes(buffer, dialect) if has_quotes else None
        if unquoted is None:
            raise InputError(_explain(raw, dialect, shown, str(error))) from error
        return unquoted, _UNPAIRED_QUOTES
    if has_quotes and len(table) < raw.count(b"\n") - 1:
        unquoted = _try_without_quotes(buffer, dialect)
        if unquoted is not None and len(unquoted) > len(table):
            return unquoted, _UNPAIRED_QUOTES
    return table, ""


def _try_without_quotes(buffer: pa.Buffer, dialect: Dialect) -> pa.Table | None:
    """Take quotes for characters like any other, if each line by itself is as wide as the header then.

    A quote that nobody closed would swallow lines.
    """
    import pyarrow as pa

    if len(dialect.names) == 1:
        return None
    try:
        return _parse(buffer, dialect, quote_char=False)
    except pa.ArrowInvalid:
        return None


def _parse(buffer: pa.Buffer, dialect: Dialect, *, quote_char: str | Literal[False]) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    table = arrow_csv.read_csv(
        pa.BufferReader(buffer),
        read_options=arrow_csv.ReadOptions(block_size=_BLOCK_BYTES),
        parse_options=arrow_csv.ParseOptions(
            delimiter=dialect.delimiter, quote_char=quote_char, newlines_in_values=bool(quote_char)
        ),
        convert_options=arrow_csv.ConvertOptions(
            null_values=NUMBER_MARKERS,
            true_values=["True", "TRUE", "true"],
            false_values=["False", "FALSE", "false"],
            decimal_point=dialect.decimal,
        ),
    )
    return table.rename_columns(list(dialect.names))


def _explain(raw: bytes, dialect: Dialect, shown: str, problem: str) -> str:
    """Say which line does not fit the header."""
    width = len(dialect.names)
    for line, record in _number_records(raw, dialect.delimiter):
        if len(record) != width:
            fields = f"{say_count(len(record), 'field')} separated by {_DELIMITER_NAMES[dialect.delimiter]}"
            return f"{shown}: line {line} has {fields}, the header has {width}"
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

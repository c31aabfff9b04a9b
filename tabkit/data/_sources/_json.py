"""JSON: a record per line, or a list of records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tabkit._core import InputError
from tabkit.data._reading_options import ReadingOptions
from tabkit.data._sources._arrow import check_table, copy_to_arrow, to_frame
from tabkit.data._sources._digits import may_lose_digits
from tabkit.data._sources._encoding import as_utf8
from tabkit.data._sources._objects import frame_of_objects
from tabkit.data._sources._source import Source

if TYPE_CHECKING:
    import pyarrow as pa

_LARGEST_BLOCK = 1 << 30


def looks_like_json(raw: bytes) -> bool:
    """Whether the first line of a file is a JSON object, or begins a list of such."""
    head = raw.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"["):
        return head[1:].lstrip().startswith(b"{")
    if not head.startswith(b"{"):
        return False
    try:
        return isinstance(json.loads(head.partition(b"\n")[0]), dict)
    except ValueError:
        return False


def read_json(raw: bytes, shown: str, options: ReadingOptions) -> Source:
    """Read JSON lines or a JSON list of records; what is nested inside one stays one value.

    Parameters
    ----------
    raw : bytes
    shown : str
        Name of the file for messages.
    options : ReadingOptions

    Returns
    -------
    source : Source
    """
    raw, encoding_note = as_utf8(raw, shown, options.encoding)
    notes = (encoding_note,) if encoding_note else ()
    if not raw.lstrip().startswith(b"["):
        table = _parse_lines(raw)
        if table is not None:
            return Source(to_frame(check_table(table, shown)), notes=notes)
        records = _load_lines(raw, shown)
    else:
        records = _load_list(raw, shown)
    return Source(_to_frame(records, shown), notes=notes)


def _parse_lines(raw: bytes) -> pa.Table | None:
    """The quick way; None where a field holds values of several types, or a line is no JSON."""
    import pyarrow as pa
    from pyarrow import json as arrow_json

    block_size = min(max(1 << 20, len(raw)), _LARGEST_BLOCK)
    try:
        table = arrow_json.read_json(
            pa.BufferReader(copy_to_arrow(raw)), read_options=arrow_json.ReadOptions(block_size=block_size)
        )
    except (pa.ArrowException, OSError):
        return None
    # Whole numbers beyond 64 bits became floats.
    has_floats = any(pa.types.is_floating(column.type) for column in table.columns)
    return None if has_floats and may_lose_digits(raw) else table


def _load_lines(raw: bytes, shown: str) -> list[Any]:
    records = []
    for number, line in enumerate(raw.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            records.append(json.loads(line))
        except ValueError as error:
            raise InputError(f"line {number} of {shown} is no JSON ({error})") from None
        if not isinstance(records[-1], dict):
            raise InputError(f"line {number} of {shown} is no JSON object: one per line is needed")
    return records


def _load_list(raw: bytes, shown: str) -> list[Any]:
    try:
        records = json.loads(raw)
    except ValueError as error:
        raise InputError(f"{shown} is no JSON ({error})") from None
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise InputError(f"record {number} of {shown} is no JSON object: a list of such is needed")
    return list(records)


def _to_frame(records: list[Any], shown: str) -> Any:
    if not records:
        raise InputError(f"{shown} has no rows")
    names = dict.fromkeys(name for record in records for name in record)
    return frame_of_objects({name: [record.get(name) for record in records] for name in names})

"""Arrow's tables: from bytes, and to frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tabkit._core import InputError, first_line
from tabkit.data._numbers import EXACT
from tabkit.data._reading_options import ReadingOptions
from tabkit.data._sources._source import Source

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def copy_to_arrow(raw: bytes) -> pa.Buffer:
    """Copy bytes into memory that Arrow owns.

    Its threads let go of a buffer shortly after the parser has returned. Were it Python's, they
    would need the interpreter for that, and where it happens to be exiting, the process aborts
    (apache/arrow issue 34314).
    """
    import pyarrow as pa

    buffer = pa.allocate_buffer(len(raw))
    with pa.FixedSizeBufferWriter(buffer) as writer:
        writer.write(raw)
    return buffer


def read_parquet(raw: bytes, shown: str, options: ReadingOptions) -> Source:
    """Read a Parquet file."""

    def read(content: pa.BufferReader) -> pa.Table:
        from pyarrow import parquet

        return parquet.ParquetFile(content).read()

    return _read(raw, shown, "Parquet", read)


def read_feather(raw: bytes, shown: str, options: ReadingOptions) -> Source:
    """Read a Feather file, which is one of Arrow's own format."""

    def read(content: pa.BufferReader) -> pa.Table:
        from pyarrow import feather

        return feather.read_table(content)

    return _read(raw, shown, "Feather", read)


def _read(raw: bytes, shown: str, file_format: str, read: Callable[[pa.BufferReader], pa.Table]) -> Source:
    import pyarrow as pa

    try:
        table = read(pa.BufferReader(copy_to_arrow(raw)))
    except (pa.ArrowException, OSError) as error:
        reason = first_line(error)
        raise InputError(f"{shown} is damaged or no {file_format} file ({reason})") from error
    return Source(to_frame(check_table(table, shown)))


def check_table(table: pa.Table, shown: str) -> pa.Table:
    """Refuse a table without rows, or with two columns of one name."""
    names = table.column_names
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(f"{shown} has more than one column named {repeated[0]!r}")
    if len(table) == 0:
        raise InputError(f"{shown} has no rows")
    return table


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Turn a table into a frame of plain dtypes; the labels of a stored index are a column.

    Whole numbers keep every digit: beside missing values those beyond 2^53 become pandas' Int64.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    exact = {}
    for position, name in enumerate(table.column_names):
        column = table.column(position)
        if pa.types.is_time(column.type):
            column = pc.cast(column, pa.string())
        elif pa.types.is_decimal(column.type):
            column = _read_decimals(column)
        table = table.set_column(position, name, column)
        if pa.types.is_integer(column.type) and column.null_count and _exceeds_float(column):
            exact[name] = column
    frame = table.to_pandas(ignore_metadata=True, date_as_object=False)
    for name, column in exact.items():
        frame[name] = _to_nullable(column)
    return frame


def _read_decimals(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Decimals as floats; whole ones, as databases keep long numbers, as integers, or text where too long."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        whole = pc.cast(column, pa.decimal256(76, 0))
    except pa.ArrowInvalid:  # there are fractions
        return pc.cast(column, pa.float64())
    if column.type.scale > 0 and not _exceeds_float(whole):
        return pc.cast(column, pa.float64())
    try:
        return pc.cast(whole, pa.int64())
    except pa.ArrowInvalid:
        return pc.cast(whole, pa.string())


def _exceeds_float(column: pa.ChunkedArray) -> bool:
    """Whether a column of integers has some that a float64 may not hold."""
    import pyarrow.compute as pc

    ends = pc.min_max(column).as_py()
    return ends["min"] is not None and (ends["max"] > EXACT or ends["min"] < -EXACT)


def _to_nullable(column: pa.ChunkedArray) -> pd.arrays.IntegerArray:
    import numpy as np
    import pandas as pd
    import pyarrow.compute as pc

    values = pc.fill_null(column, 0).to_numpy()
    wide = values.astype(np.uint64 if values.dtype.kind == "u" else np.int64)
    return pd.arrays.IntegerArray(wide, column.is_null().to_numpy())

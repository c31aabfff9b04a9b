"""Bytes handed to Arrow's threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

"""The standard streams of a command: whoever reads them may leave, and the command goes on."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO


class LastingFile(io.RawIOBase):
    """An open descriptor that takes all that is written, also when it no longer goes anywhere.

    Parameters
    ----------
    descriptor : int
        It stays open.

    Attributes
    ----------
    failure : OSError or None
        Why nothing more goes there.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.failure: OSError | None = None

    def writable(self) -> bool:
        """Yes."""
        return True

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return os.isatty(self._descriptor)

    def write(self, data: Any) -> int:
        """Write what can be written; the rest is as good as written."""
        if self.failure is None:
            try:
                return os.write(self._descriptor, data)
            except OSError as error:
                self.failure = error
        return len(data)


@contextmanager
def lasting_streams() -> Iterator[LastingFile | None]:
    """Replace the standard output and error by streams that a command can always write to.

    Where the encoding lacks a sign, such as µ in an ASCII locale, a ? stands for it. A stream
    that was closed before the start leads nowhere, and no file that the command opens gets its number.

    Yields
    ------
    output : LastingFile or None
        Where the standard output goes; None where it is no open descriptor.
    """
    _fill_closed_descriptors()
    given = sys.stdout, sys.stderr
    output, sys.stdout = _make_lasting(given[0])
    _, sys.stderr = _make_lasting(given[1])
    try:
        yield output
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdout, sys.stderr = given


def _make_lasting(stream: TextIO | None) -> tuple[LastingFile | None, TextIO]:
    if stream is None:
        return None, io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="replace")
    if isinstance(stream, io.TextIOWrapper):
        with suppress(OSError):  # as a test's, that keeps in memory what is written
            file = LastingFile(stream.fileno())
            is_shown_at_once = stream.line_buffering
            buffer = io.BufferedWriter(file)
            return file, io.TextIOWrapper(
                buffer, encoding=stream.encoding, errors="replace", line_buffering=is_shown_at_once
            )
        stream.reconfigure(errors="replace")
    return None, stream


def _fill_closed_descriptors() -> None:
    """Open nothing in the place of closed standard streams: else a file of results would be one."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free

"""Work that Ctrl-C must not cut in half."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def leave_signals_to_main_thread() -> None:
    """Called first in a thread: what it does not block, it would take while the main thread puts it off."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put Ctrl-C and a polite kill off until the block is done, as for removing what a run made.

    One that came a moment before raises after the block, too.
    """
    put_off: KeyboardInterrupt | None = None
    before: set[int] | None = None
    while True:
        try:
            # Both calls raise what is already on its way; the second has then done its part.
            before = before if before is not None else set(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
            signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
            break
        except KeyboardInterrupt as error:
            put_off = error
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    if put_off is not None:
        raise put_off

"""Work that Ctrl-C must not cut in half."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tabkit._core._warnings import is_main_thread

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put Ctrl-C and a polite kill off until the block is done, as for removing what a run made.

    One that came a moment before raises after the block, too. It is done by handlers, which Python calls in
    the main thread only: a mask of that thread would leave the signals to the others. In another thread there
    is nothing to put off.
    """
    if not is_main_thread():
        yield
        return
    came: list[int] = []

    def put_down(number: int, frame: Any) -> None:
        came.append(number)

    earlier: KeyboardInterrupt | None = None
    before: dict[int, Any] = {}
    while True:
        try:
            for number in _SIGNALS:
                handler = before.setdefault(number, signal.getsignal(number))
                if handler is not None:  # None was not set by Python, which could not put it back
                    signal.signal(number, put_down)
            break
        except KeyboardInterrupt as error:  # what was already on its way; the next round does the rest
            earlier = error
    try:
        yield
    finally:
        for known, handler in before.items():
            if handler is not None:
                signal.signal(known, handler)
    if earlier is not None:
        raise earlier
    for one in dict.fromkeys(came):
        signal.raise_signal(one)

"""Warnings of a call, put down."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def record_warnings() -> Iterator[list[warnings.WarningMessage]]:
    """Put down the warnings of a block, instead of showing them.

    In the main thread only: what warns is settled for the whole process, and threads that change it at the
    same time would leave it changed. In other threads warnings go their way, and none is put down.
    """
    if not is_main_thread():
        yield []
        return
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        yield caught


def is_main_thread() -> bool:
    """Whether this is the thread that may change what holds for the whole process."""
    return threading.current_thread() is threading.main_thread()

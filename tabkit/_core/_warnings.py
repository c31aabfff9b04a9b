"""Warnings of a call, put down."""

from __future__ import annotations

import sys
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


def level_of_user() -> int:
    """The ``stacklevel`` of a warning that points at the code which called tabkit."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("tabkit."):
        level, frame = level + 1, frame.f_back
    return level


def is_main_thread() -> bool:
    """Whether this is the thread that may change what holds for the whole process."""
    return threading.current_thread() is threading.main_thread()

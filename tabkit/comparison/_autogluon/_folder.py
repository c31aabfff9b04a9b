"""The temporary folder of one fit of AutoGluon: all that it writes is in it, and goes with it."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from filelock import FileLock

from tabkit._core._signals import uninterrupted

_FOLDER_PREFIX = "tabkit-autogluon-"
_LOG_FILE = "log.txt"
_LOG_LINES = 60

T = TypeVar("T")


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder that is gone afterwards, and remove those of processes that were killed.

    Beside each folder lies a lock file that its process holds from before the folder is there until
    it is gone; the system gives the lock back when the process ends, however it ends.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{_FOLDER_PREFIX}*"):
        # Only where there is a folder: a lock file without one may be about to be held.
        if left.is_dir():
            with suppress(OSError), _lock_of(left).acquire(blocking=False):
                _remove(left)
    # A name that never was: whoever finds an earlier folder of that name would remove this one.
    folder = Path(tempfile.gettempdir()) / f"{_FOLDER_PREFIX}{uuid4().hex}"
    with _lock_of(folder):
        try:
            folder.mkdir(mode=0o700)
            yield folder
        finally:
            with uninterrupted():
                _remove(folder)


def _lock_of(folder: Path) -> FileLock:
    return FileLock(f"{folder}.lock")


def _remove(folder: Path) -> None:
    """Remove a folder whose lock is held, and the lock file: first, since nobody looks for one alone."""
    Path(f"{folder}.lock").unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def call_in_folder(folder: Path, function: Callable[..., T], *arguments: Any) -> T:
    """Call a function in this process, which does nothing else, and keep what it writes in a folder.

    The folder becomes the working directory. What Python and native code write to standard output and
    standard error is in its log from now on.

    Parameters
    ----------
    folder : Path
    function : callable
    *arguments : object

    Returns
    -------
    value : object
        What the function returned.
    """
    os.chdir(folder)
    with (folder / _LOG_FILE).open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    try:
        return function(*arguments)
    finally:
        # The process is killed next, and would not write what is in its buffers.
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        ctypes.CDLL(None).fflush(None)


def read_log(folder: Path) -> str:
    """Read the last lines of the log in a folder; empty where there is none."""
    try:
        lines = (folder / _LOG_FILE).read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return "\n".join(lines[-_LOG_LINES:])

"""Child processes that can be killed with all they started, and that die with their parent."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tabkit._core._processors import THREAD_VARIABLES, spin_variables

_PR_SET_PDEATHSIG = 1
_LOWEST_PRIORITY = 19


def start_module(
    module: str,
    arguments: Sequence[str] = (),
    *,
    n_threads: int = 1,
    environment: Mapping[str, str] | None = None,
    stdin: int | IO[bytes] = subprocess.PIPE,
    stdout: int | IO[bytes] | None = subprocess.DEVNULL,
    stderr: int | IO[bytes] | None = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start ``python -m module`` in a process group of its own.

    A plain start, not a fork: no lock of a numerical library is inherited half-held, and
    the user's script is not imported a second time. The child's standard input is a pipe or a
    socket that it shall watch: when the parent is gone, it ends, and `kill_own_group` is due.

    Parameters
    ----------
    module : str
    arguments : sequence of str, default=()
    n_threads : int, default=1
        Threads that numerical libraries may start.
    environment : mapping, default=None
        Variables to add.
    stdin : int or file, default=subprocess.PIPE
    stdout, stderr : int or file, default=subprocess.DEVNULL

    Returns
    -------
    process : subprocess.Popen
    """
    variables = dict(os.environ) | thread_variables(n_threads)
    variables["PYTHONPATH"] = os.pathsep.join(module_path())
    # Else `-m` would put the working directory first, where a user's pandas.py may lie.
    variables["PYTHONSAFEPATH"] = "1"
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=variables | dict(environment or {}),
        start_new_session=True,
    )


def thread_variables(n_threads: int) -> dict[str, str]:
    """Variables that let numerical libraries start so many threads, which spin briefly: see `spin_variables`.

    Parameters
    ----------
    n_threads : int

    Returns
    -------
    variables : dict of str to str
    """
    return spin_variables() | dict.fromkeys(THREAD_VARIABLES, str(n_threads))


def module_path() -> list[str]:
    """Where this process looks for modules, the working directory by its name."""
    return [path or os.getcwd() for path in sys.path]


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process of `start_module` and every process it started, and reap it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def yield_processors(pid: int) -> None:
    """Let a process of `start_module`, and all it started, have only what others leave of the processors.

    Parameters
    ----------
    pid : int
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PGRP, pid, _LOWEST_PRIORITY)
    # Where Linux shares the processors between sessions first, it is the session's priority that counts.
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(_LOWEST_PRIORITY))


def kill_own_group() -> None:
    """End this process and every process it started, at once."""
    os.killpg(os.getpgid(0), signal.SIGKILL)


def ask_kernel_to_exit_with_parent() -> None:
    """On Linux, let the kernel kill this process when its parent ends; elsewhere do nothing.

    Covers native code that holds the interpreter, so that no thread of ours gets to run.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

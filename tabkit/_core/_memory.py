"""How much memory processes use, and how much they may."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from pathlib import Path

from tabkit._core._errors import InputError

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
# Linux kills the process with the highest score when the memory is used up; the parent has 0.
_WORKER_OOM_SCORE = 500


def parse_bytes(text: str | int | None) -> int | None:
    """Read a size of memory.

    Parameters
    ----------
    text : str, int or None
        "8g", "500 MB", "1.5GB"; a number of bytes; None or "none" for no limit.

    Returns
    -------
    n_bytes : int or None

    Raises
    ------
    InputError
        If it is none of these, or less than a million bytes.

    Examples
    --------
    >>> parse_bytes("1.5 GB")
    1500000000
    """
    if text is None or str(text).strip().lower() == "none":
        return None
    match = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)\s*([kmgt]?)i?b?", str(text).strip().lower())
    n_bytes = round(float(match[1]) * _UNITS[match[2]]) if match else 0
    if n_bytes < 10**6:
        raise InputError(f"memory limit {text!r} is no size of memory: write 500m, 8g or none")
    return n_bytes


def measure_memory(pid: int) -> int:
    """Bytes of memory that a process and all it started have for themselves.

    What processes share, such as the code of libraries, is left out where the system says
    how much that is.

    Parameters
    ----------
    pid : int

    Returns
    -------
    n_bytes : int
        0 when there is no such process.
    """
    import psutil

    total = 0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                info = each.memory_info()
                total += info.rss - getattr(info, "shared", 0)
    return total


def prefer_to_be_killed() -> None:
    """Let Linux kill this process and not its parent when the memory is used up; elsewhere do nothing."""
    if sys.platform == "linux":
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(str(_WORKER_OOM_SCORE))

"""What stands in for AutoGluon's fit in its process, and how the tests look at that process."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tabkit.comparison._autogluon._answer import AutoGluonFailure, AutoGluonFold
from tabkit.comparison._autogluon._request import AutoGluonRequest


def note(folder: Path, text: object) -> None:
    """Write a file ``noted`` beside the temporary folder, whole or not at all."""
    noted = folder.parent.parent / "noted"
    noted.with_suffix(".part").write_text(str(text))
    noted.with_suffix(".part").rename(noted)


def predict_the_first_class(request: AutoGluonRequest, folder: Path) -> AutoGluonFold:
    """Say where it works, and with which variables."""
    n_test = len(request.test)
    proba = np.tile([1.0, 0.0], (n_test, 1))
    variables = ("TMPDIR", "LOKY_MAX_CPU_COUNT", "OMP_NUM_THREADS")
    details = {name: os.environ[name] for name in variables} | {"folder": str(folder), "at": os.getcwd()}
    return AutoGluonFold(np.zeros(n_test, dtype=np.int64), proba, 1.0, 0.1, 100, details)


def hang(request: AutoGluonRequest, folder: Path) -> None:
    """Never return, with a child that does not either, and note the child."""
    print("it hangs", flush=True)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    note(folder, child.pid)
    time.sleep(60)


def fail_after_writing(request: AutoGluonRequest, folder: Path) -> AutoGluonFailure:
    """Write 100 lines, by Python, by native code and by a child, and answer that it failed."""
    for number in range(96):
        print(f"line {number}")
    sys.stdout.flush()
    subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
    ctypes.CDLL(None).printf(b"from native code\n")
    print("an error", file=sys.stderr)
    print("last of Python")
    return AutoGluonFailure("AutoGluon failed: a made-up reason", "failed")


def fill_memory(request: AutoGluonRequest, folder: Path) -> None:
    """Take 50 MB more ten times a second."""
    print("it fills the memory", flush=True)
    filled = []
    while True:
        filled.append(np.ones(50_000_000 // 8))
        time.sleep(0.1)


def leave_in_words(request: AutoGluonRequest, folder: Path) -> None:
    """Leave as scripts do."""
    print("before")
    sys.exit("no space left")


def leave_without_a_word(request: AutoGluonRequest, folder: Path) -> None:
    """Leave as if all were well."""
    os._exit(0)


def abort(request: AutoGluonRequest, folder: Path) -> None:
    """End as native code does."""
    os.abort()


def meet_the_killer(request: AutoGluonRequest, folder: Path) -> None:
    """End as by the system that wants for memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def raise_error(request: AutoGluonRequest, folder: Path) -> None:
    """Raise what is an answer's business, and none of an answer."""
    raise ValueError("two\nlines")


def processes_of_autogluon(temporary: Path) -> list[int]:
    """Running processes whose folder for temporary files is one that `temporary_folder` made here."""
    found = []
    start = f"TMPDIR={temporary}/tabkit-autogluon-".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            variables = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if any(variable.startswith(start) for variable in variables):
            found.append(int(path.parent.name))
    return found


def wait_for(condition: Callable[[], Any], seconds: float = 30.0) -> None:
    """Wait until something holds, and fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)

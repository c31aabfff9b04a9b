"""The fork server: imports what every worker needs, once, and forks a worker whenever it is asked to.

Run as ``python -m tabkit.evaluation._fork_server_main MODULE...``; its standard input is a socket that keeps
the ends of messages, which are pickles. The first says that it is up. None, with four file descriptors (a
worker's calls, its replies, its log, and its `Surroundings`), is answered by the worker's process number, or
the negative number of what kept it from starting; a process number by the exit code of that worker, which has
ended. There is no thread but this one, whose locks a worker would inherit, and those of allocators and of
linear algebra, which know of forks. The end of the socket means that the parent is gone.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import socket
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from tabkit._core._processes import kill_own_group

_MAX_BYTES = 64
_N_FILES = 4


@dataclass(frozen=True)
class Surroundings:
    """What a worker finds as the parent has it at that moment.

    Attributes
    ----------
    environment : mapping of str to str
    folder : str
        The working directory; empty where it is gone.
    path : sequence of str
        Where modules are looked for.
    """

    environment: Mapping[str, str]
    folder: str
    path: Sequence[str]

    def enter(self) -> None:
        """Make them this process's."""
        os.environ.clear()
        os.environ.update(self.environment)
        sys.path[:] = self.path
        with contextlib.suppress(OSError):
            os.chdir(self.folder)


def main() -> None:
    """Fork workers until the parent is gone."""
    control = socket.socket(fileno=os.dup(0))
    from tabkit.evaluation._worker import import_modules

    import_modules(sys.argv[1:])
    # What is there already is never collected in a worker, and so its memory stays shared.
    gc.collect()
    gc.freeze()
    control.send(pickle.dumps(os.getpid()))
    ended: dict[int, int] = {}
    while True:
        message, files, _, _ = socket.recv_fds(control, _MAX_BYTES, _N_FILES)
        if not message:
            kill_own_group()
        asked: int | None = pickle.loads(message)
        _reap(ended)
        if asked is not None:
            answer = (
                ended.pop(asked) if asked in ended else os.waitstatus_to_exitcode(os.waitpid(asked, 0)[1])
            )
        else:
            answer = _fork(control, files)
            ended.pop(answer, None)  # of an earlier process of that number
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            control.send(pickle.dumps(answer))


def _reap(ended: dict[int, int]) -> None:
    """Note the exit codes of workers that have ended: nobody may ever ask for one that was killed early."""
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            ended[found[0]] = os.waitstatus_to_exitcode(found[1])


def _fork(control: socket.socket, files: Sequence[int]) -> int:
    """Start a worker; its process number, or the negative number of the error."""
    gate = os.pipe()
    try:
        process = os.fork()
    except OSError as error:
        for file in (*files, *gate):
            os.close(file)
        return -(error.errno or 1)
    if process == 0:
        os.setsid()
        control.close()
        _serve(files, gate)
    for file in (*files, gate[1]):
        os.close(file)
    os.read(gate[0], 1)  # until it has its own process group, or is dead
    os.close(gate[0])
    return process


def _serve(files: Sequence[int], gate: Sequence[int]) -> NoReturn:
    """Be a worker, on its files."""
    code = 1
    try:
        *streams, told = files
        for number, file in enumerate(streams):
            os.dup2(file, number)
        for file in (*streams, *gate):
            os.close(file)
        with os.fdopen(told, "rb") as text:
            surroundings: Surroundings = pickle.load(text)
        surroundings.enter()
        import numpy as np

        from tabkit.evaluation._worker import serve

        # Else all workers would draw the same numbers, where a model has no seed.
        np.random.seed()  # noqa: NPY002 - the global generator is what such models draw from
        serve()
    except SystemExit as stop:  # of a call
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException:  # noqa: BLE001 - it goes to the log: what forks must not go on as a second server
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


if __name__ == "__main__":
    # The classes of the messages must be those of the importable module, not of __main__.
    from tabkit.evaluation._fork_server_main import main as fork_workers

    fork_workers()

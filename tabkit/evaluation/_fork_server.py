"""Worker processes that start in milliseconds, as forks of a process that has done their imports."""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Hashable, Mapping, Sequence
from typing import IO, ClassVar, Protocol

from tabkit._core._processes import kill_group, module_path, start_module, thread_variables
from tabkit.evaluation._fork_server_main import Surroundings

# Elsewhere the system's own libraries do not live through a fork.
CAN_FORK = sys.platform == "linux"
_MAX_ANSWER = 256
# Variables that numerical libraries and the interpreter read when they start, and not again.
_READ_BY_LIBRARIES = (
    "OMP_",
    "OPENBLAS_",
    "MKL_",
    "BLIS_",
    "KMP_",
    "GOMP_",
    "VECLIB_",
    "NUMEXPR_",
    "LD_",
    "PYTHON",
)
# scikit-learn sets these where they are not, and may be imported here after a server was started.
_SET_BY_LIBRARIES = {"KMP_DUPLICATE_LIB_OK": "True", "KMP_INIT_AT_FORK": "FALSE"}


class ChildProcess(Protocol):
    """A worker's process, with all that it starts.

    Attributes
    ----------
    stdin, stdout : binary file
        For calls, and for what comes back.
    """

    stdin: IO[bytes]
    stdout: IO[bytes]

    @property
    def pid(self) -> int | None:
        """Its number; None where it may not have begun."""

    def wait(self) -> int:
        """Wait for its end, and return the exit code."""

    def kill(self) -> None:
        """End it and all it started."""


class ForkServer:
    """Forks workers from one process, which starts at once and is up some seconds later.

    Parameters
    ----------
    n_threads : int
        Threads that numerical libraries may start, in every worker.
    modules : sequence of str
        What it imports, besides what every worker needs.
    """

    # By how they were started, the last used last; each took seconds to start.
    _known: ClassVar[dict[Hashable, ForkServer]] = {}
    _known_lock = threading.Lock()
    most_idle = 1

    def __init__(self, n_threads: int, modules: Sequence[str]) -> None:
        self._n_users = 0
        self._n_threads = n_threads
        self._control, end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        with end:
            self._process = start_module(
                "tabkit.evaluation._fork_server_main",
                modules,
                n_threads=n_threads,
                stdin=end.fileno(),
                stderr=self._log,
            )
        self._lock = threading.Lock()
        self._is_up = False
        self._unanswered: list[ForkedProcess] = []

    @classmethod
    def take(cls, n_threads: int, modules: Sequence[str]) -> ForkServer:
        """The one that was started alike, or a new one; parameters as of the class."""
        wanted = _describe_start(n_threads, modules)
        with cls._known_lock:
            server = cls._known.pop(wanted, None)
            if server is None or not server.is_alive:
                server = cls(n_threads, modules)
            cls._known[wanted] = server
            server._n_users += 1
        return server

    @property
    def is_alive(self) -> bool:
        """Whether it can fork."""
        return self._process.poll() is None

    def release(self) -> None:
        """Leave it to the next executor of this process; the workers of this one have been killed."""
        with self._known_lock:
            self._n_users -= 1
            idle = [key for key, server in self._known.items() if not server._n_users]
            spare = [self._known.pop(key) for key in idle[: max(0, len(idle) - self.most_idle)]]
        for server in spare:
            server.close()

    def fork(self, log: IO[bytes]) -> ForkedProcess:
        """Ask for a worker, and do not wait for it.

        Parameters
        ----------
        log : binary file
            Where what it writes goes.

        Returns
        -------
        process : ForkedProcess
        """
        calls, replies = os.pipe(), os.pipe()
        process = ForkedProcess(self, os.fdopen(calls[1], "wb"), os.fdopen(replies[0], "rb"), log)
        # In a file: a message must be smaller than an environment can be.
        with self._lock, tempfile.TemporaryFile() as surroundings:
            pickle.dump(self._surroundings(), surroundings)
            surroundings.flush()
            surroundings.seek(0)
            files = [calls[0], replies[1], log.fileno(), surroundings.fileno()]
            self._unanswered.append(process)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # seen when it is waited for
                socket.send_fds(self._control, [pickle.dumps(None)], files)
        os.close(calls[0])
        os.close(replies[1])
        return process

    def take_answers(self) -> None:
        """Note which workers have begun: all that were asked for, once the process is up."""
        with self._lock:
            if self._is_up or select.select([self._control], [], [], 0)[0]:
                self._take_answers()

    def _take_answers(self) -> None:
        if not self._is_up:
            self._receive()
            self._is_up = True
        while self._unanswered:
            self._unanswered.pop(0).number = self._receive()

    def wait(self, process: ForkedProcess) -> int:
        """Wait for the end of a worker, and return its exit code."""
        with self._lock:
            self._take_answers()
            if process.number is None:  # the server itself is gone
                self._log.seek(0)
                process.log.write(self._log.read())
                return self._process.wait()
            if process.number < 0:
                process.log.write(os.strerror(-process.number).encode())
                return 1
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self._control.send(pickle.dumps(process.number))
            code = self._receive()
        return -signal.SIGKILL if code is None else code

    def close(self) -> None:
        """End the process; its workers end with it."""
        self._control.close()
        kill_group(self._process)
        self._log.close()

    def _surroundings(self) -> Surroundings:
        variables = thread_variables(self._n_threads)
        path = module_path()
        variables |= {"PYTHONPATH": os.pathsep.join(path), "PYTHONSAFEPATH": "1"}
        try:
            folder = os.getcwd()
        except FileNotFoundError:
            folder = ""
        return Surroundings({**os.environ, **variables}, folder, path)

    def _receive(self) -> int | None:
        """The next answer; None where there will be none."""
        try:
            answer = self._control.recv(_MAX_ANSWER)
        except OSError:
            return None
        return None if not answer else int(pickle.loads(answer))


class ForkedProcess:
    """A `ChildProcess` that a fork server starts.

    Parameters
    ----------
    server : ForkServer
    stdin, stdout, log : binary file

    Attributes
    ----------
    number : int or None
        Of the process, once the server has told; negative where it could not start.
    """

    def __init__(self, server: ForkServer, stdin: IO[bytes], stdout: IO[bytes], log: IO[bytes]) -> None:
        self._server = server
        self.stdin, self.stdout, self.log = stdin, stdout, log
        self.number: int | None = None
        self._code: int | None = None

    @property
    def pid(self) -> int | None:
        """Its number; None where it may not have begun."""
        if self.number is None:
            self._server.take_answers()
        return self.number if self.number is not None and self.number > 0 else None

    def wait(self) -> int:
        """Wait for its end, and return the exit code."""
        if self._code is None:
            self._code = self._server.wait(self)
        return self._code

    def kill(self) -> None:
        """End it and all it started. One that has not begun ends when it finds its files closed."""
        number = self.pid
        if number is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(number, signal.SIGKILL)
            self.wait()
        for stream in (self.stdin, self.stdout):
            with contextlib.suppress(OSError):
                stream.close()


class StartedProcess:
    """A `ChildProcess` that does its own imports.

    Parameters
    ----------
    n_threads : int
    modules : sequence of str
    environment : mapping
    log : binary file
    """

    def __init__(
        self, n_threads: int, modules: Sequence[str], environment: Mapping[str, str], log: IO[bytes]
    ) -> None:
        self._process = start_module(
            "tabkit.evaluation._serve",
            modules,
            n_threads=n_threads,
            environment=environment,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.stdin, self.stdout = self._process.stdin, self._process.stdout

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def wait(self) -> int:
        """Wait for its end, and return the exit code."""
        return self._process.wait()

    def kill(self) -> None:
        """End it and all it started."""
        kill_group(self._process)


@atexit.register
def _close_all() -> None:
    """Leave no process behind."""
    while ForkServer._known:
        ForkServer._known.popitem()[1].close()


def _describe_start(n_threads: int, modules: Sequence[str]) -> Hashable:
    """What a process must have been started with for its forks to be like processes that start now."""
    environment = _SET_BY_LIBRARIES | os.environ
    read = {name: value for name, value in environment.items() if name.startswith(_READ_BY_LIBRARIES)}
    return os.getpid(), n_threads, tuple(modules), frozenset(read.items())

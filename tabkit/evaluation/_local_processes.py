"""Worker processes that can be killed."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import tempfile
import threading
import traceback
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import cloudpickle

from tabkit._core import TabkitError, describe_error
from tabkit._core._memory import measure_memory
from tabkit._core._parameters import say_parameter
from tabkit._core._processes import yield_processors
from tabkit._core._signals import uninterrupted
from tabkit.data import Table
from tabkit.evaluation._executor import Finished
from tabkit.evaluation._fork_server import CAN_FORK, ChildProcess, ForkServer, StartedProcess
from tabkit.evaluation._shared_table import TableFile, save_table
from tabkit.evaluation._worker import Call, Reply, receive, send

_WATCH_SECONDS = 0.1


class _Worker:
    """One child process with the thread that waits for its replies."""

    def __init__(
        self,
        start: Callable[[IO[bytes]], ChildProcess],
        replies: queue.SimpleQueue[tuple[_Worker, Reply | None]],
    ) -> None:
        self.key: Hashable | None = None
        self.is_ready = False
        self._reason = ""
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = start(self._log)
        self._replies = replies
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def is_doomed(self) -> bool:
        """Whether it was killed for using too much memory."""
        return bool(self._reason)

    def call(self, key: Hashable, call: Call) -> None:
        self.key = key
        with contextlib.suppress(BrokenPipeError):  # It died while idle: the listener reports that.
            send(self._process.stdin, call)

    def _listen(self) -> None:
        try:
            while True:
                self._replies.put((self, _read_reply(receive(self._process.stdout))))
        except (EOFError, OSError, ValueError):
            self._replies.put((self, None))

    def kill(self) -> None:
        self._process.kill()
        self._log.close()

    def yield_processors(self) -> None:
        """Let the process have only what others leave of the processors."""
        number = self._process.pid
        if number is not None:
            yield_processors(number)

    def kill_when_above(self, memory_limit: int) -> None:
        """End the process, for the listener to report, when it uses more memory than it may."""
        number = self._process.pid
        if self.key is None or self._reason or number is None:
            return
        if measure_memory(number) > memory_limit:
            self._reason = f"it used more than its {memory_limit / 1e9:.1f} GB of memory"
            with contextlib.suppress(ProcessLookupError):
                os.killpg(number, signal.SIGKILL)

    @property
    def exit_code(self) -> int:
        """Of the process, which is gone."""
        return self._process.wait()

    def describe_death(self) -> tuple[str, str]:
        """Why the process is gone, in a sentence, and the last lines it wrote."""
        code = self.exit_code
        if self._reason:
            # Said here: the thread that watches the memory has no wording of the command line's.
            return f"{self._reason}: raise {say_parameter('memory_limit')}", ""
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()[-20:]
        if code < 0:
            name = signal.Signals(-code).name
            hint = ", perhaps for want of memory" if name == "SIGKILL" else ""
            return f"the process was killed by {name}{hint}", "\n".join(lines)
        return f"the process ended by itself with code {code}", "\n".join(lines)


def _read_reply(content: bytes) -> Reply:
    """What a worker sent; an object that can be written and not read is the failure of its call."""
    try:
        reply: Reply = cloudpickle.loads(content)
    except Exception as error:  # noqa: BLE001 - whatever a class of the user's does when it is read
        why = f"what it returned cannot be read: {describe_error(error)}"
        return Reply(error=why, traceback=traceback.format_exc())
    return reply


class LocalProcesses:
    """An executor: calls run in processes of their own, several at once.

    Parameters
    ----------
    n_jobs : int
        Calls at once.
    n_threads : int
        Threads that each call may use.
    modules : sequence of str, default=()
        Modules that the processes import when they start, besides what every fit needs.
    memory_limit : int, default=None
        Bytes that each call may use; one that uses more is stopped. None leaves it to the
        system, which is asked to stop a call and not this process.
    environment : mapping of str to str, default=None
        Variables that the processes start with besides those of this one.

    Examples
    --------
    >>> with LocalProcesses(n_jobs=1, n_threads=1) as executor:
    ...     executor.submit("sum", sum, [1, 2, 3])
    ...     while not (finished := executor.wait()):
    ...         pass
    ...     finished.value
    6
    """

    def __init__(
        self,
        n_jobs: int,
        n_threads: int,
        *,
        modules: Sequence[str] = (),
        memory_limit: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.n_jobs = n_jobs
        self.n_threads = n_threads
        self._memory_limit = memory_limit
        self._environment = environment
        self._closing = threading.Event()
        self._modules = tuple(modules)
        self._server: ForkServer | None = None
        self._replies: queue.SimpleQueue[tuple[_Worker, Reply | None]] = queue.SimpleQueue()
        self._workers: list[_Worker] = []
        self._spare: _Worker | None = None
        self._tables = contextlib.ExitStack()
        self._shared: tuple[Table, TableFile] | None = None

    def __enter__(self) -> Self:
        # Their imports take seconds that the parent has other use for.
        self.fill()
        if self._memory_limit is not None:
            self._closing.clear()
            threading.Thread(target=self._watch_memory, args=(self._memory_limit,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with uninterrupted():
            self._closing.set()
            for worker in self._everyone:
                worker.kill()
            self._workers, self._spare = [], None
            if self._server is not None:
                self._server.release()
                self._server = None
            self._tables.close()
            self._shared = None

    def share(self, table: Table) -> TableFile:
        """Write a table, once while it is the same, into a folder that is removed with the processes.

        Parameters
        ----------
        table : Table

        Returns
        -------
        file : TableFile
        """
        if self._shared is None or self._shared[0] is not table:
            folder = tempfile.TemporaryDirectory(prefix="tabkit-", ignore_cleanup_errors=True)
            path = Path(self._tables.enter_context(folder)) / "table.pickle"
            self._shared = table, save_table(table, path)
        return self._shared[1]

    def fill(self) -> None:
        """Start a process in every place that is empty."""
        while len(self._workers) < self.n_jobs:
            self._workers.append(self._start())

    @property
    def n_free(self) -> int:
        """How many calls could start now, in processes that have done their imports."""
        return sum(worker.is_ready and worker.key is None for worker in self._workers)

    @property
    def _everyone(self) -> list[_Worker]:
        return self._workers if self._spare is None else [*self._workers, self._spare]

    def submit(self, key: Hashable, function: Callable[..., Any], *arguments: Any) -> None:
        """Start a call; there must be a place that is free, or will be once its process is up.

        Parameters
        ----------
        key : hashable
            To know the call by; not None.
        function : callable
        *arguments : object
        """
        idle = [worker for worker in self._workers if worker.key is None]
        worker = next((worker for worker in idle if worker.is_ready), idle[0])
        worker.call(key, Call(function, arguments))

    def submit_to_spare(self, key: Hashable, function: Callable[..., Any], *arguments: Any) -> None:
        """Start a call in a place beside the others, which must be free.

        Parameters
        ----------
        key : hashable
            To know the call by; not None.
        function : callable
        *arguments : object
        """
        if self._spare is None:
            self._spare = self._start()
        self._spare.call(key, Call(function, arguments))

    def wait(self, timeout: float | None = None) -> Finished | None:
        """Wait for a call to end.

        Parameters
        ----------
        timeout : float, default=None
            Seconds.

        Returns
        -------
        finished : Finished or None
            None when the time ran out, or a process that was starting is up.

        Raises
        ------
        TabkitError
            If a process ends before it is up.
        """
        try:
            worker, reply = self._replies.get(timeout=timeout)
        except queue.Empty:
            return None
        if worker not in self._everyone:
            return None  # Killed on purpose.
        if reply is not None and not worker.is_ready:
            worker.is_ready = True
            return None
        key, worker.key = worker.key, None
        if reply is not None:
            if worker.is_doomed:  # killed for its memory a moment after it had answered
                self._replace(worker)
            return Finished(key, reply.value, reply.error, reply.traceback)
        error, log = worker.describe_death()
        if not worker.is_ready:
            raise TabkitError(f"a worker process could not start: {error}\n{log}")
        self._replace(worker)
        if key is None:
            return None
        return Finished(
            key,
            error=error,
            traceback=log,
            exit_code=worker.exit_code,
            is_above_memory_limit=worker.is_doomed,
        )

    def yield_processors(self, key: Hashable) -> None:
        """Let a running call have only what others leave of the processors.

        Parameters
        ----------
        key : hashable
            Of the call.
        """
        next(worker for worker in self._everyone if worker.key == key).yield_processors()

    def kill(self, key: Hashable, *, is_replaced: bool = True) -> None:
        """Kill the process of a running call.

        Parameters
        ----------
        key : hashable
            Of the call.
        is_replaced : bool, default=True
            Whether another takes its place, which is up some seconds later. Where no calls follow,
            it would only take time from what runs; its place is empty then, until `fill`.
        """
        worker = next(worker for worker in self._everyone if worker.key == key)
        if is_replaced:
            self._replace(worker)
            return
        worker.kill()
        if worker is self._spare:
            self._spare = None
        else:
            self._workers.remove(worker)

    def _replace(self, worker: _Worker) -> None:
        """Put a fresh process in the place of another; the spare starts when there is a call for it."""
        worker.kill()
        if worker is self._spare:
            self._spare = None
        else:
            self._workers[self._workers.index(worker)] = self._start()

    def _watch_memory(self, memory_limit: int) -> None:
        while not self._closing.wait(_WATCH_SECONDS):
            for worker in self._everyone.copy():
                worker.kill_when_above(memory_limit)

    def _start(self) -> _Worker:
        return _Worker(self._start_process, self._replies)

    def _start_process(self, log: IO[bytes]) -> ChildProcess:
        # Variables of its own are for what is read when modules are imported.
        if not CAN_FORK or self._environment:
            return StartedProcess(self.n_threads, self._modules, self._environment or {}, log)
        if self._server is not None and not self._server.is_alive:
            self._server.release()
            self._server = None
        if self._server is None:
            self._server = ForkServer.take(self.n_threads, self._modules)
        return self._server.fork(log)

"""Worker processes that one run leaves to the next: most tests of runs would else wait for imports only.

A worker that was killed in a call, or died, is never handed on; tests of the executor itself start their own.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from tabkit.evaluation import _local_processes
from tabkit.evaluation._worker import Reply

_MOST_IDLE = 4
_Worker = _local_processes._Worker  # as it is before any test patches it


class Relay:
    """Stands between a worker and whichever run it works for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._target: Any = queue.SimpleQueue()
        self._is_up = False

    def put(self, message: Any) -> None:
        with self._lock:
            self._is_up = True
            self._target.put(message)

    def point_at(self, target: Any) -> None:
        """Send on from now on, and what came while nobody listened first."""
        with self._lock:
            while not self._target.empty():
                target.put(self._target.get())
            self._target = target

    def keep(self, worker: WarmWorker) -> None:
        """Keep what comes for whoever listens next, who is told first that the worker is up, if it is."""
        with self._lock:
            self._target = queue.SimpleQueue()
            if self._is_up:
                self._target.put((worker, Reply()))


class WarmWorker(_Worker):
    """A worker that is put by, and not killed, when a run that it has answered ends."""

    idle: list[WarmWorker] = []

    def __init__(self, n_threads: int, replies: Any, modules: Sequence[str] = ()) -> None:
        self.relay = Relay()
        self.relay.point_at(replies)
        self.started_as = _describe_start(n_threads, modules)
        super().__init__(n_threads, self.relay, modules)  # type: ignore[arg-type]

    def kill(self) -> None:
        if self.key is not None or self.is_doomed or self._process.poll() is not None:
            super().kill()
            return
        self.is_ready = False
        self.relay.keep(self)
        self.idle.append(self)
        while len(self.idle) > _MOST_IDLE:
            super(WarmWorker, self.idle.pop(0)).kill()

    @classmethod
    def take(
        cls,
        n_threads: int,
        replies: Any,
        modules: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> _local_processes._Worker:
        """One that was put by, if it was started alike, or a new one; a plain one if it has variables."""
        if environment:
            return _Worker(n_threads, replies, modules, environment)
        wanted = _describe_start(n_threads, modules)
        for worker in list(cls.idle):
            if worker._process.poll() is not None:
                cls.idle.remove(worker)
            elif worker.started_as == wanted:
                cls.idle.remove(worker)
                worker.relay.point_at(replies)
                return worker
        return cls(n_threads, replies, modules)

    @classmethod
    def close(cls) -> None:
        """Kill those that are put by."""
        while cls.idle:
            super(WarmWorker, cls.idle.pop()).kill()


def _describe_start(n_threads: int, modules: Sequence[str]) -> Hashable:
    """All that a process that starts now would inherit."""
    import sys

    variables = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    paths = tuple(path or os.getcwd() for path in sys.path)
    return n_threads, tuple(modules), frozenset(variables.items()), paths

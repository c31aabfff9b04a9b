"""Writing that nobody waits for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

# More would hold the memory that the writing is to free.
_MOST_LATE = 8


class LateWriter:
    """Does what it is given in a thread, in the order in which it came.

    What goes wrong is raised by the next call of `submit` or `flush`, so that a run into a full disk does not
    go on for hours.

    Examples
    --------
    >>> done = []
    >>> writer = LateWriter()
    >>> writer.submit(done.append, "first")
    >>> writer.submit(done.append, "second")
    >>> writer.flush()
    >>> done
    ['first', 'second']
    """

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._late: deque[Future[Any]] = deque()

    def submit(self, write: Callable[..., Any], *arguments: Any) -> None:
        """Have a function called soon; wait only where too much is late.

        Parameters
        ----------
        write : callable
        *arguments : object
        """
        while self._late and (self._late[0].done() or len(self._late) >= _MOST_LATE):
            self._late.popleft().result()
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, "tabkit-writer")
        self._late.append(self._pool.submit(write, *arguments))

    def flush(self) -> None:
        """Wait until all is done; raise the first thing that went wrong."""
        while self._late:
            self._late.popleft().result()

    def close(self) -> None:
        """Wait until all is done, and end the thread; what went wrong is raised by `flush` only."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

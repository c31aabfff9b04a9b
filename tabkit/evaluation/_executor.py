"""Where calls run: what the engine asks of whoever runs them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Protocol

from tabkit.data import Table
from tabkit.evaluation._shared_table import SharedTable


@dataclass(frozen=True)
class Finished:
    """A call that ended.

    Attributes
    ----------
    key : hashable
        As given to `Executor.submit`.
    value : object
        What the call returned; None when it failed.
    error : str
        How it failed, in one line; empty when it did not.
    traceback : str
        Of the exception, or what the process wrote last; else empty.
    exit_code : int or None
        Of the process that died in the call, negative for a signal; None when none did.
    is_above_memory_limit : bool
        Whether it was killed because it used more memory than it may.
    """

    key: Hashable
    value: Any = None
    error: str = ""
    traceback: str = ""
    exit_code: int | None = None
    is_above_memory_limit: bool = False


class Executor(Protocol):
    """Runs calls, and says what came of each: in this process, in others, or on other machines.

    Attributes
    ----------
    n_jobs : int
        Calls at once.
    n_threads : int
        Threads that each call may use.
    """

    n_jobs: int
    n_threads: int

    @property
    def n_free(self) -> int:
        """How many calls could start now."""

    def share(self, table: Table) -> SharedTable:
        """Put a table where every call can load it.

        Parameters
        ----------
        table : Table

        Returns
        -------
        shared : SharedTable
            An argument for calls.
        """

    def fill(self) -> None:
        """Make every place ready for calls."""

    def submit(self, key: Hashable, function: Callable[..., Any], *arguments: Any) -> None:
        """Hand over a call; a place must be free.

        Parameters
        ----------
        key : hashable
            To know the call by; not None.
        function : callable
        *arguments : object
        """

    def submit_to_spare(self, key: Hashable, function: Callable[..., Any], *arguments: Any) -> None:
        """Hand over a call that a place beside the others is kept for, so that it need not wait for them.

        Parameters
        ----------
        key : hashable
            To know the call by; not None.
        function : callable
        *arguments : object
        """

    def wait(self, timeout: float | None = None) -> Finished | None:
        """Wait for a call to end.

        Parameters
        ----------
        timeout : float, default=None
            Seconds; an executor that cannot leave a call alone waits for its end.

        Returns
        -------
        finished : Finished or None
            None when none has ended.
        """

    def kill(self, key: Hashable, *, is_replaced: bool = True) -> None:
        """Stop a call that was handed over and has not ended.

        Parameters
        ----------
        key : hashable
            Of the call.
        is_replaced : bool, default=True
            Whether its place is needed again.
        """

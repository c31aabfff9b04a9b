"""Calls in this process, one after the other."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from tabkit._core._warnings import is_main_thread
from tabkit.data import Table
from tabkit.evaluation._executor import Finished
from tabkit.evaluation._shared_table import TableInMemory
from tabkit.evaluation._worker import Call, run_call

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


class InProcess:
    """An executor without processes: for the ``fit`` of an estimator, under joblib, inside other workers.

    A call runs when it is waited for, and to its end: what crashes takes this process along, and what
    hangs is waited for. Libraries of linear algebra and OpenMP get the threads of a call and no more, and
    warnings are put down, in the main thread: in others both stay as the process has them.

    Parameters
    ----------
    n_threads : int, default=1
        Threads that each call may use.

    Examples
    --------
    >>> executor = InProcess()
    >>> executor.submit("sum", sum, [1, 2, 3])
    >>> executor.wait().value
    6
    """

    n_jobs = 1

    def __init__(self, n_threads: int = 1) -> None:
        self.n_threads = n_threads
        self._waiting: tuple[Hashable, Call] | None = None
        self._pools: tuple[int, ThreadpoolController] | None = None

    @property
    def n_free(self) -> int:
        """One, unless a call waits."""
        return int(self._waiting is None)

    def share(self, table: Table) -> TableInMemory:
        """Share the table itself.

        Parameters
        ----------
        table : Table

        Returns
        -------
        shared : TableInMemory
        """
        return TableInMemory(table)

    def fill(self) -> None:
        """Nothing has to be ready."""

    def submit(self, key: Hashable, function: Callable[..., Any], *arguments: Any) -> None:
        """Take a call for the next `wait`.

        Parameters
        ----------
        key : hashable
            To know the call by; not None.
        function : callable
        *arguments : object
        """
        assert self._waiting is None
        self._waiting = key, Call(function, arguments)

    def submit_to_spare(self, key: Hashable, function: Callable[..., Any], *arguments: Any) -> None:
        """Take a call for the next `wait`: there is one place for all.

        Parameters
        ----------
        key : hashable
            To know the call by; not None.
        function : callable
        *arguments : object
        """
        self.submit(key, function, *arguments)

    def wait(self, timeout: float | None = None) -> Finished | None:
        """Run the call that waits.

        Parameters
        ----------
        timeout : float, default=None
            Not used: a call runs to its end.

        Returns
        -------
        finished : Finished or None
            None where no call waits.
        """
        if self._waiting is None:
            return None
        key, call = self._waiting
        self._waiting = None
        # Pools of threads are the process's: an engine in another thread leaves them alone.
        limit = self._find_pools().limit(limits=self.n_threads) if is_main_thread() else nullcontext()
        with limit:
            reply = run_call(call)
        return Finished(key, reply.value, reply.error, reply.traceback)

    def kill(self, key: Hashable, *, is_replaced: bool = True) -> None:
        """Drop the call, which has not begun.

        Parameters
        ----------
        key : hashable
            Of the call.
        is_replaced : bool, default=True
            Not used.
        """
        self._waiting = None

    def _find_pools(self) -> ThreadpoolController:
        """The pools of threads of all libraries; looked for anew when something was imported."""
        from threadpoolctl import ThreadpoolController

        n_modules = len(sys.modules)
        if self._pools is None or self._pools[0] != n_modules:
            self._pools = n_modules, ThreadpoolController()
        return self._pools[1]

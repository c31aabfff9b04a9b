"""AutoGluon on one outer fold, in a process of its own that can be killed."""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tabkit._core import TabkitError
from tabkit._core._parameters import say_parameter
from tabkit.comparison._autogluon._answer import AutoGluonError, AutoGluonFold
from tabkit.comparison._autogluon._fitting import fit_and_predict
from tabkit.comparison._autogluon._folder import call_in_folder, read_log, temporary_folder
from tabkit.comparison._autogluon._request import AutoGluonRequest, build_request, make_labels
from tabkit.data._table import Table
from tabkit.data._task import Task
from tabkit.evaluation import Finished, LocalProcesses

if TYPE_CHECKING:
    import numpy as np

_POLL_SECONDS = 0.05


def seconds_needed(preset: str) -> float:
    """The least seconds for one fold; with less, AutoGluon is not started.

    On two processors its process takes some 6 s to start and up to 4 s to ensemble and predict.
    What remains must do for one model at least: fitted once with "medium_quality", and on eight
    folds with the others.

    Examples
    --------
    >>> seconds_needed("best_quality")
    30.0
    """
    return 15.0 if preset in ("medium_quality", "medium", "mq") else 30.0


def evaluate_autogluon_fold(
    table: Table,
    task: Task,
    train: np.ndarray,
    test: np.ndarray,
    *,
    seconds: float,
    preset: str = "best_quality",
    n_threads: int,
    random_state: int,
    memory_limit: int | None = None,
    stop: threading.Event | None = None,
) -> AutoGluonFold:
    """Fit AutoGluon on an outer training fold and predict the test rows.

    It sees the training rows only (and at predict the features of the test rows), in a
    process of its own with a temporary folder of its own. Both are gone when this returns or
    raises; should this process be killed, the other ends with it and the next call removes
    the folder.

    Parameters
    ----------
    table : Table
    task : Task
    train, test : ndarray of int
        Row positions in the table.
    seconds : float
        Wall time of everything: start of the process, imports, fit and prediction.
    preset : str, default="best_quality"
        AutoGluon's.
    n_threads : int
    random_state : int
        Of AutoGluon's inner splits.
    memory_limit : int, default=None
        Bytes; the process is stopped when it uses more.
    stop : threading.Event, default=None
        When set, the process is killed at once.

    Returns
    -------
    fold : AutoGluonFold

    Raises
    ------
    AutoGluonError
        If it failed, was too slow, had too little time, or was stopped.
    """
    needed = seconds_needed(preset)
    if seconds < needed:
        raise AutoGluonError(
            f"half of the time is {seconds:.0f} s per fold, and AutoGluon needs {needed:.0f} s at least with "
            f"{preset}: raise {say_parameter('time_limit')}",
            "too little time",
        )
    deadline = time.time() + seconds
    request = build_request(table, task, train, test, preset, deadline, n_threads, random_state)
    with temporary_folder() as folder:
        # Not in the executor of the candidates, which splits the processors that AutoGluon has to itself.
        with LocalProcesses(
            n_jobs=1,
            n_threads=n_threads,
            memory_limit=memory_limit,
            # Its forests take every processor that joblib counts, whatever number they are given.
            environment={"TMPDIR": str(folder), "LOKY_MAX_CPU_COUNT": str(n_threads)},
        ) as executor:
            finished = _call(executor, request, folder, deadline + _grace(seconds), stop)
        log = read_log(folder)
    if finished is None:
        raise AutoGluonError(
            f"AutoGluon was stopped: it had not finished after its {seconds:.0f} s per fold", "too slow", log
        )
    fold = _read_answer(finished, log, memory_limit)
    details = {"seconds given": f"{seconds:.1f}", **fold.details}
    if not task.is_classification:
        return replace(fold, details=details)
    return replace(fold, prediction=make_labels(task.classes)[fold.prediction], details=details)


def _grace(seconds: float) -> float:
    return max(1.0, 0.05 * seconds)


def _call(
    executor: LocalProcesses,
    request: AutoGluonRequest,
    folder: Path,
    latest: float,
    stop: threading.Event | None,
) -> Finished | None:
    """Let the process answer the request; None when it has not by the latest time."""
    while True:
        if stop is not None and stop.is_set():
            raise AutoGluonError("AutoGluon was stopped before it had finished", "interrupted")
        if executor.n_free:
            executor.submit("fold", call_in_folder, folder, fit_and_predict, request, folder / "model")
        try:
            finished = executor.wait(timeout=_POLL_SECONDS)
        except TabkitError as error:  # the process ended before it was up
            reason, _, log = str(error).partition("\n")
            raise AutoGluonError(f"AutoGluon failed: {reason}", "failed", log) from error
        if finished is not None or time.time() > latest:
            return finished


def _read_answer(finished: Finished, log: str, memory_limit: int | None) -> AutoGluonFold:
    """Take the fold out of what the process answered, or raise what went wrong."""
    if isinstance(finished.value, AutoGluonFold):
        return finished.value
    log = log or finished.traceback.strip()  # what came before the call, or in reading its request
    if finished.value is not None:
        raise AutoGluonError(finished.value.message, finished.value.status, log)
    if finished.is_above_memory_limit and memory_limit is not None:
        told = say_parameter("memory_limit")
        reason = f" used more than {memory_limit / 1e9:.1f} GB of memory: raise {told}"
    elif finished.exit_code is None:
        reason = f" failed: {finished.error}"
    else:
        reason = f"'s process {_say_end(finished.exit_code, log)}"
    raise AutoGluonError(f"AutoGluon{reason}", "failed", log)


def _say_end(exit_code: int, log: str) -> str:
    if exit_code == -signal.SIGKILL:
        return "was killed, most likely because the memory was used up"
    if exit_code < 0:
        return f"ended by signal {signal.Signals(-exit_code).name}"
    last_line = log.rpartition("\n")[2] or "nothing in its log"
    return f"ended with exit code {exit_code}: {last_line}"

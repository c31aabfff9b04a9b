"""The engine: candidates x folds -> out-of-fold predictions."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabkit._core._wording import say_count
from tabkit.data import Task
from tabkit.evaluation._evaluation import Evaluation
from tabkit.evaluation._executor import Finished, LocalProcesses
from tabkit.evaluation._fingerprint import fingerprint_estimator
from tabkit.evaluation._fold import evaluate_fold
from tabkit.evaluation._folds import Folds
from tabkit.evaluation._progress import Event, Listener, ignore
from tabkit.evaluation._schedule import Deadline, Progress, Schedule
from tabkit.evaluation._store import RunFolder

if TYPE_CHECKING:
    from tabkit.evaluation._evaluation import Status

_TICK_SECONDS = 0.1


@dataclass(frozen=True)
class Entrant:
    """A candidate as it enters the engine: built, or with the reason why it could not be.

    Attributes
    ----------
    name : str
    estimator : estimator or None
    description : str
    cost : float
        The cheap ones run first.
    status : str or None
        Set where there is nothing to fit ("not installed", "failed").
    reason : str
        In words.
    """

    name: str
    estimator: Any
    description: str = ""
    cost: float = 10.0
    status: Status | None = None
    reason: str = ""


FindDeadline = Callable[[Sequence[Evaluation]], Deadline | None]


class Engine:
    """Evaluates entrants on folds, keeps what is finished, and stays within its time.

    Parameters
    ----------
    table_path : Path
        Written by `save_table`.
    task : Task
    folds : Folds
    store : RunFolder
    executor : LocalProcesses
    listener : callable, default=ignore
        Gets an `Event` whenever something happens.
    """

    def __init__(
        self,
        table_path: Path,
        task: Task,
        folds: Folds,
        store: RunFolder,
        executor: LocalProcesses,
        listener: Listener = ignore,
    ) -> None:
        self._table_path = table_path
        self._task = task
        self._folds = folds
        self._store = store
        self._executor = executor
        self._listener = listener
        self._entrants: Sequence[Entrant] = ()
        self._candidates: list[Progress] = []
        self.interrupted = False

    def evaluate(self, entrants: Sequence[Entrant], find_deadline: FindDeadline) -> tuple[Evaluation, ...]:
        """Fit every entrant on every fold that is not finished yet.

        Parameters
        ----------
        entrants : sequence of Entrant
        find_deadline : callable
            Gets the evaluations so far and returns by when the fits must end; None for no limit.

        Returns
        -------
        evaluations : tuple of Evaluation
            One per entrant, in their order. After Ctrl-C (`interrupted` is then set) those
            that were not through say so.
        """
        self._entrants = entrants
        self._candidates = [self._enter(entrant) for entrant in entrants]
        schedule = Schedule(self._candidates, self._executor.n_jobs)
        self._executor.fill()
        try:
            self._run(schedule, find_deadline)
        except KeyboardInterrupt:
            self.interrupted = True
        for candidate in self._candidates:
            if candidate.status is None:
                candidate.settle(
                    "interrupted",
                    f"{len(candidate.results)} of {say_count(len(self._folds), 'fold')} finished",
                )
        return self.evaluations()

    def evaluations(self) -> tuple[Evaluation, ...]:
        """What is known of every entrant now."""
        pairs = zip(self._entrants, self._candidates, strict=True)
        return tuple(self._as_evaluation(entrant, candidate) for entrant, candidate in pairs)

    def _enter(self, entrant: Entrant) -> Progress:
        """Look what of an entrant is on disk already."""
        candidate = Progress(entrant.name, entrant.estimator, "", entrant.cost, len(self._folds))
        if entrant.status is not None:
            candidate.settle(entrant.status, entrant.reason)
            return candidate
        candidate.fingerprint = fingerprint_estimator(entrant.estimator)
        kept = self._store.load_folds(entrant.name, candidate.fingerprint)
        # A fold that was kept before a metric was asked for has to be fitted again.
        asked = {self._task.metric, *self._task.shown_first}
        candidate.results = {fold: kept[fold] for fold in kept if asked <= kept[fold].scores.keys()}
        candidate.pending = [fold for fold in range(len(self._folds)) if fold not in candidate.results]
        if not candidate.pending:
            candidate.settle("finished")
        return candidate

    def _run(self, schedule: Schedule, find_deadline: FindDeadline) -> None:
        while any(candidate.running or candidate.pending for candidate in self._candidates):
            deadline = find_deadline(self.evaluations())
            # When the time is over there is nothing to wait for, not even for a process to be up.
            if deadline is not None and time.monotonic() >= deadline.end:
                self._end(schedule, deadline)
                return
            while self._executor.n_free and (choice := schedule.next_fold(time.monotonic(), deadline)):
                self._submit(*choice)
            finished = self._executor.wait(timeout=_TICK_SECONDS if deadline is not None else None)
            if finished is not None:
                self._take(finished)
            self._kill_needless()
            if deadline is not None:
                for candidate, fold in schedule.make_way(time.monotonic(), deadline):
                    self._kill(candidate, fold)
                    text = f"{candidate.name} waits until the others have had their turn"
                    self._tell("fold", text, candidate.name)

    def _end(self, schedule: Schedule, deadline: Deadline) -> None:
        """Stop what runs: the time is over."""
        begun = [candidate for candidate in self._candidates if candidate.running]
        schedule.end(time.monotonic(), deadline)
        self._kill_needless()
        for candidate in begun:
            self._tell("candidate", f"{candidate.name}: {candidate.reason}", candidate.name)

    def _submit(self, candidate: Progress, fold: int) -> None:
        train, test = self._folds.pairs[fold]
        self._executor.submit(
            (candidate.name, fold),
            evaluate_fold,
            candidate.estimator,
            self._table_path,
            self._task,
            train,
            test,
            self._executor.n_threads,
        )

    def _take(self, finished: Finished) -> None:
        """Keep what a worker brought back: a finished fold, or the end of a candidate."""
        assert isinstance(finished.key, tuple)
        name, fold = finished.key
        candidate = next(candidate for candidate in self._candidates if candidate.name == name)
        del candidate.running[fold]
        if finished.error:
            if candidate.status is None:
                reason = f"fold {fold}: {finished.error}"
                candidate.settle("failed", reason, finished.traceback)
                self._tell("candidate", f"{name} failed: {finished.error}", name)
            return
        candidate.results[fold] = self._store.save_fold(
            name,
            candidate.fingerprint,
            fold,
            finished.value,
            self._folds,
            self._task,
            self._executor.n_threads,
        )
        if len(candidate.results) == len(self._folds):
            candidate.settle("finished")
            self._tell("candidate", f"{name} finished", name)
        else:
            self._tell("fold", f"{name}: fold {fold} finished", name)

    def _kill_needless(self) -> None:
        """Stop the other folds of a candidate that failed or was given up."""
        for candidate in self._candidates:
            if candidate.status is not None:
                for fold in list(candidate.running):
                    self._kill(candidate, fold)
                    del candidate.running[fold]

    def _kill(self, candidate: Progress, fold: int) -> None:
        is_replaced = any(candidate.pending for candidate in self._candidates)
        self._executor.kill((candidate.name, fold), is_replaced=is_replaced)

    def _tell(self, kind: Any, text: str, name: str) -> None:
        n_total = len(self._candidates) * len(self._folds)
        n_done = sum(
            len(self._folds) if candidate.status else len(candidate.results) for candidate in self._candidates
        )
        self._listener(Event(kind, text, name, n_done, n_total))

    def _as_evaluation(self, entrant: Entrant, candidate: Progress) -> Evaluation:
        return Evaluation(
            name=candidate.name,
            status=candidate.status or "interrupted",
            folds=tuple(candidate.results[fold] for fold in sorted(candidate.results)),
            n_folds=len(self._folds),
            reason=candidate.reason,
            traceback=candidate.traceback,
            folder=self._store.predictions_folder(candidate.name),
            description=entrant.description,
        )

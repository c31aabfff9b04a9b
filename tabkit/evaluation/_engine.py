"""The engine: candidates x folds -> out-of-fold predictions."""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabkit._core import describe_error
from tabkit._core._signals import uninterrupted
from tabkit._core._wording import say_count
from tabkit.data import Table, Task
from tabkit.evaluation._candidate_rows import CandidateRows
from tabkit.evaluation._completion import complete_scores
from tabkit.evaluation._entrant import Entrant
from tabkit.evaluation._evaluation import Evaluation
from tabkit.evaluation._executor import Executor, Finished
from tabkit.evaluation._fold import evaluate_fold
from tabkit.evaluation._folds import Folds
from tabkit.evaluation._judging import asked_metrics, metrics_of
from tabkit.evaluation._progress import Event, Listener, ignore
from tabkit.evaluation._refit import StandIn
from tabkit.evaluation._run_folder import file_name
from tabkit.evaluation._schedule import (
    Deadline,
    FindDeadline,
    Preference,
    Progress,
    Schedule,
    cheapest_first,
    no_limit,
)
from tabkit.evaluation._shared_table import TableFile
from tabkit.evaluation._store import Store

if TYPE_CHECKING:
    from tabkit.evaluation._evaluation import FoldResult

_TICK_SECONDS = 0.1


class Engine:
    """Evaluates entrants on folds, keeps what is finished, and stays within its time.

    Whoever is called while it runs (the listener, ``find_deadline``, ``prefer``) may `add` entrants and
    `stop` them.

    Parameters
    ----------
    table : Table or TableFile
        In memory, to be shared by the executor; or in a file that was written by `save_table`.
    task : Task
    folds : Folds
    store : Store
        Where finished folds are kept: a `RunFolder`, or a `MemoryStore`.
    executor : Executor
        Where fits run: `LocalProcesses`, or `InProcess`.
    listener : callable, default=ignore
        Gets an `Event` whenever something happens.
    prefer : callable, default=cheapest_first
        Decides whose fold comes next, see `Schedule`.
    all_metrics : bool, default=False
        Whether a fold is scored by all metrics of the task at once, where there is time for it, or by those
        that rank or are shown first; see `complete_scores` for the others.
    keep_models : bool, default=False
        Whether the store keeps the model of each fold.
    has_trials : bool, default=False
        Whether candidates begin with one fold on few rows, where there may not be time for all of them: then
        ``prefer`` knows which are promising.
    stand_ins : Path, default=None
        Folder in which one model of each candidate is kept while the run lasts, see `stand_in`.
    random_state : int, default=0
        Draws the training rows of a candidate that there is no time to train on all of them.

    Attributes
    ----------
    interrupted : bool
        Whether Ctrl-C ended the run.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from tabkit.data import build_table, infer_task
    >>> frame = load_breast_cancer(as_frame=True).frame
    >>> table = build_table(frame, target="target")
    >>> from tabkit.evaluation import Folds, InProcess, MemoryStore
    >>> rows = np.arange(table.n_rows)
    >>> folds = Folds(tuple((rows[rows % 3 != k], rows[rows % 3 == k]) for k in range(3)), "every third row")
    >>> engine = Engine(table, infer_task(table), folds, MemoryStore(), InProcess())
    >>> (tree,) = engine.evaluate([Entrant("tree", DecisionTreeClassifier(max_depth=3, random_state=0))])
    >>> len(tree.predictions()), tree.status
    (569, 'finished')
    """

    def __init__(
        self,
        table: Table | TableFile,
        task: Task,
        folds: Folds,
        store: Store,
        executor: Executor,
        listener: Listener = ignore,
        *,
        prefer: Preference = cheapest_first,
        all_metrics: bool = False,
        keep_models: bool = False,
        has_trials: bool = False,
        stand_ins: Path | None = None,
        random_state: int = 0,
    ) -> None:
        self._table = table if isinstance(table, Table) else table.load()
        self._shared = executor.share(table) if isinstance(table, Table) else table
        self._task = task
        self._folds = folds
        self._store = store
        self._executor = executor
        self._listener = listener
        self._prefer = prefer
        self._all_metrics = all_metrics
        self._keep_models = keep_models
        self._has_trials = has_trials
        self._seed = random_state
        self._stand_ins = None if stand_ins is None else stand_ins.absolute()
        self._entrants: list[Entrant] = []
        self._candidates: list[Progress] = []
        self._is_running = False
        self._has_told_of_trials = False
        # Tells its calls from those of other engines on the same executor.
        self._token = object()
        self.interrupted = False

    def add(self, entrants: Iterable[Entrant]) -> None:
        """Let more candidates enter, before the run or while it goes on.

        Parameters
        ----------
        entrants : iterable of Entrant

        Raises
        ------
        ValueError
            If there is one of that name.
        """
        for entrant in entrants:
            if any(entrant.name == candidate.name for candidate in self._candidates):
                raise ValueError(f"a candidate named {entrant.name!r} has entered already")
            self._entrants.append(entrant)
            self._candidates.append(self._enter(entrant))
        if self._is_running:  # a place may have been given up when nothing else was left
            self._executor.fill()

    def recall(self, entrants: Iterable[Entrant]) -> tuple[Entrant, ...]:
        """Let candidates enter whose folds are all kept, as finished; nothing is fitted for the others.

        Parameters
        ----------
        entrants : iterable of Entrant
            Of names that have not entered.

        Returns
        -------
        recalled : tuple of Entrant
            Those that have entered now.
        """
        found = []
        for entrant in entrants:
            candidate = self._enter(entrant)
            if candidate.status == "finished":
                self._entrants.append(entrant)
                self._candidates.append(candidate)
                found.append(entrant)
        return tuple(found)

    def stop(self, name: str, reason: str) -> None:
        """Let nothing more happen to a candidate; its finished folds stay.

        Parameters
        ----------
        name : str
        reason : str
            For the reader.

        Raises
        ------
        ValueError
            If there is none of that name.
        """
        candidate = self._find(name)
        if candidate is None:
            raise ValueError(f"no candidate named {name!r} has entered")
        if candidate.status is None:
            candidate.settle("stopped", reason)
            self._kill_needless()
            self._tell("candidate", f"{name} was stopped: {reason}", candidate)

    def evaluate(
        self, entrants: Iterable[Entrant] = (), find_deadline: FindDeadline = no_limit
    ) -> tuple[Evaluation, ...]:
        """Fit every entrant on every fold that is not finished yet.

        Parameters
        ----------
        entrants : iterable of Entrant, default=()
            Besides those that were added.
        find_deadline : callable, default=no_limit
            Gets the evaluations so far and returns by when the fits must end; None for no limit.

        Returns
        -------
        evaluations : tuple of Evaluation
            One per entrant, in their order. After Ctrl-C
            (`interrupted` is then set) those that were not through say so; one that was never
            preferred is "stopped".

        Raises
        ------
        OSError
            If a result could not be written.
        """
        self.add(entrants)
        schedule = Schedule(
            self._candidates,
            self._executor.n_jobs,
            self._prefer,
            self._shorten,
            self._begin_trial if self._has_trials else None,
        )
        self._executor.fill()
        self._is_running = True
        try:
            self._run(schedule, find_deadline)
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            self._is_running = False
            self._abandon()
        for candidate in self._candidates:
            if candidate.status is None:
                candidate.settle(
                    "interrupted" if self.interrupted else "stopped",
                    f"{len(candidate.results)} of {say_count(len(self._folds), 'fold')} finished",
                )
        with uninterrupted():
            self._store.flush()
        return self.evaluations()

    def stand_in(self, name: str) -> StandIn | None:
        """A model of a candidate that is fitted already, on the training rows of a fold.

        Parameters
        ----------
        name : str

        Returns
        -------
        stand_in : StandIn or None
            None where none was kept.
        """
        candidate = self._find(name)
        path = None if candidate is None else self._stand_in_file(candidate)
        if candidate is None or path is None or candidate.measuring_fold is None or not path.exists():
            return None
        n_all = len(self._folds.pairs[candidate.measuring_fold][0])
        return StandIn(path, n_all if candidate.train_rows is None else min(candidate.train_rows, n_all))

    def _stand_in_file(self, candidate: Progress) -> Path | None:
        if self._stand_ins is None:
            return None
        return self._stand_ins / f"{file_name(candidate.name)}.pickle"

    def recipe_of(self, name: str) -> str:
        """Fingerprint of all that the results of a candidate hang on; empty where it could not be built.

        Parameters
        ----------
        name : str

        Returns
        -------
        recipe : str
        """
        candidate = self._find(name)
        return "" if candidate is None else candidate.fingerprint

    def load_model(self, name: str, fold: int) -> Any:
        """The model that a finished fold of a candidate was predicted with, where models are kept.

        Parameters
        ----------
        name : str
        fold : int

        Returns
        -------
        model : estimator or None
        """
        candidate = self._find(name)
        return None if candidate is None else self._store.load_model(candidate.stored_as, fold)

    def evaluations(self) -> tuple[Evaluation, ...]:
        """What is known of every entrant now."""
        pairs = zip(self._entrants, self._candidates, strict=True)
        return tuple(self._as_evaluation(entrant, candidate) for entrant, candidate in pairs)

    def _enter(self, entrant: Entrant) -> Progress:
        """Look what of an entrant is on disk already."""
        candidate = Progress(
            entrant.name,
            entrant.estimator,
            "",
            entrant.cost,
            len(self._folds),
            priority=entrant.priority,
            is_reference=entrant.is_reference,
        )
        if entrant.status is not None:
            candidate.settle(entrant.status, entrant.reason)
            return candidate
        candidate.fingerprint = self._rows.fingerprint(entrant.estimator)
        kept = self._store.load_folds(entrant.name, candidate.fingerprint)
        if self._keep_models:
            kept = {
                fold: kept[fold] for fold in kept if self._store.load_model(entrant.name, fold) is not None
            }
        candidate.results = kept
        # An earlier run may not have been asked for all metrics that are asked for now.
        choose = metrics_of if self._all_metrics else asked_metrics
        metrics = choose(self._task, has_groups=self._table.groups is not None)
        found = complete_scores(self._as_evaluation(entrant, candidate), self._table, self._task, metrics)
        candidate.results = {result.fold: result for result in found.folds}
        candidate.pending = [fold for fold in range(len(self._folds)) if fold not in candidate.results]
        if not candidate.pending:
            candidate.settle("finished")
        return candidate

    @cached_property
    def _rows(self) -> CandidateRows:
        return CandidateRows(self._table, self._task, self._folds, self._store, self._seed)

    def _shorten(self, candidate: Progress, share: float) -> bool:
        if not self._rows.shorten(candidate, share):
            return False
        told = f"{candidate.name} is trained on {candidate.train_rows:,} of {self._folds.fewest_train:,} rows"
        self._tell("fold", f"{told}: there is no time for all", candidate)
        if not candidate.pending:
            candidate.settle("finished")
        return True

    def _begin_trial(self, candidate: Progress) -> bool:
        if not self._rows.begin_trial(candidate):
            return False
        if not self._has_told_of_trials:
            told = f"there may be no time for all: each is tried on {self._rows.n_trial:,} rows first"
            self._listener(Event("phase", told))
            self._has_told_of_trials = True
        return True

    def _run(self, schedule: Schedule, find_deadline: FindDeadline) -> None:
        while any(candidate.running or candidate.pending for candidate in self._candidates):
            deadline = find_deadline(self.evaluations())
            # When the time is over there is nothing to wait for, not even for a process to be up.
            if deadline is not None and time.monotonic() >= deadline.end:
                self._end(schedule, deadline)
                return
            if not self._fill(schedule, deadline):
                return
            finished = self._executor.wait(timeout=_TICK_SECONDS if deadline is not None else None)
            if finished is not None:
                self._take(finished)
            self._kill_needless()
            if deadline is not None:
                for candidate, fold in schedule.make_way(time.monotonic(), deadline):
                    self._kill(candidate, fold)
                    self._tell(
                        "fold", f"{candidate.name} waits until the others have had their turn", candidate
                    )

    def _end(self, schedule: Schedule, deadline: Deadline) -> None:
        """Stop what runs: the time is over."""
        begun = [candidate for candidate in self._candidates if candidate.running]
        schedule.end(time.monotonic(), deadline)
        self._kill_needless()
        for candidate in begun:
            self._tell("candidate", f"{candidate.name}: {candidate.reason}", candidate)

    def _fill(self, schedule: Schedule, deadline: Deadline | None) -> bool:
        """Hand over folds to all free places; whether anything can still happen."""
        while self._executor.n_free:
            choice = schedule.next_fold(time.monotonic(), deadline)
            if choice is None:  # none is left, or none is preferred
                return any(candidate.running for candidate in self._candidates)
            self._submit(*choice)
        return True

    def _submit(self, candidate: Progress, fold: int) -> None:
        train, test = self._rows.draw(candidate, fold), self._folds.pairs[fold][1]
        # One fold tells how large the model is.
        is_known = any(result.model_bytes is not None for result in candidate.results.values())
        if not is_known and candidate.measuring_fold not in candidate.running and not candidate.is_on_trial:
            candidate.measuring_fold = fold
        is_measuring = candidate.measuring_fold == fold
        evaluate = partial(
            evaluate_fold,
            has_all_metrics=self._all_metrics,
            measures_size=is_measuring,
            keeps_model=self._keep_models,
            model_path=self._stand_in_file(candidate) if is_measuring else None,
        )
        self._executor.submit(
            (self._token, candidate.name, fold),
            evaluate,
            candidate.estimator,
            self._shared,
            self._task,
            train,
            test,
            self._executor.n_threads,
        )

    def _take(self, finished: Finished) -> None:
        """Keep what a worker brought back: a finished fold, or the end of a candidate."""
        assert isinstance(finished.key, tuple)
        token, name, fold = finished.key
        candidate = self._find(name)
        if token is not self._token or candidate is None or fold not in candidate.running:
            return  # of an engine that had this executor before
        del candidate.running[fold]
        if finished.error:
            if candidate.status is None:
                reason = f"fold {fold}: {finished.error}"
                candidate.settle("failed", reason, finished.traceback)
                self._tell("candidate", f"{name} failed: {finished.error}", candidate)
            return
        keep = partial(
            self._store.save_fold, candidate.stored_as, candidate.fingerprint, fold, finished.value
        )
        try:
            result = keep(self._folds, self._task, self._executor.n_threads)
        except (pickle.PicklingError, TypeError, AttributeError) as error:  # a model that cannot be kept
            candidate.settle("failed", f"fold {fold}: its model cannot be kept: {describe_error(error)}")
            self._tell("candidate", f"{name} failed: {candidate.reason}", candidate)
            return
        if candidate.is_on_trial:
            self._rows.end_trial(candidate, result)
            self._tell("fold", f"{name}: trial finished", candidate, result)
            return
        candidate.results[fold] = result
        if len(candidate.results) == len(self._folds):
            candidate.settle("finished")
            self._tell("candidate", f"{name} finished", candidate, result)
        else:
            self._tell("fold", f"{name}: fold {fold} finished", candidate, result)

    def _find(self, name: str) -> Progress | None:
        return next((candidate for candidate in self._candidates if candidate.name == name), None)

    def _kill_needless(self) -> None:
        """Stop the other folds of a candidate that failed or was given up."""
        for candidate in self._candidates:
            if candidate.status is not None:
                for fold in list(candidate.running):
                    self._kill(candidate, fold)
                    del candidate.running[fold]

    def _kill(self, candidate: Progress, fold: int) -> None:
        is_replaced = any(candidate.pending for candidate in self._candidates)
        self._executor.kill((self._token, candidate.name, fold), is_replaced=is_replaced)

    def _abandon(self) -> None:
        """Stop what runs still, where a run was left before its end."""
        for candidate in self._candidates:
            for fold in candidate.running:
                self._executor.kill((self._token, candidate.name, fold), is_replaced=False)
                candidate.pending.insert(0, fold)
            candidate.running.clear()

    def _tell(self, kind: Any, text: str, candidate: Progress, result: FoldResult | None = None) -> None:
        n_total = len(self._candidates) * len(self._folds)
        n_done = sum(len(self._folds) if other.status else len(other.results) for other in self._candidates)
        event = Event(kind, text, candidate.name, n_done, n_total, result, candidate.status, candidate.reason)
        self._listener(event)

    def _as_evaluation(self, entrant: Entrant, candidate: Progress) -> Evaluation:
        return Evaluation(
            name=candidate.name,
            status=candidate.status or "interrupted",
            folds=tuple(candidate.results[fold] for fold in sorted(candidate.results)),
            n_folds=len(self._folds),
            reason=candidate.reason,
            traceback=candidate.traceback,
            folder=self._store.predictions_folder(candidate.stored_as),
            in_memory=self._store.predictions_in_memory(candidate.stored_as),
            description=entrant.description,
        )

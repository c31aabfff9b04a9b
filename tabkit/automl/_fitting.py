"""From rows to evaluated candidates: what a fit of an `AutoClassifier` runs, apart from its interface."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tabkit._core import InputError, TabkitError
from tabkit._core._random import derive_seed
from tabkit._core._weights import find_counting
from tabkit._core._wording import say_value
from tabkit.automl._portfolio_entry import PortfolioEntry
from tabkit.automl._race import Race
from tabkit.data import Table, Task, infer_task
from tabkit.evaluation import (
    Engine,
    Entrant,
    Evaluation,
    Executor,
    Folds,
    InProcess,
    Listener,
    LocalProcesses,
    MemoryStore,
    fit_rows,
    ignore,
    is_in_worker,
)
from tabkit.metrics import get_metric
from tabkit.model_selection._inner_folds import draw_inner_folds
from tabkit.model_selection._training_rows import TrainingRows

_SLACK_SECONDS = 0.2


@dataclass(frozen=True)
class FitPlan:
    """What is tried, for how long and where.

    Attributes
    ----------
    entries : tuple of PortfolioEntry
        In the order in which they are begun.
    cv : int or cross-validator
    limit : float or None
        Seconds.
    n_processors : int
    in_process : bool
        Whether fits run in this process, where none can be stopped.
    refits : bool
        Whether the members are fitted on all rows; otherwise the models of the folds predict.
    seed : int
    """

    entries: tuple[PortfolioEntry, ...]
    cv: Any
    limit: float | None
    n_processors: int
    in_process: bool
    refits: bool
    seed: int


@dataclass(frozen=True)
class Tried:
    """What came of the candidates.

    Attributes
    ----------
    table : Table
    task : Task
    folds : Folds
    evaluations : tuple of Evaluation
    entries : dict of str to PortfolioEntry
        By the name of the candidate.
    interrupted : bool
        Whether Ctrl-C ended the fits.
    load_model : callable
        ``load_model(name, fold)`` is the model of a finished fold.
    """

    table: Table
    task: Task
    folds: Folds
    evaluations: tuple[Evaluation, ...]
    entries: dict[str, PortfolioEntry]
    interrupted: bool
    load_model: Callable[[str, int], Any]


def as_table(rows: TrainingRows, names: Sequence[Any], metric: str | None) -> tuple[Table, Task]:
    """The rows as the engine has them.

    Parameters
    ----------
    rows : TrainingRows
        Each with weight.
    names : sequence of hashable
        Of the columns.
    metric : str or None

    Returns
    -------
    table : Table
    task : Task
    """
    frame = rows.X if isinstance(rows.X, pd.DataFrame) else pd.DataFrame(rows.X, columns=list(names))
    roles = rows.roles
    # What kind a column is each model finds out on the rows that it is fitted on.
    table = Table(
        name="table",
        frame=frame.set_axis(list(names), axis=1).reset_index(drop=True),
        target=pd.Series(rows.y, name="target"),
        groups=None if roles.groups is None else pd.Series(roles.groups, name="groups"),
        times=None if roles.times is None else pd.Series(roles.times, name="times").reset_index(drop=True),
        weights=None if roles.sample_weight is None else pd.Series(roles.sample_weight, name="weights"),
    )
    kind = "regression"
    if rows.is_classification:
        kind = "binary" if len(np.unique(rows.y)) == 2 else "multiclass"
    if metric is not None and kind not in get_metric(metric).task_kinds:
        kinds = " or ".join(get_metric(metric).task_kinds)
        raise InputError(f"metric={metric!r} is for {kinds}, and this is {kind}")
    return table, infer_task(table, kind=kind, metric=metric)


def find_classes(y: np.ndarray) -> np.ndarray:
    """The labels of the rows that have weight.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)

    Returns
    -------
    classes : ndarray of shape (n_classes,)
        Sorted.

    Raises
    ------
    InputError
        If there is one only.
    """
    classes = np.unique(y)
    if len(classes) < 2:
        raise InputError(f"y: all rows with weight are of one class, {say_value(classes[0])}: two are needed")
    return classes


def draw_folds(rows: TrainingRows, plan: FitPlan, *, owner: str) -> Folds:
    """Divide the rows that have weight.

    Parameters
    ----------
    rows : TrainingRows
        All of them: folds of a user's own are positions among these.
    plan : FitPlan
    owner : str
        The estimator, for messages.

    Returns
    -------
    folds : Folds
        Positions among the rows that have weight.
    """
    pairs = draw_inner_folds(plan.cv, rows, seed=derive_seed(plan.seed, "folds"), owner=owner)
    place = np.empty(len(rows.y), dtype=np.int64)
    counting = find_counting(rows.roles.sample_weight, len(rows.y))
    place[counting] = np.arange(len(counting))
    return Folds(tuple((place[train], place[test]) for train, test in pairs), f"{len(pairs)} folds")


@contextmanager
def open_executor(plan: FitPlan) -> Iterator[Executor]:
    """Where the fits run: processes that can be killed, or this one.

    Parameters
    ----------
    plan : FitPlan

    Yields
    ------
    executor : Executor
    """
    if plan.in_process:
        yield InProcess(plan.n_processors)
        return
    with LocalProcesses(plan.n_processors, 1) as executor:
        yield executor


def is_nested() -> bool:
    """Whether this process is a worker of another: it can be killed by whoever started it."""
    return is_in_worker() or multiprocessing.parent_process() is not None


def try_candidates(
    table: Table,
    task: Task,
    folds: Folds,
    plan: FitPlan,
    executor: Executor,
    started: float,
    listener: Listener = ignore,
) -> Tried:
    """Evaluate the candidates on inner folds, within the time.

    Parameters
    ----------
    table : Table
    task : Task
    folds : Folds
    plan : FitPlan
    executor : Executor
    started : float
        Of the fit, on the clock of `time.monotonic`.
    listener : callable, default=ignore

    Returns
    -------
    tried : Tried

    Raises
    ------
    TabkitError
        If no candidate finished a fold.
    """
    race = Race(table, task, started, plan.limit, n_places=executor.n_jobs, refits=plan.refits)
    store = MemoryStore()
    engine = Engine(
        table,
        task,
        folds,
        store,
        executor,
        listener,
        prefer=race.prefer,
        keep_models=True,
        has_trials=plan.limit is not None,
        random_state=derive_seed(plan.seed, "rows"),
    )
    race.engine = engine
    usable = [entry for entry in plan.entries if entry.is_for(task)]
    evaluations = engine.evaluate(_enter(usable, task, plan.seed), race.find_deadline)
    entries = {entry.name: entry for entry in usable}
    tried = Tried(table, task, folds, evaluations, entries, engine.interrupted, engine.load_model)
    if not any(evaluation.folds for evaluation in evaluations):
        reasons = "; ".join(f"{e.name}: {e.reason}" for e in evaluations)
        raise TabkitError(f"no model finished a fold: {reasons}")
    return tried


def _enter(entries: Sequence[PortfolioEntry], task: Task, seed: int) -> list[Entrant]:
    return [entry.enter(task, derive_seed(seed, entry.name), place) for place, entry in enumerate(entries)]


def fit_on_all_rows(
    names: Sequence[str], tried: Tried, plan: FitPlan, executor: Executor, end: float | None
) -> dict[str, Any]:
    """Fit candidates on all rows, as far as there is time.

    Parameters
    ----------
    names : sequence of str
        The most important first.
    tried : Tried
    plan : FitPlan
    executor : Executor
        Idle.
    end : float or None
        On the clock of `time.monotonic`.

    Returns
    -------
    fitted : dict of str to estimator
        Those that were done in time.
    """
    shared = executor.share(tried.table)
    fitted: dict[str, Any] = {}
    waiting = list(names)
    running: set[str] = set()
    executor.fill()
    while waiting or running:
        while waiting and executor.n_free:
            name = waiting.pop(0)
            estimator = tried.entries[name].build(tried.task, derive_seed(plan.seed, name))
            executor.submit(("all rows", name), _fit_all, estimator, shared, executor.n_threads)
            running.add(name)
        left = None if end is None else max(0.0, end - time.monotonic())
        finished = executor.wait(None if left is None else min(left, _SLACK_SECONDS))
        if finished is not None and isinstance(finished.key, tuple) and finished.key[0] == "all rows":
            running.discard(finished.key[1])
            if not finished.error:
                fitted[finished.key[1]] = finished.value
        if left == 0.0:
            for name in running:
                executor.kill(("all rows", name), is_replaced=False)
            break
    return fitted


def _fit_all(estimator: Any, shared: Any, n_threads: int) -> Any:
    table = shared.load()
    return fit_rows(estimator, table, np.arange(table.n_rows), n_threads)[0]

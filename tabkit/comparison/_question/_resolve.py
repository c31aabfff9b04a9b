"""What is asked of which data: a table, a task, and rows that nothing touches before the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tabkit._core import InputError
from tabkit._core._parameters import say_parameter
from tabkit._core._random import derive_seed
from tabkit._core._wording import agree, say_count, say_value
from tabkit.catalog import IMBALANCE_METRICS, add_requests
from tabkit.comparison._question._choose_metric import choose_metric
from tabkit.comparison._question._label_spans import add_label_spans, keep_clear
from tabkit.data import ColumnKind, ReadingOptions, Table, Task, TaskKind, build_table, infer_task, read_alike
from tabkit.evaluation import LastRows
from tabkit.leakage import find_rows_to_keep


@dataclass(frozen=True)
class Question:
    """What is asked of which data, as the user put it; see `tabkit.compare` for each."""

    data: Any
    query: str | None = None
    target: Any = None
    task: TaskKind | None = None
    metric: Any = None
    positive: Any = None
    time: str | None = None
    group: str | None = None
    weight: str | None = None
    fold: str | None = None
    drop: Sequence[str] = ()
    kinds: Mapping[str, ColumnKind] | None = None
    reading: ReadingOptions | Mapping[str, Any] | None = None
    objective: str | None = None
    target_transform: str | None = None
    monotone: Mapping[str, int] | None = None
    calibrate: str | None = None
    threshold: str | float | None = None
    imbalance: bool = False
    deduplicate: bool = False
    test: Any = None
    holdout: float | None = None
    gap: Any = None
    horizon: Any = None
    embargo: Any = None


@dataclass(frozen=True)
class ResolvedQuestion:
    """A question brought to what a run needs.

    Attributes
    ----------
    table : Table
        Without the rows of `last`.
    task : Task
    last : LastRows or None
        For one last score.
    sampled_from : str
        Fingerprint of the whole table, where not all of its rows are used; else empty.
    """

    table: Table
    task: Task
    last: LastRows | None = None
    sampled_from: str = ""


def resolve(question: Question, random_state: int) -> ResolvedQuestion:
    """Read the table, find out what is to be done with it, and put the last rows away.

    Parameters
    ----------
    question : Question
    random_state : int

    Returns
    -------
    resolved : ResolvedQuestion

    Raises
    ------
    InputError
        If the data or an option cannot be used.
    """
    if isinstance(question.drop, str):
        raise InputError(f"drop={question.drop!r} is one name: pass a list, [{question.drop!r}]")
    if question.test is not None and question.holdout is not None:
        both = f"{say_parameter('test')} and {say_parameter('holdout')}"
        raise InputError(f"{both} both choose the last rows: pass one of them")
    table = build_table(
        question.data,
        query=question.query,
        target=question.target,
        time=question.time,
        group=question.group,
        weight=question.weight,
        fold=question.fold,
        drop=question.drop,
        kinds=question.kinds,
        reading=question.reading,
    )
    if question.deduplicate:
        table = _deduplicate(table)
    table = add_label_spans(table, question.gap, question.horizon)
    task = infer_task(table, kind=question.task, positive=question.positive)
    if question.imbalance and task.positive_by == "rarity":
        task = replace(task, positive_by="given")  # who asks for cures of a rare class means that one
    task = choose_metric(question.metric, table, task)
    if question.imbalance:
        task = _judge_imbalance(task, is_metric_given=question.metric is not None)
    resolved = ResolvedQuestion(table, task)
    seed = derive_seed(random_state, "last rows")
    if question.holdout is not None:
        resolved = _hold_out(resolved, question.holdout, seed)
    elif question.test is not None:
        last = add_label_spans(
            read_alike(question.test, table, task, reading=question.reading), question.gap, question.horizon
        )
        table = keep_clear(table, last)
        resolved = ResolvedQuestion(
            table, task, LastRows(last, f"{say_count(last.n_rows, 'row')} of {last.name!r}", seed)
        )
    task = add_requests(
        replace(task, n_rows=resolved.table.n_rows),
        objective=question.objective,
        target_transform=question.target_transform,
        monotone=question.monotone,
        calibration=question.calibrate,
        threshold=question.threshold,
        target=resolved.table.target,
    )
    return replace(resolved, task=task)


def _deduplicate(table: Table) -> Table:
    """Only the first of equal rows."""
    rows = find_rows_to_keep(table)
    n_out = table.n_rows - len(rows)
    if not n_out:
        return table
    return replace(
        table.take(rows),
        notes=(
            *table.notes,
            f"{say_count(n_out, 'row')} that {agree(n_out, 'equals', 'equal')} another left out",
        ),
    )


def _judge_imbalance(task: Task, *, is_metric_given: bool) -> Task:
    """Rank by average precision, and show beside it what cures for a rare class do to probabilities."""
    if not task.is_classification:
        raise InputError(f"{say_parameter('imbalance')} is about rare classes, and the task is regression")
    metric = task.metric if is_metric_given else "average_precision"
    return replace(task, metric=metric, shown_first=IMBALANCE_METRICS)


def _hold_out(resolved: ResolvedQuestion, fraction: float, seed: int) -> ResolvedQuestion:
    """Put a share of the rows away: the last in time, whole groups, or some of every class."""
    from tabkit.model_selection import split_for_validation

    table, task = resolved.table, resolved.task
    if not 0.0 < fraction < 1.0:
        name = say_parameter("holdout")
        raise InputError(f"{name} is {fraction}: a share of the rows is needed, between 0 and 1")
    rows, last = split_for_validation(
        table.target,
        fraction=fraction,
        is_classification=task.is_classification,
        groups=table.groups,
        times=table.times if table.label_spans is None else table.label_spans,
        random_state=seed,
    )
    how = "the last in time" if table.times is not None else "drawn at random"
    if table.groups is not None:
        how += ", in whole groups"
    n_neither = table.n_rows - len(rows) - len(last)
    if n_neither:
        how += f"; {say_count(n_neither, 'row')} before, too near or of their groups, left out"
    kept = table.take(rows)
    missing = set(table.target) - set(kept.target) if task.is_classification else set()
    if missing:
        name, label = say_parameter("holdout"), min(map(say_value, missing))
        raise InputError(f"{name} leaves no row of class {label} to learn from: hold out less")
    return ResolvedQuestion(
        kept, task, LastRows(table.take(last), f"{say_count(len(last), 'row')}, {how}", seed)
    )

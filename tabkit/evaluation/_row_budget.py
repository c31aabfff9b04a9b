"""Fewer rows, where the time is too short for all: decided before the first fold, and said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tabkit._core._parameters import say_parameter
from tabkit.data import Table, Task
from tabkit.evaluation._fewer_rows import draw_rows, round_down

# Of each second of the limit, on any machine: the load of a moment decides nothing. Preparing so many takes a
# good part of it; a candidate that is too dear for them is trained on fewer, see `Schedule`.
_ROWS_PER_SECOND = 10_000
SAMPLED_FROM = "sampled from"
ROWS = "rows"


@dataclass(frozen=True)
class UsedRows:
    """The rows that a run uses.

    Attributes
    ----------
    table : Table
        With a note where rows were left out.
    task : Task
    sampled_from : str
        Fingerprint of the whole table, where not all of its rows are used; else empty.
    """

    table: Table
    task: Task
    sampled_from: str = ""


def fit_into_time(
    table: Table, task: Task, n_folds: int, limit: float | None, seed: int, kept: Mapping[str, Any]
) -> UsedRows:
    """Take all rows, or of a table that is huge beside the time limit as many as can be prepared in it.

    Parameters
    ----------
    table : Table
    task : Task
    n_folds : int
    limit : float or None
        Seconds of the run; None for no limit.
    seed : int
    kept : mapping
        Description of the run that the store holds already, with its "data", and where it was
        sampled `SAMPLED_FROM` and `ROWS`: a run that goes on keeps its rows.

    Returns
    -------
    used : UsedRows
        The most recent ones stay where rows have times, whole groups where they have groups,
        else some of every class.
    """
    import numpy as np

    everything = UsedRows(table, task)
    if kept.get("data") == table.fingerprint:
        return everything
    if kept.get(SAMPLED_FROM) == table.fingerprint:
        n_rows = int(kept[ROWS])
        why = f"as when this run began: {say_parameter('overwrite', True)} begins afresh"
    elif limit is None or table.n_rows <= _ROWS_PER_SECOND * limit:
        return everything
    else:
        n_rows = round_down(_ROWS_PER_SECOND * limit)
        why = f"since {limit:.0f} s are too short for all: raise {say_parameter('time_limit')}"
    if n_rows >= table.n_rows:
        return everything
    sample = table.take(draw_rows(table, task, np.arange(table.n_rows), n_rows, seed))
    if not _can_be_folded(sample, task, table, n_folds):
        return everything
    which = "the most recent " if table.times is not None else ""
    note = f"only {which}{sample.n_rows:,} of {table.n_rows:,} rows are used, {why}"
    sample = replace(sample, notes=(*table.notes, note))
    return UsedRows(sample, replace(task, n_rows=sample.n_rows), table.fingerprint)


def _can_be_folded(sample: Table, task: Task, whole: Table, n_folds: int) -> bool:
    """Whether every class and enough groups are still there; a rare class needs all rows."""
    if sample.groups is not None and sample.groups.nunique() < n_folds:
        return False
    if not task.is_classification:
        return True
    counts = sample.target.value_counts()
    return len(counts) == whole.target.nunique() and int(counts.min()) >= n_folds

"""Fewer rows, where the time is too short for all: decided before the first fold, and said."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tabkit._core._parameters import say_parameter
from tabkit.catalog import make_model
from tabkit.data import Table, Task
from tabkit.evaluation._executor import Executor
from tabkit.evaluation._fold import fit_rows

if TYPE_CHECKING:
    import numpy as np

# So few rows for each second of fits need no probe.
_ROWS_PER_SECOND = 150
_LEAST_ROWS = 2_000
# A tree is timed on so many rows, after one on the fewest, which pays for the imports.
_PROBE_ROWS = (500, 2_000, 6_000)
# Seconds of dummy, tree, linear and lightgbm together, prediction included, beside those of tree.
_FIRST_CANDIDATES = 6.0
# Of the time for fits, that the first candidates may take.
_SHARE = 0.6
_KEY = "probe"
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
    table: Table,
    task: Task,
    n_folds: int,
    n_fits: int,
    seconds: float | None,
    executor: Executor,
    seed: int,
    kept: Mapping[str, Any],
) -> UsedRows:
    """Take as many rows as leave the first candidates time to finish.

    How long they need is extrapolated from fits of a tree on some thousand rows.

    Parameters
    ----------
    table : Table
    task : Task
    n_folds : int
    n_fits : int
        Of each candidate.
    seconds : float or None
        For all fits; None for no limit.
    executor : Executor
        Idle.
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
    everything = UsedRows(table, task)
    if kept.get("data") == table.fingerprint:
        return everything
    if kept.get(SAMPLED_FROM) == table.fingerprint:
        n_rows = int(kept[ROWS])
        why = f"as when this run began: {say_parameter('overwrite', True)} begins afresh"
    elif seconds is None or table.n_rows <= max(_LEAST_ROWS, _ROWS_PER_SECOND * seconds):
        return everything
    else:
        n_rows = _affordable_rows(table, task, n_fits, seconds, executor)
        told = f"raise {say_parameter('time_limit')}"
        why = f"since {seconds:.0f} s for the fits are too short for all: {told}"
    if n_rows >= table.n_rows:
        return everything
    sample = _draw(table, task, n_rows, seed)
    if not _can_be_folded(sample, task, table, n_folds):
        return everything
    which = "the most recent " if table.times is not None else ""
    note = f"only {which}{sample.n_rows:,} of {table.n_rows:,} rows are used, {why}"
    sample = replace(sample, notes=(*table.notes, note))
    return UsedRows(sample, replace(task, n_rows=sample.n_rows), table.fingerprint)


def _affordable_rows(table: Table, task: Task, n_fits: int, seconds: float, executor: Executor) -> int:
    """All rows, or fewer by a round number."""
    probe = _draw(table, task, _PROBE_ROWS[-1], 0)
    executor.submit(_KEY, time_tree, probe, task, executor.n_threads)
    while (finished := executor.wait()) is None:
        pass
    if finished.error:
        return table.n_rows
    cost = finished.value
    n_turns = math.ceil(n_fits / executor.n_jobs)
    n_rows = cost.rows_in(_SHARE * seconds / (_FIRST_CANDIDATES * n_turns))
    return table.n_rows if n_rows >= table.n_rows else _round_down(max(_LEAST_ROWS, n_rows))


@dataclass(frozen=True)
class FitCost:
    """Seconds of a fit that grow with its rows, and those that do not.

    Examples
    --------
    >>> FitCost(fixed_seconds=0.5, seconds_per_row=0.001).rows_in(2.5)
    2000.0
    """

    fixed_seconds: float
    seconds_per_row: float

    def rows_in(self, seconds: float) -> float:
        """Rows that a fit of so many seconds can have."""
        return max(0.0, seconds - self.fixed_seconds) / self.seconds_per_row


def time_tree(table: Table, task: Task, n_threads: int) -> FitCost:
    """Seconds to fit a tree, preparation included, from fits on more and more rows of a table."""
    import numpy as np

    counts = [min(n_rows, table.n_rows) for n_rows in _PROBE_ROWS]
    seconds = []
    for n_rows in counts:
        rows = np.linspace(0, table.n_rows, n_rows, endpoint=False).astype(np.int64)
        seconds.append(fit_rows(make_model("tree", task=task), table, rows, n_threads)[1])
    # At least a little for each row, where the clock saw no difference.
    slope = (seconds[-1] - seconds[-2]) / max(1, counts[-1] - counts[-2])
    per_row = max(slope, 0.1 * seconds[-1] / counts[-1])
    return FitCost(max(0.0, seconds[-1] - per_row * counts[-1]), per_row)


def _draw(table: Table, task: Task, n_rows: int, seed: int) -> Table:
    """About so many rows: the last in time, whole groups, or some of every class."""
    from tabkit.model_selection import split_for_validation

    if n_rows >= table.n_rows:
        return table
    rows: np.ndarray
    _, rows = split_for_validation(
        table.target,
        fraction=n_rows / table.n_rows,
        is_classification=task.is_classification,
        groups=table.groups if table.times is None else None,
        times=table.times,
        random_state=seed,
    )
    return table.take(rows)


def _can_be_folded(sample: Table, task: Task, whole: Table, n_folds: int) -> bool:
    """Whether every class and enough groups are still there; a rare class needs all rows."""
    if sample.groups is not None and sample.groups.nunique() < n_folds:
        return False
    if not task.is_classification:
        return True
    counts = sample.target.value_counts()
    return len(counts) == whole.target.nunique() and int(counts.min()) >= n_folds


def _round_down(number: float) -> int:
    """To 1, 2 or 5 with zeros, so that what else the machine does seldom changes it.

    Examples
    --------
    >>> _round_down(48_123.0), _round_down(9_999.0)
    (20000, 5000)
    """
    magnitude = 10 ** math.floor(math.log10(number))
    return int(magnitude * max(step for step in (1, 2, 5) if step * magnitude <= number))

"""The one set of folds of a run, or one line on why there can be none."""

from __future__ import annotations

from tabkit._core import InputError
from tabkit._core._random import derive_seed
from tabkit.data import Table, Task
from tabkit.evaluation import Folds


def make_folds(table: Table, task: Task, n_folds: int, random_state: int) -> Folds:
    """Draw the folds that the task and the roles demand.

    Parameters
    ----------
    table : Table
    task : Task
    n_folds : int
    random_state : int

    Returns
    -------
    folds : Folds

    Raises
    ------
    InputError
        If there are too few rows, rows of a class, or groups.
    """
    import numpy as np

    from tabkit.model_selection import choose_splitter, describe_splitter

    _check_counts(table, task, n_folds)
    splitter = choose_splitter(task, n_splits=n_folds, random_state=derive_seed(random_state, "folds"))
    arguments = {"groups": table.groups.to_numpy()} if table.groups is not None else {}
    if table.times is not None:
        arguments["times"] = table.times.to_numpy()
    pairs = tuple(splitter.split(np.zeros(table.n_rows), table.target.to_numpy(), **arguments))
    return Folds(pairs, describe_splitter(splitter), table.source_rows)


def _check_counts(table: Table, task: Task, n_folds: int) -> None:
    if n_folds < 2:
        raise InputError(f"--folds is {n_folds}: at least two are needed")
    if table.n_rows < 2 * n_folds:
        raise InputError(f"{table.n_rows} rows are too few for {n_folds} folds: pass a smaller --folds")
    if table.groups is not None and table.groups.nunique() < n_folds:
        raise InputError(
            f"column {table.groups.name!r} has {table.groups.nunique()} groups, fewer than "
            f"the {n_folds} folds: pass a smaller --folds"
        )
    if task.is_classification and table.times is None:
        counts = table.target.value_counts()
        if counts.min() < n_folds:
            raise InputError(
                f"class {counts.idxmin()!r} of {table.target.name!r} has {counts.min()} rows, fewer than the "
                f"{n_folds} folds: pass a smaller --folds, or remove or merge the class"
            )

"""Folds whose training rows span too little time for the splits inside models."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tabkit._core import InputError
from tabkit._core._parameters import say_parameter
from tabkit._core._wording import agree
from tabkit.data import Table, Task
from tabkit.evaluation import Folds

if TYPE_CHECKING:
    import numpy as np

# What the catalog's linear models divide their training rows into.
_SPLITS, _SPLITS_OF_CLASSES = 5, 3


def describe_short_folds(table: Table, task: Task, folds: Folds, draw: Callable[[int], Folds] | None) -> str:
    """Say which folds are too short to be divided once more, and what would do.

    Models that choose a penalty, calibrate or stack divide their training rows forward in time again, with
    the same gap and horizon and with groups apart. Where that leaves nothing to train on, they fail.

    Parameters
    ----------
    table : Table
    task : Task
    folds : Folds
    draw : callable or None
        Draws so many folds of the same kind; None where the folds were given.

    Returns
    -------
    sentence : str
        Empty where rows have no times, or all folds can be divided.
    """
    short = _find_short(table, task, folds)
    if not short:
        return ""
    n_short = len(short)
    which = ", ".join(str(number + 1) for number in short)
    cure = _find_cure(table, task, len(folds), draw)
    return (
        f"{agree(n_short, 'Fold', 'Folds')} {which} {agree(n_short, 'trains', 'train')} on too short a time "
        "to be divided once more, so that models which choose a penalty, calibrate or stack (such as "
        f"linear) fail there: {cure}."
    )


def _find_cure(table: Table, task: Task, n_folds: int, draw: Callable[[int], Folds] | None) -> str:
    for n_fewer in range(n_folds - 1, 1, -1):
        if draw is None:
            break
        try:
            fewer = draw(n_fewer)
        except InputError:
            continue
        if not _find_short(table, task, fewer):
            return f"{say_parameter('n_folds', n_fewer)} would do"
    cures = ["earlier rows"] if draw is not None else ["earlier rows", "other folds"]
    if table.label_spans is not None:
        cures.insert(0, f"a shorter {say_parameter('gap')} or {say_parameter('horizon')}")
    return f"{', or '.join(cures)} would do"


def _find_short(table: Table, task: Task, folds: Folds) -> list[int]:
    """Numbers of the folds whose training rows cannot be divided."""
    if table.times is None:
        return []
    n_splits = _SPLITS_OF_CLASSES if task.is_classification else _SPLITS
    return [
        number for number, (train, _) in enumerate(folds.pairs) if not _can_be_divided(table, train, n_splits)
    ]


def _can_be_divided(table: Table, rows: np.ndarray, n_splits: int) -> bool:
    import numpy as np

    from tabkit.model_selection import RoleAwareKFold, TooFewRowsError

    times = table.times if table.label_spans is None else table.label_spans
    assert times is not None
    groups = None if table.groups is None else table.groups.iloc[rows].to_numpy()
    try:
        RoleAwareKFold(n_splits, random_state=0).get_n_splits(
            np.zeros(len(rows)), groups=groups, times=times.iloc[rows]
        )
    except TooFewRowsError:
        return False
    return True

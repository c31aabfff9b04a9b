"""The one set of folds of a run, or one line on why there can be none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabkit._core import InputError
from tabkit._core._parameters import say_parameter
from tabkit._core._random import derive_seed
from tabkit._core._wording import agree, say_count, say_value
from tabkit.data import Table, Task
from tabkit.evaluation import Folds, split_table

if TYPE_CHECKING:
    import numpy as np

    Pair = tuple[np.ndarray, np.ndarray]


def make_folds(
    table: Table,
    task: Task,
    n_folds: int,
    random_state: int,
    *,
    n_repeats: int = 1,
    cv: Any = None,
    gap: Any = 0,
    horizon: Any = 0,
    embargo: Any = 0,
) -> Folds:
    """Draw the folds that the task and the roles demand, or take those that are given.

    Parameters
    ----------
    table : Table
        Its fold labels, where there are any, decide: rows of one label are tested by a model of
        all others, rows without a label are never tested.
    task : Task
    n_folds : int
    random_state : int
    n_repeats : int, default=1
        How often to draw folds anew.
    cv : cross-validator or iterable of (train, test), default=None
        Given folds; see `sklearn.model_selection.check_cv`.
    gap, horizon : number, str or Timedelta, default=0
        See `tabkit.model_selection.ForwardSplit`; for rows with times.
    embargo : number, str or Timedelta, default=0
        See `tabkit.model_selection.PurgedKFold`; folds then train on later rows too.

    Returns
    -------
    folds : Folds

    Raises
    ------
    InputError
        If there are too few rows, rows of a class, or groups, or the given folds cannot be used.
    """
    given = cv is not None or table.fold_labels is not None
    for name, value in (("gap", gap), ("horizon", horizon), ("embargo", embargo)):
        if value and (given or table.times is None):
            named = f"name their column with {say_parameter('time', ...)}"
            why = "the folds are given" if given else f"rows have no times: {named}"
            raise InputError(f"{say_parameter(name)} is {value}, and {why}")
    if table.fold_labels is not None:
        return _check_roles(_folds_of_column(table), table)
    if cv is not None:
        from tabkit.model_selection import PurgedKFold

        # Purged folds are for training on later rows too.
        is_forward = not isinstance(cv, PurgedKFold)
        return _check_roles(_folds_of_splitter(table, task, cv), table, is_forward=is_forward)
    _check_counts(table, task, n_folds)
    if n_repeats < 1:
        raise InputError(f"{say_parameter('n_repeats')} is {n_repeats}: at least one is needed")
    if n_repeats > 1 and table.times is not None:
        name = say_parameter("n_repeats")
        raise InputError(f"{name} draws folds anew, and folds in time are not drawn: leave it out")
    distances = {"gap": gap or 0, "horizon": horizon or 0, "embargo": embargo or 0}
    return _drawn_folds(table, task, n_folds, random_state, n_repeats, distances)


def _drawn_folds(
    table: Table, task: Task, n_folds: int, random_state: int, n_repeats: int, distances: dict[str, Any]
) -> Folds:
    from tabkit.model_selection import choose_splitter, describe_splitter

    pairs: list[Pair] = []
    for repeat in range(n_repeats):
        keys = ("folds", repeat) if repeat else ("folds",)
        seed = derive_seed(random_state, *keys)
        splitter = choose_splitter(task, n_splits=n_folds, random_state=seed, **distances)
        pairs += split_table(splitter, table)
    times = f", drawn {n_repeats} times" if n_repeats > 1 else ""
    called = "groups" if table.groups is None else f"groups of {table.groups.name!r}"
    description = describe_splitter(splitter, groups=called) + times
    return Folds(tuple(pairs), description, table.source_rows)


def _folds_of_column(table: Table) -> Folds:
    import numpy as np
    import pandas as pd

    labels = table.fold_labels
    assert labels is not None
    codes, names = pd.factorize(labels, sort=True)
    pairs = tuple(
        (np.flatnonzero(codes != code), np.flatnonzero(codes == code)) for code in range(len(names))
    )
    if len(pairs) < 2:
        raise InputError(f"the fold column {labels.name!r} has one value only in the rows that are left")
    never = int((codes < 0).sum())
    rest = (
        f"; {say_count(never, 'row')} without one {agree(never, 'is', 'are')} never tested" if never else ""
    )
    return Folds(pairs, f"{len(pairs)} folds as column {labels.name!r} has them{rest}", table.source_rows)


def _folds_of_splitter(table: Table, task: Task, cv: Any) -> Folds:
    from sklearn.model_selection import check_cv

    from tabkit.model_selection import describe_splitter

    if isinstance(cv, int):
        raise InputError(f"cv={cv} is a number: pass n_folds={cv}, or a splitter")
    try:
        splitter = check_cv(cv, table.target, classifier=task.is_classification)
        pairs = split_table(splitter, table)
    except (ValueError, TypeError) as error:
        raise InputError(f"cv cannot split the table: {error}") from error
    for number, (train, test) in enumerate(pairs):
        _check_pair(number, train, test)
    described = describe_splitter(cv) if hasattr(cv, "split") else f"{say_count(len(pairs), 'fold')} as given"
    return Folds(pairs, described, table.source_rows)


def _check_roles(folds: Folds, table: Table, *, is_forward: bool = True) -> Folds:
    """Refuse given folds that tear a group apart, or train on what came later."""
    import numpy as np

    for number, (train, test) in enumerate(folds.pairs):
        if table.groups is not None:
            groups = table.groups
            torn = len(np.intersect1d(groups.iloc[train], groups.iloc[test]))
            if torn:
                raise InputError(
                    f"fold {number} as given has {say_count(torn, 'group')} of {groups.name!r} in training "
                    "and in test"
                )
        is_late = table.times is not None and table.times.iloc[train].max() >= table.times.iloc[test].min()
        if is_forward and is_late:
            raise InputError(
                f"fold {number} as given trains on rows that are no earlier than those it tests: the folds "
                "do not go forward in time"
            )
    return folds


def _check_pair(number: int, train: np.ndarray, test: np.ndarray) -> None:
    import numpy as np

    for rows, name in ((train, "training"), (test, "test")):
        if not len(rows):
            raise InputError(f"fold {number} of cv has no {name} rows")
    shared = len(np.intersect1d(train, test))
    if shared:
        raise InputError(f"fold {number} of cv has {say_count(shared, 'row')} in training and in test")


def _check_counts(table: Table, task: Task, n_folds: int) -> None:
    if n_folds < 2:
        raise InputError(f"{say_parameter('n_folds')} is {n_folds}: at least two are needed")
    if table.n_rows < 2 * n_folds:
        raise InputError(
            f"{say_count(table.n_rows, 'row')} {agree(table.n_rows, 'is', 'are')} too few for {n_folds} "
            f"folds: pass a smaller {say_parameter('n_folds')}"
        )
    if table.groups is not None and table.groups.nunique() < n_folds:
        raise InputError(
            f"column {table.groups.name!r} has {say_count(table.groups.nunique(), 'group')}, fewer than "
            f"the {n_folds} folds: pass a smaller {say_parameter('n_folds')}"
        )
    if task.is_classification and table.times is None:
        counts = table.target.value_counts()
        if counts.min() < n_folds:
            raise InputError(
                f"class {say_value(counts.idxmin())} of {table.target.name!r} has "
                f"{say_count(int(counts.min()), 'row')}, fewer than the "
                f"{n_folds} folds: pass a smaller {say_parameter('n_folds')}, or remove or merge the class"
            )

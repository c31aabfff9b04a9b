"""The task that follows from a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from tabkit._core import InputError
from tabkit._core._parameters import say_kind
from tabkit.data._findings import say_value
from tabkit.data._numbers import are_whole, as_numbers, count_distinct, holds_numbers
from tabkit.data._positive_class import as_plain_label, find_evident, find_given
from tabkit.data._table import Table
from tabkit.data._task import Task, TaskKind

if TYPE_CHECKING:
    import pandas as pd

# Whole numbers are labels when there are few of them, each with rows to learn from.
_MAX_DISTINCT_NUMBERS = 20
_MIN_ROWS_PER_NUMBER = 3
# Words are no labels when most rows have one of their own.
_MAX_SHARE_OF_LABELS = 0.5


def infer_task(
    data: Table | pd.Series,
    *,
    kind: str | None = None,
    positive: Any = None,
    metric: str | None = None,
) -> Task:
    """Find the task that follows from a target.

    Text, booleans and categories are labels. Numbers are labels when they are whole, at most
    20 different ones, and three times as many rows; or when there are just two different ones.
    All other numbers are values to be regressed.

    The positive class of two is the one given; else the one whose label says so: 1, True, "yes", "positive"
    beside its opposite, any word beside "no". Where no label tells, it is the rarer one, and of two with the
    same number of rows the one that sorts last. `Task.is_positive_told` is False then: a threshold, a metric
    such as F1 or a monotone column is refused until it is given.

    Parameters
    ----------
    data : Table or Series of shape (n_rows,)
        A table, or its target.
    kind : {"binary", "multiclass", "regression"}, default=None
        When None, found from the target.
    positive : object, default=None
        The positive class; text stands for the label that is written so ("1" for 1).
    metric : str, default=None
        Name of the primary metric; when None, the default of the kind of task.

    Returns
    -------
    task : Task
        Its classes are plain Python objects in sorted order, the positive one of two last.

    Raises
    ------
    InputError
        If the target does not fit the kind, has no such positive class, or has a different
        label in most rows.

    Examples
    --------
    >>> import pandas as pd
    >>> infer_task(pd.Series(["ham", "ham", "spam"])).classes
    ('ham', 'spam')
    >>> infer_task(pd.Series([0.5, 1.5, 7.25])).kind
    'regression'
    """
    target = (data.target if isinstance(data, Table) else data).dropna()
    if kind is not None and kind not in get_args(TaskKind):
        raise InputError(f"unknown task {kind!r}: choose one of {', '.join(get_args(TaskKind))}")
    found = _find_kind(target, kind)
    classes = () if found == "regression" else _find_classes(target)
    positive_by = ""
    if found == "binary":
        classes, positive_by = _order(classes, target, positive)
    elif positive is not None:
        raise InputError(f"a positive class ({positive!r}) needs two labels, and the task is {found}")
    columns = []
    if isinstance(data, Table):
        columns = [column for column in data.columns if column.name in data.frame]
    return Task(
        kind=found,
        classes=classes,
        positive_by=positive_by,
        metric=metric or "",
        has_groups=isinstance(data, Table) and data.groups is not None,
        has_times=isinstance(data, Table) and data.times is not None,
        kinds={column.name: column.kind for column in columns},
        written_as={column.name: column.written_as for column in columns if column.written_as},
        na_values=data.na_values if isinstance(data, Table) else (),
    )


def _find_kind(target: pd.Series, kind: str | None) -> TaskKind:
    """Check the kind that is wanted, or find it."""
    is_numeric = holds_numbers(target)
    if kind == "regression":
        if not is_numeric:
            example = say_value(target.iloc[0])
            raise InputError(
                f"regression needs numbers, and the target {target.name!r} holds {example}: tell so with "
                f"{say_kind('numeric')} where these are numbers"
            )
        return "regression"
    if kind is None and is_numeric and not are_labels(target):
        return "regression"
    n_labels = target.nunique()
    found: TaskKind = "binary" if n_labels == 2 else "multiclass"
    if n_labels < 2:
        raise InputError(f"the target {target.name!r} has one value only: there is nothing to predict")
    if kind is not None and kind != found:
        raise InputError(f"the task cannot be {kind}: the target {target.name!r} has {n_labels:,} labels")
    if n_labels > max(_MAX_DISTINCT_NUMBERS, _MAX_SHARE_OF_LABELS * len(target)):
        raise InputError(
            f"the target {target.name!r} has {n_labels:,} different values in {len(target):,} rows, too many"
            " for labels: choose another target"
        )
    if is_numeric and not are_whole(as_numbers(target)):
        raise InputError(
            f"the task cannot be {kind}: labels are text or whole numbers, and the target {target.name!r} "
            f"holds {say_value(target[as_numbers(target) % 1 != 0].iloc[0])}"
        )
    return found


def are_labels(target: pd.Series) -> bool:
    """Whether numbers are few enough, and whole, to be labels.

    Parameters
    ----------
    target : Series of shape (n_rows,)
        Of numbers.

    Returns
    -------
    are_labels : bool
    """
    values = as_numbers(target)
    if not are_whole(values):
        return False
    n_distinct = count_distinct(values)
    return n_distinct == 2 or n_distinct <= min(_MAX_DISTINCT_NUMBERS, len(values) / _MIN_ROWS_PER_NUMBER)


def _find_classes(target: pd.Series) -> tuple[Any, ...]:
    """List the labels in sorted order as plain Python objects; 1.0 is 1."""
    labels = target.drop_duplicates().astype(object).map(as_plain_label)
    try:
        return tuple(sorted(labels))
    except TypeError:  # labels of several types
        return tuple(sorted(labels, key=str))


def _order(classes: tuple[Any, ...], target: pd.Series, positive: Any) -> tuple[tuple[Any, Any], str]:
    """Put the positive class last, and say by what it is."""
    found, by = find_evident(classes), "label"
    if positive is not None:
        found, by = find_given(classes, positive), "given"
        if found is None:
            labels = " and ".join(map(repr, classes))
            raise InputError(
                f"there is no positive class {positive!r}: the labels of {target.name!r} are {labels}"
            )
    if found is None:
        counts = [(target == label).sum() for label in classes]
        found, by = int(counts[0] >= counts[1]), "order" if counts[0] == counts[1] else "rarity"
    return (classes[1 - found], classes[found]), by

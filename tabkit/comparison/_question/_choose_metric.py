"""The primary metric of a run, checked before the first fit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tabkit._core import InputError
from tabkit._core._parameters import say_parameter
from tabkit.data import Table, Task
from tabkit.data._positive_class import check_told
from tabkit.evaluation import compute_scores, encode_labels, groups_of
from tabkit.metrics import METRICS, Metric, as_metric


def choose_metric(given: Any, table: Table, task: Task) -> Task:
    """Settle what ranks the models.

    Parameters
    ----------
    given : str, Metric, function, scorer or None
        See `tabkit.metrics.as_metric`; None leaves the task's own.
    table : Table
    task : Task

    Returns
    -------
    task : Task
        Judged by that metric.

    Raises
    ------
    InputError
        If there is no such metric, it does not apply to the task or the table, it hangs on which class is
        positive and nothing says so, or one of the user's own fails on the target.
    """
    if given is None:
        return task
    metric = as_metric(given, task.kind)
    if task.kind not in metric.task_kinds:
        told = f"choose another, or {say_parameter('task', ...)}"
        raise InputError(f"metric {metric.name!r} does not apply to {task.kind}: {told}")
    if metric.needs == "scores" and task.kind == "multiclass":
        raise InputError(f"metric {metric.name!r} needs a relevance, and the task has more than two labels")
    if metric.needs_groups and table.groups is None:
        raise InputError(
            f"metric {metric.name!r} is of a ranking within groups, such as the results of a query, and "
            f"there is no group column: name it with {say_parameter('group', ...)}"
        )
    if metric.name == "ndcg" and not task.is_classification and table.target.min() < 0:
        raise InputError(
            f"metric 'ndcg' needs a relevance of zero or more, and the target {table.target.name!r} goes "
            f"down to {table.target.min():g}"
        )
    if metric.needs_positive:
        check_told(task, f"metric {metric.name!r}")
    if METRICS.get(metric.name) is metric:
        return replace(task, metric=metric.name, own_metric=None)
    judged = replace(task, metric=metric.name, own_metric=metric)
    _try(metric, table, judged)
    return judged


def _try(metric: Metric, table: Table, task: Task) -> None:
    """Compute the user's own metric once, of predictions that are the target in another order."""
    import numpy as np

    shuffled = np.random.default_rng(0).permutation(table.target.to_numpy())
    proba = None
    if task.is_classification:
        share = 1 / len(task.classes)
        proba = 0.5 * share + 0.5 * np.eye(len(task.classes))[encode_labels(task, shuffled)]
    groups = groups_of(table, np.arange(table.n_rows))
    compute_scores(task, table.target, shuffled, proba, groups, metrics=[metric])

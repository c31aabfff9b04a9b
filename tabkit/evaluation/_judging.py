"""The metrics that judge a task: the primary one, and all that are computed."""

from __future__ import annotations

from tabkit.data import Task
from tabkit.metrics import Metric, get_metric, metrics_for


def primary_metric(task: Task) -> Metric:
    """The metric that ranks: the user's own, or the one that the task names.

    Parameters
    ----------
    task : Task

    Returns
    -------
    metric : Metric
    """
    own: Metric | None = task.own_metric
    return get_metric(task.metric) if own is None else own


def metrics_of(task: Task, *, has_groups: bool = False) -> tuple[Metric, ...]:
    """All metrics that are computed for a task.

    Parameters
    ----------
    task : Task
    has_groups : bool, default=False
        Whether the groups of the rows are known, which some metrics need.

    Returns
    -------
    metrics : tuple of Metric
        Those to be shown first, the others of tabkit that apply, and the user's own.
    """
    named = metrics_for(task.kind, has_groups=has_groups, requested=(task.metric, *task.shown_first))
    place = {name: number for number, name in enumerate(task.shown_first)}
    ordered = tuple(sorted(named, key=lambda metric: place.get(metric.name, len(place))))
    return ordered if task.own_metric is None else (*ordered, task.own_metric)


def asked_metrics(task: Task, *, has_groups: bool = False) -> tuple[Metric, ...]:
    """The metrics that are known of a fold as soon as it ends: the one that ranks, and those shown first.

    Parameters
    ----------
    task : Task
    has_groups : bool, default=False
        As for `metrics_of`.

    Returns
    -------
    metrics : tuple of Metric
    """
    asked = {task.metric, *task.shown_first}
    metrics = metrics_of(task, has_groups=has_groups)
    return tuple(metric for metric in metrics if metric.name in asked or metric is task.own_metric)

"""The primary metric in the record of a run, and as it is read back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tabkit._core import InputError
from tabkit.data import Task
from tabkit.evaluation import fingerprint_metric, primary_metric
from tabkit.metrics import METRICS, Metric


@dataclass(frozen=True)
class RecordedFunction:
    """Stands for the user's own function of a metric, of which a record has the digest alone.

    Attributes
    ----------
    metric : str
    fingerprint : str
    """

    metric: str
    fingerprint: str

    def __call__(self, *_: Any) -> float:
        """Refuse: only the scores that were computed are there."""
        raise InputError(f"the function of the metric {self.metric!r} is not part of the results of a run")


def describe_metric(task: Task) -> dict[str, Any]:
    """What a reader needs that does not know a metric of the user's own.

    Parameters
    ----------
    task : Task

    Returns
    -------
    record : dict
    """
    metric = primary_metric(task)
    return {
        "name": metric.name,
        "label": metric.label,
        "greater_is_better": metric.greater_is_better,
        "task_kinds": metric.task_kinds,
        "needs": metric.needs,
        "lowest": metric.lowest,
        "highest": metric.highest,
        "needs_groups": metric.needs_groups,
        "needs_positive": metric.needs_positive,
        "fingerprint": fingerprint_own(task),
    }


def read_own(record: Mapping[str, Any]) -> Metric | None:
    """The user's own metric that a record tells of; None where it is one of tabkit's.

    Parameters
    ----------
    record : mapping
        Of `describe_metric`, as JSON has it.

    Returns
    -------
    metric : Metric or None
    """
    if record["fingerprint"] is None:
        METRICS[record["name"]]  # a KeyError where tabkit has it no more
        return None
    plain = {name: value for name, value in record.items() if name != "fingerprint"}
    plain["task_kinds"] = tuple(record["task_kinds"])
    plain["lowest"] = -math.inf if record["lowest"] is None else record["lowest"]
    plain["highest"] = math.inf if record["highest"] is None else record["highest"]
    return Metric(**plain, compute=RecordedFunction(record["name"], record["fingerprint"]))


def fingerprint_own(task: Task) -> str | None:
    """Digest of the user's own metric, also of one that was read back; None for one of tabkit's.

    Parameters
    ----------
    task : Task

    Returns
    -------
    fingerprint : str or None
    """
    if task.own_metric is None:
        return None
    compute = task.own_metric.compute
    return (
        compute.fingerprint if isinstance(compute, RecordedFunction) else fingerprint_metric(task.own_metric)
    )

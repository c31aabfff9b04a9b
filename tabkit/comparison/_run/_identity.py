"""What makes two runs the same run, so that kept folds still count."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from tabkit.data import Table, Task, fingerprint_frame
from tabkit.evaluation import ROWS, SAMPLED_FROM, Folds, fingerprint_metric


def describe_run(
    table: Table, task: Task, folds: Folds, random_state: int, sampled_from: str = ""
) -> dict[str, Any]:
    """Everything but the candidate that decides what the predictions of a fold are.

    Parameters
    ----------
    table : Table
    task : Task
    folds : Folds
    random_state : int
    sampled_from : str, default=""
        Fingerprint of the whole table, where not all of its rows are used.

    Returns
    -------
    description : dict
        In words that a message can use; values as JSON can hold them.
    """
    description = {
        "data": table.fingerprint,
        SAMPLED_FROM: sampled_from,
        ROWS: table.n_rows,
        "target": str(table.target.name),
        "task": task.kind,
        "classes": [repr(label) for label in task.classes],
        "time": None if table.times is None else str(table.times.name),
        "group": None if table.groups is None else str(table.groups.name),
        "folds": len(folds),
        "rows of the folds": folds.fingerprint,
        "seed": random_state,
    }
    if table.label_spans is not None:
        import pandas as pd

        # Splits inside models follow them, also where the folds do not tell.
        spans = table.label_spans.array
        ends = fingerprint_frame(pd.DataFrame({"left": spans.left, "right": spans.right}))
        description["gap or horizon"] = f"{ends} {spans.closed}"
    if task.own_metric is not None:
        # All of tabkit's are computed on every fold. This one is what it was when the fold was kept.
        description["metric"] = f"{task.metric} {fingerprint_metric(task.own_metric)}"
    return description


def fingerprint_run(description: Mapping[str, Any]) -> str:
    """Digest of a description by `describe_run`: 32 hexadecimal digits."""
    return hashlib.sha256(repr(sorted(description.items())).encode()).hexdigest()[:32]

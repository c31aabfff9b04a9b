"""Every metric of a task on the test rows of one fold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tabkit.data import Table, Task
from tabkit.evaluation._judging import metrics_of
from tabkit.metrics import Metric, compute_own

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def compute_scores(
    task: Task,
    target: pd.Series,
    prediction: np.ndarray,
    proba: np.ndarray | None,
    groups: np.ndarray | None = None,
    *,
    metrics: Sequence[Metric] | None = None,
) -> dict[str, float]:
    """Compute the metrics of a task.

    Parameters
    ----------
    task : Task
    target : Series of shape (n_test,)
        Labels or values.
    prediction : ndarray of shape (n_test,)
        Labels or values.
    proba : ndarray of shape (n_test, n_classes) or None
    groups : ndarray of shape (n_test,), default=None
        The group of each row as a code; without them, no metric that needs them is computed.
    metrics : sequence of Metric, default=None
        None for all, see `metrics_of`.

    Returns
    -------
    scores : dict of str to float
        NaN where a metric is not defined, or needs probabilities that there are not.

    Raises
    ------
    InputError
        If a metric of the user's own fails.
    """
    import numpy as np

    if task.is_classification:
        y_true, predicted = encode_labels(task, target), encode_labels(task, prediction)
    else:
        y_true, predicted = np.asarray(target, dtype=float), np.asarray(prediction, dtype=float)
    scores = {}
    for metric in metrics_of(task, has_groups=groups is not None) if metrics is None else metrics:
        truth, given = _pick(metric, task, y_true, predicted, proba)
        if given is None:
            scores[metric.name] = float("nan")
            continue
        arguments = (truth, given, task.classes, *((groups,) if metric.needs_groups else ()))
        if metric is task.own_metric:
            scores[metric.name] = compute_own(metric, *arguments)
        else:
            scores[metric.name] = metric.compute(*arguments)
    return scores


def _pick(
    metric: Metric, task: Task, y_true: np.ndarray, predicted: np.ndarray, proba: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """What a metric compares: the truth, and the predictions that it needs or None."""
    if metric.needs == "probabilities":
        return y_true, proba
    if metric.needs == "scores" and task.is_classification:
        return (y_true == 1).astype(float), None if proba is None else proba[:, 1]
    return y_true, predicted


def groups_of(table: Table, rows: np.ndarray) -> np.ndarray | None:
    """Groups of some rows as codes; None for a table without groups.

    Parameters
    ----------
    table : Table
    rows : ndarray of int

    Returns
    -------
    groups : ndarray of int of shape (n_rows,) or None
    """
    import pandas as pd

    return None if table.groups is None else pd.factorize(table.groups.iloc[rows])[0]


def encode_labels(task: Task, labels: pd.Series | np.ndarray) -> np.ndarray:
    """Turn labels into positions in ``task.classes``.

    Parameters
    ----------
    task : Task
    labels : Series or ndarray of shape (n_rows,)

    Returns
    -------
    codes : ndarray of int64 of shape (n_rows,)
        -1 for a label that is not among the classes.
    """
    import pandas as pd

    codes = pd.Index(task.classes, tupleize_cols=False).get_indexer(pd.Index(labels))
    return codes.astype("int64")

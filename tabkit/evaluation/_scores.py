"""Every metric of a task on the test rows of one fold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabkit.data import Task
from tabkit.metrics import Metric, metrics_for

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def compute_scores(
    task: Task,
    target: pd.Series,
    prediction: np.ndarray,
    proba: np.ndarray | None,
    *,
    only: Metric | None = None,
) -> dict[str, float]:
    """Compute every metric of a task, or one.

    Parameters
    ----------
    task : Task
    target : Series of shape (n_test,)
        Labels or values.
    prediction : ndarray of shape (n_test,)
        Labels or values.
    proba : ndarray of shape (n_test, n_classes) or None
    only : Metric or None, default=None

    Returns
    -------
    scores : dict of str to float
        NaN where a metric is not defined, or needs probabilities that there are not.
    """
    import numpy as np

    if task.is_classification:
        y_true, predicted = encode_labels(task, target), encode_labels(task, prediction)
    else:
        y_true, predicted = np.asarray(target, dtype=float), np.asarray(prediction, dtype=float)
    scores = {}
    for metric in metrics_for(task.kind) if only is None else (only,):
        given = proba if metric.needs == "probabilities" else predicted
        scores[metric.name] = float("nan") if given is None else metric.compute(y_true, given, task.classes)
    return scores


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

"""One last score, on rows that no choice has touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tabkit.data import Table, Task
from tabkit.evaluation._judging import primary_metric
from tabkit.evaluation._predict import predict_rows
from tabkit.evaluation._scores import compute_scores, groups_of
from tabkit.evaluation._store import probability_columns
from tabkit.metrics._bootstrap import draw_units, number_units, percentile_interval

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# Enough for two digits of an interval; fewer where a metric over many rows takes its time.
_MOST_RESAMPLES = 500
_LEAST_RESAMPLES = 50
_RESAMPLED_ROWS = 4_000_000


@dataclass(frozen=True)
class LastScore:
    """What the winner scores on rows that had no part in fitting or choosing it.

    Attributes
    ----------
    description : str
        Which rows: "200 rows, drawn at random".
    n_rows : int
    scores : mapping of str to float
        Every metric of the task; NaN where one is not defined.
    interval : tuple of two floats, or None
        95 % interval of the primary metric by a percentile bootstrap of the rows, or of whole
        groups where there are any; None where it cannot be computed.
    """

    description: str
    n_rows: int
    scores: Mapping[str, float]
    interval: tuple[float, float] | None


def score_last(
    fitted: Any, last: Table, task: Task, description: str, seed: int
) -> tuple[LastScore, pd.DataFrame]:
    """Score a fitted model once.

    Parameters
    ----------
    fitted : estimator
    last : Table
    task : Task
    description : str
    seed : int
        Of the bootstrap.

    Returns
    -------
    score : LastScore
    predictions : DataFrame of shape (n_rows, n_columns)
        Columns row (its position where it came from), target, prediction, and a probability
        for each class.
    """
    import numpy as np
    import pandas as pd

    prediction, proba, _ = predict_rows(fitted, last.frame, task)
    groups = groups_of(last, np.arange(last.n_rows))
    scores = compute_scores(task, last.target, prediction, proba, groups)
    rows = np.arange(last.n_rows) if last.source_rows is None else last.source_rows
    predictions = pd.DataFrame({"row": rows, "target": last.target.to_numpy(), "prediction": prediction})
    if proba is not None:
        predictions = pd.concat([predictions, pd.DataFrame(proba, columns=probability_columns(task))], axis=1)
    interval = _bootstrap(last, task, prediction, proba, seed)
    return LastScore(description, last.n_rows, scores, interval), predictions


def _bootstrap(
    last: Table, task: Task, prediction: np.ndarray, proba: np.ndarray | None, seed: int
) -> tuple[float, float] | None:
    """Percentiles of the primary metric over resamples of the rows, or of the groups."""
    import numpy as np

    metric = primary_metric(task)
    codes, n_units = number_units(last.n_rows, last.groups)
    members = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    sizes = np.array([len(rows) for rows in members])
    n_resamples = int(np.clip(_RESAMPLED_ROWS // last.n_rows, _LEAST_RESAMPLES, _MOST_RESAMPLES))
    found = []
    for drawn in draw_units(n_units, n_resamples, seed):
        rows = drawn if last.groups is None else np.concatenate([members[group] for group in drawn])
        taken = None if proba is None else proba[rows]
        groups = None if last.groups is None else np.repeat(np.arange(len(drawn)), sizes[drawn])
        target = last.target.iloc[rows]
        scores = compute_scores(task, target, prediction[rows], taken, groups, metrics=[metric])
        found.append(scores[metric.name])
    if n_units < 2 or np.isnan(found).mean() > 1 / 2:
        return None
    low, high = percentile_interval(np.array(found))
    return float(low), float(high)

"""Weights of the candidates, and what an ensemble of them scores on rows that did not choose them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tabkit._core._random import derive_seed
from tabkit.automl._out_of_fold import OutOfFold
from tabkit.data import Task
from tabkit.ensemble import greedy_weights
from tabkit.metrics import Metric

# With few rows to judge by, the best of many candidates is the luckiest: 3 at 100 rows, 9 at 1,000, 25 at
# 10,000.
_CANDIDATES_AT_100_ROWS = 3.0
_GROWTH = 0.46
_N_DRAWS = 100
_MOST_ROWS = 5_000
_MOST_DRAWS_OUTSIDE = 0.05


@dataclass(frozen=True)
class CorrectedScore:
    """Score of an ensemble, without what choosing it gained by luck.

    Attributes
    ----------
    score : float
        Mean over draws of the rows: chosen on the rows of a draw, and judged on those outside of it.
    interval : tuple of two floats
        95 % of the draws.
    optimism : float
        How much better the rows that chose say it is; positive where they flatter.
    """

    score: float
    interval: tuple[float, float]
    optimism: float


def choose_weights(
    out_of_fold: OutOfFold,
    task: Task,
    metric: Metric,
    *,
    n_kept: int | None = None,
    weight: Any = None,
    groups: Any = None,
) -> dict[str, float]:
    """Weights by ensemble selection among the best candidates, as many as there are rows for.

    Parameters
    ----------
    out_of_fold : OutOfFold
    task : Task
    metric : Metric
    n_kept : int, default=None
        So many of the best can have a weight; None is 3 at 100 rows, 9 at 1,000, 25 at 10,000.
    weight, groups : ndarray of shape (n_rows,), default=None
        Of the rows of ``out_of_fold``.

    Returns
    -------
    weights : dict of str to float
        Of all candidates; they sum to 1.
    """
    order = _best_first(out_of_fold, task, metric, groups)
    return _weigh(out_of_fold, order, task, metric, n_kept=n_kept, weight=weight, groups=groups)


def _weigh(
    out_of_fold: OutOfFold,
    order: list[int],
    task: Task,
    metric: Metric,
    *,
    n_kept: int | None = None,
    weight: Any = None,
    groups: Any = None,
) -> dict[str, float]:
    """Weights among the first of an order."""
    if n_kept is None:
        n_kept = max(3, round(_CANDIDATES_AT_100_ROWS * (len(out_of_fold.rows) / 100) ** _GROWTH))
    kept = sorted(order[:n_kept])
    chosen = _choose(out_of_fold.predicted[kept], out_of_fold.truth, task, metric, weight, groups)
    weights = dict.fromkeys(out_of_fold.names, 0.0)
    return weights | {out_of_fold.names[place]: float(w) for place, w in zip(kept, chosen, strict=True)}


def blend(out_of_fold: OutOfFold, weights: dict[str, float]) -> np.ndarray:
    """Weighted mean of the predictions.

    Parameters
    ----------
    out_of_fold : OutOfFold
    weights : dict of str to float

    Returns
    -------
    predicted : ndarray of shape (n_rows, n_columns)
    """
    shares = np.array([weights[name] for name in out_of_fold.names])
    return np.tensordot(shares, out_of_fold.predicted, axes=1)


def score_of(
    metric: Metric, truth: np.ndarray, predicted: np.ndarray, task: Task, groups: Any = None
) -> float:
    """One metric of predictions of shape (n_rows, n_columns).

    Parameters
    ----------
    metric : Metric
    truth : ndarray of shape (n_rows,)
        Codes of the classes, or values.
    predicted : ndarray of shape (n_rows, n_columns)
    task : Task
    groups : ndarray of int of shape (n_rows,), default=None

    Returns
    -------
    score : float
        NaN where it is not defined.
    """
    if metric.needs == "labels":
        given = predicted.argmax(axis=1)
    elif metric.needs == "scores" and task.is_classification:
        given = predicted[:, 1]
    else:
        given = predicted if task.is_classification else predicted[:, 0]
    more = (np.asarray(groups),) if metric.needs_groups else ()
    return float(metric.compute(truth, given, task.classes, *more))


def correct_score(
    out_of_fold: OutOfFold, task: Task, metric: Metric, *, groups: Any = None, random_state: int = 0
) -> CorrectedScore:
    """Score of the ensemble on rows that had no part in its choice.

    Rows are drawn with replacement, groups whole; the weights are chosen anew on those that were drawn, and
    judged on the others. The models themselves had not been fitted on any of these rows.

    Parameters
    ----------
    out_of_fold : OutOfFold
    task : Task
    metric : Metric
    groups : ndarray of int of shape (n_rows,), default=None
    random_state : int, default=0

    Returns
    -------
    corrected : CorrectedScore
        NaN where no draw defines the metric.

    References
    ----------
    Tsamardinos, I., Greasidou, E., Borboudakis, G.: Bootstrapping the out-of-sample predictions for efficient
    and accurate cross-validation. Machine Learning 107 (2018).
    """
    rng = np.random.default_rng(derive_seed(random_state, "corrected score"))
    n_rows = len(out_of_fold.rows)
    clusters = np.arange(n_rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    n_clusters = int(clusters.max()) + 1
    inside, outside = [], []
    for _ in range(_N_DRAWS):
        counts = np.bincount(rng.integers(n_clusters, size=n_clusters), minlength=n_clusters)[clusters]
        drawn = np.repeat(np.arange(n_rows), counts)
        if len(drawn) > _MOST_ROWS:
            drawn = np.sort(rng.choice(drawn, _MOST_ROWS, replace=False))
        others = np.flatnonzero(counts == 0)
        scores = _score_draw(out_of_fold, task, metric, drawn, others, groups)
        if scores is not None:
            inside.append(scores[0])
            outside.append(scores[1])
    if not outside:
        return CorrectedScore(np.nan, (np.nan, np.nan), np.nan)
    low, high = np.quantile(outside, [_MOST_DRAWS_OUTSIDE / 2, 1 - _MOST_DRAWS_OUTSIDE / 2])
    sign = 1.0 if metric.greater_is_better else -1.0
    optimism = sign * (float(np.mean(inside)) - float(np.mean(outside)))
    return CorrectedScore(float(np.mean(outside)), (float(low), float(high)), optimism)


def _score_draw(
    out_of_fold: OutOfFold, task: Task, metric: Metric, drawn: np.ndarray, others: np.ndarray, groups: Any
) -> tuple[float, float] | None:
    """Scores on the rows that choose and on the others; None where one of them is not defined."""
    if not len(others):
        return None
    parts = [None if groups is None else groups[rows] for rows in (drawn, others)]
    taken, truth = out_of_fold.predicted[:, drawn], out_of_fold.truth[drawn]
    among = OutOfFold(out_of_fold.names, drawn, taken, truth)
    order = _best_first(among, task, metric, parts[0])
    if not order:
        return None
    weights = _weigh(among, order, task, metric, groups=parts[0])
    rest = OutOfFold(out_of_fold.names, others, out_of_fold.predicted[:, others], out_of_fold.truth[others])
    scores = tuple(
        score_of(metric, part.truth, blend(part, weights), task, of)
        for part, of in zip((among, rest), parts, strict=True)
    )
    return None if np.isnan(scores).any() else scores  # type: ignore[return-value]


def _best_first(out_of_fold: OutOfFold, task: Task, metric: Metric, groups: Any) -> list[int]:
    """Places of the candidates that have a score, the best first."""
    sign = -1.0 if metric.greater_is_better else 1.0
    scores = [
        sign * score_of(metric, out_of_fold.truth, predicted, task, groups)
        for predicted in out_of_fold.predicted
    ]
    defined = [place for place, score in enumerate(scores) if not np.isnan(score)]
    return sorted(defined, key=lambda place: scores[place])


def _choose(
    predicted: np.ndarray, truth: np.ndarray, task: Task, metric: Metric, weight: Any, groups: Any
) -> np.ndarray:
    if len(predicted) == 1:
        return np.ones(1)
    if task.is_classification:
        codes = list(range(len(task.classes)))
        return greedy_weights(
            predicted, truth, metric, classes=codes, sample_weight=weight, groups=groups, n_rounds=30
        )
    return greedy_weights(predicted[:, :, 0], truth, metric, sample_weight=weight, groups=groups, n_rounds=30)

"""Who is better: the one order of the candidates, for the ranking and for the winner."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tabkit.data import Task
from tabkit.evaluation._evaluation import Evaluation
from tabkit.evaluation._judging import primary_metric
from tabkit.metrics import Metric


def fold_scores(evaluation: Evaluation, metric: str) -> tuple[float, ...]:
    """Scores of one metric on the finished folds; NaN where it is not defined.

    Parameters
    ----------
    evaluation : Evaluation
    metric : str

    Returns
    -------
    scores : tuple of float
    """
    return tuple(result.scores.get(metric, math.nan) for result in evaluation.folds)


def mean_defined(values: Sequence[float]) -> float:
    """Mean of the values that are defined; NaN when none is.

    Parameters
    ----------
    values : sequence of float

    Returns
    -------
    mean : float
    """
    defined = [value for value in values if not math.isnan(value)]
    return math.fsum(defined) / len(defined) if defined else math.nan


def sort_finished(evaluations: Sequence[Evaluation], metric: Metric) -> list[Evaluation]:
    """Those that finished with a score, the best mean first; equal ones as they came.

    Parameters
    ----------
    evaluations : sequence of Evaluation
    metric : Metric

    Returns
    -------
    ranked : list of Evaluation
    """
    means = [(mean_defined(fold_scores(e, metric.name)), e) for e in evaluations if e.is_finished]
    sign = -1.0 if metric.greater_is_better else 1.0
    ranked = sorted((pair for pair in means if not math.isnan(pair[0])), key=lambda pair: sign * pair[0])
    return [evaluation for _, evaluation in ranked]


def find_best(task: Task, evaluations: Sequence[Evaluation]) -> Evaluation | None:
    """The finished candidate with the best mean of the primary metric; None when there is none.

    Parameters
    ----------
    task : Task
    evaluations : sequence of Evaluation

    Returns
    -------
    best : Evaluation or None
    """
    ranked = sort_finished(evaluations, primary_metric(task))
    return ranked[0] if ranked else None

"""What a prediction reaches that is the same for every row: no figure that does no better is in bold."""

from __future__ import annotations

from tabkit.comparison import BASELINE, Comparison
from tabkit.metrics import Metric


def score_constants(comparison: Comparison) -> dict[str, float]:
    """The best mean over the folds of the baseline, and of either label given to all rows.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    scores : dict of str to float
        By the name of the metric, for the secondary metrics of the leaderboard that are known of a constant.
    """
    board = comparison.leaderboard
    baseline = next((row for row in board.ranked if row.name == BASELINE), None)
    scores = {} if baseline is None else dict(baseline.scores)
    if comparison.task.kind != "binary":
        return {metric.name: scores[metric.name] for metric in board.secondary if metric.name in scores}
    found = {}
    for metric in board.secondary:
        reached = [scores[metric.name]] if metric.name in scores else []
        if metric.needs == "labels" and metric is not comparison.task.own_metric:
            reached += [_score_label(comparison, metric, label) for label in (0, 1)]
        if reached:
            found[metric.name] = max(reached) if metric.greater_is_better else min(reached)
    return found


def _score_label(comparison: Comparison, metric: Metric, label: int) -> float:
    """Mean over the folds of one label for all test rows."""
    import numpy as np

    task = comparison.task
    is_positive = (comparison.table.target.astype(str) == str(task.positive)).to_numpy(dtype=int)
    values = [
        metric.compute(is_positive[test], np.full(len(test), label), task.classes)
        for _, test in comparison.folds.pairs
    ]
    return sum(values) / len(values)

"""Scores that nobody waited for while the fits ran, computed from the predictions that were kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tabkit._core._files import as_unicode
from tabkit.data import Table, Task
from tabkit.evaluation._evaluation import Evaluation, FoldResult
from tabkit.evaluation._judging import metrics_of
from tabkit.evaluation._scores import compute_scores, groups_of
from tabkit.evaluation._store import probability_columns
from tabkit.metrics import Metric

if TYPE_CHECKING:
    import pandas as pd


def complete_scores(
    evaluation: Evaluation, table: Table, task: Task, metrics: Sequence[Metric] | None = None
) -> Evaluation:
    """Compute the metrics that the folds of a candidate lack.

    Parameters
    ----------
    evaluation : Evaluation
        With its predictions.
    table : Table
    task : Task
    metrics : sequence of Metric, default=None
        None for all, see `metrics_of`.

    Returns
    -------
    evaluation : Evaluation
        Scores in the order of the metrics.

    Raises
    ------
    InputError
        If a metric of the user's own fails.
    """
    wanted = metrics_of(task, has_groups=table.groups is not None) if metrics is None else tuple(metrics)
    return replace(
        evaluation,
        folds=tuple(_complete(evaluation, result, table, task, wanted) for result in evaluation.folds),
    )


def _complete(
    evaluation: Evaluation, result: FoldResult, table: Table, task: Task, wanted: Sequence[Metric]
) -> FoldResult:
    lacking = [metric for metric in wanted if metric.name not in result.scores]
    if not lacking:
        return result
    kept = evaluation.predictions_of(result.fold)
    found = {**result.scores, **_score(kept, table, task, lacking)}
    names = [metric.name for metric in wanted]
    ordered = {name: found[name] for name in [*names, *(name for name in found if name not in names)]}
    return replace(result, scores=ordered)


def _score(kept: pd.DataFrame, table: Table, task: Task, metrics: Sequence[Metric]) -> dict[str, float]:
    rows = kept["position"].to_numpy()
    names = probability_columns(task)
    # As files can hold them, see `as_unicode`.
    written = {as_unicode(label): label for label in task.classes if isinstance(label, str)}
    has_proba = bool(names) and set(names) <= set(kept.columns)
    return compute_scores(
        task,
        table.target.iloc[rows],
        kept["prediction"].map(lambda label: written.get(label, label)).to_numpy(),
        kept[names].to_numpy() if has_proba else None,
        groups_of(table, rows),
        metrics=metrics,
    )

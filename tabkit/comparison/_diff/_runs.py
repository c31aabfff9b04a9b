"""What changed from one run to another, with a test where both have the very same folds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tabkit._core import InputError
from tabkit._core._plain import as_plain
from tabkit._core._wording import say_value
from tabkit.comparison._comparison import Comparison
from tabkit.comparison._diff._changed_predictions import share_of_changed_predictions
from tabkit.comparison._files._load import load_comparison
from tabkit.comparison._files._recorded_metric import fingerprint_own
from tabkit.comparison._names import AUTOGLUON
from tabkit.comparison._results._changes import BestDiff, ModelDiff, RunDiff, ScoreChange, Verdict
from tabkit.comparison._results._row_spread import JudgedRows
from tabkit.comparison._results._statistics import (
    CONFIDENCE,
    MIN_FITS_FOR_TEST,
    estimate_mean,
    mean_ratio_of_rows,
)
from tabkit.evaluation import Evaluation, fold_scores, mean_defined, primary_metric, sort_finished
from tabkit.metrics import METRICS, Metric


def diff_runs(old: Comparison | str | Path, new: Comparison | str | Path) -> RunDiff:
    """Find what changed from one run to another.

    Where both judged the same rows on the same folds by the same metric, the difference of the
    scores of a fold is a pair, and their mean is tested as on the leaderboard. Elsewhere, the
    change is only described.

    Parameters
    ----------
    old, new : Comparison, str or Path
        Results, or folders of results.

    Returns
    -------
    diff : RunDiff

    Raises
    ------
    InputError
        If a folder holds no finished run, or the two have no metric in common.
    """
    before, after = (run if isinstance(run, Comparison) else load_comparison(run) for run in (old, new))
    metric = _common_metric(before, after)
    unpaired = _why_not_paired(before, after)
    old_models, new_models = ({one.name: one for one in run.evaluations} for run in (before, after))
    old_ranks, new_ranks = _rank(before, metric), _rank(after, metric)
    names = [*new_ranks, *(name for name in {**new_models, **old_models} if name not in new_ranks)]
    rows = None if unpaired else JudgedRows(before.table, before.task, before.folds, metric)
    models = tuple(
        ModelDiff(
            name=name,
            old_status=old_models[name].status if name in old_models else "",
            new_status=new_models[name].status if name in new_models else "",
            old_rank=old_ranks.get(name),
            new_rank=new_ranks.get(name),
            score=_compare(old_models.get(name), new_models.get(name), metric, rows),
            changed_predictions=None if unpaired else share_of_changed_predictions(before, after, name),
            reason=new_models[name].reason if name in new_models else "",
        )
        for name in names
    )
    best = _first_own(old_ranks), _first_own(new_ranks)
    score = _compare(old_models.get(best[0] or ""), new_models.get(best[1] or ""), metric, rows)
    return RunDiff(
        old=before.folder,
        new=after.folder,
        metric=metric,
        untested=unpaired or _why_too_few(before),
        models=models,
        best=BestDiff(*best, score),
        settings=_changed(_list_facts(before), _list_facts(after)) | _changed_columns(before, after),
        versions=_changed(before.versions, after.versions),
    )


def _common_metric(before: Comparison, after: Comparison) -> Metric:
    """The primary metric of the new run, or else of the old one, where the other has its scores too."""
    if _describe_metric(before) == _describe_metric(after):
        return primary_metric(after.task)
    if before.task.kind == after.task.kind:
        names = [after.task.metric, before.task.metric, *METRICS]
        own = {run.task.metric for run in (before, after) if run.task.own_metric is not None}
        for name in names:
            if name not in own and all(_has_scores(run, name) for run in (before, after)):
                return METRICS[name]
    old, new = primary_metric(before.task), primary_metric(after.task)
    raise InputError(
        f"the two runs have no metric in common: {str(before.folder)!r} is {before.task.kind} by "
        f"{old.label}, {str(after.folder)!r} {after.task.kind} by {new.label}"
    )


def _describe_metric(run: Comparison) -> tuple[str, str, bool, str | None]:
    """What makes two primary metrics the same."""
    metric = primary_metric(run.task)
    return metric.name, metric.label, metric.greater_is_better, fingerprint_own(run.task)


def _has_scores(run: Comparison, metric: str) -> bool:
    return any(metric in result.scores for one in run.evaluations for result in one.folds)


def _why_not_paired(before: Comparison, after: Comparison) -> str:
    """Why scores of one fold are no pairs; empty when they are."""
    if _describe_metric(before) != _describe_metric(after):
        old, new = primary_metric(before.task), primary_metric(after.task)
        return f"other metric ({old.label} before, {new.label} now)"
    old_positive, new_positive = before.task.positive, after.task.positive
    if old_positive != new_positive:
        return f"other positive class ({say_value(old_positive)} before, {say_value(new_positive)} now)"
    if before.table.target_fingerprint != after.table.target_fingerprint:
        return "other data"
    return "" if before.folds.fingerprint == after.folds.fingerprint else "other folds"


def _why_too_few(run: Comparison) -> str:
    if len(run.folds) >= MIN_FITS_FOR_TEST:
        return ""
    return f"{len(run.folds)} scores per model are too few: a test needs {MIN_FITS_FOR_TEST}"


def _rank(run: Comparison, metric: Metric) -> dict[str, int]:
    """Ranks of the models with a score, the best first; equal ones as they came."""
    ranked = sort_finished(run.evaluations, metric)
    return {evaluation.name: rank for rank, evaluation in enumerate(ranked, start=1)}


def _first_own(ranks: Mapping[str, int]) -> str | None:
    return next((name for name in ranks if name != AUTOGLUON), None)


def _compare(
    old: Evaluation | None, new: Evaluation | None, metric: Metric, rows: JudgedRows | None
) -> ScoreChange:
    """How the score changed from one model to another; by pairs where both were judged on the same rows."""
    old_mean, new_mean = _mean(old, metric), _mean(new, metric)
    if old is None or new is None or old_mean is None or new_mean is None:
        return ScoreChange(old_mean, new_mean)
    if rows is None:
        return ScoreChange(old_mean, new_mean, new_mean - old_mean, verdict="not tested")
    before, after = fold_scores(old, metric.name), fold_scores(new, metric.name)
    changes = [now - then for then, now in zip(before, after, strict=True)]
    then_spread, now_spread = rows.spread_of(old), rows.spread_of(new)
    spread = None if then_spread is None or now_spread is None else now_spread - then_spread
    estimate = estimate_mean(changes, mean_ratio_of_rows(rows.folds), spread)
    if estimate.n_values == 0:
        return ScoreChange(old_mean, new_mean, new_mean - old_mean, verdict="not tested")
    is_better = (estimate.mean > 0) == metric.greater_is_better
    verdict: Verdict = "better" if is_better else "worse"
    if all(change == 0 or math.isnan(change) for change in changes):
        verdict = "same"
    elif estimate.p_value is None:
        verdict = "not tested"
    elif estimate.p_value >= 1 - CONFIDENCE:
        verdict = "within chance"
    return ScoreChange(old_mean, new_mean, estimate.mean, estimate.interval, estimate.p_value, verdict)


def _mean(evaluation: Evaluation | None, metric: Metric) -> float | None:
    """Mean over the folds on which the metric is defined; None for an unfinished model."""
    if evaluation is None or not evaluation.is_finished:
        return None
    mean = mean_defined(fold_scores(evaluation, metric.name))
    return None if math.isnan(mean) else mean


def _list_facts(run: Comparison) -> dict[str, Any]:
    """What was run on what, in words: the table, the task, the settings."""
    facts: dict[str, Any] = as_plain(
        {
            "table": run.table.name,
            "rows": run.table.n_rows,
            "target": run.table.target.name,
            "task": run.task.kind,
            "positive class": run.task.positive,
            "metric": run.task.metric,
            "folds": run.folds.description,
            **run.settings,
        }
    )
    return facts


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = dict.fromkeys([*before, *after])
    return {
        name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    }


def _changed_columns(before: Comparison, after: Comparison) -> dict[str, tuple[Any, Any]]:
    """Columns that one of the tables does not have."""
    old, new = ([column.name for column in run.table.columns] for run in (before, after))
    gone = [name for name in old if name not in new]
    added = [name for name in new if name not in old]
    return {"columns": (gone, added)} if gone or added else {}

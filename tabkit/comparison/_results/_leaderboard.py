"""The ranking of the candidates, with intervals and tests."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from tabkit._core._parameters import say_parameter
from tabkit.comparison._names import AUTOGLUON, BASELINE
from tabkit.comparison._results._leaderboard_row import LeaderboardRow
from tabkit.comparison._results._row_spread import JudgedRows
from tabkit.comparison._results._spread import Spread
from tabkit.comparison._results._statistics import (
    CONFIDENCE,
    MIN_FITS_FOR_TEST,
    MeanEstimate,
    estimate_gap,
    estimate_mean,
    mean_ratio_of_rows,
)
from tabkit.data import Table, Task
from tabkit.evaluation import (
    THRESHOLD,
    Evaluation,
    Folds,
    fold_scores,
    mean_defined,
    metrics_of,
    primary_metric,
    sort_finished,
)
from tabkit.metrics import Metric

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Leaderboard:
    """All rows, the best first and the unranked last.

    Attributes
    ----------
    rows : tuple of LeaderboardRow
    metric : Metric
        The primary one.
    secondary : tuple of Metric
        The others that are shown.
    is_descriptive : bool
        Whether there are too few fits (fewer than five) for a test.
    ratio : float
        Test rows per training row, mean over the folds: what tests correct for.
    spreads : mapping of str to Spread
        Of the ranked candidates whose rows are known one by one, by name: intervals and tests of these, and
        of pairs of them, come from the rows; those of the others from the folds alone.
    """

    rows: tuple[LeaderboardRow, ...]
    metric: Metric
    secondary: tuple[Metric, ...]
    is_descriptive: bool
    ratio: float
    spreads: Mapping[str, Spread] = field(default_factory=dict, repr=False, compare=False)

    @property
    def is_by_rows(self) -> bool:
        """Whether the rows, and not the folds alone, say how far scores can be trusted."""
        return bool(self.spreads)

    def estimate_gap(self, worse: LeaderboardRow, better: LeaderboardRow) -> MeanEstimate:
        """How much worse one ranked candidate is than another.

        Parameters
        ----------
        worse, better : LeaderboardRow

        Returns
        -------
        estimate : MeanEstimate
            Positive where `worse` is worse.
        """
        spreads = (self.spreads.get(row.name) for row in (worse, better))
        return estimate_gap(worse.fold_scores, better.fold_scores, self.metric, self.ratio, *spreads)

    @property
    def ranked(self) -> tuple[LeaderboardRow, ...]:
        """The rows that have a rank, the best first."""
        return tuple(row for row in self.rows if row.rank is not None)

    @property
    def best_own(self) -> LeaderboardRow | None:
        """The best of tabkit's own candidates, which is the one that is saved; None where none has a rank."""
        return next((row for row in self.ranked if row.name != AUTOGLUON), None)

    @property
    def beats_baseline(self) -> bool:
        """Whether the leader's mean is another than that of the one that ignores the columns."""
        baseline = next((row for row in self.ranked if row.name == BASELINE), None)
        return bool(self.ranked) and (baseline is None or self.ranked[0].mean != baseline.mean)

    def frame(self) -> pd.DataFrame:
        """The leaderboard as a frame.

        Returns
        -------
        frame : DataFrame
            A row per candidate in the order of `rows`, a column per figure; the scores in
            the metric's own sign.
        """
        import pandas as pd

        return pd.DataFrame([_as_record(row, self) for row in self.rows])


def _as_record(row: LeaderboardRow, board: Leaderboard) -> dict[str, object]:
    low, high = row.interval or (None, None)
    difference_low, difference_high = row.difference_interval or (None, None)
    return {
        "rank": row.rank,
        "model": row.name,
        "status": row.status,
        board.metric.name: row.mean,
        "low": low,
        "high": high,
        "difference": row.difference,
        "difference_low": difference_low,
        "difference_high": difference_high,
        "p_value": row.p_value,
        "tied_with_best": row.is_tied,
        **{metric.name: row.scores.get(metric.name) for metric in board.secondary},
        "fit_seconds": row.fit_seconds,
        "predict_microseconds_per_row": row.predict_microseconds,
        "model_bytes": row.model_bytes,
        "threshold": row.threshold,
        "folds": len(row.fold_scores),
        "reason": row.reason,
    }


def build_leaderboard(
    evaluations: Sequence[Evaluation], folds: Folds, task: Task, table: Table | None = None
) -> Leaderboard:
    """Rank the evaluations by the mean of the primary metric.

    Parameters
    ----------
    evaluations : sequence of Evaluation
    folds : Folds
    task : Task
    table : Table, default=None
        With the truth of the rows, from which intervals and tests come where predictions were kept.

    Returns
    -------
    leaderboard : Leaderboard
        Its `rows` are the finished candidates, the best first, then the others as they came.
    """
    metric = primary_metric(task)
    # Those of a ranking within groups say something where the groups are what is ranked within.
    others = metrics_of(task, has_groups=metric.needs_groups)
    secondary = tuple(other for other in others if other.name != metric.name)
    ratio = mean_ratio_of_rows(folds)
    finished = sort_finished(evaluations, metric)
    spreads = {} if table is None else _spreads_of(finished, JudgedRows(table, task, folds))
    ranked = [
        _rank_row(evaluation, rank, finished[0], metric, ratio, spreads)
        for rank, evaluation in enumerate(finished, start=1)
    ]
    unranked = [_unranked_row(e, metric, task) for e in evaluations if e not in finished]
    return Leaderboard(
        rows=(*ranked, *unranked),
        metric=metric,
        secondary=secondary,
        is_descriptive=len(folds) < MIN_FITS_FOR_TEST or any(row.p_value is None for row in ranked[1:]),
        ratio=ratio,
        spreads=spreads,
    )


def _spreads_of(finished: Sequence[Evaluation], rows: JudgedRows) -> dict[str, Spread]:
    found = {evaluation.name: rows.spread_of(evaluation) for evaluation in finished}
    return {name: spread for name, spread in found.items() if spread is not None}


def _rank_row(
    evaluation: Evaluation,
    rank: int,
    best: Evaluation,
    metric: Metric,
    ratio: float,
    spreads: Mapping[str, Spread],
) -> LeaderboardRow:
    scores, spread = fold_scores(evaluation, metric.name), spreads.get(evaluation.name)
    estimate = estimate_mean(scores, ratio, spread)
    gap = estimate_gap(scores, fold_scores(best, metric.name), metric, ratio, spread, spreads.get(best.name))
    is_best = evaluation is best
    return LeaderboardRow(
        rank=rank,
        name=evaluation.name,
        status=evaluation.status,
        mean=estimate.mean,
        interval=_within_bounds(estimate.interval, metric),
        difference=gap.mean,
        difference_interval=None if is_best else gap.interval,
        p_value=None if is_best else gap.p_value,
        is_tied=not is_best and gap.p_value is not None and gap.p_value >= 1 - CONFIDENCE,
        fold_scores=scores,
        **_shared_figures(evaluation),
    )


def _within_bounds(interval: tuple[float, float] | None, metric: Metric) -> tuple[float, float] | None:
    """The interval without what the metric cannot reach, such as a ROC AUC above 1."""
    if interval is None:
        return None
    return max(interval[0], metric.lowest), min(interval[1], metric.highest)


def _unranked_row(evaluation: Evaluation, metric: Metric, task: Task) -> LeaderboardRow:
    reason = evaluation.reason
    if evaluation.is_finished:
        reason = _why_undefined(evaluation, metric, task)
    return LeaderboardRow(
        rank=None,
        name=evaluation.name,
        status=evaluation.status,
        fold_scores=fold_scores(evaluation, metric.name),
        reason=reason,
        **_shared_figures(evaluation),
    )


def _why_undefined(evaluation: Evaluation, metric: Metric, task: Task) -> str:
    """Why a finished candidate has no score on any fold."""
    no_probabilities = all(math.isnan(result.scores.get("log_loss", math.nan)) for result in evaluation.folds)
    needs_probabilities = metric.needs == "probabilities" or (
        metric.needs == "scores" and task.is_classification
    )
    if needs_probabilities and no_probabilities:
        told = f"calibrate it, or use {say_parameter('metric', 'accuracy')}"
        return f"it has no predict_proba, which {metric.label} needs: {told}"
    if metric is task.own_metric:
        return f"{metric.label} is not defined on any fold: it returned NaN"
    if metric.needs_groups:
        return f"{metric.label} is not defined on any fold: no group of the test rows has a relevant row"
    return f"{metric.label} is not defined on any fold: the test rows hold one class only"


class _Figures(TypedDict):
    scores: dict[str, float]
    fit_seconds: float | None
    predict_microseconds: float | None
    model_bytes: int | None
    threshold: float | None


def _shared_figures(evaluation: Evaluation) -> _Figures:
    """Figures that an unfinished candidate has too, from the folds it finished."""
    results = evaluation.folds
    if not results:
        return _Figures(
            scores={}, fit_seconds=None, predict_microseconds=None, model_bytes=None, threshold=None
        )
    sizes = [result.model_bytes for result in results if result.model_bytes is not None]
    thresholds = [float(result.details[THRESHOLD]) for result in results if THRESHOLD in result.details]
    n_test = sum(result.n_test for result in results)
    return {
        "scores": {
            name: mean_defined([result.scores.get(name, math.nan) for result in results])
            for name in results[0].scores
        },
        "fit_seconds": mean_defined([result.fit_seconds for result in results]),
        "predict_microseconds": 1e6 * sum(result.predict_seconds for result in results) / n_test,
        "model_bytes": round(sum(sizes) / len(sizes)) if sizes else None,
        "threshold": mean_defined(thresholds) if thresholds else None,
    }

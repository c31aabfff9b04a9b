"""What changed from one run to another, with a test where both have the very same folds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tabkit._core import InputError
from tabkit._core._wording import say_value
from tabkit.comparison._changed_predictions import share_of_changed_predictions
from tabkit.comparison._plain import as_plain
from tabkit.comparison._saved_run import SavedMetric, SavedModel, SavedRun, read_run
from tabkit.comparison._statistics import CONFIDENCE, MIN_FITS_FOR_TEST, estimate_mean
from tabkit.comparison._verdict import AUTOGLUON
from tabkit.metrics import METRICS

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["better", "worse", "same", "within chance", "not tested", ""]


@dataclass(frozen=True)
class ScoreChange:
    """How a score changed.

    Attributes
    ----------
    old_mean, new_mean : float or None
        Over the folds, in the metric's own sign; None where there is no score.
    change : float or None
        New less old.
    interval : tuple of two floats, or None
        95 % interval of the change (corrected resampled t), where both runs have the same folds.
    p_value : float or None
        Of the change, two-sided; None on other folds and below five.
    verdict : {"better", "worse", "same", "within chance", "not tested", ""}
        "better" and "worse" are more than chance at the 5 % level; empty where a score is missing.
    """

    old_mean: float | None = None
    new_mean: float | None = None
    change: float | None = None
    interval: tuple[float, float] | None = None
    p_value: float | None = None
    verdict: Verdict = ""


@dataclass(frozen=True)
class ModelDiff:
    """What changed about one model.

    Attributes
    ----------
    name : str
    old_status, new_status : str
        Empty where the run does not have the model.
    old_rank, new_rank : int or None
        By the metric that is compared.
    score : ScoreChange
    changed_predictions : float or None
        Share of the test rows that are predicted otherwise, another label or another value;
        None on other folds, or where the predictions are not there.
    reason : str
        Why the new run has no score for it, or empty.
    """

    name: str
    old_status: str
    new_status: str
    old_rank: int | None
    new_rank: int | None
    score: ScoreChange
    changed_predictions: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class BestDiff:
    """The best of tabkit's own models, then and now.

    Attributes
    ----------
    old_name, new_name : str or None
        None where no model has a rank.
    score : ScoreChange
    """

    old_name: str | None
    new_name: str | None
    score: ScoreChange


@dataclass(frozen=True)
class RunDiff:
    """What changed from one run to another.

    Attributes
    ----------
    old, new : Path
        The folders.
    metric : SavedMetric
        The one that is compared.
    untested : str
        Why the differences are not tested; empty when they are.
    models : tuple of ModelDiff
        By the new rank; then those without one.
    best : BestDiff
    settings, versions : mapping of str to (old, new)
        What differs; None where one run has no such entry.
    """

    old: Path
    new: Path
    metric: SavedMetric
    untested: str
    models: tuple[ModelDiff, ...]
    best: BestDiff
    settings: Mapping[str, tuple[Any, Any]]
    versions: Mapping[str, tuple[Any, Any]]

    def frame(self) -> pd.DataFrame:
        """The models as a frame.

        Returns
        -------
        frame : DataFrame
            A row per model, in the order of `models`.
        """
        import pandas as pd

        frame = pd.DataFrame([_as_row(model) for model in self.models])
        # Else a model without a rank would make floats of all the others.
        old = pd.Series([model.old_rank for model in self.models], dtype="Int64")
        new = pd.Series([model.new_rank for model in self.models], dtype="Int64")
        return frame.assign(old_rank=old, new_rank=new)

    def as_record(self) -> dict[str, Any]:
        """Everything, as strict JSON can hold it.

        Returns
        -------
        record : dict
        """
        record: dict[str, Any] = as_plain(asdict(self))
        return {**record, "old": str(self.old), "new": str(self.new)}


def diff_runs(old: str | Path, new: str | Path) -> RunDiff:
    """Find what changed from one run to another.

    Where both judged the same rows on the same folds by the same metric, the difference of the
    scores of a fold is a pair, and their mean is tested as on the leaderboard. Elsewhere, the
    change is only described.

    Parameters
    ----------
    old, new : str or Path
        Folders of results.

    Returns
    -------
    diff : RunDiff

    Raises
    ------
    InputError
        If a folder holds no finished run, or the two have no metric in common.
    """
    before, after = read_run(old), read_run(new)
    metric = _common_metric(before, after)
    unpaired = _why_not_paired(before, after)
    old_ranks, new_ranks = _rank(before, metric), _rank(after, metric)
    names = [*new_ranks, *(name for name in {**after.models, **before.models} if name not in new_ranks)]
    models = tuple(
        ModelDiff(
            name=name,
            old_status=before.models[name].status if name in before.models else "",
            new_status=after.models[name].status if name in after.models else "",
            old_rank=old_ranks.get(name),
            new_rank=new_ranks.get(name),
            score=_compare(before, after, (name, name), metric, is_paired=not unpaired),
            changed_predictions=None if unpaired else share_of_changed_predictions(before, after, name),
            reason=after.models[name].reason if name in after.models else "",
        )
        for name in names
    )
    best = _first_own(old_ranks), _first_own(new_ranks)
    return RunDiff(
        old=before.folder,
        new=after.folder,
        metric=metric,
        untested=unpaired or _why_too_few(before),
        models=models,
        best=BestDiff(*best, _compare(before, after, best, metric, is_paired=not unpaired)),
        settings=_changed(before.facts, after.facts) | _changed_columns(before, after),
        versions=_changed(before.versions, after.versions),
    )


def _common_metric(before: SavedRun, after: SavedRun) -> SavedMetric:
    """The primary metric of the new run, or else of the old one, where the other has its scores too."""
    if before.metric == after.metric:
        return after.metric
    if before.kind == after.kind:
        names = [after.metric.name, before.metric.name, *METRICS]
        own = {run.metric.name for run in (before, after) if run.metric.fingerprint is not None}
        for name in names:
            if name not in own and all(
                any(name in model.scores for model in run.models.values()) for run in (before, after)
            ):
                return SavedMetric(name, METRICS[name].label, METRICS[name].greater_is_better)
    raise InputError(
        f"the two runs have no metric in common: {str(before.folder)!r} is {before.kind} by "
        f"{before.metric.label}, {str(after.folder)!r} {after.kind} by {after.metric.label}"
    )


def _why_not_paired(before: SavedRun, after: SavedRun) -> str:
    """Why scores of one fold are no pairs; empty when they are."""
    if before.metric != after.metric:
        return f"other metric ({before.metric.label} before, {after.metric.label} now)"
    if before.positive != after.positive:
        return f"other positive class ({say_value(before.positive)} before, {say_value(after.positive)} now)"
    is_same_target = before.target is not None and before.target == after.target
    if before.data != after.data and not is_same_target:
        return "other data"
    if before.folds is None or before.folds != after.folds:
        return "other folds"
    return ""


def _why_too_few(run: SavedRun) -> str:
    n_folds = len(run.fold_sizes)
    if n_folds >= MIN_FITS_FOR_TEST:
        return ""
    return f"{n_folds} scores per model are too few: a test needs {MIN_FITS_FOR_TEST}"


def _rank(run: SavedRun, metric: SavedMetric) -> dict[str, int]:
    """Ranks of the models with a score, the best first; equal ones as they came."""
    sign = -1.0 if metric.greater_is_better else 1.0
    means = [(model.mean(metric.name), model.name) for model in run.models.values()]
    ranked = sorted(
        ((sign * mean, name) for mean, name in means if mean is not None), key=lambda pair: pair[0]
    )
    return {name: rank for rank, (_, name) in enumerate(ranked, start=1)}


def _first_own(ranks: Mapping[str, int]) -> str | None:
    return next((name for name in ranks if name != AUTOGLUON), None)


def _compare(
    before: SavedRun,
    after: SavedRun,
    names: tuple[str | None, str | None],
    metric: SavedMetric,
    *,
    is_paired: bool,
) -> ScoreChange:
    """How the score changed from a model of one run to a model of the other."""
    old, new = before.models.get(names[0] or ""), after.models.get(names[1] or "")
    old_mean = None if old is None else old.mean(metric.name)
    new_mean = None if new is None else new.mean(metric.name)
    if old is None or new is None or old_mean is None or new_mean is None:
        return ScoreChange(old_mean, new_mean)
    if not is_paired:
        return ScoreChange(old_mean, new_mean, new_mean - old_mean, verdict="not tested")
    changes = _pair(old, new, metric)
    ratio = sum(n_test / n_train for n_train, n_test in before.fold_sizes) / len(before.fold_sizes)
    estimate = estimate_mean(changes, ratio)
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


def _pair(old: SavedModel, new: SavedModel, metric: SavedMetric) -> list[float]:
    """New score less old score, fold by fold."""
    before, after = old.scores[metric.name], new.scores[metric.name]
    return [after[fold] - before[fold] for fold in sorted(before.keys() & after.keys())]


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = dict.fromkeys([*before, *after])
    return {
        name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    }


def _changed_columns(before: SavedRun, after: SavedRun) -> dict[str, tuple[Any, Any]]:
    """Columns that one of the tables does not have."""
    gone = [name for name in before.columns if name not in after.columns]
    added = [name for name in after.columns if name not in before.columns]
    return {"columns": (gone, added)} if gone or added else {}


def _as_row(model: ModelDiff) -> dict[str, object]:
    low, high = model.score.interval or (None, None)
    return {
        "model": model.name,
        "old_rank": model.old_rank,
        "new_rank": model.new_rank,
        "old_mean": model.score.old_mean,
        "new_mean": model.score.new_mean,
        "change": model.score.change,
        "low": low,
        "high": high,
        "p_value": model.score.p_value,
        "verdict": model.score.verdict,
        "changed_predictions": model.changed_predictions,
        "old_status": model.old_status,
        "new_status": model.new_status,
        "reason": model.reason,
    }

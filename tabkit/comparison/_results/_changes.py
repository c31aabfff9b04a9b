"""What changed from one run to another: ranks, scores and what differs in how they were made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tabkit._core._plain import as_plain
from tabkit.metrics import Metric

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
        95 % interval of the change, where both runs have the same folds.
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
    old, new : Path or None
        The folders.
    metric : Metric
        The one that is compared.
    untested : str
        Why the differences are not tested; empty when they are.
    models : tuple of ModelDiff
        By the new rank; then those without one.
    best : BestDiff
    settings, versions : mapping of str to (old, new)
        What differs; None where one run has no such entry.
    """

    old: Path | None
    new: Path | None
    metric: Metric
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
        record: dict[str, Any] = as_plain(asdict(replace(self, metric=None)))  # type: ignore[arg-type]
        return {
            **record,
            "old": str(self.old),
            "new": str(self.new),
            "metric": {
                "name": self.metric.name,
                "label": self.metric.label,
                "greater_is_better": self.metric.greater_is_better,
            },
        }


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

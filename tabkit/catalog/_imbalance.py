"""What to do where a class is rare: the same model with each cure, side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tabkit.catalog._boosting import shared_settings
from tabkit.catalog._candidate import Builder, Candidate
from tabkit.catalog._prepared import prepared
from tabkit.data import Task, TaskKind

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator


def _build_weighted(task: Task, random_state: int) -> BaseEstimator:
    return prepared(_boosted(task, random_state, class_weight="balanced"), "boosting", task, random_state)


def _build_smote(task: Task, random_state: int) -> BaseEstimator:
    return prepared(_resampled("smote", task, random_state), "boosting", task, random_state)


def _build_undersampled(task: Task, random_state: int) -> BaseEstimator:
    return prepared(_resampled("random_under", task, random_state), "boosting", task, random_state)


def _build_smote_calibrated(task: Task, random_state: int) -> BaseEstimator:
    return _calibrated(_build_smote, task, random_state)


def _build_undersampled_calibrated(task: Task, random_state: int) -> BaseEstimator:
    return _calibrated(_build_undersampled, task, random_state)


def _build_focal(task: Task, random_state: int) -> BaseEstimator:
    from tabkit.neural_network import TabularMLPClassifier

    model = TabularMLPClassifier(
        loss="focal", focal_gamma=2.0, focal_alpha="balanced", random_state=random_state
    )
    return prepared(model, "boosting", task, random_state)


def _boosted(task: Task, random_state: int, **settings: Any) -> Any:
    from tabkit.boosting import LightGBMClassifier

    return LightGBMClassifier(**shared_settings(task, random_state), **settings)


def _resampled(method: str, task: Task, random_state: int) -> Any:
    from tabkit.resampling import ResampledClassifier, Resampler

    sampler = Resampler(method, random_state=random_state)
    return ResampledClassifier(_boosted(task, random_state), sampler, random_state=random_state)


def _calibrated(build: Builder, task: Task, random_state: int) -> BaseEstimator:
    """On rows that were never resampled: the calibration is around all of it."""
    from tabkit.preprocessing import TablePipeline

    asked = replace(task, calibration=task.calibration or "auto")
    return TablePipeline([("model", build(asked, random_state))])


def _make(name: str, build: Any, description: str, cost: float, good_for: str) -> Candidate:
    tasks: tuple[TaskKind, ...] = ("binary", "multiclass")
    return Candidate(name, build, description, cost=cost, by_default=False, tasks=tasks, good_for=good_for)


_FOUND = "more of a rare class found at 0.5, where probabilities do not matter"
_BOTH = "a rare class, with probabilities that can be believed"

WEIGHTED = _make("lightgbm_weighted", _build_weighted, "LightGBM, classes weighted evenly", 3.0, _FOUND)
SMOTE = _make("lightgbm_smote", _build_smote, "LightGBM on rows evened out by SMOTE", 4.0, _FOUND)
SMOTE_CALIBRATED = _make(
    "lightgbm_smote_calibrated",
    _build_smote_calibrated,
    "LightGBM on rows evened out by SMOTE, calibrated on rows as they are",
    24.0,
    _BOTH,
)
UNDERSAMPLED = _make(
    "lightgbm_undersampled", _build_undersampled, "LightGBM on as many rows of each class", 2.0, _FOUND
)
UNDERSAMPLED_CALIBRATED = _make(
    "lightgbm_undersampled_calibrated",
    _build_undersampled_calibrated,
    "LightGBM on as many rows of each class, calibrated on rows as they are",
    12.0,
    _BOTH,
)
FOCAL = _make(
    "mlp_focal", _build_focal, "a neural network with the focal loss, classes balanced", 20.0, _FOUND
)

# What ``imbalance`` compares: no cure, and each of them.
IMBALANCE = (
    "dummy",
    "linear",
    "lightgbm",
    WEIGHTED.name,
    SMOTE.name,
    SMOTE_CALIBRATED.name,
    UNDERSAMPLED.name,
    UNDERSAMPLED_CALIBRATED.name,
    "balanced_random_forest",
    "easy_ensemble",
    "mlp",
    FOCAL.name,
)
# What tells them apart, beside what ranks them.
IMBALANCE_METRICS = ("brier", "calibration_error", "f2")

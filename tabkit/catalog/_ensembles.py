"""Ensembles of other models of the catalog, built on their out-of-fold predictions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tabkit.catalog._boosting import LIGHTGBM, XGBOOST
from tabkit.catalog._candidate import Candidate
from tabkit.catalog._finish import finish_model
from tabkit.catalog._linear import LINEAR
from tabkit.catalog._trees import EXTRA_TREES, RANDOM_FOREST
from tabkit.data import Task

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

_MEMBERS = (LINEAR, RANDOM_FOREST, EXTRA_TREES, LIGHTGBM, XGBOOST)
# Five folds, and all rows.
_COST = 6 * sum(member.cost for member in _MEMBERS)


def _build_stacking(task: Task, random_state: int) -> BaseEstimator:
    from tabkit.ensemble import StackingClassifier, StackingRegressor

    stacking = StackingClassifier if task.is_classification else StackingRegressor
    return _finish(
        stacking(_build_members(task, random_state), random_state=random_state), task, random_state
    )


def _build_greedy(task: Task, random_state: int) -> BaseEstimator:
    from tabkit.ensemble import GreedyEnsembleClassifier, GreedyEnsembleRegressor

    greedy = GreedyEnsembleClassifier if task.is_classification else GreedyEnsembleRegressor
    return _finish(greedy(_build_members(task, random_state), random_state=random_state), task, random_state)


def _finish(ensemble: Any, task: Task, random_state: int) -> BaseEstimator:
    from tabkit.preprocessing import TablePipeline

    return finish_model(TablePipeline([("model", ensemble)]), task, random_state)


def _build_members(task: Task, random_state: int) -> list[tuple[str, Any]]:
    """Pipelines as they are: what the task asks of every model is put around the ensemble."""
    plain = replace(task, objective="", target_transform="", monotone={}, calibration="", threshold="")
    return [(member.name, member.build(plain, random_state)) for member in _MEMBERS]


_NAMES = ", ".join(member.name for member in _MEMBERS)
STACKING = Candidate(
    "stacking",
    _build_stacking,
    f"a linear model of the out-of-fold predictions of {_NAMES}",
    cost=_COST,
    by_default=False,
    good_for="the last digit of the score, where there is time",
)
GREEDY = Candidate(
    "greedy",
    _build_greedy,
    f"{_NAMES}, weighted by greedy selection on their out-of-fold predictions",
    cost=_COST,
    by_default=False,
    good_for="the last digit of the score, with weights to be read",
)

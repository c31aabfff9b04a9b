"""LightGBM on the columns that tell something, chosen inside the fold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tabkit.catalog._boosting import LIGHTGBM
from tabkit.catalog._candidate import Candidate
from tabkit.data import Task

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator


def _build_selected(task: Task, random_state: int) -> BaseEstimator:
    """The same Pipeline as LightGBM's, with a step between "prepare" and "model"."""
    from tabkit.catalog._finish import finish_model
    from tabkit.feature_selection import ShadowSelector

    plain = replace(task, calibration="", threshold="", target_transform="")
    pipeline = LIGHTGBM.build(plain, random_state)
    select = ShadowSelector(keep=tuple(task.monotone), task_kind=task.kind, random_state=random_state)
    pipeline.steps.insert(1, ("select", select))
    return finish_model(pipeline, task, random_state)


LIGHTGBM_SELECTED = Candidate(
    "lightgbm_selected",
    _build_selected,
    "LightGBM on the columns that tell more than shuffled copies",
    cost=12.0,
    strength=0.5,
    by_default=False,
    objectives=LIGHTGBM.objectives,
    takes_monotone=True,
    good_for="many columns, most of which tell nothing",
)

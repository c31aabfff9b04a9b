"""The model that ignores the columns: what every other one must beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabkit.catalog._candidate import Candidate
from tabkit.catalog._requests import OBJECTIVES
from tabkit.data import Task

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator


def _build(task: Task, random_state: int) -> BaseEstimator:
    from sklearn.dummy import DummyClassifier, DummyRegressor

    from tabkit.preprocessing import TablePipeline

    if task.is_classification:
        return TablePipeline([("model", DummyClassifier(strategy="prior"))])
    wants_median = task.metric == "mae" or task.objective == "absolute_error"
    strategy = "median" if wants_median else "mean"
    return TablePipeline([("model", DummyRegressor(strategy=strategy))])


# The mean is the best constant for all of them but one, whose best is the median; and a constant
# neither rises nor falls.
DUMMY = Candidate(
    "dummy",
    _build,
    "ignores the columns: class shares, mean or median",
    cost=0.01,
    strength=0.0,
    objectives=OBJECTIVES,
    takes_monotone=True,
    good_for="the score that every other model must beat",
)

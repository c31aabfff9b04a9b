"""Nearest neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabkit.catalog._candidate import Candidate
from tabkit.catalog._prepared import prepared
from tabkit.data import Task

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator


def _build(task: Task, random_state: int) -> BaseEstimator:
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    wanted = 25 if task.is_classification else 10
    # A small table's first folds forward in time have about so many rows to fit.
    n_neighbors = max(1, min(wanted, task.n_rows // 6)) if task.n_rows else wanted
    if task.is_classification:
        model: Any = KNeighborsClassifier(n_neighbors=n_neighbors, weights="distance")
    else:
        model = KNeighborsRegressor(n_neighbors=n_neighbors, weights="distance")
    return prepared(model, "linear", task, random_state)


KNN = Candidate(
    "knn",
    _build,
    "nearest neighbours on scaled columns, weighted by distance",
    cost=3.0,
    strength=0.2,
    good_for="few columns of numbers, rows that resemble one another",
)

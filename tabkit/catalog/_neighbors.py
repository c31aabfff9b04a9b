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

    if task.is_classification:
        model: Any = KNeighborsClassifier(n_neighbors=25, weights="distance")
    else:
        model = KNeighborsRegressor(n_neighbors=10, weights="distance")
    return prepared(model, "linear", task, random_state)


KNN = Candidate("knn", _build, "nearest neighbours on scaled columns, weighted by distance", cost=3.0)

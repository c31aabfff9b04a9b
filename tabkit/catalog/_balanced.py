"""Ensembles whose every member sees as many rows of each class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabkit.catalog._candidate import Candidate
from tabkit.catalog._prepared import prepared
from tabkit.data import Task

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

_N_TREES = 200


def _build_balanced_random_forest(task: Task, random_state: int) -> BaseEstimator:
    from imblearn.ensemble import BalancedRandomForestClassifier

    # Leaves as in the catalog's random forest.
    forest = BalancedRandomForestClassifier(
        n_estimators=_N_TREES, min_samples_leaf=3, random_state=random_state
    )
    return prepared(forest, "tree", task, random_state)


def _build_easy_ensemble(task: Task, random_state: int) -> BaseEstimator:
    from imblearn.ensemble import EasyEnsembleClassifier

    # AdaBoost inside refuses missing values, which the preparation for linear models fills.
    return prepared(EasyEnsembleClassifier(random_state=random_state), "linear", task, random_state)


BALANCED_RANDOM_FOREST = Candidate(
    "balanced_random_forest",
    _build_balanced_random_forest,
    f"{_N_TREES} trees, each on as many rows of every class as the rarest has",
    cost=6.0,
    by_default=False,
    tasks=("binary", "multiclass"),
    good_for="ranking a rare class, where probabilities do not matter",
)
EASY_ENSEMBLE = Candidate(
    "easy_ensemble",
    _build_easy_ensemble,
    "10 boosted ensembles, each on as many rows of every class as the rarest has",
    cost=10.0,
    by_default=False,
    tasks=("binary", "multiclass"),
    good_for="ranking a rare class, where probabilities do not matter",
)

"""Single trees, and averages of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabkit.catalog._candidate import Candidate
from tabkit.catalog._prepared import prepared
from tabkit.data import Task

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

_N_TREES = 200
# As scikit-learn names its criteria.
_CRITERIA = ("squared_error", "absolute_error", "poisson")


def _build_tree(task: Task, random_state: int) -> BaseEstimator:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    tree = DecisionTreeClassifier if task.is_classification else DecisionTreeRegressor
    # Small enough to be read, with leaves large enough for their shares to mean something.
    model = tree(max_depth=6, min_samples_leaf=10, random_state=random_state, **_criterion(task))
    return prepared(model, "tree", task, random_state, objective=_objective(task))


def _build_random_forest(task: Task, random_state: int) -> BaseEstimator:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    forest = RandomForestClassifier if task.is_classification else RandomForestRegressor
    model = forest(**_forest_parameters(task, random_state))
    return prepared(model, "tree", task, random_state, objective=_objective(task))


def _build_extra_trees(task: Task, random_state: int) -> BaseEstimator:
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    forest = ExtraTreesClassifier if task.is_classification else ExtraTreesRegressor
    model = forest(**_forest_parameters(task, random_state))
    return prepared(model, "tree", task, random_state, objective=_objective(task))


def _forest_parameters(task: Task, random_state: int) -> dict[str, Any]:
    """Leaves of more than one row: pure leaves give probabilities of 0 and 1, and huge files."""
    if task.is_classification:
        return {"n_estimators": _N_TREES, "min_samples_leaf": 3, "random_state": random_state}
    return {
        "n_estimators": _N_TREES,
        "min_samples_leaf": 2,
        "max_features": 1 / 3,
        "random_state": random_state,
        **_criterion(task),
    }


def _objective(task: Task) -> str:
    """The objective, where it is one of a tree's."""
    return task.objective if task.objective in _CRITERIA else ""


def _criterion(task: Task) -> dict[str, Any]:
    return {"criterion": task.objective} if _objective(task) else {}


def _build_bagging(task: Task, random_state: int) -> BaseEstimator:
    from sklearn.ensemble import BaggingClassifier, BaggingRegressor
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    if task.is_classification:
        model: Any = BaggingClassifier(
            DecisionTreeClassifier(min_samples_leaf=3), n_estimators=100, random_state=random_state
        )
    else:
        model = BaggingRegressor(
            DecisionTreeRegressor(min_samples_leaf=2, **_criterion(task)),
            n_estimators=100,
            random_state=random_state,
        )
    return prepared(model, "tree", task, random_state, objective=_objective(task))


def _build_adaboost(task: Task, random_state: int) -> BaseEstimator:
    from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    if task.is_classification:
        model: Any = AdaBoostClassifier(
            DecisionTreeClassifier(max_depth=2), n_estimators=200, random_state=random_state
        )
    else:
        model = AdaBoostRegressor(
            DecisionTreeRegressor(max_depth=4), n_estimators=200, random_state=random_state
        )
    # It refuses missing values, which the preparation for linear models fills.
    return prepared(model, "linear", task, random_state)


TREE = Candidate(
    "tree",
    _build_tree,
    "one decision tree of depth 6",
    cost=0.5,
    strength=0.1,
    is_simple=True,
    objectives=_CRITERIA,
    good_for="rules that a person can read",
)
RANDOM_FOREST = Candidate(
    "random_forest",
    _build_random_forest,
    f"random forest of {_N_TREES} trees",
    cost=6.0,
    strength=0.5,
    objectives=_CRITERIA,
    good_for="noisy tables, with nothing to be chosen",
)
EXTRA_TREES = Candidate(
    "extra_trees",
    _build_extra_trees,
    f"extremely randomised trees, {_N_TREES} of them",
    cost=5.0,
    strength=0.5,
    objectives=_CRITERIA,
    good_for="noisy tables, smoother than random_forest and faster",
)
BAGGING = Candidate(
    "bagging",
    _build_bagging,
    "100 bagged trees",
    cost=10.0,
    strength=0.4,
    by_default=False,
    objectives=_CRITERIA,
    good_for="forests to be compared with",
)
ADABOOST = Candidate(
    "adaboost",
    _build_adaboost,
    "200 boosted shallow trees",
    cost=10.0,
    strength=0.2,
    by_default=False,
    good_for="boosters to be compared with",
)

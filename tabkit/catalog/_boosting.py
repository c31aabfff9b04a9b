"""Gradient boosting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tabkit.catalog._candidate import Candidate
from tabkit.catalog._prepared import prepared
from tabkit.catalog._requests import monotone_constraints, split_objective
from tabkit.data import Task

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

# What each library calls an objective.
_HIST_GRADIENT_BOOSTING_LOSSES = {
    "squared_error": "squared_error",
    "absolute_error": "absolute_error",
    "poisson": "poisson",
    "gamma": "gamma",
}
_LIGHTGBM_OBJECTIVES = {
    "squared_error": "regression",
    "absolute_error": "regression_l1",
    "poisson": "poisson",
    "gamma": "gamma",
    "tweedie": "tweedie",
}
_XGBOOST_OBJECTIVES = {
    "squared_error": "reg:squarederror",
    "absolute_error": "reg:absoluteerror",
    "poisson": "count:poisson",
    "gamma": "reg:gamma",
    "tweedie": "reg:tweedie",
}
_CATBOOST_LOSSES = {
    "squared_error": "RMSE",
    "absolute_error": "MAE",
    "poisson": "Poisson",
    "tweedie": "Tweedie:variance_power={power}",
}
_EBM_OBJECTIVES = {
    "squared_error": "rmse",
    "poisson": "poisson_deviance",
    "gamma": "gamma_deviance",
    "tweedie": "tweedie_deviance:variance_power={power}",
}


def _build_hist_gradient_boosting(task: Task, random_state: int) -> BaseEstimator:
    from tabkit.boosting import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    settings: Any = {
        "learning_rate": 0.05,
        "max_iter": 500,
        "early_stopping": True,
        "n_iter_no_change": 20,
        "categorical_features": "from_dtype",
        "monotonic_cst": monotone_constraints(task),
        "random_state": random_state,
    }
    if task.is_classification:
        model: Any = HistGradientBoostingClassifier(**settings)
    else:
        model = HistGradientBoostingRegressor(
            **_objective(task, "loss", _HIST_GRADIENT_BOOSTING_LOSSES), **settings
        )
    return prepared(model, "boosting", task, random_state)


def build_lightgbm(task: Task, random_state: int, *, with_features: bool = False) -> BaseEstimator:
    """LightGBM behind its preparation, and behind made columns where they are asked for."""
    from tabkit.boosting import LightGBMClassifier, LightGBMRegressor

    settings = shared_settings(task, random_state)
    if task.is_classification:
        model: Any = LightGBMClassifier(**settings)
    else:
        model = LightGBMRegressor(
            **_objective(task, "objective", _LIGHTGBM_OBJECTIVES), **_power(task), **settings
        )
    return prepared(model, "boosting", task, random_state, with_features=with_features)


def build_xgboost(task: Task, random_state: int, *, with_features: bool = False) -> BaseEstimator:
    """XGBoost behind its preparation, and behind made columns where they are asked for."""
    from tabkit.boosting import XGBoostClassifier, XGBoostRegressor

    settings = shared_settings(task, random_state)
    if task.is_classification:
        model: Any = XGBoostClassifier(**settings)
    else:
        model = XGBoostRegressor(
            **_objective(task, "objective", _XGBOOST_OBJECTIVES), **_power(task), **settings
        )
    return prepared(model, "boosting", task, random_state, with_features=with_features)


def build_catboost(task: Task, random_state: int, *, with_features: bool = False) -> BaseEstimator:
    """CatBoost behind its preparation, and behind made columns where they are asked for."""
    from tabkit.boosting import CatBoostClassifier, CatBoostRegressor

    settings = shared_settings(task, random_state)
    if task.is_classification:
        model: Any = CatBoostClassifier(**settings)
    else:
        model = CatBoostRegressor(**_objective(task, "loss_function", _CATBOOST_LOSSES), **settings)
    return prepared(model, "boosting", task, random_state, with_features=with_features)


def _build_ebm(task: Task, random_state: int) -> BaseEstimator:
    from tabkit.boosting import ExplainableBoostingClassifier, ExplainableBoostingRegressor

    settings = shared_settings(task, random_state)
    if task.is_classification:
        model: Any = ExplainableBoostingClassifier(**settings)
    else:
        model = ExplainableBoostingRegressor(**_objective(task, "objective", _EBM_OBJECTIVES), **settings)
    return prepared(model, "boosting", task, random_state)


def shared_settings(task: Task, random_state: int) -> dict[str, Any]:
    """What LightGBM, XGBoost, CatBoost and EBM are all given.

    Parameters
    ----------
    task : Task
    random_state : int

    Returns
    -------
    settings : dict of str to object
    """
    settings = {"monotone_constraints": dict(task.monotone) or None, "random_state": random_state}
    return settings | ({"pos_label": task.positive} if task.monotone and task.kind == "binary" else {})


def _objective(task: Task, parameter: str, names: Mapping[str, str]) -> dict[str, Any]:
    """The objective of a task as a library takes it; nothing where it has none of that name."""
    name, power = split_objective(task.objective)
    return {parameter: names[name].format(power=power)} if name in names else {}


def _power(task: Task) -> dict[str, Any]:
    """The power of a Tweedie distribution, which LightGBM and XGBoost take under the same name."""
    name, power = split_objective(task.objective)
    return {"extra_params": {"tweedie_variance_power": power}} if name == "tweedie" else {}


HIST_GRADIENT_BOOSTING = Candidate(
    "hist_gradient_boosting",
    _build_hist_gradient_boosting,
    "scikit-learn's histogram gradient boosting, stopped early on a split of its training rows",
    cost=4.0,
    strength=0.6,
    objectives=tuple(_HIST_GRADIENT_BOOSTING_LOSSES),
    takes_monotone=True,
    good_for="thousands of rows, where scikit-learn shall be all that is needed",
)
LIGHTGBM = Candidate(
    "lightgbm",
    build_lightgbm,
    "LightGBM, stopped early on a split of its training rows",
    cost=2.0,
    strength=0.8,
    objectives=tuple(_LIGHTGBM_OBJECTIVES),
    takes_monotone=True,
    good_for="thousands of rows and more, quickly",
)
XGBOOST = Candidate(
    "xgboost",
    build_xgboost,
    "XGBoost, stopped early on a split of its training rows",
    cost=4.0,
    strength=0.7,
    objectives=tuple(_XGBOOST_OBJECTIVES),
    takes_monotone=True,
    good_for="thousands of rows and more",
)
CATBOOST = Candidate(
    "catboost",
    build_catboost,
    "CatBoost, stopped early on a split of its training rows",
    cost=15.0,
    strength=1.0,
    module="catboost",
    extra="catboost",
    objectives=tuple(_CATBOOST_LOSSES),
    takes_monotone=True,
    good_for="categories with many values, tables of middle size",
)
EBM = Candidate(
    "ebm",
    _build_ebm,
    "an explainable boosting machine: a sum of curves of one column or two, each stopped early",
    cost=10.0,
    strength=0.7,
    by_default=False,
    module="interpret",
    extra="ebm",
    objectives=tuple(_EBM_OBJECTIVES),
    takes_monotone=True,
    good_for="a model whose every effect can be read and discussed, with the score of a booster",
)

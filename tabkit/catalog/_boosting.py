"""Gradient boosting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabkit.catalog._candidate import Candidate
from tabkit.catalog._prepared import prepared
from tabkit.data import Task

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator


def _build_hist_gradient_boosting(task: Task, random_state: int) -> BaseEstimator:
    from tabkit.boosting import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    boosting: Any = (
        HistGradientBoostingClassifier if task.is_classification else HistGradientBoostingRegressor
    )
    model = boosting(
        learning_rate=0.05,
        max_iter=500,
        early_stopping=True,
        n_iter_no_change=20,
        categorical_features="from_dtype",
        random_state=random_state,
    )
    return prepared(model, "boosting", task, random_state)


def _build_lightgbm(task: Task, random_state: int) -> BaseEstimator:
    from tabkit.boosting import LightGBMClassifier, LightGBMRegressor

    model: Any = LightGBMClassifier if task.is_classification else LightGBMRegressor
    return prepared(model(random_state=random_state), "boosting", task, random_state)


def _build_xgboost(task: Task, random_state: int) -> BaseEstimator:
    from tabkit.boosting import XGBoostClassifier, XGBoostRegressor

    model: Any = XGBoostClassifier if task.is_classification else XGBoostRegressor
    return prepared(model(random_state=random_state), "boosting", task, random_state)


def _build_catboost(task: Task, random_state: int) -> BaseEstimator:
    from tabkit.boosting import CatBoostClassifier, CatBoostRegressor

    model: Any = CatBoostClassifier if task.is_classification else CatBoostRegressor
    return prepared(model(random_state=random_state), "boosting", task, random_state)


HIST_GRADIENT_BOOSTING = Candidate(
    "hist_gradient_boosting",
    _build_hist_gradient_boosting,
    "scikit-learn's histogram gradient boosting, stopped early on a split of its training rows",
    cost=4.0,
)
LIGHTGBM = Candidate(
    "lightgbm", _build_lightgbm, "LightGBM, stopped early on a split of its training rows", cost=2.0
)
XGBOOST = Candidate(
    "xgboost", _build_xgboost, "XGBoost, stopped early on a split of its training rows", cost=4.0
)
CATBOOST = Candidate(
    "catboost",
    _build_catboost,
    "CatBoost, stopped early on a split of its training rows",
    cost=15.0,
    module="catboost",
    extra="catboost",
)

"""Gradient boosting that takes a data frame as it is: LightGBM, XGBoost and CatBoost.

Explainable boosting machines too, whose curves a person can read; and scikit-learn's own, so that it stops
early on rows that groups and time allow.
"""

from tabkit.boosting._catboost import CatBoostClassifier, CatBoostRegressor
from tabkit.boosting._ebm import ExplainableBoostingClassifier, ExplainableBoostingRegressor
from tabkit.boosting._hist_gradient_boosting import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from tabkit.boosting._lightgbm import LightGBMClassifier, LightGBMRegressor
from tabkit.boosting._xgboost import XGBoostClassifier, XGBoostRegressor

__all__ = [
    "CatBoostClassifier",
    "CatBoostRegressor",
    "ExplainableBoostingClassifier",
    "ExplainableBoostingRegressor",
    "HistGradientBoostingClassifier",
    "HistGradientBoostingRegressor",
    "LightGBMClassifier",
    "LightGBMRegressor",
    "XGBoostClassifier",
    "XGBoostRegressor",
]

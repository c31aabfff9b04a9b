"""Gradient boosting that takes a data frame as it is: LightGBM, XGBoost and CatBoost."""

from tabkit.boosting._catboost import CatBoostClassifier, CatBoostRegressor
from tabkit.boosting._lightgbm import LightGBMClassifier, LightGBMRegressor
from tabkit.boosting._xgboost import XGBoostClassifier, XGBoostRegressor

__all__ = [
    "CatBoostClassifier",
    "CatBoostRegressor",
    "LightGBMClassifier",
    "LightGBMRegressor",
    "XGBoostClassifier",
    "XGBoostRegressor",
]

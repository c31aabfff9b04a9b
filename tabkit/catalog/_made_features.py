"""Boosters behind columns that are made of others."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from tabkit.catalog._boosting import (
    CATBOOST,
    LIGHTGBM,
    XGBOOST,
    build_catboost,
    build_lightgbm,
    build_xgboost,
)

_GOOD_FOR = "quotients, crosses and the like that trees find with many rows only"

LIGHTGBM_FEATURES = replace(
    LIGHTGBM,
    name="lightgbm_features",
    build=partial(build_lightgbm, with_features=True),
    description="LightGBM with columns made of others, where a screen finds that they help",
    cost=5.0,
    by_default=False,
    good_for=_GOOD_FOR,
)
XGBOOST_FEATURES = replace(
    XGBOOST,
    name="xgboost_features",
    build=partial(build_xgboost, with_features=True),
    description="XGBoost with columns made of others, where a screen finds that they help",
    cost=7.0,
    by_default=False,
    good_for=_GOOD_FOR,
)
CATBOOST_FEATURES = replace(
    CATBOOST,
    name="catboost_features",
    build=partial(build_catboost, with_features=True),
    description="CatBoost with columns made of others, where a screen finds that they help",
    cost=18.0,
    strength=0.85,
    by_default=False,
    good_for=_GOOD_FOR,
)

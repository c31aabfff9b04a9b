"""Which models are tried, in this order: different ones first, strong and cheap before dear."""

from __future__ import annotations

from tabkit.automl._recipe import Recipe

# A start, by what each kind of model is known to add to the others; see benchmarks/automl.py.
_FAST = (
    Recipe("dummy"),
    Recipe("linear"),
    Recipe("lightgbm"),
    Recipe("extra_trees"),
    Recipe("catboost"),
    Recipe("xgboost"),
    Recipe("random_forest"),
)
_BALANCED = (
    Recipe("dummy"),
    Recipe("linear"),
    Recipe("lightgbm"),
    Recipe("mlp"),
    Recipe("catboost"),
    Recipe("extra_trees"),
    Recipe("xgboost"),
    Recipe("lightgbm", {"learning_rate": 0.03, "colsample_bytree": 0.7}, "slow", cost=4.0),
    Recipe("random_forest"),
    Recipe("svm"),
    Recipe("knn"),
    Recipe("tabm"),
)
_ACCURATE = (
    *_BALANCED,
    Recipe("catboost", {"depth": 8}, "deep", cost=30.0),
    Recipe("mlp", {"preset": "accurate"}, "accurate", cost=80.0),
)

PORTFOLIOS: dict[str, tuple[Recipe, ...]] = {"fast": _FAST, "balanced": _BALANCED, "accurate": _ACCURATE}

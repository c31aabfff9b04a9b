"""Which models are tried, in this order: different ones first, strong and cheap before dear."""

from __future__ import annotations

from tabkit.automl._portfolio_entry import PortfolioEntry

# A start, by what each kind of model is known to add to the others; see benchmarks/automl.py.
_FAST = (
    PortfolioEntry("dummy"),
    PortfolioEntry("linear"),
    PortfolioEntry("lightgbm"),
    PortfolioEntry("extra_trees"),
    PortfolioEntry("catboost"),
    PortfolioEntry("xgboost"),
    PortfolioEntry("random_forest"),
)
_BALANCED = (
    PortfolioEntry("dummy"),
    PortfolioEntry("linear"),
    PortfolioEntry("lightgbm"),
    PortfolioEntry("mlp"),
    PortfolioEntry("catboost"),
    PortfolioEntry("extra_trees"),
    PortfolioEntry("xgboost"),
    PortfolioEntry("lightgbm", {"learning_rate": 0.03, "colsample_bytree": 0.7}, "slow", cost=4.0),
    PortfolioEntry("random_forest"),
    PortfolioEntry("svm"),
    PortfolioEntry("knn"),
    PortfolioEntry("tabm"),
)
_ACCURATE = (
    *_BALANCED,
    PortfolioEntry("catboost", {"depth": 8}, "deep", cost=30.0),
    PortfolioEntry("mlp", {"preset": "accurate"}, "accurate", cost=80.0),
)

PORTFOLIOS: dict[str, tuple[PortfolioEntry, ...]] = {
    "fast": _FAST,
    "balanced": _BALANCED,
    "accurate": _ACCURATE,
}

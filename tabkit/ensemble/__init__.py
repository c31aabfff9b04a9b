"""Ensembles of estimators, built on predictions for rows that no member was fitted on."""

from tabkit.ensemble._fold_bagging import FoldBaggingClassifier, FoldBaggingRegressor
from tabkit.ensemble._greedy import GreedyEnsembleClassifier, GreedyEnsembleRegressor
from tabkit.ensemble._greedy_weights import greedy_weights
from tabkit.ensemble._stacking import StackingClassifier, StackingRegressor

__all__ = [
    "FoldBaggingClassifier",
    "FoldBaggingRegressor",
    "GreedyEnsembleClassifier",
    "GreedyEnsembleRegressor",
    "StackingClassifier",
    "StackingRegressor",
    "greedy_weights",
]

"""Neural networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabkit.catalog._candidate import Candidate
from tabkit.catalog._prepared import prepared
from tabkit.data import Task

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator


def _build_mlp(task: Task, random_state: int) -> BaseEstimator:
    return _build(task, random_state)


def _build_tabm(task: Task, random_state: int) -> BaseEstimator:
    return _build(task, random_state, preset="accurate")


def _build_transformer(task: Task, random_state: int) -> BaseEstimator:
    from tabkit.neural_network import TabularTransformerClassifier, TabularTransformerRegressor

    make: Any = TabularTransformerClassifier if task.is_classification else TabularTransformerRegressor
    return prepared(make(random_state=random_state), "boosting", task, random_state)


def _build(task: Task, random_state: int, **settings: Any) -> BaseEstimator:
    from tabkit.neural_network import TabularMLPClassifier, TabularMLPRegressor

    if task.is_classification:
        model: Any = TabularMLPClassifier(random_state=random_state, **settings)
    else:
        model = TabularMLPRegressor(random_state=random_state, **settings)
    return prepared(model, "boosting", task, random_state)


MLP = Candidate(
    "mlp",
    _build_mlp,
    "a neural network with embeddings, stopped early on a split of its training rows",
    cost=20.0,
    strength=1.0,
    by_default=False,
    good_for="smooth effects, many rows, a model that errs unlike trees",
)
TABM = Candidate(
    "tabm",
    _build_tabm,
    "eight neural networks that share their weights, after TabM, stopped early",
    cost=80.0,
    strength=1.0,
    by_default=False,
    good_for="the last digit of the score, where there is time",
)
FT_TRANSFORMER = Candidate(
    "ft_transformer",
    _build_transformer,
    "a transformer among the columns of a row (FT-Transformer), stopped early",
    cost=100.0,
    strength=0.6,
    by_default=False,
    good_for="a model that errs unlike trees and other networks, for tables of few columns",
)

"""scikit-learn's own checks, without an exception: a weight of 2 is a row that stands there twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contract_checks import contracts, find_broken
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB

from tabkit.ensemble import (
    FoldBaggingClassifier,
    FoldBaggingRegressor,
    GreedyEnsembleClassifier,
    GreedyEnsembleRegressor,
    StackingClassifier,
    StackingRegressor,
)

CLASSIFIERS = [("logistic", LogisticRegression()), ("bayes", GaussianNB())]
# As exact as the checks, also where sparse rows are solved step by step.
REGRESSORS = [("ridge", Ridge(tol=1e-12)), ("strong", Ridge(10.0, tol=1e-12))]


@pytest.mark.filterwarnings("ignore:.*fitted without weights:UserWarning")
@contracts(
    "ensemble",
    {
        "StackingClassifier": lambda: StackingClassifier(CLASSIFIERS, cv=3, random_state=0),
        "StackingRegressor": lambda: StackingRegressor(REGRESSORS, cv=3, random_state=0),
        "GreedyEnsembleClassifier": lambda: GreedyEnsembleClassifier(CLASSIFIERS, cv=3, random_state=0),
        "GreedyEnsembleRegressor": lambda: GreedyEnsembleRegressor(REGRESSORS, cv=3, random_state=0),
        "FoldBaggingClassifier": lambda: FoldBaggingClassifier(LogisticRegression(), cv=3, random_state=0),
        "FoldBaggingRegressor": lambda: FoldBaggingRegressor(Ridge(tol=1e-12), cv=3, random_state=0),
    },
)
def test_scikit_learn_compatible(build: Callable[[], Any]) -> None:
    assert not (broken := find_broken(build())), broken

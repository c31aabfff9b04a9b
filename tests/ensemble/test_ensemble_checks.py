"""scikit-learn's own checks, without an exception: a weight of 2 is a row that stands there twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.utils.estimator_checks import parametrize_with_checks

from tabkit.ensemble import (
    FoldBaggingClassifier,
    FoldBaggingRegressor,
    GreedyEnsembleClassifier,
    GreedyEnsembleRegressor,
    StackingClassifier,
    StackingRegressor,
)

CLASSIFIERS = [("logistic", LogisticRegression()), ("bayes", GaussianNB())]
REGRESSORS = [("ridge", Ridge()), ("strong", Ridge(10.0))]


@pytest.mark.filterwarnings("ignore:.*fitted without weights:UserWarning")
@parametrize_with_checks(
    [
        StackingClassifier(CLASSIFIERS, cv=3, random_state=0),
        StackingRegressor(REGRESSORS, cv=3, random_state=0),
        GreedyEnsembleClassifier(CLASSIFIERS, cv=3, random_state=0),
        GreedyEnsembleRegressor(REGRESSORS, cv=3, random_state=0),
        FoldBaggingClassifier(LogisticRegression(), cv=3, random_state=0),
        FoldBaggingRegressor(Ridge(), cv=3, random_state=0),
    ],
)
def test_scikit_learn_compatible(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)

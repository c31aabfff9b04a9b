"""Ensembles of what is fitted already: the same as those that fit it themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tabkit import InputError
from tabkit.ensemble import (
    FoldBaggingClassifier,
    FoldBaggingRegressor,
    GreedyEnsembleClassifier,
    GreedyEnsembleRegressor,
)
from tabkit.model_selection import RoleAwareKFold

N = 120
RNG = np.random.default_rng(1)
X = pd.DataFrame(RNG.normal(size=(N, 3)), columns=["a", "b", "c"])
VALUES = X["a"].to_numpy() + 3.0 * (X["b"].to_numpy() > 0) + RNG.normal(size=N) / 2
LABELS = np.array(["high", "low", "none"])[np.digitize(VALUES, [0.5, 2.0])]

GREEDY = {
    GreedyEnsembleClassifier: [
        ("logistic", LogisticRegression()),
        ("tree", DecisionTreeClassifier(max_depth=3, random_state=0)),
    ],
    GreedyEnsembleRegressor: [
        ("ridge", Ridge()),
        ("tree", DecisionTreeRegressor(max_depth=3, random_state=0)),
    ],
}
BAGS = {
    FoldBaggingClassifier: DecisionTreeClassifier(max_depth=3, random_state=0),
    FoldBaggingRegressor: DecisionTreeRegressor(max_depth=3, random_state=0),
}


def predict(model: Any, rows: Any = X) -> np.ndarray:
    return model.predict_proba(rows) if is_classifier(model) else model.predict(rows)


@pytest.mark.parametrize("kind", GREEDY, ids=lambda kind: kind.__name__)
def test_weights_from_predictions_are_those_of_a_fit(kind: type) -> None:
    y = LABELS if kind is GreedyEnsembleClassifier else VALUES
    whole = kind(GREEDY[kind], random_state=0).fit(X, y)
    fitted = [(name, clone(member).fit(X, y)) for name, member in GREEDY[kind]]
    made = kind.from_predictions(fitted, whole.oof_predictions_, y[whole.oof_rows_])
    np.testing.assert_array_equal(made.weights_, whole.weights_)
    assert (made.weights_ > 0).all()
    np.testing.assert_array_equal(predict(made), predict(whole))
    np.testing.assert_array_equal(predict(made, X[["c", "a", "b"]]), predict(whole))
    assert made.named_estimators_["tree"] is fitted[1][1]
    assert list(made.feature_names_in_) == ["a", "b", "c"]
    np.testing.assert_array_equal(predict(clone(made).set_params(random_state=0).fit(X, y)), predict(whole))


@pytest.mark.parametrize("kind", BAGS, ids=lambda kind: kind.__name__)
def test_a_bag_of_fitted_models_is_that_of_a_fit(kind: type) -> None:
    y = LABELS if kind is FoldBaggingClassifier else VALUES
    folds = list(RoleAwareKFold(4, random_state=0, stratify=kind is FoldBaggingClassifier).split(X, y))
    whole = kind(BAGS[kind], cv=folds).fit(X, y)
    models = [clone(BAGS[kind]).fit(X.iloc[train], y[train]) for train, _ in folds]
    made = kind.from_fitted(models, oof_rows=whole.oof_rows_, oof_prediction=whole.oof_prediction_)
    np.testing.assert_array_equal(predict(made), predict(whole))
    np.testing.assert_array_equal(made.oof_prediction_, whole.oof_prediction_)


def test_a_class_that_one_model_lacks_has_its_column() -> None:
    most = LABELS != "none"
    models = [
        DecisionTreeClassifier(random_state=0).fit(X[part], LABELS[part]) for part in (most, ~most | most)
    ]
    made = FoldBaggingClassifier.from_fitted(models, oof_rows=[0], oof_prediction=[[0.2, 0.3, 0.5]])
    assert list(made.classes_) == ["high", "low", "none"]
    both = np.column_stack([models[0].predict_proba(X), np.zeros(N)]) + models[1].predict_proba(X)
    np.testing.assert_allclose(made.predict_proba(X), both / 2, rtol=0, atol=1e-15)


def test_what_does_not_fit_together_is_refused() -> None:
    fitted = [(name, clone(member).fit(X, LABELS)) for name, member in GREEDY[GreedyEnsembleClassifier]]
    proba = {name: model.predict_proba(X) for name, model in fitted}
    make = GreedyEnsembleClassifier.from_predictions
    with pytest.raises(InputError, match=r"oof_predictions: there are none of 'tree'"):
        make(fitted, {"logistic": proba["logistic"]}, LABELS)
    with pytest.raises(
        InputError, match=r"oof_predictions of 'tree': expected the shape \(120, 3\), got \(119, 3\)"
    ):
        make(fitted, proba | {"tree": proba["tree"][1:]}, LABELS)
    other = ("tree", clone(fitted[1][1]).fit(X[["a", "b"]], LABELS))
    with pytest.raises(
        InputError, match=r"DecisionTreeClassifier was fitted on the columns 'a', 'b', and Log"
    ):
        make([fitted[0], other], proba, LABELS)
    with pytest.raises(
        NotFittedError, match=r"estimator 'tree': This DecisionTreeClassifier instance is not fit"
    ):
        make([fitted[0], ("tree", DecisionTreeClassifier())], proba, LABELS)
    with pytest.raises(InputError, match=r"oof_predictions of 'tree': the probabilities of a row sum to 1"):
        make(fitted, proba | {"tree": proba["tree"] * 10}, LABELS)
    bag, tree = FoldBaggingClassifier.from_fitted, fitted[1][1]
    with pytest.raises(InputError, match=r"oof_rows: expected positions of rows, whole numbers from 0"):
        bag([tree], oof_rows=[1, 1], oof_prediction=proba["tree"][:2])
    with pytest.raises(InputError, match=r"oof_prediction: not all are finite"):
        bag([tree], oof_rows=[0], oof_prediction=[[np.nan, 0.5, 0.5]])
    with pytest.raises(InputError, match=r"estimator=Ridge: expected a classifier"):
        bag([tree, Ridge().fit(X, VALUES)], oof_rows=[0], oof_prediction=proba["tree"][:1])
    with pytest.raises(InputError, match=r"at least one is needed"):
        FoldBaggingClassifier.from_fitted([], oof_rows=[], oof_prediction=[])
    with pytest.raises(InputError, match=r"expected the shape \(2, 3\), got \(1, 3\)"):
        FoldBaggingClassifier.from_fitted([fitted[0][1]], oof_rows=[0, 1], oof_prediction=[[0.2, 0.3, 0.5]])

"""What scikit-learn's stacking takes, taken: fitted estimators, several outputs, regressors, metadata."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn import config_context
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.model_selection import RepeatedKFold
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from tabkit import InputError
from tabkit.ensemble import GreedyEnsembleClassifier, StackingClassifier, StackingRegressor

N = 80
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 3))
VALUES = X[:, 0] + RNG.normal(size=N)
CODES = np.digitize(VALUES, [-0.5, 0.5])


def test_fitted_estimators_are_taken_as_they_are() -> None:
    half = N // 2
    members = [("ridge", Ridge().fit(X[:half], VALUES[:half])), ("linear", LinearRegression())]
    with pytest.raises(NotFittedError, match=r"This LinearRegression instance is not fitted yet"):
        StackingRegressor(members, cv="prefit").fit(X, VALUES)
    members[1][1].fit(X[:half, :], VALUES[:half])
    final = LinearRegression()
    model = StackingRegressor(members, final, cv="prefit").fit(X[half:], VALUES[half:])
    assert model.estimators_[0] is members[0][1]
    np.testing.assert_array_equal(model.oof_rows_, np.arange(N - half))
    said = np.column_stack([member.predict(X) for _, member in members])
    expected = LinearRegression().fit(said[half:], VALUES[half:]).predict(said)
    np.testing.assert_allclose(model.predict(X), expected, rtol=0, atol=1e-12)


def test_rows_without_weight_train_no_final_estimator() -> None:
    members = [("ridge", Ridge().fit(X, VALUES))]
    weights = np.where(np.arange(N) < 30, 0.0, 1.0)
    wrong = np.where(weights == 0, 1e6, VALUES)
    model = StackingRegressor(members, KNeighborsRegressor(3), cv="prefit").fit(
        X, wrong, sample_weight=weights
    )
    right = StackingRegressor(members, KNeighborsRegressor(3), cv="prefit").fit(X[30:], VALUES[30:])
    np.testing.assert_array_equal(model.oof_rows_, np.arange(30, N))
    np.testing.assert_array_equal(model.predict(X), right.predict(X))


def test_what_the_final_estimator_says_beside_is_handed_out() -> None:
    model = StackingRegressor([("ridge", Ridge())], GaussianProcessRegressor(alpha=1.0), random_state=0)
    mean, deviation = model.fit(X, VALUES).predict(X, return_std=True)
    np.testing.assert_array_equal(mean, model.predict(X))
    assert deviation.shape == (N,)


def test_regressors_of_labels_that_are_numbers() -> None:
    members = [("ridge", Ridge()), ("logistic", LogisticRegression())]
    model = StackingClassifier(members, random_state=0).fit(X, CODES)
    assert model.stack_method_ == ["predict", "predict_proba"]
    np.testing.assert_array_equal(model.transform(X)[:, 0], Ridge().fit(X, CODES).predict(X))
    assert model.transform(X).shape == (N, 4)
    assert model.score(X, CODES) > 0.5
    repeated = RepeatedKFold(n_splits=2, n_repeats=2, random_state=0)
    assert len(StackingClassifier(members[:1], cv=repeated).fit(X, CODES).oof_rows_) == N
    with pytest.raises(
        InputError, match=r"'ridge' \(Ridge\) is a regressor, and the labels are no numbers: 'top'"
    ):
        StackingClassifier(members).fit(X, np.array(["low", "mid", "top"])[CODES])
    with pytest.raises(InputError, match=r"'ridge' \(Ridge\) is no classifier"):
        GreedyEnsembleClassifier(members).fit(X, CODES)


def test_several_outputs_have_a_column_each_though_a_fold_lacks_a_label() -> None:
    rows, outputs = make_multilabel_classification(60, n_classes=3, random_state=0)
    outputs[:, 2] = 0
    outputs[:2, 2] = 1
    folds = [(np.arange(2, 60), np.arange(2)), (np.arange(40), np.arange(40, 60))]
    members = [("forest", RandomForestClassifier(10, random_state=0)), ("ridge", RidgeClassifier())]
    model = StackingClassifier(members, KNeighborsClassifier(3), cv=folds).fit(rows, outputs)
    assert model.transform(rows).shape == (60, 6)
    assert list(model.get_feature_names_out()[2:4]) == [
        "stackingclassifier_forest2",
        "stackingclassifier_ridge0",
    ]
    np.testing.assert_array_equal(
        model.transform(rows)[:, 1], model.estimators_[0].predict_proba(rows)[1][:, 1]
    )
    assert model.predict(rows).shape == outputs.shape
    assert [list(classes) for classes in model.classes_] == [[0, 1]] * 3
    outputs[:, 2] = 0
    assert StackingClassifier(members, KNeighborsClassifier(3)).fit(rows, outputs).transform(rows).shape == (
        60,
        6,
    )
    with pytest.raises(
        InputError, match=r"final_estimator: y has several outputs, which the default does not"
    ):
        StackingClassifier(members).fit(rows, outputs)
    with pytest.raises(InputError, match=r"y is a sparse matrix: pass y.toarray"):
        StackingClassifier(members).fit(rows, csr_matrix(outputs))
    with pytest.raises(ValueError, match=r"y should be a 1d array"):
        GreedyEnsembleClassifier([members[0]]).fit(rows, outputs)


class Asking(RegressorMixin, BaseEstimator):
    """Asks for a number of each row, and remembers which it got for which rows."""

    got: list[tuple[np.ndarray, Any, Any]] = []
    __metadata_request__fit = {"cost": True, "name": True}

    def fit(self, X: Any, y: Any, cost: Any = None, name: Any = None) -> Any:
        Asking.got.append((X, cost, name))
        self.mean_ = float(np.mean(y))
        return self

    def predict(self, X: Any) -> np.ndarray:
        return np.full(len(X), self.mean_)


@pytest.mark.parametrize("kind", [np.asarray, list])
def test_metadata_follow_their_rows_to_those_that_ask(kind: Any) -> None:
    Asking.got = []
    scaled = [("scale", StandardScaler(with_std=False)), ("ask", Asking())]
    members = [
        ("plain", Asking()),
        ("scaled", Pipeline(scaled)),
        ("again", Pipeline(scaled)),
        ("deaf", Ridge()),
    ]
    with config_context(enable_metadata_routing=True):
        model = StackingRegressor(members, random_state=0)
        model.fit(X, VALUES, cost=kind(X[:, 1] * 2), name="a table")
        with pytest.raises(
            TypeError,
            match=r"Regressor.fit got unexpected argument.s. {'price'}, which are not routed",
        ):
            model.fit(X, VALUES, price=1)
    assert len(Asking.got) == 3 * 6
    for rows, cost, name in Asking.got:
        # Scaled rows differ from their costs by a mean that all of them share.
        assert np.ptp(2 * rows[:, 1] - np.asarray(cost)) < 1e-12
        assert len(cost) == len(rows)
        assert name == "a table"
    with pytest.raises(InputError, match=r"fit got cost, which is only supported if enable_metadata_routing"):
        model.fit(X, VALUES, cost=X[:, 1])

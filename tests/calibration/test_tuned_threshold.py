"""The tuned threshold: its contract, its objectives against a slow search, and which rows it is chosen on."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from contract_checks import contracts, find_broken
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    balanced_accuracy_score,
    f1_score,
    matthews_corrcoef,
    precision_score,
    recall_score,
)
from sklearn.model_selection import GridSearchCV
from sklearn.svm import LinearSVC

from tabkit import InputError
from tabkit.calibration import Costs, MaxPrecision, MaxRecall, TunedThresholdClassifier


@contracts(
    "tuned threshold",
    {
        "with probabilities": lambda: TunedThresholdClassifier(LogisticRegression(), random_state=0),
        "with margins": lambda: TunedThresholdClassifier(
            LinearSVC(), objective="matthews_corrcoef", random_state=0
        ),
    },
)
def test_contract_of_scikit_learn(build: Callable[[], Any]) -> None:
    expected = {"check_classifiers_train": "it compares predictions with a threshold of 0.5, or 0"}
    assert not (broken := find_broken(build(), expected)), broken


class Stated(ClassifierMixin, BaseEstimator):
    """Says the probability in the second column; the class remembers rows (first column) by fit."""

    met: list[tuple[list[int], list[int]]] = []

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.rows_ = X[:, 0].astype(int).tolist()
        return self

    def predict_proba(self, X):
        Stated.met.append((self.rows_, X[:, 0].astype(int).tolist()))
        return np.column_stack([1 - X[:, 1], X[:, 1]])


def made_up(n_rows: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    proba = expit(rng.normal(-1, 1.5, n_rows)).round(2)
    return np.column_stack([np.arange(n_rows), proba]), (rng.random(n_rows) < proba).astype(int)


def frozen(X: np.ndarray, y: np.ndarray, objective: Any, **options: Any) -> TunedThresholdClassifier:
    return TunedThresholdClassifier(
        FrozenEstimator(Stated().fit(X, y)), objective=objective, **options, random_state=0
    )


# The plain search takes its time: two tables in the fast tests.
seeds = pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3, 4))]
)


@seeds
@pytest.mark.parametrize(
    ("name", "score"),
    [
        ("f1", f1_score),
        ("balanced_accuracy", balanced_accuracy_score),
        ("matthews_corrcoef", matthews_corrcoef),
    ],
)
def test_score_is_the_highest_of_all_thresholds(name: str, score: Any, seed: int) -> None:
    X, y = made_up(seed=seed)
    weight = np.random.default_rng(seed).integers(1, 4, len(y))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = frozen(X, y, name).fit(X, y, weight)
    best = max(score(y, X[:, 1] >= cut, sample_weight=weight) for cut in np.unique(X[:, 1]))
    assert score(y, model.predict(X), sample_weight=weight) == pytest.approx(best)
    assert model.curve_[name].max() == pytest.approx(best)


@seeds
def test_constraints_give_the_best_that_keeps_them(seed: int) -> None:
    X, y = made_up(seed=seed)
    cuts = [X[:, 1] >= cut for cut in np.unique(X[:, 1])]
    model = frozen(X, y, MaxRecall(min_precision=0.7)).fit(X, y)
    best = max(recall_score(y, cut) for cut in cuts if precision_score(y, cut) >= 0.7)
    assert precision_score(y, model.predict(X)) >= 0.7
    assert recall_score(y, model.predict(X)) == pytest.approx(best)
    model = frozen(X, y, MaxPrecision(min_recall=0.8)).fit(X, y)
    best = max(precision_score(y, cut) for cut in cuts if recall_score(y, cut) >= 0.8)
    assert recall_score(y, model.predict(X)) >= 0.8
    assert precision_score(y, model.predict(X)) == pytest.approx(best)
    assert model.is_met_


def test_a_constraint_that_cannot_be_met_says_so_and_comes_nearest() -> None:
    rng = np.random.default_rng(0)
    X = np.column_stack([np.arange(300), rng.integers(0, 3, 300) / 2])
    y = (rng.random(300) < 0.2 + 0.3 * X[:, 1]).astype(int)
    with pytest.warns(UserWarning, match=r"MaxRecall\(min_precision=0.95\) is not met .* highest precision"):
        model = frozen(X, y, MaxRecall(min_precision=0.95)).fit(X, y)
    assert not model.is_met_
    highest = max(precision_score(y, X[:, 1] >= cut) for cut in (0, 0.5, 1))
    assert precision_score(y, model.predict(X)) == pytest.approx(highest)


def test_a_precision_of_one_row_of_one_is_no_precision() -> None:
    rng = np.random.default_rng(0)
    X = np.column_stack([np.arange(1000), rng.random(1000)])
    y = (rng.random(1000) < 0.3).astype(int)
    y[X[:, 1].argmax()] = 1
    with pytest.warns(UserWarning, match="the highest precision at any threshold is 0"):
        model = frozen(X, y, MaxRecall(min_precision=0.9)).fit(X, y)
    assert model.predict(X).sum() >= 10
    assert not model.is_met_


def test_costs_of_calibrated_probabilities_give_elkans_threshold() -> None:
    X, y = made_up(50_000)
    costs = Costs(false_positive=5.0, false_negative=20.0, true_positive=-2.0, true_negative=1.0)
    model = frozen(X, y, costs).fit(X, y)
    assert model.threshold_ == pytest.approx((5 - 1) / (5 - 1 + 20 + 2), abs=0.03)
    said = model.predict(X)
    amounts = np.where(y == 1, np.where(said == 1, -2.0, 20.0), np.where(said == 1, 5.0, 1.0))
    assert model.curve_["cost"].min() == pytest.approx(amounts.mean())


def test_one_prediction_for_all_where_the_other_never_pays() -> None:
    X, y = made_up()
    assert set(frozen(X, y, Costs(false_negative=0.0)).fit(X, y).predict(X)) == {0}
    always = frozen(X, y, Costs(false_positive=0.0, true_positive=-1.0, true_negative=1.0)).fit(X, y)
    assert always.threshold_ == -np.inf
    assert set(always.predict(np.array([[0, 0.0], [1, 1.0]]))) == {1}


def test_positive_class_of_ones_own() -> None:
    X, y = made_up()
    names = np.where(y == 1, "bad", "good")  # "good" sorts last
    mirrored = np.column_stack([X[:, 0], 1 - X[:, 1]])
    model = TunedThresholdClassifier(
        Stated(), objective=MaxRecall(min_precision=0.7), pos_label="bad", random_state=0
    )
    said = model.fit(mirrored, names).predict(mirrored)
    assert precision_score(names, said, pos_label="bad") >= 0.7
    assert 0.1 < recall_score(names, said, pos_label="bad") < 1
    scores = TunedThresholdClassifier(LinearSVC(), pos_label="bad", random_state=0).fit(X[:, 1:], names)
    assert balanced_accuracy_score(names, scores.predict(X[:, 1:])) > 0.65
    with pytest.raises(InputError, match=r"pos_label='ugly': expected one of 'bad', 'good'"):
        TunedThresholdClassifier(Stated(), pos_label="ugly", random_state=0).fit(X, names)


def test_threshold_is_chosen_on_rows_that_the_models_did_not_see() -> None:
    X, y = made_up(200)
    groups = np.arange(200) // 5
    times = np.random.default_rng(0).permutation(200)
    for roles in ({}, {"groups": groups}, {"times": times}, {"sample_weight": (groups % 3 > 0) * 1.0}):
        Stated.met.clear()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            TunedThresholdClassifier(Stated(), random_state=0).fit(X, y, **roles)
        assert len(Stated.met) == 5
        for fitted, scored in Stated.met:
            assert not set(fitted) & set(scored)
            if "groups" in roles:
                assert not set(groups[fitted]) & set(groups[scored])
            if "times" in roles:
                assert max(times[fitted]) < min(times[scored])
            if "sample_weight" in roles:
                assert (groups[scored] % 3 > 0).all()


def test_a_model_that_memorises_gets_no_threshold_from_its_own_rows() -> None:
    """On its own rows a tree says 0 or 1, and any threshold between is as good as any other."""
    from sklearn.ensemble import RandomForestClassifier

    X, y = made_up(2000)
    test, labels = made_up(20_000, 1)
    forest = RandomForestClassifier(50, random_state=0)
    model = TunedThresholdClassifier(forest, objective=MaxRecall(min_precision=0.6), random_state=0).fit(
        X[:, 1:], y
    )
    assert precision_score(labels, model.predict(test[:, 1:])) == pytest.approx(0.6, abs=0.05)


def test_too_few_rows_leave_the_threshold_where_it_was() -> None:
    X, _ = made_up(100)
    y = (np.arange(100) < 6).astype(int)
    with pytest.warns(UserWarning, match=r"the threshold stays at 0.5: 6 held-out rows of the rarer class"):
        model = TunedThresholdClassifier(Stated(), random_state=0).fit(X, y)
    assert model.threshold_ == 0.5
    assert model.curve_.empty
    np.testing.assert_array_equal(model.predict(X), (X[:, 1] >= 0.5).astype(int))
    with pytest.warns(UserWarning, match="stays at 0.0: times: all rows have the same time"):
        TunedThresholdClassifier(LinearSVC(), random_state=0).fit(X, np.arange(100) % 2, times=np.zeros(100))


def test_constant_predictions_leave_the_choice_between_all_and_none() -> None:
    X, y = made_up()
    X[:, 1] = 0.3
    assert frozen(X, y, "f1").fit(X, y).threshold_ == -np.inf
    assert frozen(X, y, Costs()).fit(X, y).threshold_ == np.inf


def test_curve_rises_and_ends_with_all_and_none() -> None:
    X, y = made_up(30_000)
    X[:, 1] += np.random.default_rng(0).random(30_000) / 1000
    model = frozen(X, y, MaxRecall(min_precision=0.5)).fit(X, y)
    curve = model.curve_
    assert len(curve) <= 1000
    assert (np.diff(curve["threshold"]) > 0).all()
    assert curve["threshold"].iloc[[0, -1]].tolist() == [-np.inf, np.inf]
    for row in curve.iloc[[0, 200, 500, 800]].itertuples():
        said = X[:, 1] >= row.threshold
        assert row.precision == pytest.approx(precision_score(y, said))
        assert row.recall == pytest.approx(recall_score(y, said))


def test_objective_is_a_parameter_to_search_clone_and_pickle() -> None:
    X, y = made_up()
    model = TunedThresholdClassifier(
        LogisticRegression(), objective=MaxRecall(min_precision=0.6), random_state=0
    )
    assert clone(model).objective == model.objective
    search = GridSearchCV(model, {"objective": [MaxRecall(0.5), MaxPrecision(0.5)]}, cv=2, scoring="recall")
    search.fit(X[:, 1:], y)
    assert search.best_params_ == {"objective": MaxRecall(0.5)}
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(again.predict(X[:, 1:]), search.predict(X[:, 1:]))


def test_frames_and_text_labels() -> None:
    X, y = made_up()
    frame = pd.DataFrame({"a": X[:, 1]}, index=np.zeros(len(X)))
    model = TunedThresholdClassifier(LogisticRegression(), objective="f1", random_state=0)
    target = pd.Series(np.where(y == 1, "yes", "no"), index=frame.index, dtype="category")
    said = model.fit(frame, target).predict(frame)
    assert set(said) == {"no", "yes"}
    assert model.predict_proba(frame).shape == (400, 2)
    assert model.decision_function(frame).shape == (400,)
    assert not hasattr(TunedThresholdClassifier(LinearSVC(), random_state=0), "predict_proba")


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        ("roc_auc", "objective='roc_auc': expected MaxRecall, MaxPrecision, Costs, or the name"),
        ("f2", "objective='f2': expected"),
        (0.3, "objective=0.3: expected"),
        (MaxRecall(min_precision=90), "min_precision=90: expected a share"),
        (MaxPrecision(min_recall=-1), "min_recall=-1: expected a share"),
        (Costs(false_positive=np.nan), "expected finite amounts of money"),
    ],
)
def test_objectives_that_cannot_be_are_named(objective: Any, message: str) -> None:
    X, y = made_up()
    with pytest.raises(InputError, match=message):
        TunedThresholdClassifier(Stated(), objective=objective, random_state=0).fit(X, y)


def test_three_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="Only binary classification is supported"):
        TunedThresholdClassifier(LogisticRegression(), random_state=0).fit(np.zeros((9, 1)), np.arange(9) % 3)

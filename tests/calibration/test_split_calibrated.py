"""The calibrated classifier: its contract, its sigmoid, and which rows calibrate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from contract_checks import contracts, find_broken
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.metrics import log_loss
from sklearn.svm import SVC, LinearSVC

from tabkit.calibration import SplitCalibratedClassifier

WEIGHTS_ARE_NOT_REPETITIONS = "repeated rows fall on both sides of the split for the sigmoids"


EXPECTED_FAILURES = dict.fromkeys(
    (
        "check_sample_weight_equivalence_on_dense_data",
        "check_sample_weight_equivalence_on_sparse_data",
    ),
    WEIGHTS_ARE_NOT_REPETITIONS,
)


@contracts(
    "split calibrated",
    {"with margins": lambda: SplitCalibratedClassifier(LinearSVC(dual=False), random_state=0)},
)
def test_contract_of_scikit_learn(build: Callable[[], Any]) -> None:
    assert not (broken := find_broken(build(), EXPECTED_FAILURES)), broken


class Diary(ClassifierMixin, BaseEstimator):
    """Remembers, for the whole class, the rows (first column) it met in fit and in scoring."""

    fitted: list[list[int]] = []
    scored: list[list[int]] = []

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        Diary.fitted.append(X[:, 0].astype(int).tolist())
        return self

    def decision_function(self, X):
        Diary.scored.append(X[:, 0].astype(int).tolist())
        return X[:, 0]


def fit_with_diary(**roles: np.ndarray) -> tuple[set[int], set[int]]:
    """Rows that the first fit saw, and rows that calibrated it."""
    Diary.fitted.clear()
    Diary.scored.clear()
    X, y = np.arange(100.0).reshape(-1, 1), np.arange(100) % 2
    SplitCalibratedClassifier(Diary(), random_state=0).fit(X, y, **roles)
    assert sorted(Diary.fitted[1]) == list(range(100)), "the second fit is on all rows"
    return set(Diary.fitted[0]), set(Diary.scored[0])


def test_calibrating_rows_are_not_fitted() -> None:
    fitted, calibrated = fit_with_diary()
    assert not fitted & calibrated
    assert fitted | calibrated == set(range(100))


def test_groups_are_not_torn() -> None:
    groups = np.arange(100) // 7
    fitted, calibrated = fit_with_diary(groups=groups)
    assert not {groups[row] for row in fitted} & {groups[row] for row in calibrated}


def test_last_rows_in_time_calibrate() -> None:
    times = np.random.default_rng(0).permutation(100)
    fitted, calibrated = fit_with_diary(times=times)
    assert max(times[list(fitted)]) < min(times[list(calibrated)])


def test_a_decision_function_that_is_upside_down_is_turned() -> None:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(400, 1))
    y = (X[:, 0] + generator.normal(size=400) < 0).astype(int)
    model = SplitCalibratedClassifier(Diary(), random_state=0).fit(X, y)
    assert model.sigmoids_[0, 0] < -0.5
    assert log_loss(y, model.predict_proba(X)) < 0.6


def test_weights_reach_the_classifier_and_the_sigmoids() -> None:
    X, y = make_classification(300, flip_y=0.2, random_state=0)
    weights = np.where(X[:, 0] > 0, 5.0, 0.2)
    plain, weighted = (
        SplitCalibratedClassifier(LinearSVC(dual=False), random_state=0).fit(X, y, w) for w in (None, weights)
    )
    assert abs(plain.estimator_.coef_ - weighted.estimator_.coef_).max() > 0.01
    assert abs(plain.sigmoids_ - weighted.sigmoids_).max() > 0.01
    # Below 1 weights only compare rows; the classifier's own penalty makes the difference that is left.
    small = SplitCalibratedClassifier(LinearSVC(dual=False), random_state=0).fit(X, y, 0.1 * np.ones(300))
    np.testing.assert_allclose(small.sigmoids_, plain.sigmoids_, rtol=0.1)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_probabilities_beat_those_of_the_class_shares(n_classes: int) -> None:
    X, y = make_classification(600, n_informative=6, n_classes=n_classes, random_state=0)
    model = SplitCalibratedClassifier(SVC(), random_state=0).fit(X[:400], y[:400])
    shares = np.tile(np.bincount(y[:400]) / 400, (200, 1))
    assert log_loss(y[400:], model.predict_proba(X[400:])) < 0.8 * log_loss(y[400:], shares)


def test_rows_without_weight_calibrate_nothing() -> None:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(400, 2))
    y = (X[:, 0] + generator.normal(size=400) > 0).astype(int)
    weight = np.r_[np.ones(300), np.zeros(100)]
    model = SplitCalibratedClassifier(LinearSVC(), random_state=0).fit(X, y, weight, times=np.arange(400))
    assert model.sigmoids_[0, 0] > 0.1

"""Conformal intervals and sets: coverage over many draws, MAPIE's figures, and which rows measure."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np
import pandas as pd
import pytest
from contract_checks import contracts, find_broken
from scipy.stats import norm
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import KFold

from tabkit import InputError
from tabkit.calibration import ConformalClassifier, ConformalRegressor, measure_coverage
from tabkit.calibration._conformal_quantile import conformal_quantile

WEIGHTS_ARE_NOT_REPETITIONS = "repeated rows fall on both sides of the split, and errors count alike"


EXPECTED_FAILURES = dict.fromkeys(
    (
        "check_sample_weight_equivalence_on_dense_data",
        "check_sample_weight_equivalence_on_sparse_data",
    ),
    WEIGHTS_ARE_NOT_REPETITIONS,
)


@contracts(
    "conformal",
    {
        "split": lambda: ConformalRegressor(LinearRegression(), random_state=0),
        "cv_plus": lambda: ConformalRegressor(
            LinearRegression(), method="cv_plus", confidence_level=0.5, random_state=0
        ),
        "classifier": lambda: ConformalClassifier(LogisticRegression(), confidence_level=0.5, random_state=0),
    },
)
@pytest.mark.filterwarnings("ignore:.*calibration rows? (is|are) too few")
def test_contract_of_scikit_learn(build: Callable[[], Any]) -> None:
    estimator = build()
    expected = EXPECTED_FAILURES if isinstance(estimator, ConformalClassifier) else {}
    assert not (broken := find_broken(estimator, expected)), broken


def linear(n_rows: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    X = rng.normal(size=(n_rows, 3))
    return X, X @ np.array([1.0, -2.0, 0.5]) + rng.standard_t(3, n_rows)


@pytest.mark.parametrize("method", ["split", "cv_plus"])
def test_intervals_hold_as_many_values_as_they_promise(method: str) -> None:
    """Over draws of everything; the limits are four standard errors of the mean over draws."""
    found = []
    for seed in range(300 if method == "split" else 120):
        rng = np.random.default_rng(seed)
        X, y = linear(80, rng)
        test, truth = linear(40, rng)
        model = ConformalRegressor(LinearRegression(), method=method, confidence_level=0.8, random_state=seed)
        low, high = model.fit(X, y).predict_interval(test).T
        found.append(((low <= truth) & (truth <= high)).mean())
    error = 4 * np.std(found) / np.sqrt(len(found))
    # Split: ceil(17 * 0.8) / 17 exactly. CV+ promises 0.6 and reaches about 0.8.
    expected = 14 / 17 if method == "split" else 0.8
    assert np.mean(found) == pytest.approx(expected, abs=error + (0.01 if method == "cv_plus" else 0))
    assert error < 0.04


class Centre(RegressorMixin, BaseEstimator):
    """Quantiles of a normal distribution whose spread is said wrong by a factor."""

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor

    def fit(self, X, y):
        self.is_fitted_ = True
        return self

    def predict(self, X):
        return np.outer(self.factor * np.exp(X[:, 0]), norm.ppf([0.1, 0.5, 0.9]))


@pytest.mark.parametrize("factor", [0.3, 1.0, 3.0])
def test_quantile_intervals_are_widened_or_narrowed_until_they_hold(factor: float) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 1))
    y = np.exp(X[:, 0]) * rng.normal(size=20_000)
    model = ConformalRegressor(Centre(factor), method="quantile", confidence_level=0.8, random_state=0)
    model.fit(X[:10_000], y[:10_000])
    low, high = model.predict_interval(X[10_000:]).T
    measured = measure_coverage(y[10_000:], np.column_stack([low, high]))
    assert measured.coverage == pytest.approx(0.8, abs=0.03)
    assert (low <= high).all()
    assert abs(model.predict(X[:5])).max() == 0


@pytest.mark.slow
def test_intervals_of_a_network_hold_and_are_wide_where_values_are_uncertain() -> None:
    from tabkit.neural_network import TabularMLPRegressor

    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 2))
    y = X[:, 0] + np.exp(X[:, 1]) * rng.normal(size=3000)
    network = TabularMLPRegressor(
        loss="quantile", quantiles=(0.05, 0.5, 0.95), preset="fast", max_epochs=15, n_jobs=1, random_state=0
    )
    model = ConformalRegressor(network, method="quantile", confidence_level=0.9, random_state=0).fit(
        X[:2000], y[:2000]
    )
    intervals = model.predict_interval(X[2000:])
    assert measure_coverage(y[2000:], intervals).coverage == pytest.approx(0.9, abs=0.04)
    assert np.corrcoef(np.diff(intervals).ravel(), np.exp(X[2000:, 1]))[0, 1] > 0.7


def test_finite_sample_quantile() -> None:
    scores = np.arange(1.0, 10.0)  # nine: of ten, the new one is below the k-th with probability k / 10
    assert conformal_quantile(scores, 0.9) == 9.0
    assert conformal_quantile(scores, 0.89) == 9.0
    assert conformal_quantile(scores, 0.5) == 5.0
    assert conformal_quantile(scores, 0.91) == inf
    assert conformal_quantile(scores[:0], 0.5) == inf


def test_intervals_are_those_of_mapie() -> None:
    from mapie.regression import CrossConformalRegressor, SplitConformalRegressor

    rng = np.random.default_rng(0)
    X, y = linear(300, rng)
    test, _ = linear(50, rng)
    model = ConformalRegressor(LinearRegression(), random_state=0).fit(X, y)
    rows = model.calibration_rows_
    theirs = SplitConformalRegressor(model.estimator_, confidence_level=0.9, prefit=True)
    theirs.conformalize(X[rows], y[rows])
    expected = theirs.predict_interval(test)[1][:, :, 0]
    np.testing.assert_allclose(model.predict_interval(test), expected)

    folds = KFold(4, shuffle=True, random_state=0)
    model = ConformalRegressor(LinearRegression(), method="cv_plus", cv=folds, random_state=0).fit(X, y)
    theirs = CrossConformalRegressor(LinearRegression(), confidence_level=0.9, method="plus", cv=folds)
    expected = theirs.fit_conformalize(X, y).predict_interval(test)[1][:, :, 0]
    np.testing.assert_allclose(model.predict_interval(test), expected)


def test_sets_are_those_of_mapie() -> None:
    from mapie.classification import SplitConformalClassifier

    X, y = make_classification(600, n_informative=5, n_classes=4, random_state=0)
    model = ConformalClassifier(LogisticRegression(), random_state=0).fit(X[:500], y[:500])
    rows = model.calibration_rows_
    theirs = SplitConformalClassifier(model.estimator_, confidence_level=0.9, prefit=True)
    theirs.conformalize(X[rows], y[rows])
    np.testing.assert_array_equal(model.predict_set(X[500:]), theirs.predict_set(X[500:])[1][:, :, 0])


@pytest.mark.parametrize("per_class", [False, True])
@pytest.mark.parametrize("method", ["lac", "aps"])
def test_sets_hold_the_class_as_often_as_they_promise(method: str, per_class: bool) -> None:
    X, y = make_classification(
        12_000, n_informative=5, n_classes=3, weights=[0.7, 0.22, 0.08], class_sep=0.6, random_state=0
    )
    found = []
    for seed in range(30):
        order = np.random.default_rng(seed).permutation(10_000)
        train, test = order[:1500], order[1500:3500]
        model = ConformalClassifier(
            FrozenEstimator(LogisticRegression().fit(X[10_000:], y[10_000:])),
            method=method,
            per_class=per_class,
            random_state=seed,
        )
        sets = model.fit(X[train], y[train]).predict_set(X[test])
        measured = measure_coverage(y[test], sets, classes=model.classes_, by=y[test])
        found.append([measured.coverage, *(measured.parts[code].coverage for code in range(3))])
    overall, *by_class = np.mean(found, axis=0)
    assert 0.89 < overall < (0.92 if method == "lac" else 0.98)
    if per_class:
        assert min(by_class) > 0.89
    else:
        assert min(by_class) < 0.87, "marginal coverage says nothing of the rare class"


class Diary(RegressorMixin, BaseEstimator):
    """The class remembers the rows (first column) of each fit."""

    fitted: list[list[int]] = []

    def fit(self, X, y, sample_weight=None):
        self.rows_ = X[:, 0].astype(int).tolist()
        Diary.fitted.append(self.rows_)
        return self

    def predict(self, X):
        return np.zeros(len(X))


class DiaryOfClasses(ClassifierMixin, Diary):
    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.unique(y)
        return super().fit(X, y)

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


@pytest.mark.parametrize(
    "model",
    [ConformalRegressor(Diary(), random_state=0), ConformalClassifier(DiaryOfClasses(), random_state=0)],
    ids=["values", "classes"],
)
def test_rows_that_measure_are_not_fitted(model: Any) -> None:
    X = np.arange(200.0).reshape(-1, 1)
    y = np.arange(200) % 2
    groups = np.random.default_rng(0).integers(0, 40, 200)
    times = np.random.default_rng(1).permutation(200)
    for roles in ({}, {"groups": groups}, {"times": times}, {"sample_weight": (groups % 2) * 1.0}):
        Diary.fitted.clear()
        model.fit(X, y, **roles)
        (fitted,), measured = Diary.fitted, model.calibration_rows_
        assert not set(fitted) & set(measured)
        assert len(fitted) + len(measured) == (
            roles["sample_weight"].sum() if "sample_weight" in roles else 200
        )
        if "groups" in roles:
            assert not set(groups[fitted]) & set(groups[measured])
        if "times" in roles:
            assert max(times[fitted]) < min(times[measured])
        if "sample_weight" in roles:
            assert roles["sample_weight"][[*fitted, *measured]].all()


def test_folds_of_cv_plus_follow_groups_and_times() -> None:
    X = np.arange(200.0).reshape(-1, 1)
    groups = np.random.default_rng(0).integers(0, 40, 200)
    times = np.random.default_rng(1).permutation(200)
    for roles in ({"groups": groups}, {"times": times}):
        model = ConformalRegressor(Diary(), method="cv_plus", random_state=0).fit(X, X[:, 0], **roles)
        assert sorted(model.estimator_.rows_) == list(range(200))
        for number, fold in enumerate(model.fold_estimators_):
            measured = model.calibration_rows_[model._fold_of_score == number]
            assert not set(fold.rows_) & set(measured)
            if "groups" in roles:
                assert not set(groups[fold.rows_]) & set(groups[measured])
            else:
                assert max(times[fold.rows_]) < min(times[measured])


def test_a_model_that_memorises_has_intervals_as_wide_as_its_errors() -> None:
    rng = np.random.default_rng(0)
    X, y = linear(1000, rng)
    test, truth = linear(2000, rng)
    model = ConformalRegressor(RandomForestRegressor(30, random_state=0), random_state=0).fit(X, y)
    assert 0.87 < measure_coverage(truth, model.predict_interval(test)).coverage < 0.94


def test_too_few_rows_give_infinite_intervals_and_full_sets_and_say_so() -> None:
    X = np.arange(30.0).reshape(-1, 1)
    with pytest.warns(
        UserWarning, match=r"6 calibration rows are too few .* 0.9: its intervals are infinite"
    ):
        model = ConformalRegressor(LinearRegression(), random_state=0).fit(X, X[:, 0])
    with pytest.warns(UserWarning, match="at least 9 are needed"):
        assert model.predict_interval(X[:2]).tolist() == [[-inf, inf]] * 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(model.predict_interval(X[:2], confidence_level=0.8)).all()
    with pytest.warns(UserWarning, match="every class is in every set"):
        classes = ConformalClassifier(LogisticRegression(), random_state=0).fit(X, np.arange(30) % 2)
    with pytest.warns(UserWarning, match="6 calibration rows"):
        assert classes.predict_set(X).all()
    rare = (np.arange(30) < 5).astype(int)
    with pytest.warns(UserWarning, match="class 1 is in every set"):
        by_class = ConformalClassifier(
            LogisticRegression(), per_class=True, confidence_level=0.7, random_state=0
        ).fit(X, rare)
    with pytest.warns(UserWarning, match="1 calibration row is too few"):
        assert by_class.predict_set(X)[:, 1].all()
    with pytest.warns(UserWarning, match="too few"):
        voting = ConformalRegressor(
            LinearRegression(), method="cv_plus", confidence_level=0.99, random_state=0
        ).fit(X, X[:, 0])
    with pytest.warns(UserWarning, match="30 calibration rows .* at least 99 are needed"):
        assert voting.predict_interval(X[:1]).tolist() == [[-inf, inf]]


def test_votes_in_parts_are_the_votes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    X, y = linear(100, rng)
    model = ConformalRegressor(LinearRegression(), method="cv_plus", random_state=0).fit(X, y)
    whole = model.predict_interval(X)
    monkeypatch.setattr("tabkit.calibration._conformal_regressor._MAX_CELLS", 300)
    np.testing.assert_array_equal(model.predict_interval(X), whole)


def test_coverage_is_counted_and_its_interval_is_exact() -> None:
    truth = np.arange(10.0)
    intervals = np.column_stack([truth - 1, truth + np.where(truth < 7, 1, -0.5)])
    measured = measure_coverage(truth, intervals, by=np.where(truth < 5, "low", "high"))
    assert measured.coverage == 0.7
    assert measured.interval == pytest.approx((0.3475, 0.9333), abs=1e-4)  # Clopper and Pearson's for 7 of 10
    assert measured.mean_size == pytest.approx((7 * 2 + 3 * 0.5) / 10)
    frame = measured.frame()
    assert frame["coverage"].to_dict() == {"all": 0.7, "high": 0.4, "low": 1.0}
    assert frame["n_rows"].tolist() == [10, 5, 5]


def test_coverage_of_groups_has_a_wider_interval() -> None:
    truth = np.repeat(np.arange(20) % 2, 50).astype(float)  # a group is covered as a whole or not at all
    intervals = np.column_stack([np.zeros(1000), np.zeros(1000)])
    groups = np.repeat(np.arange(20), 50)
    low, high = measure_coverage(truth, intervals).interval
    assert high - low < 0.07
    low, high = measure_coverage(truth, intervals, groups=groups).interval
    assert high - low > 0.3


def test_a_class_without_a_column_is_not_covered() -> None:
    sets = np.array([[True, True], [True, False]])
    assert measure_coverage(["b", "new"], sets, classes=["a", "b"]).coverage == 0.5


def test_frames_text_labels_and_a_disordered_index() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=300)}, index=rng.integers(0, 5, 300))
    target = pd.Series(np.where(frame["a"] > 0.1, "yes", "no"), index=frame.index, dtype="category")
    model = ConformalClassifier(LogisticRegression(), random_state=0).fit(frame, target)
    sets = model.predict_set(frame)
    assert sets.shape == (300, 2)
    assert measure_coverage(target, sets, classes=model.classes_).coverage > 0.85
    values = ConformalRegressor(LinearRegression(), random_state=0).fit(
        frame, pd.Series(frame["a"].to_numpy(), index=frame.index)
    )
    assert values.feature_names_in_.tolist() == ["a"]
    np.testing.assert_allclose(np.diff(values.predict_interval(frame), axis=1), 0, atol=1e-9)


def test_what_cannot_be_is_named() -> None:
    X, y = linear(100, np.random.default_rng(0))
    with pytest.raises(InputError, match="confidence_level=95: expected a share between 0 and 1"):
        ConformalRegressor(LinearRegression(), confidence_level=95, random_state=0).fit(X, y)
    with pytest.raises(InputError, match=r"predicts one value for a row, and a low and a high quantile"):
        ConformalRegressor(LinearRegression(), method="quantile", random_state=0).fit(X, y)
    with pytest.raises(InputError, match=r"predicts 3 values for a row: pass method='quantile'"):
        ConformalRegressor(Centre(), random_state=0).fit(X, y)
    with pytest.raises(InputError, match="all rows are of one group"):
        ConformalRegressor(LinearRegression(), random_state=0).fit(X, y, groups=np.zeros(100))
    with pytest.raises(InputError, match=r"expected one row for each of 3 true values, got shape \(2, 2\)"):
        measure_coverage([1, 2, 3], [[0, 1], [0, 1]])
    with pytest.raises(InputError, match=r"sets have 2 columns: pass classes=model\.classes_"):
        measure_coverage([1], np.array([[True, False]]))

"""The calibrated classifier: its contract, which rows calibrate, and which method it keeps."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from contract_checks import contracts, find_broken
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from scipy.special import expit, logit
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_classification
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.svm import LinearSVC

from tabkit import InputError
from tabkit.calibration import CalibratedClassifier, TunedThresholdClassifier
from tabkit.calibration._calibrators import METHODS
from tabkit.metrics import expected_calibration_error


# The check of weights and repetitions asks for 1e-7, and calibrates nothing: its rows are too few. At its own
# tolerance LinearSVC stops 1e-6 apart, by the processor; at this one it has converged.
@contracts(
    "calibrated",
    {
        "with probabilities": lambda: CalibratedClassifier(LogisticRegression(), min_rows=20, random_state=0),
        "with margins": lambda: CalibratedClassifier(LinearSVC(dual=False, tol=1e-10), random_state=0),
        "by fold": lambda: CalibratedClassifier(
            LogisticRegression(), ensemble=True, min_rows=20, random_state=0
        ),
    },
)
def test_contract_of_scikit_learn(build: Callable[[], Any]) -> None:
    assert not (broken := find_broken(build())), broken


@pytest.mark.parametrize("method", ["none", "temperature", "sigmoid", "beta", "isotonic"])
def test_whole_weights_are_repetitions(method: str) -> None:
    X, y = make_classification(80, flip_y=0.2, random_state=0)
    counts = np.random.default_rng(0).integers(0, 4, 80)
    frozen = FrozenEstimator(LogisticRegression().fit(X[:40], y[:40]))
    model = CalibratedClassifier(frozen, method=method, min_isotonic_rows=2, random_state=0)
    weighted = clone(model).fit(X, y, counts)
    repeated = clone(model).fit(X.repeat(counts, axis=0), y.repeat(counts))
    assert weighted.method_ == repeated.method_ == method
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-11)


class Diary(ClassifierMixin, BaseEstimator):
    """Says the probability in the second column; the class remembers rows (first column) by fit."""

    met: list[tuple[list[int], list[int]]] = []

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.rows_ = X[:, 0].astype(int).tolist()
        return self

    def predict_proba(self, X):
        Diary.met.append((self.rows_, X[:, 0].astype(int).tolist()))
        return np.column_stack([1 - X[:, 1], X[:, 1]])


def bent(n_rows: int, seed: int = 0, *, power: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """Rows whose probability of class 1 has log-odds that are stated too large."""
    rng = np.random.default_rng(seed)
    true = rng.normal(-0.5, 1.2, n_rows)
    y = (rng.random(n_rows) < expit(true)).astype(int)
    return np.column_stack([np.arange(n_rows), expit(power * true)]), y


def fit_with_diary(n_rows: int = 200, **roles: np.ndarray) -> list[tuple[list[int], list[int]]]:
    Diary.met.clear()
    X, y = bent(n_rows)
    model = CalibratedClassifier(Diary(), method="sigmoid", random_state=0).fit(X, y, **roles)
    assert sorted(model.estimator_.rows_) == list(range(n_rows)), "the last fit is on all rows"
    assert model.n_calibration_rows_ == sum(len(scored) for _, scored in Diary.met)
    return list(Diary.met)


def test_every_row_calibrates_with_a_model_that_was_not_fitted_on_it() -> None:
    met = fit_with_diary()
    assert sorted(row for _, scored in met for row in scored) == list(range(200))
    assert not any(set(fitted) & set(scored) for fitted, scored in met)


def test_groups_are_not_torn() -> None:
    groups = np.random.default_rng(0).integers(0, 30, 200)
    for fitted, scored in fit_with_diary(groups=groups):
        assert not set(groups[fitted]) & set(groups[scored])


def test_models_that_score_are_fitted_on_earlier_rows() -> None:
    times = pd.date_range("2024-01-01", periods=200, tz="Europe/Berlin").to_numpy()
    times = pd.Series(times).sample(frac=1, random_state=0).astype(str).to_numpy()
    for fitted, scored in fit_with_diary(times=times):
        assert max(times[fitted]) < min(times[scored])


@pytest.mark.filterwarnings("ignore:.*fitted without weights")
def test_rows_without_weight_calibrate_nothing() -> None:
    weight = (np.arange(200) % 4 > 0).astype(float)
    for fitted, scored in fit_with_diary(sample_weight=weight):
        assert weight[fitted].all()
        assert weight[scored].all()


class Stated(Diary):
    """Takes the probability in the second column for granted."""

    def predict_proba(self, X):
        return np.column_stack([1 - X[:, 1], X[:, 1]])


@pytest.mark.parametrize("method", ["temperature", "sigmoid", "beta"])
def test_a_known_distortion_is_undone(method: str) -> None:
    X, y = bent(20_000)
    model = CalibratedClassifier(Stated(), method=method, random_state=0).fit(X, y)
    test = bent(5_000, seed=1)[0]
    np.testing.assert_allclose(
        model.predict_proba(test)[:, 1], expit(logit(np.clip(test[:, 1], 1e-9, 1 - 1e-9)) / 3), atol=0.02
    )


def test_auto_keeps_what_is_good_already_and_repairs_what_is_not() -> None:
    """The honest model may be 'improved' by chance, by next to nothing."""
    for seed in range(6):
        X, y = bent(1500, seed, power=1.0)
        test, labels = bent(20_000, 100 + seed, power=1.0)
        honest = CalibratedClassifier(Stated(), random_state=0).fit(X, y).predict_proba(test)
        assert log_loss(labels, honest) < log_loss(labels, test[:, 1]) + 0.004
        X, y = bent(1500, seed)
        test, labels = bent(20_000, 100 + seed)
        model = CalibratedClassifier(Stated(), random_state=0).fit(X, y)
        assert model.method_ != "none"
        assert expected_calibration_error(labels, model.predict_proba(test)) < 0.03
        assert expected_calibration_error(labels, test[:, 1]) > 0.1


def test_auto_reports_what_each_method_lost_on_rows_it_was_not_fitted_on() -> None:
    X, y = bent(1500)
    model = CalibratedClassifier(Stated(), random_state=0).fit(X, y)
    scores = pd.DataFrame(model.scores_).set_index("method")
    assert list(scores.index) == list(METHODS)
    said = np.clip(X[:, 1], 1e-6, 1 - 1e-6)
    assert scores.loc["none", "log_loss"] == pytest.approx(log_loss(y, said), rel=1e-6)
    assert scores.loc["none", "brier"] == pytest.approx(brier_score_loss(y, said), rel=1e-6)
    # The mean over the folds.
    assert scores.loc["none", "roc_auc"] == pytest.approx(roc_auc_score(y, said), abs=0.01)
    assert scores["log_loss"].idxmin() == model.method_


def rare_class(n_rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The base rate of 4.4 % and the ROC AUC of 0.85 that resampling is judged by."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 6))
    log_odds = X @ np.array([1.0, -0.8, 0.6, 0.4, 0.0, 0.0]) - 4.0
    return X, (rng.random(n_rows) < expit(log_odds)).astype(int)


def test_resampled_models_are_calibrated_on_rows_never_resampled() -> None:
    X, y = rare_class(6000, 0)
    test, labels = rare_class(50_000, 1)
    assert labels.mean() == pytest.approx(0.044, abs=0.004)
    smote = make_pipeline(SMOTE(random_state=0), LogisticRegression())
    brier = {
        name: brier_score_loss(labels, model.fit(X, y).predict_proba(test)[:, 1])
        for name, model in {
            "plain": LogisticRegression(),
            "smote": smote,
            "auto": CalibratedClassifier(smote, random_state=0),
            "temperature": CalibratedClassifier(smote, method="temperature", random_state=0),
        }.items()
    }
    assert brier["smote"] > 3 * brier["plain"]
    assert brier["auto"] < 1.05 * brier["plain"]
    assert brier["temperature"] > 3 * brier["plain"], "temperature has no bias term to repair the base rate"


class Upside(Stated):
    """Says that what is likely is not."""

    def predict_proba(self, X):
        return super().predict_proba(X)[:, ::-1]


@pytest.mark.parametrize("method", METHODS)
def test_no_method_turns_a_ranking_around(method: str) -> None:
    X, y = bent(1500)
    model = CalibratedClassifier(Upside(), method=method, random_state=0).fit(X, y)
    order = np.argsort(Upside().fit(X, y).predict_proba(X)[:, 1])
    assert (np.diff(model.predict_proba(X)[order, 1]) >= -1e-12).all()


def test_what_loses_ranking_is_not_kept() -> None:
    X, y = bent(1500)
    model = CalibratedClassifier(Upside(), random_state=0).fit(X, y)
    scores = pd.DataFrame(model.scores_).set_index("method")
    kept = scores.loc[model.method_, "roc_auc"]
    assert kept >= scores.loc["none", "roc_auc"] - 0.005


@pytest.mark.parametrize("method", ["auto", "sigmoid"])
def test_too_few_rows_are_left_alone_and_named(method: str) -> None:
    X, y = bent(40)
    with pytest.warns(UserWarning, match="not calibrated: 40 rows to calibrate on, and .* needs 50"):
        model = CalibratedClassifier(Stated(), method=method, random_state=0).fit(X, y)
    assert model.method_ == "none"
    np.testing.assert_array_equal(model.predict_proba(X)[:, 1], X[:, 1])
    y = (np.arange(400) < 8).astype(int)
    with pytest.warns(UserWarning, match="8 rows of the rarest class to calibrate on, and 10 are needed"):
        model = CalibratedClassifier(Stated(), method=method, random_state=0).fit(bent(400)[0], y)
    assert "sigmoid" in model.skipped_


def test_steps_need_more_rows() -> None:
    X, y = bent(900)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = CalibratedClassifier(Stated(), random_state=0).fit(X, y)
    assert model.skipped_ == {"isotonic": "900 rows to calibrate on, and isotonic needs 1000"}


def test_a_class_in_one_group_or_the_last_block_only() -> None:
    X, y = bent(300)
    groups = np.where(y == 1, 0, 1 + np.arange(300) % 7)
    with pytest.warns(UserWarning, match="not calibrated"):
        CalibratedClassifier(Stated(), random_state=0).fit(X, y, groups=groups)
    with pytest.warns(UserWarning, match="not calibrated: times: all rows have the same time"):
        CalibratedClassifier(Stated(), random_state=0).fit(X, y, times=np.zeros(300))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("estimator", [LogisticRegression(), LinearSVC()], ids=["proba", "scores"])
def test_probabilities_of_several_classes_sum_to_one(estimator: Any, method: str) -> None:
    X, y = make_classification(1500, n_informative=6, n_classes=3, random_state=0)
    names = np.array(["c", "a", "b"])[y]
    model = CalibratedClassifier(estimator, method=method, random_state=0).fit(X, names)
    proba = model.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-12)
    assert proba.min() >= 0
    assert model.classes_.tolist() == ["a", "b", "c"]
    assert (model.predict(X) == names).mean() > 0.6
    assert len(model.calibrators_) == {"none": 0, "temperature": 1}.get(method, 3)


def test_weights_change_the_model_and_the_calibrators() -> None:
    X, y = make_classification(600, flip_y=0.3, random_state=0)
    weight = np.where(X[:, 0] > 0, 5.0, 0.2)
    plain = CalibratedClassifier(LogisticRegression(), method="sigmoid", random_state=0).fit(X, y)
    for routing in (False, True):
        with config_context(enable_metadata_routing=routing):
            weighted = CalibratedClassifier(LogisticRegression(), method="sigmoid", random_state=0).fit(
                X, y, weight
            )
        assert abs(plain.estimator_.coef_ - weighted.estimator_.coef_).max() > 0.01
        assert abs(plain.calibrators_[0].slope - weighted.calibrators_[0].slope) > 0.01


@pytest.mark.filterwarnings("ignore:.*fitted without weights")
def test_weights_are_repetitions_for_the_calibrators() -> None:
    X, y = bent(400)
    weight = np.random.default_rng(0).integers(1, 4, 400)
    often = np.repeat(np.arange(400), weight)
    for method in METHODS[1:]:
        weighted = CalibratedClassifier(
            FrozenEstimator(Stated().fit(X, y)), method=method, min_isotonic_rows=99, random_state=0
        )
        weighted.fit(X, y, weight)
        repeated = CalibratedClassifier(
            FrozenEstimator(Stated().fit(X, y)), method=method, min_isotonic_rows=99, random_state=0
        )
        repeated.fit(X[often], y[often])
        np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), atol=5e-3)


def test_a_frozen_model_is_calibrated_as_it_is() -> None:
    X, y = bent(600)
    fitted = Stated().fit(X, y)
    model = CalibratedClassifier(FrozenEstimator(fitted), random_state=0).fit(X, y)
    assert model.estimator_.estimator is fitted
    assert model.method_ != "none"


def test_frames_of_text_with_a_disordered_index_pass_through() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"city": rng.choice(["A", "B", None], 300), "size": rng.normal(size=300)})
    frame.index = pd.Index(rng.integers(0, 9, 300))
    target = pd.Series(np.where(frame["size"] + rng.normal(size=300) > 0, "yes", "no"), index=frame.index)
    from tabkit.boosting import LightGBMClassifier

    model = CalibratedClassifier(LightGBMClassifier(n_estimators=10, random_state=0), random_state=0).fit(
        frame, target
    )
    assert model.feature_names_in_.tolist() == ["city", "size"]
    proba = model.predict_proba(frame)[:, 1]
    assert roc_auc_score(target, proba) > 0.7
    again = CalibratedClassifier(LightGBMClassifier(n_estimators=10, random_state=0), random_state=0).fit(
        frame, target
    )
    np.testing.assert_array_equal(again.predict_proba(frame)[:, 1], proba)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(frame)[:, 1], proba)


def test_groups_arrive_through_scikit_learns_routing() -> None:
    X, y = bent(200)
    groups = np.arange(200) // 10
    Diary.met.clear()
    with config_context(enable_metadata_routing=True):
        cross_validate(
            CalibratedClassifier(Diary(), random_state=0),
            X,
            y,
            cv=2,
            params={"groups": groups},
            scoring="roc_auc",
        )
    inner = [(f, s) for f, s in Diary.met if len(s) < 100]
    assert len(inner) == 10
    assert not any(set(groups[fitted]) & set(groups[scored]) for fitted, scored in inner)


def test_folds_of_ones_own_need_not_be_all_rows() -> None:
    X, y = bent(300)
    folds = [(np.arange(100), np.arange(100, 200)), (np.arange(200), np.arange(200, 300))]
    model = CalibratedClassifier(Stated(), method="sigmoid", cv=folds, random_state=0).fit(X, y)
    assert model.n_calibration_rows_ == 200


def test_parameters_are_checked() -> None:
    X, y = bent(100)
    with pytest.raises(InputError, match="'method' parameter of CalibratedClassifier must be a str among"):
        CalibratedClassifier(Stated(), method="platt", random_state=0).fit(X, y)
    with pytest.raises(InputError, match="groups: 3 values for 100 rows"):
        CalibratedClassifier(Stated(), random_state=0).fit(X, y, groups=[1, 2, 3])
    with pytest.raises(ValueError, match="y has 1 class"):
        CalibratedClassifier(Stated(), random_state=0).fit(X, np.zeros(100))


def test_rows_that_folds_test_several_times_count_once() -> None:
    X, y = make_classification(400, random_state=0)
    once = StratifiedKFold(4, shuffle=True, random_state=0)
    folds = list(once.split(X, y))
    for kind in (partial(CalibratedClassifier, method="sigmoid"), TunedThresholdClassifier):
        plain, repeated = (kind(LogisticRegression(), cv=cv).fit(X, y) for cv in (folds, [*folds, *folds]))
        np.testing.assert_allclose(plain.predict_proba(X), repeated.predict_proba(X), rtol=1e-11)
        np.testing.assert_array_equal(plain.predict(X), repeated.predict(X))


def test_a_splitter_that_is_deaf_to_groups_is_named() -> None:
    X, y = make_classification(200, random_state=0)
    model = CalibratedClassifier(LogisticRegression(), cv=StratifiedKFold(4), random_state=0)
    with pytest.warns(
        UserWarning, match="groups do not reach the split inside CalibratedClassifier: pass cv="
    ):
        model.fit(X, y, groups=np.arange(200) // 4)

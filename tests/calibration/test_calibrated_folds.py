"""What scikit-learn's calibrated classifier takes, taken: a model for each fold, processes, metadata."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    BaseCrossValidator,
    KFold,
    LeaveOneOut,
    RepeatedStratifiedKFold,
    StratifiedKFold,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from tabkit import InputError
from tabkit.calibration import CalibratedClassifier
from tabkit.calibration._calibrators import METHODS, calibrate, fit_calibrators
from tabkit.calibration._log_odds import predict_log_odds

N_ROWS = 240
X, Y = make_classification(N_ROWS, n_informative=4, flip_y=0.2, random_state=0)
NUMBERED = np.column_stack([np.arange(N_ROWS), X])
WEIGHTS = np.random.default_rng(0).integers(1, 4, N_ROWS).astype(float)
GROUPS = np.random.default_rng(1).integers(0, 30, N_ROWS)
TIMES = np.random.default_rng(2).permutation(N_ROWS)
ENSEMBLE = pytest.mark.parametrize("ensemble", [False, True], ids=["one", "folds"])


class Asking(ClassifierMixin, BaseEstimator):
    """Remembers the rows of each fit with what belongs to them, and the rows that it predicted then."""

    __metadata_request__fit = {"sample_weight": True, "groups": True, "times": True}
    fits: list[dict[str, Any]] = []

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        groups: Any = None,
        times: Any = None,
        site: Any = None,
        mode: Any = None,
    ) -> Any:
        self.classes_ = np.unique(y)
        roles = {"sample_weight": sample_weight, "groups": groups, "times": times}
        self.fit_ = {"rows": X[:, 0].astype(int), "tested": [], "site": site, "mode": mode, **roles}
        Asking.fits.append(self.fit_)
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        self.fit_["tested"].append(X[:, 0].astype(int))
        return X[:, 1]


@ENSEMBLE
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize(
    ("method", "n_classes"), [("sigmoid", 2), ("sigmoid", 3), ("temperature", 2)], ids=str
)
def test_on_the_same_folds_it_says_what_theirs_says(
    method: str, n_classes: int, weights: Any, ensemble: bool
) -> None:
    """Of decision values, up to where the solver of theirs stops."""
    X, y = make_classification(N_ROWS, n_informative=6, n_classes=n_classes, flip_y=0.2, random_state=0)
    parts = {"estimator": LinearSVC(random_state=0, tol=1e-8, max_iter=100_000), "method": method}
    rest: dict[str, Any] = {"cv": StratifiedKFold(3), "ensemble": ensemble}
    theirs = CalibratedClassifierCV(**parts, **rest).fit(X, y, weights)
    ours = CalibratedClassifier(**parts, **rest, random_state=0).fit(X, y, weights)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-3)
    assert len(ours.calibrated_classifiers_) == len(theirs.calibrated_classifiers_) == (3 if ensemble else 1)
    for one, other in zip(ours.calibrated_classifiers_, theirs.calibrated_classifiers_, strict=True):
        np.testing.assert_allclose(one.estimator.coef_, other.estimator.coef_, atol=1e-4)
        np.testing.assert_allclose(one.predict_proba(X), other.predict_proba(X), atol=1e-3)


@pytest.mark.parametrize("method", METHODS)
def test_each_fold_is_calibrated_by_itself_and_all_are_averaged(method: str) -> None:
    folds = list(StratifiedKFold(3).split(X, Y))
    model = CalibratedClassifier(
        GaussianNB(), method=method, cv=folds, ensemble=True, min_isotonic_rows=2, random_state=0
    ).fit(X, Y, WEIGHTS)
    expected = []
    for train, test in folds:
        fitted = GaussianNB().fit(X[train], Y[train], WEIGHTS[train])
        said = predict_log_odds(fitted, X[test], model.classes_)
        calibrators = fit_calibrators(method, said, Y[test], WEIGHTS[test])
        log_odds = predict_log_odds(fitted, X, model.classes_)
        expected.append(fitted.predict_proba(X) if method == "none" else calibrate(calibrators, log_odds))
    np.testing.assert_allclose(model.predict_proba(X), np.mean(expected, axis=0), rtol=1e-12)
    assert model.method_ == method
    assert [one.method for one in model.calibrated_classifiers_] == [method] * 3
    assert model.n_calibration_rows_ == (0 if method == "none" else N_ROWS)
    assert not hasattr(model, "estimator_")
    assert not hasattr(model, "calibrators_")


def test_auto_chooses_one_method_on_the_rows_of_all_folds() -> None:
    models = [
        CalibratedClassifier(GaussianNB(), ensemble=ensemble, random_state=0).fit(X, Y)
        for ensemble in (False, True)
    ]
    assert models[0].scores_ == models[1].scores_
    assert (
        models[0].skipped_
        == models[1].skipped_
        == {"isotonic": "240 rows to calibrate on, and isotonic needs 1000"}
    )
    assert models[0].method_ == models[1].method_ != "none"


@ENSEMBLE
@pytest.mark.parametrize(
    "roles", [{}, {"groups": GROUPS}, {"times": TIMES}, {"groups": GROUPS, "times": TIMES}], ids=str
)
@pytest.mark.parametrize("weights", [None, np.where(np.arange(N_ROWS) % 4, 1.0, 0.0)], ids=["", "weights"])
def test_no_model_calibrates_on_rows_that_it_was_fitted_on(roles: Any, weights: Any, ensemble: bool) -> None:
    Asking.fits.clear()
    model = CalibratedClassifier(Asking(), method="sigmoid", ensemble=ensemble, random_state=0)
    model.fit(NUMBERED, Y, weights, **roles)
    inner = Asking.fits if ensemble else Asking.fits[:-1]
    assert len(inner) == 5
    if not ensemble:
        np.testing.assert_array_equal(Asking.fits[-1]["rows"], np.arange(N_ROWS))
    given = roles if weights is None else {**roles, "sample_weight": weights}
    for fit in inner:
        rows, (tested,) = fit["rows"], fit["tested"]
        assert not set(rows) & set(tested)
        for name, values in given.items():
            if name != "groups":  # which are numbered anew
                np.testing.assert_array_equal(fit[name], values[rows])
        if weights is not None:
            assert weights[rows].all()
            assert weights[tested].all()
        if "groups" in roles:
            assert not set(GROUPS[rows]) & set(GROUPS[tested])
        if "times" in roles:
            assert TIMES[rows].max() < TIMES[tested].min()
    assert model.n_calibration_rows_ == sum(len(fit["tested"][0]) for fit in inner)
    if ensemble:
        kept = [one.estimator.fit_["rows"].tolist() for one in model.calibrated_classifiers_]
        assert kept == [fit["rows"].tolist() for fit in inner]


@pytest.mark.parametrize("method", METHODS)
def test_whole_weights_are_repetitions_in_every_fold(method: str) -> None:
    often = np.repeat(np.arange(N_ROWS), WEIGHTS.astype(int))
    folds = list(StratifiedKFold(3).split(X, Y))
    repeated = [tuple(np.flatnonzero(np.isin(often, part)) for part in fold) for fold in folds]
    frozen = FrozenEstimator(GaussianNB().fit(X[::2], Y[::2]))
    model = CalibratedClassifier(frozen, method=method, ensemble=True, min_isotonic_rows=2, random_state=0)
    weighted = clone(model).set_params(cv=folds).fit(X, Y, WEIGHTS)
    again = clone(model).set_params(cv=repeated).fit(X[often], Y[often])
    np.testing.assert_allclose(weighted.predict_proba(X), again.predict_proba(X), rtol=1e-9)


@ENSEMBLE
def test_the_number_of_processes_changes_nothing(ensemble: bool) -> None:
    forest = RandomForestClassifier(10, random_state=0)
    one, two = (
        CalibratedClassifier(forest, method="sigmoid", ensemble=ensemble, n_jobs=n_jobs, random_state=0)
        .fit(X, Y, groups=GROUPS)
        .predict_proba(X)
        for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("estimator", "ensemble", "n_models"),
    [
        (GaussianNB(), "auto", 5),
        (GaussianNB(), False, 1),
        (FrozenEstimator(GaussianNB().fit(X, Y)), "auto", 1),
        (FrozenEstimator(GaussianNB().fit(X, Y)), True, 5),
        (None, "auto", 5),
    ],
    ids=str,
)
def test_auto_keeps_one_model_of_a_frozen_one_and_else_one_for_each_fold(
    estimator: Any, ensemble: Any, n_models: int
) -> None:
    model = CalibratedClassifier(estimator, cv=None, ensemble=ensemble, random_state=0).fit(X, Y)
    assert len(model.calibrated_classifiers_) == n_models
    kind = LinearSVC if estimator is None else type(estimator)
    assert all(isinstance(one.estimator, kind) for one in model.calibrated_classifiers_)


def test_folds_that_test_rows_again_each_have_their_model() -> None:
    cv = RepeatedStratifiedKFold(n_splits=5, n_repeats=30, random_state=0)
    model = CalibratedClassifier(GaussianNB(), method="sigmoid", cv=cv, ensemble=True).fit(X, Y)
    assert len(model.calibrated_classifiers_) == 150
    assert model.n_calibration_rows_ == N_ROWS


def test_another_fit_forgets_the_models_of_the_folds() -> None:
    model = CalibratedClassifier(GaussianNB(), method="sigmoid", ensemble=True, random_state=0).fit(X, Y)
    model.set_params(ensemble=False).fit(X, Y)
    alone = CalibratedClassifier(GaussianNB(), method="sigmoid", random_state=0).fit(X, Y)
    np.testing.assert_array_equal(model.predict_proba(X), alone.predict_proba(X))
    assert vars(model).keys() == vars(alone).keys()
    assert not hasattr(model.set_params(ensemble=True).fit(X, Y), "estimator_")


def test_a_fold_without_a_class_is_not_calibrated() -> None:
    order = np.argsort(Y, kind="stable")
    folds = [(np.arange(40, N_ROWS), np.arange(40)), (np.r_[:40, 80:N_ROWS], np.arange(40, 80))]
    assert not Y[order][:80].any()
    model = CalibratedClassifier(GaussianNB(), method="sigmoid", cv=folds, ensemble=True, random_state=0)
    with pytest.warns(UserWarning, match="not calibrated: 0 rows of the rarest class"):
        model.fit(X[order], Y[order])
    folds.append((np.arange(180), np.arange(180, N_ROWS)))
    with pytest.warns(UserWarning, match=r"not calibrated: fold 0 tests no row of class 1, .*ensemble=False"):
        model.set_params(cv=folds).fit(X[order], Y[order])
    assert model.method_ == "none"
    plain = [GaussianNB().fit(X[order][train], Y[order][train]).predict_proba(X) for train, _ in folds]
    np.testing.assert_allclose(model.predict_proba(X), np.mean(plain, axis=0), rtol=1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model.set_params(ensemble=False).fit(X[order], Y[order]).method_ == "sigmoid"


@pytest.mark.parametrize("method", ["auto", "none"])
def test_rows_that_cannot_be_divided_leave_one_model(method: str) -> None:
    model = CalibratedClassifier(GaussianNB(), method=method, ensemble=True, random_state=0)
    with pytest.warns(UserWarning, match="not calibrated: 1 group cannot be divided"):
        model.fit(X, Y, groups=np.zeros(N_ROWS))
    np.testing.assert_array_equal(model.predict_proba(X), GaussianNB().fit(X, Y).predict_proba(X))
    assert len(model.calibrated_classifiers_) == 1


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"cv": "prefit"}, r"cv='prefit': pass sklearn\.frozen\.FrozenEstimator\(model\) as estimator"),
        ({"cv": N_ROWS + 1}, "cv=241: more folds than rows, of which there are 240"),
        ({"cv": LeaveOneOut(), "ensemble": True}, "LeaveOneOut cross-validation does not .*ensemble=False"),
        ({"cv": KFold(150), "ensemble": True}, "Requesting 150-fold cross-validation .*ensemble=False"),
    ],
    ids=["prefit", "more than rows", "one out", "more than rows of a class"],
)
def test_folds_that_cannot_be_meant_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        CalibratedClassifier(GaussianNB(), **parameters).fit(X, Y)


@pytest.mark.parametrize("cv", [LeaveOneOut(), KFold(150)], ids=str)
def test_one_calibrator_of_all_rows_takes_folds_of_any_size(cv: Any) -> None:
    model = CalibratedClassifier(GaussianNB(), method="sigmoid", cv=cv).fit(X, Y)
    assert model.n_calibration_rows_ == N_ROWS


class BySite(BaseCrossValidator):
    __metadata_request__split = {"site": True}

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None, site: Any = None) -> int:
        return len(np.unique(site))

    def split(self, X: Any, y: Any = None, groups: Any = None, site: Any = None) -> Any:
        for one in np.unique(site):
            yield np.flatnonzero(site != one), np.flatnonzero(site == one)


SITES = np.arange(N_ROWS) % 4


@ENSEMBLE
@pytest.mark.parametrize("sites", [SITES, SITES.tolist()], ids=["array", "list"])
def test_metadata_of_any_name_are_divided_with_the_rows(sites: Any, ensemble: bool) -> None:
    Asking.fits.clear()
    with config_context(enable_metadata_routing=True):
        inner = Asking().set_fit_request(site=True, mode=True)
        model = CalibratedClassifier(inner, method="sigmoid", cv=BySite(), ensemble=ensemble)
        model.fit(NUMBERED, Y, site=sites, mode="quick")
        assert len(Asking.fits) == (4 if ensemble else 5)
        for fit in Asking.fits:
            np.testing.assert_array_equal(fit["site"], SITES[fit["rows"]])
            assert fit["mode"] == "quick"
        assert [len(set(fit["site"])) for fit in Asking.fits] == [3, 3, 3, 3] + [4] * (not ensemble)
        with pytest.raises(TypeError, match="unexpected argument"):
            model.fit(NUMBERED, Y, town=sites)
        with pytest.raises(UnsetMetadataPassedError, match="site"):
            CalibratedClassifier(Asking()).fit(NUMBERED, Y, site=sites)


@ENSEMBLE
def test_without_routing_metadata_are_for_the_classifier(ensemble: bool) -> None:
    Asking.fits.clear()
    model = CalibratedClassifier(Asking(), method="sigmoid", ensemble=ensemble, random_state=0)
    model.fit(NUMBERED, Y, groups=GROUPS, site=SITES, mode="quick")
    assert len(Asking.fits) == (5 if ensemble else 6)
    for fit in Asking.fits:
        np.testing.assert_array_equal(fit["site"], SITES[fit["rows"]])
        assert fit["mode"] == "quick"
    with pytest.raises(TypeError, match="town"):
        model.fit(NUMBERED, Y, town=SITES)


TEXTS = [("good " if label else "bad ") + f"word{number % 7}" for number, label in enumerate(Y)]
RECORDS = [{"mood": text.split()[0], "size": float(row[0])} for row, text in zip(X, TEXTS, strict=True)]


class Flat(LogisticRegression):
    """Takes rows of any shape."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        return super().fit(X.reshape(len(X), -1), y, sample_weight)

    def predict_proba(self, X: Any) -> np.ndarray:
        return super().predict_proba(X.reshape(len(X), -1))


@pytest.mark.parametrize(
    ("estimator", "rows"),
    [
        (make_pipeline(CountVectorizer(), LogisticRegression()), TEXTS),
        (
            make_pipeline(CountVectorizer(), LogisticRegression()),
            pd.Series(TEXTS, index=range(N_ROWS, 0, -1)),
        ),
        (make_pipeline(CountVectorizer(), LogisticRegression()), np.array(TEXTS)),
        (make_pipeline(DictVectorizer(), LogisticRegression()), RECORDS),
        (Flat(), X.reshape(N_ROWS, 5, 4)),
    ],
    ids=["texts", "series of texts", "array of texts", "mappings", "arrays"],
)
@ENSEMBLE
def test_rows_that_are_no_table_are_for_the_classifier(estimator: Any, rows: Any, ensemble: bool) -> None:
    model = CalibratedClassifier(estimator, method="sigmoid", ensemble=ensemble, random_state=0)
    model.fit(rows, Y, groups=GROUPS)
    assert not hasattr(model, "n_features_in_")
    proba = model.predict_proba(rows)
    assert proba.shape == (N_ROWS, 2)
    np.testing.assert_allclose(model.predict_proba(rows[:20]), proba[:20], rtol=1e-12)
    assert (model.predict(rows) == Y).mean() > 0.65
    with pytest.raises(InputError, match="X is a table, and CalibratedClassifier was fitted on texts"):
        model.predict_proba(X)
    model.set_params(estimator=LogisticRegression()).fit(X, Y)
    assert model.n_features_in_ == 20
    assert not hasattr(model.set_params(estimator=estimator).fit(rows, Y), "n_features_in_")


def test_a_model_of_a_table_refuses_rows_of_another_kind() -> None:
    model = CalibratedClassifier(LogisticRegression(), method="sigmoid", random_state=0).fit(X, Y)
    for rows in (TEXTS, RECORDS, X[0]):
        with pytest.raises(ValueError, match="Expected 2D array"):
            model.predict_proba(rows)
    with pytest.raises(ValueError, match="dim 3"):
        model.predict_proba(X.reshape(N_ROWS, 5, 4))

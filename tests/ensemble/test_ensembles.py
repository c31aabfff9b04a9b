"""What the ensembles compute, beside scikit-learn's, and what they take."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from ensemble_probes import Endless, Failing
from scipy import sparse
from sklearn import ensemble as sklearn_ensemble
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor, VotingClassifier, VotingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold, RepeatedKFold, cross_val_predict, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from tabkit import InputError
from tabkit.boosting import LightGBMClassifier, LightGBMRegressor
from tabkit.ensemble import (
    FoldBaggingClassifier,
    FoldBaggingRegressor,
    GreedyEnsembleClassifier,
    GreedyEnsembleRegressor,
    StackingClassifier,
    StackingRegressor,
    greedy_weights,
)
from tabkit.model_selection import RoleAwareKFold
from tabkit.model_selection._row_roles import RowRoles, fit_with_roles

FOLDS = KFold(4, shuffle=True, random_state=0)


def classifiers() -> list[tuple[str, Any]]:
    return [
        ("bayes", GaussianNB()),
        ("forest", RandomForestClassifier(10, max_depth=4, random_state=0)),
        ("logistic", LogisticRegression(solver="newton-cholesky", tol=1e-10)),  # solved to the end
    ]


def regressors() -> list[tuple[str, Any]]:
    return [("ridge", Ridge()), ("forest", RandomForestRegressor(10, max_depth=4, random_state=0))]


def make_classes(n_classes: int = 2, n_rows: int = 240) -> tuple[np.ndarray, np.ndarray]:
    X, y = make_classification(
        n_rows, 8, n_informative=5, n_classes=n_classes, flip_y=0.15, class_sep=0.8, random_state=0
    )
    return X, np.array(["a", "b", "c"])[y]


def make_values(n_rows: int = 240) -> tuple[np.ndarray, np.ndarray]:
    return make_regression(n_rows, 6, noise=20.0, random_state=0)


ENSEMBLES = [
    StackingClassifier(classifiers(), random_state=0),
    GreedyEnsembleClassifier(classifiers(), random_state=0),
    FoldBaggingClassifier(classifiers()[1][1], random_state=0),
    StackingRegressor(regressors(), random_state=0),
    GreedyEnsembleRegressor(regressors(), random_state=0),
    FoldBaggingRegressor(regressors()[1][1], random_state=0),
]
each_ensemble = pytest.mark.parametrize("model", ENSEMBLES, ids=lambda e: type(e).__name__)


def data_for(model: Any) -> tuple[np.ndarray, np.ndarray]:
    return make_classes() if hasattr(model, "predict_proba") else make_values()


def predict(model: Any, X: Any) -> np.ndarray:
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("method", ["auto", "predict_proba", "predict"])
@pytest.mark.parametrize("passthrough", [False, True])
def test_stacking_equals_scikit_learns_on_plain_folds(n_classes: int, method: str, passthrough: bool) -> None:
    X, y = make_classes(n_classes)
    settings = {"cv": FOLDS, "passthrough": passthrough, "stack_method": method}
    ours = StackingClassifier(classifiers(), LogisticRegression(max_iter=2000), **settings).fit(X, y)
    theirs = sklearn_ensemble.StackingClassifier(
        classifiers(), LogisticRegression(max_iter=2000), **settings
    ).fit(X, y)
    np.testing.assert_array_equal(ours.transform(X), theirs.transform(X))
    np.testing.assert_array_equal(ours.final_estimator_.coef_, theirs.final_estimator_.coef_)
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    np.testing.assert_array_equal(ours.decision_function(X), theirs.decision_function(X))
    assert list(ours.get_feature_names_out()) == list(theirs.get_feature_names_out())
    assert ours.stack_method_ == theirs.stack_method_


@pytest.mark.parametrize("n_classes", [2, 3])
def test_stacking_of_decisions_equals_scikit_learns(n_classes: int) -> None:
    X, y = make_classes(n_classes)
    members = [("svm", LinearSVC(random_state=0)), ("logistic", LogisticRegression())]
    settings = {"cv": FOLDS, "stack_method": "decision_function"}
    ours = StackingClassifier(members, LogisticRegression(), **settings).fit(X, y)
    theirs = sklearn_ensemble.StackingClassifier(members, LogisticRegression(), **settings).fit(X, y)
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
    auto = StackingClassifier(members, cv=FOLDS).fit(X, y)
    assert auto.stack_method_ == ["decision_function", "predict_proba"]


@pytest.mark.parametrize("passthrough", [False, True])
def test_stacking_of_values_equals_scikit_learns(passthrough: bool) -> None:
    X, y = make_values()
    settings = {"cv": FOLDS, "passthrough": passthrough}
    ours = StackingRegressor(regressors(), Ridge(), **settings).fit(X, y)
    theirs = sklearn_ensemble.StackingRegressor(regressors(), Ridge(), **settings).fit(X, y)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


def test_weighted_stacking_equals_scikit_learns_with_weights_everywhere() -> None:
    X, y = make_values()
    weight = np.random.default_rng(0).uniform(0.1, 3, len(y))
    ours = StackingRegressor(regressors(), Ridge(), cv=FOLDS).fit(X, y, weight)
    theirs = sklearn_ensemble.StackingRegressor(regressors(), Ridge(), cv=FOLDS).fit(
        X, y, sample_weight=weight
    )
    for one, other in zip(ours.estimators_, theirs.estimators_, strict=True):
        np.testing.assert_array_equal(one.predict(X), other.predict(X))
    # Its cross_val_predict forgets the weights where routing is not enabled; ours are in every fit.
    oof = np.column_stack(
        [cross_val_predict(one, X, y, cv=FOLDS, params={"sample_weight": weight}) for _, one in regressors()]
    )
    expected = Ridge().fit(oof, y, sample_weight=weight)
    np.testing.assert_allclose(ours.final_estimator_.coef_, expected.coef_, rtol=1e-12)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_greedy_weights_of_cross_val_predict(n_classes: int) -> None:
    X, y = make_classes(n_classes)
    model = GreedyEnsembleClassifier(classifiers(), cv=FOLDS, metric="brier").fit(X, y)
    stacked = [cross_val_predict(one, X, y, cv=FOLDS, method="predict_proba") for _, one in classifiers()]
    np.testing.assert_array_equal(np.stack(list(model.oof_predictions_.values())), stacked)
    weights = greedy_weights(stacked, y, "brier")
    np.testing.assert_array_equal(model.weights_, weights)
    fitted = [one.fit(X, y).predict_proba(X) for _, one in classifiers()]
    np.testing.assert_allclose(model.predict_proba(X), np.tensordot(weights, fitted, axes=1), atol=1e-14)


def test_members_without_weight_are_not_refitted() -> None:
    X, y = make_values()
    members = [*regressors(), ("hopeless", Ridge(1e9))]
    model = GreedyEnsembleRegressor(members, cv=FOLDS).fit(X, y)
    assert model.weights_[2] == 0
    assert "hopeless" in model.oof_predictions_
    assert list(model.named_estimators_) == [
        m for m, w in zip(dict(members), model.weights_, strict=True) if w
    ]
    assert len(model.estimators_) == (model.weights_ > 0).sum()


def test_bagging_equals_the_mean_of_models_fitted_by_hand() -> None:
    X, y = make_classes(3)
    model = FoldBaggingClassifier(GaussianNB(), cv=FOLDS).fit(X, y)
    by_hand = [GaussianNB().fit(X[train], y[train]).predict_proba(X) for train, _ in FOLDS.split(X)]
    np.testing.assert_allclose(model.predict_proba(X), np.mean(by_hand, axis=0), atol=1e-14)
    expected = cross_val_predict(GaussianNB(), X, y, cv=FOLDS, method="predict_proba")
    np.testing.assert_array_equal(model.oof_prediction_, expected)


def test_rows_that_are_tested_several_times_have_the_mean() -> None:
    X, y = make_values()
    cv = RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)
    model = FoldBaggingRegressor(Ridge(), cv=cv).fit(X, y)
    total = np.zeros(len(y))
    for train, test in cv.split(X):
        total[test] += Ridge().fit(X[train], y[train]).predict(X[test])
    np.testing.assert_allclose(model.oof_prediction_, total / 2)
    assert len(model.estimators_) == 6
    X, y = make_classes()
    with pytest.raises(InputError, match="labels, which 'bayes' predicts, have no mean"):
        StackingClassifier(classifiers(), cv=cv, stack_method="predict").fit(X, y)


@each_ensemble
def test_weights_change_the_model(model: Any) -> None:
    X, y = data_for(model)
    weight = np.where(X[:, 0] > 0, 10.0, 0.1)
    plain, weighted = clone(model).fit(X, y), clone(model).fit(X, y, weight)
    assert abs(predict(plain, X) - predict(weighted, X)).max() > 0.02 * predict(plain, X).std()


@each_ensemble
def test_same_numbers_for_any_number_of_jobs_and_after_pickling(model: Any) -> None:
    X, y = data_for(model)
    one = clone(model).set_params(n_jobs=1).fit(X, y)
    two = clone(model).set_params(n_jobs=2).fit(X, y)
    # Up to rounding: the processes of the jobs have one thread each, whatever this one has.
    np.testing.assert_allclose(predict(one, X), predict(two, X), rtol=1e-9)
    np.testing.assert_array_equal(predict(pickle.loads(pickle.dumps(one)), X), predict(one, X))


@each_ensemble
def test_a_random_state_object_is_not_shared_between_jobs(model: Any) -> None:
    X, y = data_for(model)
    values = [
        predict(clone(model).set_params(random_state=np.random.RandomState(3), n_jobs=n).fit(X, y), X)
        for n in (1, 2)
    ]
    np.testing.assert_allclose(*values, rtol=1e-9)


@each_ensemble
def test_global_generator_is_not_touched(model: Any) -> None:
    X, y = data_for(model)
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - it is what must not change
    clone(model).set_params(random_state=None).fit(X, y)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.slow
@each_ensemble
def test_frames_with_any_index_equal_arrays(model: Any) -> None:
    X, y = data_for(model)
    frame = pd.DataFrame(X, columns=[f"c{i}" for i in range(X.shape[1])], index=np.arange(len(X)) // 2)
    target = pd.Series(y, index=np.arange(len(X))[::-1])
    np.testing.assert_array_equal(
        predict(clone(model).fit(frame, target), frame), predict(clone(model).fit(X, y), X)
    )
    fitted = clone(model).fit(frame, target)
    np.testing.assert_array_equal(predict(fitted, frame[frame.columns[::-1]]), predict(fitted, frame))
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(frame[frame.columns[1:]])


def test_a_table_as_it_comes(awkward_frame: Any) -> None:
    frame = awkward_frame("multiclass")
    X, y = frame.drop(columns="outcome"), frame["outcome"]
    boosted = LightGBMClassifier(n_estimators=10, random_state=0, n_jobs=1)
    members = [("fast", boosted), ("slow", clone(boosted).set_params(learning_rate=0.02))]
    for model in (
        StackingClassifier(members, random_state=0),
        StackingClassifier(members, passthrough=True, random_state=0),
        StackingClassifier(members, boosted, passthrough=True, random_state=0),
        GreedyEnsembleClassifier(members, random_state=0),
        FoldBaggingClassifier(boosted, random_state=0),
    ):
        proba = model.fit(X, y).predict_proba(X)
        np.testing.assert_allclose(proba.sum(axis=1), 1.0)
        assert (model.predict(X) == y).mean() > 0.5
        assert model.__sklearn_tags__().input_tags.allow_nan


def test_a_table_of_values_with_passthrough(awkward_frame: Any) -> None:
    frame = awkward_frame("regression")
    X, y = frame.drop(columns="outcome"), frame["outcome"]
    members = [("boosted", LightGBMRegressor(n_estimators=30, random_state=0, n_jobs=1))]
    model = StackingRegressor(members, passthrough=True, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.3
    assert list(model.transform(X).columns) == list(model.get_feature_names_out())


@each_ensemble
def test_sparse_equals_dense(model: Any) -> None:
    X, y = data_for(model)
    X = np.where(abs(X) < 0.5, 0.0, X)
    one = LogisticRegression() if hasattr(model, "predict_proba") else Ridge(solver="lsqr", tol=1e-12)
    inside = [("one", one)] if hasattr(model, "estimators") else one
    model = clone(model).set_params(**{"estimators" if hasattr(model, "estimators") else "estimator": inside})
    expected = predict(clone(model).fit(X, y), X)
    for kind in (sparse.csr_matrix, sparse.coo_array):
        np.testing.assert_allclose(predict(clone(model).fit(kind(X), y), kind(X)), expected, rtol=1e-4)


def test_sparse_passthrough_stays_sparse() -> None:
    X, y = make_values()
    model = StackingRegressor(regressors(), Ridge(), passthrough=True, random_state=0)
    assert sparse.issparse(model.fit(sparse.csr_array(X), y).transform(sparse.csr_array(X)))


def test_a_class_that_a_fold_lacks_has_its_column() -> None:
    rng = np.random.default_rng(0)
    y = np.r_[np.repeat(["a", "b"], 45), np.repeat("rare", 10)]
    X = rng.normal(size=(100, 3)) + 2 * np.searchsorted(np.unique(y), y)[:, None]
    groups = np.r_[np.tile(np.arange(9), 10), np.full(10, 9)]  # all rows of the rare class are of one group
    members = [("bayes", GaussianNB()), ("svm", LinearSVC())]
    for model in (
        StackingClassifier(members, random_state=0),
        StackingClassifier(members[:1], random_state=0),
        GreedyEnsembleClassifier(members[:1], random_state=0),
        FoldBaggingClassifier(GaussianNB(), random_state=0),
    ):
        proba = model.fit(X, y, groups=groups).predict_proba(X)
        assert proba.shape == (100, 3)
        np.testing.assert_allclose(proba.sum(axis=1), 1.0)
    oof = model.oof_prediction_
    np.testing.assert_allclose(oof.sum(axis=1), 1.0)
    assert (oof[y == "rare", 2] == 0).all(), "no model that predicts them saw the class"


def test_a_class_that_comes_late_is_known_to_the_stack_as_far_as_can_be() -> None:
    rng = np.random.default_rng(0)
    X, times = rng.normal(size=(120, 3)), np.arange(120)
    y = np.where(times >= 110, "new", np.where(X[:, 0] > 0, "yes", "no"))
    model = StackingClassifier([("bayes", GaussianNB())], random_state=0).fit(X, y, times=times)
    assert model.classes_.tolist() == ["new", "no", "yes"]
    assert model.predict_proba(X).shape == (120, 3)
    # A class that no row with predictions has: the earliest.
    y = np.where(times < 10, "old", np.where(X[:, 0] > 0, "yes", "no"))
    model = StackingClassifier([("bayes", GaussianNB())], random_state=0).fit(X, y, times=times)
    assert model.final_estimator_.classes_.tolist() == ["no", "yes"]
    assert (model.predict_proba(X)[:, 1] == 0).all()


def test_labels_reach_the_members_as_they_are() -> None:
    X, y = make_classes()
    members = [("weighted", LogisticRegression(class_weight={"a": 9.0, "b": 1.0}))]
    for model in (StackingClassifier(members), GreedyEnsembleClassifier(members)):
        assert model.fit(X, y).named_estimators_["weighted"].classes_.tolist() == ["a", "b"]


@pytest.mark.parametrize("kind", ["category", "string", "bool", "Int64"])
def test_labels_of_any_type(kind: str) -> None:
    X, y = make_classes()
    target = (
        pd.Series((y == "b").astype(int)).astype(str if kind in ("category", "string") else int).astype(kind)
    )
    for model in ENSEMBLES[:3]:
        fitted = clone(model).fit(X, target)
        assert len(fitted.classes_) == 2
        assert (fitted.predict(X) == target.to_numpy()).mean() > 0.6


@pytest.mark.parametrize(
    "model", [e for e in ENSEMBLES if hasattr(e, "estimators")], ids=lambda e: type(e).__name__
)
def test_parameters_of_estimators_by_name(model: Any) -> None:
    X, y = data_for(model)
    model = clone(model).set_params(forest__n_estimators=3)
    assert model.get_params()["forest__n_estimators"] == 3
    assert model.named_estimators["forest"].n_estimators == 3
    assert model.named_estimators["forest"] is not dict(ENSEMBLES[0].estimators)["forest"]
    dropped = model.set_params(forest="drop").fit(X, y)
    assert dropped.get_params()["forest"] == "drop"
    assert not any(
        isinstance(one, RandomForestClassifier | RandomForestRegressor) for one in dropped.estimators_
    )
    if hasattr(dropped, "weights_"):
        assert dropped.weights_[[name for name, _ in dropped.estimators].index("forest")] == 0
        assert dropped.weights_.sum() == pytest.approx(1.0)
    else:
        assert dropped.named_estimators_["forest"] == "drop"
    with pytest.raises(ValueError, match="Invalid parameter 'nobody'"):
        model.set_params(nobody__depth=3)


def test_search_over_an_ensemble_follows_groups() -> None:
    X, y = make_classes()
    stack = StackingClassifier([("lightgbm", LightGBMClassifier(n_jobs=1, random_state=0))], random_state=0)
    grid = {"lightgbm__n_estimators": [2, 20], "passthrough": [False]}
    search = GridSearchCV(stack, grid, cv=RoleAwareKFold(3, random_state=0))
    fit_with_roles(search, X, y, RowRoles.check(len(y), np.ones(len(y)), np.arange(len(y)) // 4))
    assert search.best_params_["lightgbm__n_estimators"] == 20
    assert search.best_score_ > 0.6


def test_nested_ensembles_and_pipelines() -> None:
    X, y = make_classes()
    members = [(name, make_pipeline(StandardScaler(), one)) for name, one in classifiers()[::2]]
    inner = GreedyEnsembleClassifier(members, cv=3)
    outer = StackingClassifier([("greedy", inner), ("bagged", FoldBaggingClassifier(GaussianNB()))], cv=2)
    score = cross_val_score(make_pipeline(StandardScaler(), outer), X, y, cv=2).mean()
    assert score > 0.6
    assert "greedy__logistic__logisticregression__C" in outer.get_params()


def test_defaults_of_the_final_estimator() -> None:
    X, y = make_values()
    model = StackingRegressor(regressors(), random_state=0).fit(X, y)
    assert (model.final_estimator_.coef_ >= 0).all()
    X, y = make_classes()
    stack = StackingClassifier(classifiers(), cv=FOLDS).fit(X, y)
    assert stack.score(X, y) > 0.6
    proba = np.array([[0.0, 0.2], [1.0, 0.8]])
    from tabkit.ensemble._final_estimators import log_odds

    np.testing.assert_allclose(log_odds(proba)[:, 1], np.log([0.25, 4.0]))
    assert np.isfinite(log_odds(proba)).all()
    assert log_odds(proba)[0, 0] == pytest.approx(-log_odds(proba)[1, 0])


def test_final_estimator_without_probabilities_has_none() -> None:
    X, y = make_classes()
    model = StackingClassifier(classifiers(), LinearSVC()).fit(X, y)
    assert not hasattr(model, "predict_proba")
    assert model.decision_function(X).shape == (len(y),)


def test_set_output_does_not_change_the_predictions() -> None:
    X, y = make_classes()
    model = StackingClassifier(classifiers(), cv=FOLDS).fit(X, y)
    before = model.predict_proba(X)
    model.set_output(transform="pandas")
    assert list(model.transform(X).columns) == list(model.get_feature_names_out())
    np.testing.assert_array_equal(model.predict_proba(X), before)


def test_voting_of_scikit_learn_hears_everything_through_fit_with_roles() -> None:
    from ensemble_probes import Diary, ProbeClassifier, ProbeRegressor

    X, y = make_classes()
    X[:, 0] = np.arange(len(X))
    roles = RowRoles.check(len(y), np.arange(1, len(y) + 1), np.arange(len(y)) // 5, np.arange(len(y)))
    for voting, probe in ((VotingClassifier, ProbeClassifier), (VotingRegressor, ProbeRegressor)):
        Diary.forget()
        deaf = KNeighborsClassifier() if voting is VotingClassifier else LinearRegression()
        target = y if voting is VotingClassifier else X[:, 1]
        piped = make_pipeline(StandardScaler().set_output(), probe("piped"))
        fit_with_roles(
            voting([("plain", probe("plain")), ("piped", piped), ("deaf", deaf)]), X, target, roles
        )
        for name in ("plain", "piped"):
            heard = Diary.calls[name][0].roles
            for role, values in roles.present.items():
                np.testing.assert_array_equal(heard[role], values)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"estimators": []}, r"Invalid 'estimators' attribute, expected a list of pairs .* got \[\]"),
        ({"estimators": [GaussianNB()]}, "expected a list of pairs of a name and an estimator, and one is"),
        ({"estimators": [("a", GaussianNB()), ("a", GaussianNB())]}, "several have the name 'a'"),
        ({"estimators": [("a__b", GaussianNB())]}, "the name 'a__b' is empty, has '__'"),
        ({"estimators": [("cv", GaussianNB())]}, "the name 'cv' is"),
        ({"estimators": [("a", "drop")]}, "all are dropped"),
        ({"estimators": [("a", GaussianNB)]}, "'a' is .* expected an estimator, or 'drop'"),
        ({"estimators": [("a", "dorp")]}, "'a' is 'dorp': expected an estimator, or 'drop'"),
        (
            {"estimators": [("a", Ridge())]},
            r"'a' \(Ridge\) is (no classifier|a regressor, and the labels are no numbers: 'b')",
        ),
        ({"cv": None}, "cv=None: expected a number of folds or a splitter"),
        ({"cv": "postfit"}, "cv='postfit': expected a number of folds or a splitter"),
        ({"cv": 1}, "n_splits=1: at least 2"),
        ({"cv": [([0, 1, 2], [2, 3])]}, "fold 0 trains on rows that it tests"),
        ({"cv": []}, "gives no fold"),
        ({"cv": [([], [2, 3])]}, "fold 0 has 0 training and 2 test rows"),
    ],
)
def test_what_cannot_be_used_is_named(changes: dict[str, Any], message: str) -> None:
    X, y = make_classes()
    for kind in (StackingClassifier, GreedyEnsembleClassifier):
        with pytest.raises(InputError, match=message):
            kind(**{"estimators": classifiers(), **changes}).fit(X, y)


def test_other_parameters_that_cannot_be_used_are_named() -> None:
    X, y = make_classes()
    with pytest.raises(
        InputError, match=r"'stack_method' parameter of StackingClassifier must be a str among .* Got 'proba'"
    ):
        StackingClassifier(classifiers(), stack_method="proba").fit(X, y)
    with pytest.raises(
        InputError, match=r"'svm' \(LinearSVC\) does not implement the method predict_proba: wrap it in"
    ):
        GreedyEnsembleClassifier([("svm", LinearSVC())]).fit(X, y)
    with pytest.raises(
        InputError,
        match=r"'refit' parameter of FoldBaggingClassifier must be .* a str among {'auto'}. Got 'never'",
    ):
        FoldBaggingClassifier(GaussianNB(), refit="never").fit(X, y)
    with pytest.raises(InputError, match="estimator=Ridge: expected a classifier"):
        FoldBaggingClassifier(Ridge()).fit(X, y)
    with pytest.raises(InputError, match="expected an estimator"):
        FoldBaggingRegressor(Ridge).fit(X, X[:, 0])
    last = np.flatnonzero(y == "b")[:20]
    with pytest.raises(InputError, match=r"all rows with out-of-fold predictions \(20\) are of class 'b'"):
        StackingClassifier(classifiers(), cv=[(np.setdiff1d(np.arange(len(y)), last), last)]).fit(X, y)


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_member_that_fails_is_named(n_jobs: int) -> None:
    X, y = make_classes()
    members = [("bayes", GaussianNB()), ("unlucky", Failing())]
    for kind in (StackingClassifier, GreedyEnsembleClassifier):
        with pytest.raises(ValueError, match=r"^estimator 'unlucky': no luck"):
            kind(members, n_jobs=n_jobs).fit(X, y)


def test_a_final_estimator_that_fails_or_is_no_classifier_is_named() -> None:
    X, y = make_classes()
    with pytest.raises(ValueError, match=r"^estimator 'final_estimator': no luck"):
        StackingClassifier(classifiers(), Failing()).fit(X, y)
    for wrong in (Ridge(), Ridge, "logistic"):
        with pytest.raises(InputError, match=r"final_estimator=.*: expected a classifier, or None"):
            StackingClassifier(classifiers(), wrong).fit(X, y)


def test_predictions_that_are_not_finite_are_named() -> None:
    X, y = make_values()
    for kind in (StackingRegressor, GreedyEnsembleRegressor):
        with pytest.raises(InputError, match="estimator 'endless': its out-of-fold predictions are not all"):
            kind([*regressors(), ("endless", Endless())]).fit(X, y)


def test_numbered_columns_come_along() -> None:
    X, y = make_values()
    model = StackingRegressor(regressors(), Ridge(), passthrough=True, random_state=0).fit(pd.DataFrame(X), y)
    assert list(model.transform(pd.DataFrame(X)).columns) == list(model.get_feature_names_out())
    expected = StackingRegressor(regressors(), Ridge(), passthrough=True, random_state=0).fit(X, y)
    np.testing.assert_allclose(model.predict(pd.DataFrame(X)), expected.predict(X), rtol=1e-9)


def test_rows_without_weight_make_no_fold() -> None:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(200, 2))
    y = (X[:, 0] + generator.normal(size=200) > 0).astype(int)
    weight = np.r_[np.zeros(100), np.ones(100)]
    model = StackingClassifier([("one", LogisticRegression())], random_state=0)
    model.fit(X, y, weight, times=np.arange(200))
    assert (weight[model.oof_rows_] > 0).all()


def test_a_member_whose_labels_are_others_is_refused() -> None:
    class Codes(ClassifierMixin, BaseEstimator):
        def fit(self, X: Any, y: Any) -> Codes:
            self.classes_ = np.arange(len(np.unique(y)))
            return self

        def predict_proba(self, X: Any) -> np.ndarray:
            return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))

    X, y = make_classes()
    with pytest.raises(InputError, match="the label 0 is none of the classes"):
        GreedyEnsembleClassifier([("codes", Codes())]).fit(X, y)

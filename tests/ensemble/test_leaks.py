"""Which rows reach which fit: no prediction of the out-of-fold ones comes from a model that saw the row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from ensemble_probes import Call, Diary, Memoriser, ProbeClassifier, ProbeRegressor
from sklearn.base import is_classifier
from sklearn.model_selection import KFold, TimeSeriesSplit
from sklearn.tree import DecisionTreeClassifier

from tabkit.boosting import LightGBMClassifier
from tabkit.ensemble import (
    FoldBaggingClassifier,
    FoldBaggingRegressor,
    GreedyEnsembleClassifier,
    GreedyEnsembleRegressor,
    StackingClassifier,
    StackingRegressor,
)
from tabkit.model_selection import RoleAwareKFold
from tabkit.model_selection._row_roles import RowRoles, fit_with_roles

N = 60
RNG = np.random.default_rng(0)
X = np.column_stack([np.arange(N), RNG.normal(size=N)])
LABELS = np.array(["no", "yes"])[RNG.integers(0, 2, N)]
WEIGHTS = RNG.uniform(1, 2, N)
GROUPS = RNG.permutation(N) // 5
TIMES = pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 40, N), unit="D")

CLASSIFIERS = [("one", ProbeClassifier("one")), ("two", ProbeClassifier("two"))]
REGRESSORS = [("one", ProbeRegressor("one")), ("two", ProbeRegressor("two"))]
ENSEMBLES = [
    StackingClassifier(CLASSIFIERS, random_state=0),
    StackingRegressor(REGRESSORS, random_state=0),
    GreedyEnsembleClassifier(CLASSIFIERS, random_state=0),
    GreedyEnsembleRegressor(REGRESSORS, random_state=0),
    FoldBaggingClassifier(ProbeClassifier("one"), random_state=0),
    FoldBaggingRegressor(ProbeRegressor("one"), random_state=0),
]
each_ensemble = pytest.mark.parametrize("ensemble", ENSEMBLES, ids=lambda e: type(e).__name__)


def fit_and_read(ensemble: Any, **roles: Any) -> tuple[Any, list[Call]]:
    """Fit, and return the calls of the fits on folds: those that predicted."""
    Diary.forget()
    y = LABELS if is_classifier(ensemble) else RNG.normal(size=N)
    ensemble.fit(X, y, **roles)
    calls = [call for of_probe in Diary.calls.values() for call in of_probe]
    return ensemble, [call for call in calls if call.predicted]


def rows_predicted(call: Call) -> np.ndarray:
    return np.concatenate(call.predicted)


@each_ensemble
@pytest.mark.parametrize(
    "roles",
    [{}, {"groups": GROUPS}, {"times": TIMES}, {"groups": GROUPS, "times": TIMES}],
    ids=lambda roles: "+".join(roles) or "none",
)
def test_no_row_is_predicted_by_a_model_that_saw_it(ensemble: Any, roles: dict[str, Any]) -> None:
    _, calls = fit_and_read(ensemble, **roles)
    assert calls
    for call in calls:
        assert not set(rows_predicted(call)) & set(call.rows)
        if "groups" in roles:
            assert not set(GROUPS[rows_predicted(call)]) & set(GROUPS[call.rows])
        if "times" in roles:
            assert TIMES[call.rows].max() < TIMES[rows_predicted(call)].min()


@each_ensemble
def test_every_row_is_tested_once_where_nothing_goes_forward(ensemble: Any) -> None:
    ensemble, calls = fit_and_read(ensemble, groups=GROUPS)
    n_members = len(Diary.calls)
    assert sorted(np.concatenate([rows_predicted(call) for call in calls])) == sorted(
        list(range(N)) * n_members
    )
    assert ensemble.oof_rows_.tolist() == list(range(N))


@each_ensemble
def test_only_rows_with_predictions_count_forward_in_time(ensemble: Any) -> None:
    ensemble, calls = fit_and_read(ensemble, times=TIMES)
    expected = np.unique(np.concatenate([rows_predicted(call) for call in calls]))
    assert ensemble.oof_rows_.tolist() == expected.tolist()
    assert 0 < len(expected) < N
    assert TIMES[np.setdiff1d(np.arange(N), expected)].max() < TIMES[expected].min()


@each_ensemble
def test_roles_arrive_row_by_row(ensemble: Any) -> None:
    fit_and_read(ensemble, sample_weight=WEIGHTS, groups=GROUPS, times=TIMES)
    codes = pd.factorize(GROUPS)[0]
    calls = [call for of_probe in Diary.calls.values() for call in of_probe]
    for call in calls:
        np.testing.assert_array_equal(call.roles["sample_weight"], WEIGHTS[call.rows])
        np.testing.assert_array_equal(call.roles["groups"], codes[call.rows])
        np.testing.assert_array_equal(call.roles["times"], TIMES.to_numpy()[call.rows])


@each_ensemble
def test_the_models_that_predict_later_know_the_latest_rows(ensemble: Any) -> None:
    ensemble, _ = fit_and_read(ensemble, times=TIMES)
    assert ensemble.estimators_
    for fitted in ensemble.estimators_:
        assert sorted(fitted.call_.rows) == list(range(N))


def test_final_estimator_gets_the_roles_of_the_rows_it_is_fitted_on() -> None:
    model = StackingClassifier(CLASSIFIERS, ProbeClassifier("final"), random_state=0)
    model, _ = fit_and_read(model, sample_weight=WEIGHTS, groups=GROUPS, times=TIMES)
    call = model.final_estimator_.call_
    rows = model.oof_rows_
    np.testing.assert_array_equal(call.roles["sample_weight"], WEIGHTS[rows])
    np.testing.assert_array_equal(call.roles["groups"], pd.factorize(GROUPS)[0][rows])
    np.testing.assert_array_equal(call.roles["times"], TIMES.to_numpy()[rows])


@pytest.mark.parametrize("refit", [False, "auto"])
def test_bagging_keeps_the_models_of_the_folds(refit: Any) -> None:
    model, calls = fit_and_read(FoldBaggingClassifier(ProbeClassifier("one"), refit=refit, random_state=0))
    assert [one.call_ for one in model.estimators_] == calls
    assert len(calls) == 5


def test_bagging_refits_on_request() -> None:
    model, calls = fit_and_read(FoldBaggingClassifier(ProbeClassifier("one"), refit=True, random_state=0))
    assert len(calls) == 5
    assert [sorted(one.call_.rows) for one in model.estimators_] == [list(range(N))]


def test_bagging_without_refit_forward_in_time_averages_the_folds() -> None:
    model = FoldBaggingClassifier(ProbeClassifier("one"), refit=False, random_state=0)
    model, calls = fit_and_read(model, times=TIMES)
    assert [one.call_ for one in model.estimators_] == calls
    assert len(calls) > 1


def test_splitters_of_scikit_learn_by_row_order() -> None:
    model, calls = fit_and_read(StackingClassifier(CLASSIFIERS, cv=TimeSeriesSplit(4)))
    assert all(call.rows.max() < rows_predicted(call).min() for call in calls)
    assert len(model.oof_rows_) == 48


@each_ensemble
def test_a_splitter_that_hears_nothing_of_groups_is_named(ensemble: Any) -> None:
    y = LABELS if is_classifier(ensemble) else X[:, 1]
    deaf = ensemble.__class__(**{**ensemble.get_params(deep=False), "cv": KFold(3)})
    with pytest.warns(UserWarning, match=r"^groups do not reach the split inside .*: pass cv="):
        deaf.fit(X, y, groups=GROUPS)


@each_ensemble
def test_roles_arrive_through_fit_with_roles(ensemble: Any) -> None:
    Diary.forget()
    y = LABELS if is_classifier(ensemble) else X[:, 1]
    fit_with_roles(ensemble, X, y, RowRoles.check(N, WEIGHTS, GROUPS, TIMES))
    for call in [call for of_probe in Diary.calls.values() for call in of_probe if call.predicted]:
        assert TIMES[call.rows].max() < TIMES[rows_predicted(call)].min()
        assert not set(GROUPS[rows_predicted(call)]) & set(GROUPS[call.rows])


def mann_whitney_interval(n: int) -> float:
    """Four standard deviations of the AUC of noise, for n rows of each of two classes."""
    return 4.0 * float(np.sqrt((2 * n + 1) / (12 * n * n)))


@pytest.mark.parametrize("roles", [(), ("groups",), ("times",)], ids=str)
def test_shuffled_labels_teach_a_stack_of_overfitting_members_nothing(roles: tuple[str, ...]) -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(1)
    n = 600
    table = np.column_stack([np.arange(2 * n), rng.normal(size=(2 * n, 3))])
    y = rng.permutation(np.repeat([0, 1], n))
    given = {"groups": np.arange(n) // 3, "times": np.arange(n)}
    members = [
        ("memory", Memoriser()),
        ("tree", DecisionTreeClassifier(random_state=0)),
        ("lightgbm", LightGBMClassifier(n_estimators=20, random_state=0, n_jobs=1)),
    ]
    model = StackingClassifier(members, random_state=0)
    model.fit(table[:n], y[:n], **{role: given[role] for role in roles})
    auc = roc_auc_score(y[n:], model.predict_proba(table[n:])[:, 1])
    assert abs(auc - 0.5) < mann_whitney_interval(n // 2)
    # Of a label that is noise the final estimator learnt no more than a coin: a leak says 0 and 1.
    proba = model.predict_proba(table[n:])[:, 1]
    assert proba.min() > 0.2
    assert proba.max() < 0.8


def test_shuffled_labels_score_at_chance_out_of_fold() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(2)
    table, y = (
        np.column_stack([np.arange(600), rng.normal(size=600)]),
        rng.permutation(np.repeat([0, 1], 300)),
    )
    model = FoldBaggingClassifier(Memoriser(), cv=RoleAwareKFold(5, random_state=0)).fit(table, y)
    auc = roc_auc_score(y[model.oof_rows_], model.oof_prediction_[:, 1])
    assert abs(auc - 0.5) < mann_whitney_interval(300)

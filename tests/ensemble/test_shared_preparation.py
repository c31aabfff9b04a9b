"""Members that begin with the same transformer: it is fitted once per fold, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin, clone, is_classifier
from sklearn.ensemble import AdaBoostClassifier
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.random_projection import GaussianRandomProjection
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tabkit.catalog import make_model
from tabkit.data import Task
from tabkit.ensemble import (
    FoldBaggingClassifier,
    GreedyEnsembleClassifier,
    GreedyEnsembleRegressor,
    StackingClassifier,
    StackingRegressor,
)
from tabkit.model_selection import RoleAwareKFold
from tabkit.model_selection._row_roles import fit_with_roles
from tabkit.model_selection._shared_steps import group_by_first_step
from tabkit.preprocessing import TablePreprocessor

N = 90
RNG = np.random.default_rng(0)
X = pd.DataFrame({"a": RNG.normal(size=N), "b": RNG.normal(size=N), "c": RNG.choice(["x", "y", "z"], N)})
NUMBERS = X[["a", "b"]]
LABELS = np.array(["no", "yes"])[(X["a"] + RNG.normal(size=N) > 0).astype(int)]
VALUES = X["a"].to_numpy() + RNG.normal(size=N)
WEIGHTS = RNG.integers(1, 4, N).astype(float)


class Counting(TransformerMixin, BaseEstimator):
    """Scales, remembers which rows it was fitted on and how often it transformed, and may take weights."""

    fits: list[tuple[int, ...]] = []
    n_transforms = 0
    __metadata_request__fit = {"sample_weight": True}

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        Counting.fits.append(tuple(X.index))
        self.mean_ = np.average(X.to_numpy(), axis=0, weights=sample_weight)
        return self

    def transform(self, X: Any) -> np.ndarray:
        Counting.n_transforms += 1
        return (X.to_numpy() - self.mean_) * self.factor

    @classmethod
    def forget(cls) -> None:
        cls.fits, cls.n_transforms = [], 0


class Overwriting(RegressorMixin, BaseEstimator):
    """Writes into the rows that it is handed, at fit and at prediction."""

    def fit(self, X: Any, y: Any) -> Any:
        X *= 1000.0
        self.mean_ = float(np.mean(y)) + float(np.sum(X)) * 1e-9
        return self

    def predict(self, X: Any) -> np.ndarray:
        X *= 0.0
        return np.full(len(X), self.mean_)


def members_of(kind: str, *first_steps: Callable[[], Any]) -> list[tuple[str, Any]]:
    models: list[Any] = [LogisticRegression(), DecisionTreeClassifier(random_state=0)]
    if kind == "regression":
        models = [Ridge(), DecisionTreeRegressor(random_state=0)]
    return [
        (f"{number}_{type(model).__name__.lower()}", Pipeline([("prepare", make()), ("model", model)]))
        for number, make in enumerate(first_steps)
        for model in models
    ]


ENSEMBLES = {
    "stacking": lambda members: StackingClassifier(members, random_state=0),
    "greedy": lambda members: GreedyEnsembleClassifier(members, random_state=0),
}


@pytest.mark.parametrize("ensemble", ENSEMBLES)
def test_a_transformer_is_fitted_once_per_family_and_fold(ensemble: str) -> None:
    Counting.forget()
    ENSEMBLES[ensemble](members_of("classification", Counting, lambda: Counting(2.0))).fit(NUMBERS, LABELS)
    # Two families: five folds and all rows, where greedy weights fit only the families that have one.
    n_of_folds = [rows for rows in Counting.fits if len(rows) < N]
    assert len(n_of_folds) == 2 * 5
    assert 1 <= len(Counting.fits) - len(n_of_folds) <= 2
    assert max(Counting.fits.count(rows) for rows in Counting.fits) <= 2


def test_a_member_that_is_fitted_again_changes_no_other() -> None:
    model = StackingClassifier(members_of("classification", Counting), random_state=0).fit(NUMBERS, LABELS)
    (one, first), (_, second) = model.named_estimators_.items()
    before = second.predict_proba(NUMBERS)
    first.fit(NUMBERS * 100 + 50, LABELS)
    np.testing.assert_array_equal(second.predict_proba(NUMBERS), before)
    assert model.named_estimators_[one] is first


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize("n_jobs", [None, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "build",
    [
        lambda members: StackingClassifier(members, random_state=0),
        lambda members: StackingRegressor(members, random_state=0),
        lambda members: GreedyEnsembleClassifier(members, random_state=0),
        lambda members: GreedyEnsembleRegressor(members, random_state=0),
    ],
    ids=["stacking classifier", "stacking regressor", "greedy classifier", "greedy regressor"],
)
def test_predictions_are_those_of_members_fitted_apart(
    build: Callable[[Any], Any], n_jobs: int | None, weights: Any
) -> None:
    kind = "classification" if is_classifier(build([])) else "regression"
    y = LABELS if kind == "classification" else VALUES
    together = build(members_of(kind, Counting, Counting)).set_params(n_jobs=n_jobs)
    # Steps that differ in a setting without an effect share nothing.
    apart = members_of(kind, Counting, Counting)
    for number, (_, pipeline) in enumerate(apart):
        pipeline.steps.insert(0, (f"nothing_{number}", "passthrough"))
    assert len(group_by_first_step([pipeline for _, pipeline in apart])) == len(apart)
    for ensemble in (together, separate := build(apart)):
        fit_with_roles(ensemble, NUMBERS, y, _roles(weights))
    method = "predict_proba" if kind == "classification" else "predict"
    np.testing.assert_array_equal(
        getattr(together, method)(NUMBERS), getattr(separate, method)(NUMBERS), strict=True
    )


def _roles(weights: Any) -> Any:
    from tabkit.model_selection._row_roles import RowRoles

    return RowRoles.check(N, weights)


def test_a_model_that_writes_into_its_rows_harms_no_other() -> None:
    members = [
        ("writes", Pipeline([("scale", StandardScaler()), ("model", Overwriting())])),
        ("ridge", Pipeline([("scale", StandardScaler()), ("model", Ridge())])),
    ]
    model = StackingRegressor(members, random_state=0).fit(NUMBERS, VALUES)
    alone = clone(members[1][1]).fit(NUMBERS, VALUES)
    np.testing.assert_array_equal(model.estimators_[1].predict(NUMBERS), alone.predict(NUMBERS))
    np.testing.assert_array_equal(model.transform(NUMBERS)[:, 1], alone.predict(NUMBERS))


def pipe(step: Any, **params: Any) -> Pipeline:
    return Pipeline([("prepare", step), ("model", LogisticRegression())], **params)


def test_what_differs_in_any_setting_is_not_shared() -> None:
    with config_context(enable_metadata_routing=True):
        refusing = Counting().set_fit_request(sample_weight=False)
    estimators = [
        pipe(StandardScaler()),
        pipe(StandardScaler(with_mean=False)),
        pipe(StandardScaler().set_output(transform="pandas")),
        pipe(StandardScaler(), memory="kept"),
        pipe("passthrough"),
        LogisticRegression(),
        pipe(StandardScaler()),
        pipe(Counting(1)),
        pipe(Counting(1.0)),
        pipe(refusing),
    ]
    assert group_by_first_step(estimators) == [[0, 6], [1], [2], [3], [4], [5], [7], [8], [9]]


def make_class(factor: float) -> type:
    class Counting(TransformerMixin, BaseEstimator):
        def fit(self, X: Any, y: Any = None) -> Any:
            return self

        def transform(self, X: Any) -> Any:
            return X * factor

    return Counting


def test_what_holds_more_than_it_shows_is_not_shared() -> None:
    one, other = (StandardScaler().fit(NUMBERS * factor) for factor in (1, 5))
    pairs = [
        (FrozenEstimator(one), FrozenEstimator(other)),
        (FunctionTransformer(one.transform), FunctionTransformer(other.transform)),
        (make_class(1.0)(), make_class(2.0)()),
        (SelectFromModel(one), SelectFromModel(one)),
        (GaussianRandomProjection(2), GaussianRandomProjection(2)),
        (TablePreprocessor("linear"), TablePreprocessor("linear")),
    ]
    for first, second in pairs:
        assert group_by_first_step([pipe(first), pipe(second)]) == [[0], [1]], first
    same = [pipe(TablePreprocessor("linear", kinds={"a": "numeric"}, random_state=0)) for _ in range(2)]
    assert group_by_first_step(same) == [[0, 1]]


def test_weights_reach_a_selector_and_a_shared_step_as_they_do_alone() -> None:
    Weighted.got = []
    members = [
        (f"m{number}", Pipeline([("select", RFE(Weighted())), ("model", Weighted(C=2.0))]))
        for number in (1, 2)
    ]
    fit_with_roles(StackingClassifier(members, random_state=0), NUMBERS, LABELS, _roles(WEIGHTS))
    assert set(Weighted.got) == {(1.0, True), (2.0, True)}
    # A boosting that weights cannot be routed through keeps them from its own scaler alone.
    ada = Pipeline([("prepare", Counting()), ("model", AdaBoostClassifier(n_estimators=2, random_state=0))])
    for order in ([("ada", ada), ("plain", pipe(Counting()))], [("plain", pipe(Counting())), ("ada", ada)]):
        with pytest.warns(UserWarning, match=r"is fitted without weights"):
            model = StackingClassifier(order, random_state=0).fit(NUMBERS, LABELS, sample_weight=WEIGHTS)
        for name, weights in (("ada", None), ("plain", WEIGHTS)):
            expected = np.average(NUMBERS.to_numpy(), axis=0, weights=weights)
            np.testing.assert_array_equal(model.named_estimators_[name][0].mean_, expected)


class Weighted(LogisticRegression):
    """Remembers whether it got weights."""

    got: list[tuple[float, bool]] = []

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        Weighted.got.append((self.C, sample_weight is not None))
        return super().fit(X, y, sample_weight)


@pytest.mark.parametrize("name", ["stacking", "greedy"])
def test_the_catalogs_ensembles_prepare_once_per_family_and_fold(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits: list[tuple[str, int]] = []
    plain = TablePreprocessor.fit_transform

    def counted(self: Any, X: Any, y: Any = None, **params: Any) -> Any:
        fits.append((self.model_family, len(X)))
        return plain(self, X, y, **params)

    monkeypatch.setattr(TablePreprocessor, "fit_transform", counted)
    task = Task("binary", ("no", "yes"))
    make_model(name, task=task, random_state=0).fit(X, LABELS)
    families = {family for family, _ in fits}
    for family in families:
        on_folds = [n_rows for found, n_rows in fits if found == family and n_rows < N]
        on_all = [n_rows for found, n_rows in fits if found == family and n_rows == N]
        assert len(on_folds) == 5
        assert len(on_all) <= 1
    assert len(families) == 3


def test_rows_without_weight_do_not_make_a_bag_fit_once_more() -> None:
    weights = np.where(np.arange(N) % 9, 1.0, 0.0)
    bag = FoldBaggingClassifier(DecisionTreeClassifier(max_depth=2, random_state=0), random_state=0)
    bag.fit(NUMBERS, LABELS, sample_weight=weights)
    assert len(bag.estimators_) == 5
    assert set(bag.oof_rows_) == set(np.flatnonzero(weights))
    folds = list(RoleAwareKFold(3, random_state=0).split(NUMBERS, LABELS))
    bag.set_params(cv=folds).fit(NUMBERS, LABELS, sample_weight=weights)
    assert len(bag.estimators_) == 3
    assert set(bag.oof_rows_) == set(np.flatnonzero(weights))

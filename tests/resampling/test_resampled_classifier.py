"""ResampledClassifier: what it is fitted on, and what judges inside."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from imblearn.combine import SMOTEENN, SMOTETomek
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import Pipeline as ImbalancedPipeline
from imblearn.under_sampling import ClusterCentroids, RandomUnderSampler
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier as PlainHistGradientBoosting
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from tabkit import make_model
from tabkit._core import InputError
from tabkit.boosting import HistGradientBoostingClassifier, LightGBMClassifier
from tabkit.boosting._estimator import BoostingEstimator
from tabkit.boosting._hist_early_stopping import RoleAwareEarlyStopping
from tabkit.model_selection import RoleAwareKFold, split_for_validation
from tabkit.model_selection._row_roles import RowRoles, fit_with_roles
from tabkit.neural_network import TabularMLPClassifier
from tabkit.neural_network._estimator import TrainedNetwork
from tabkit.preprocessing import TablePreprocessor
from tabkit.resampling import ResampledClassifier, Resampler

N_ROWS = 200


class Probe(ClassifierMixin, BaseEstimator):
    """Keeps, for the whole class, what it was fitted on; asks for times if told so."""

    seen: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, validation_fraction: float = 0.1):
        self.validation_fraction = validation_fraction

    def fit(self, X, y, sample_weight=None):
        Probe.seen.append({"X": X, "y": y, "sample_weight": sample_weight})
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(X))


class DividingProbe(Probe):
    """Divides its rows as tabkit's estimators do."""

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"times": True, "groups": True}

    def fit(self, X, y, sample_weight=None, *, groups=None, times=None):
        super().fit(X, y, sample_weight)
        split = {"train": np.arange(len(y)), "validation": np.arange(0)}
        if times is not None and len(np.unique(times)) > 1:
            train, validation = split_for_validation(
                y, fraction=self.validation_fraction, is_classification=True, groups=groups, times=times
            )
            split = {"train": train, "validation": validation}
        Probe.seen[-1] |= {"groups": groups, "times": times, **split}
        return self


@pytest.fixture(autouse=True)
def _forget() -> None:
    Probe.seen.clear()


@pytest.fixture
def rows() -> tuple[pd.DataFrame, np.ndarray]:
    """The first column numbers the rows; each row lies far from all others."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"number": np.arange(N_ROWS) + 0.25, "other": rng.normal(size=N_ROWS)})
    return X, np.where(rng.permutation(N_ROWS) < 40, "rare", "common")


@pytest.mark.parametrize("fraction", [0.02, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("roles", ["none", "groups", "times", "groups and times"])
def test_what_judges_is_as_it_was_and_no_parent_of_what_is_fitted(roles: str, fraction: float, rows) -> None:
    X, y = rows
    rng = np.random.default_rng(1)
    groups = rng.integers(0, 40, N_ROWS) if "groups" in roles else None
    times = rng.permutation(N_ROWS) if "times" in roles else None
    sampler = Resampler(random_state=0, missing="impute")
    model = ResampledClassifier(DividingProbe(fraction), sampler, random_state=0)
    model.fit(X, y, groups=groups, times=times)
    (seen,) = Probe.seen
    spared = model.validation_rows_
    judged, fitted = seen["X"].iloc[seen["validation"]], seen["X"].iloc[seen["train"]]
    pd.testing.assert_frame_equal(judged.reset_index(drop=True), X.iloc[spared].reset_index(drop=True))
    assert seen["y"][seen["validation"]].tolist() == y[spared].tolist()
    assert set(seen["times"]) == {0, 1}
    assert seen["groups"] is None
    # What it was fitted on, taken apart: rows that stayed, and points between two of them.
    origins = model.sampler_.original_rows_
    assert len(fitted) == len(origins)
    learnt = np.flatnonzero(np.isin(X["number"], fitted["number"]))
    assert not set(learnt) & set(spared)
    assert (seen["y"][seen["train"]] == "rare").mean() == 0.5
    rare = X["number"].iloc[learnt[y[learnt] == "rare"]]
    made = fitted["number"][origins < 0]
    assert made.between(rare.min(), rare.max()).all()
    if groups is None and times is None:
        assert sorted([*learnt, *spared]) == list(range(N_ROWS))
        assert (y[spared] == "rare").mean() == (y == "rare").mean()
    if groups is not None:
        assert not set(groups[learnt]) & set(groups[spared])
    if times is not None:
        assert times[learnt].max() < times[spared].min()


def test_share_that_is_set_aside_is_asked_for(rows) -> None:
    X, y = rows
    for fraction in (0.1, 0.4):
        model = ResampledClassifier(DividingProbe(), validation_fraction=fraction, random_state=0).fit(X, y)
        assert len(model.validation_rows_) == round(fraction * N_ROWS)


def test_estimator_without_times_is_fitted_on_all_rows_resampled(rows) -> None:
    X, y = rows
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = ResampledClassifier(Probe(), random_state=0).fit(X, y, groups=np.arange(N_ROWS) // 5)
    (seen,) = Probe.seen
    pd.testing.assert_frame_equal(seen["X"][:N_ROWS], X)
    assert (seen["y"] == "rare").mean() == 0.5
    assert len(model.validation_rows_) == 0


def _record(monkeypatch: pytest.MonkeyPatch, owner: type, method: str, n_rows: Any) -> list[tuple[int, ...]]:
    """Record sizes and shares of the rare class of training and validation rows in a tabkit estimator."""
    calls: list[tuple[int, ...]] = []
    original = getattr(owner, method)

    def spy(self, *arguments, **named):
        calls.append(n_rows(self, *arguments))
        return original(self, *arguments, **named)

    monkeypatch.setattr(owner, method, spy)
    return calls


def _of_rows(training: Any, validation: Any) -> tuple[float, ...]:
    if validation is None:
        return ()
    targets = [np.asarray(part.target).ravel() for part in (training, validation)]
    return tuple(float(number) for t in targets for number in (len(t), (t == t.max()).sum() if len(t) else 0))


@pytest.mark.parametrize("inner_fraction", [0.05, 0.1, 0.6])
@pytest.mark.parametrize("kind", ["lightgbm", "hist_gradient_boosting", "mlp"])
def test_tabkits_own_models_stop_early_on_the_rows_set_aside(
    kind: str, inner_fraction: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = make_classification(400, weights=[0.85], random_state=0)
    shared: dict[str, Any] = {"validation_fraction": inner_fraction, "random_state": 0}
    if kind == "lightgbm":
        model: Any = LightGBMClassifier(n_estimators=10, **shared)
        calls = _record(monkeypatch, LightGBMClassifier, "_train", lambda self, t, v, plan: _of_rows(t, v))
        assert issubclass(LightGBMClassifier, BoostingEstimator)
    elif kind == "hist_gradient_boosting":
        model = HistGradientBoostingClassifier(early_stopping=True, max_iter=10, **shared)
        calls = _record(
            monkeypatch, RoleAwareEarlyStopping, "_fit_native", lambda self, t, v=None: _of_rows(t, v)
        )
    else:
        model = TabularMLPClassifier("fast", max_epochs=2, **shared)
        calls = _record(
            monkeypatch,
            TrainedNetwork,
            "_train_from",
            lambda self, source, v, whole, seed: _of_rows(source.sample, v),
        )
    fitted = ResampledClassifier(model, random_state=0).fit(X, y)
    spared = fitted.validation_rows_
    n_common, n_rare = np.bincount(y[np.setdiff1d(np.arange(400), spared)])
    assert calls[0] == (2 * n_common, n_common, len(spared), (y[spared] == 1).sum())
    assert n_common > 3 * n_rare
    assert fitted.predict_proba(X).shape == (400, 2)


@pytest.mark.parametrize(
    "estimator",
    [
        LightGBMClassifier(early_stopping_rounds=None, n_estimators=5),
        HistGradientBoostingClassifier(early_stopping=False, max_iter=5),
        TabularMLPClassifier("fast", early_stopping=False, max_epochs=2),
    ],
)
def test_nothing_is_set_aside_where_nothing_stops_early(estimator: Any) -> None:
    X, y = make_classification(200, weights=[0.8], random_state=0)
    model = ResampledClassifier(estimator, random_state=0).fit(X, y)
    assert len(model.validation_rows_) == 0


def test_where_no_rows_can_be_set_aside_nothing_stops_early(rows) -> None:
    X, y = rows
    with pytest.warns(UserWarning, match="trained without early stopping: all rows are of one group"):
        model = ResampledClassifier(DividingProbe(), random_state=0).fit(X, y, groups=np.zeros(N_ROWS))
    assert len(model.validation_rows_) == 0
    assert set(Probe.seen[0]["times"]) == {0}
    # Its own split cannot be made either: it would fall among resampled rows.
    boosted = ResampledClassifier(LightGBMClassifier(n_estimators=7), random_state=0)
    with pytest.warns(UserWarning, match="trained without early stopping: ") as caught:
        boosted.fit(X, y, groups=np.zeros(N_ROWS))
    assert "times: 1 distinct value" in str(caught[1].message)
    assert boosted.estimator_.best_iteration_ == 7


@pytest.mark.parametrize(
    ("sampler", "n_own"),
    [
        (None, N_ROWS),
        (Resampler("random_over"), 320),
        (Resampler("random_under"), 80),
        (SMOTE(), N_ROWS),
        (RandomOverSampler(), 320),
        (RandomUnderSampler(), 80),
        (ClusterCentroids(), 0),
        (SMOTEENN(), None),
        (SMOTETomek(), None),
        (Resampler("smote_enn"), None),
        (Resampler("smote_tomek"), None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseEstimator) else str(value),
)
def test_weights_are_their_own_or_the_mean_of_the_class(sampler: Any, n_own: int | None, rows) -> None:
    X, y = rows
    weight = np.arange(1.0, N_ROWS + 1)
    ResampledClassifier(Probe(), sampler, random_state=0).fit(X, y, sample_weight=weight)
    (seen,) = Probe.seen
    position_of = {number: position for position, number in enumerate(X["number"])}
    n_found = 0
    for number, label, given in zip(seen["X"]["number"], seen["y"], seen["sample_weight"], strict=True):
        if n_own != 0 and number in position_of:
            assert given == weight[position_of[number]]
            n_found += 1
        else:
            assert given == pytest.approx(weight[y == label].mean())
    assert n_found == n_own if n_own is not None else 0 < n_found < N_ROWS


def test_row_without_weight_is_no_parent(rows) -> None:
    X, y = rows
    weight = (X["number"] < 150).astype(float)
    for probe in (Probe(), DividingProbe()):
        ResampledClassifier(probe, random_state=0).fit(X, y, sample_weight=weight)
        assert Probe.seen[-1]["X"]["number"].max() < 150
        assert (Probe.seen[-1]["sample_weight"] == 1).all()
    with pytest.raises(InputError, match="class 'rare' has no row left after resampling: pass another"):
        ResampledClassifier(Probe(), RandomOverSampler(sampling_strategy={"a": 60}), random_state=0).fit(
            X,
            np.where(y == "rare", "rare", np.where(X["number"] < 50, "a", "b")),
            (y != "rare").astype(float),
        )


def test_transformers_of_a_pipeline_are_fitted_on_the_rows_as_they_are(rows) -> None:
    X, y = rows
    inner = make_pipeline(StandardScaler(), Probe())
    model = ResampledClassifier(inner, random_state=0).fit(X, y)
    scaler, last = model.estimator_
    np.testing.assert_allclose(scaler.mean_, X.mean())
    assert Probe.seen[0]["X"].shape == (320, 2)
    np.testing.assert_allclose(Probe.seen[0]["X"][:N_ROWS], scaler.transform(X))
    assert isinstance(last, Probe)
    assert not hasattr(inner[0], "mean_")
    with_sampler = ImbalancedPipeline([("resample", Resampler(random_state=0)), ("probe", Probe())])
    ResampledClassifier(with_sampler, Resampler("random_under"), random_state=0).fit(X, y)
    assert len(Probe.seen[-1]["y"]) == 80


def test_same_model_whether_the_preparation_is_inside_or_outside(awkward_frame) -> None:
    frame = awkward_frame("binary", n_rows=240)
    X, y = frame.drop(columns="outcome"), frame["outcome"]
    groups = np.arange(240) // 3
    boosted = LightGBMClassifier(n_estimators=20, random_state=0)
    resampled = ResampledClassifier(boosted, random_state=0)
    prepare = TablePreprocessor("boosting", random_state=0)
    first = fit_with_roles(
        Pipeline([("prepare", prepare), ("model", resampled)]), X, y, RowRoles(groups=groups)
    )
    second = ResampledClassifier(Pipeline([("prepare", clone(prepare)), ("model", boosted)]), random_state=0)
    second.fit(X, y, groups=groups)
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    assert len(second.validation_rows_) > 20
    assert not set(groups[second.validation_rows_]) & set(np.delete(groups, second.validation_rows_))


@pytest.mark.parametrize("name", ["linear", "random_forest", "lightgbm"])
def test_models_of_the_catalog_take_it(name: str, awkward_frame) -> None:
    frame = awkward_frame("multiclass", n_rows=200)
    X, y = frame.drop(columns="outcome"), frame["outcome"]
    model = ResampledClassifier(make_model(name, task="multiclass"), random_state=0).fit(X, y)
    assert model.score(X, y) > 0.6
    assert model.feature_names_in_.tolist() == X.columns.tolist()


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (
            GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=3),
            "GridSearchCV divides rows that were resam",
        ),
        (CalibratedClassifierCV(LogisticRegression(), cv=3), r"CalibratedClassifierCV divides .*: put"),
        (PlainHistGradientBoosting(early_stopping=True, max_iter=3), "or pass early_stopping=False"),
    ],
)
def test_splits_of_resampled_rows_are_said(estimator: Any, message: str, rows) -> None:
    with pytest.warns(UserWarning, match=message) as caught:
        ResampledClassifier(estimator, random_state=0).fit(*rows)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ResampledClassifier(PlainHistGradientBoosting(max_iter=3), random_state=0).fit(*rows)


def test_search_inside_with_folds_that_follow_roles_is_judged_on_rows_set_aside(rows) -> None:
    X, y = rows
    search = GridSearchCV(
        Probe(), {"validation_fraction": [0.1, 0.2]}, cv=RoleAwareKFold(5), scoring="accuracy"
    )
    model = ResampledClassifier(search, random_state=0).fit(X, y)
    n_resampled = len(model.sampler_.original_rows_)
    # One fold for each setting, and the last fit on everything.
    assert [len(seen["y"]) for seen in Probe.seen] == [n_resampled] * 2 + [n_resampled + 40]
    assert model.estimator_.n_splits_ == 1


@pytest.mark.parametrize("sampler", [Resampler(), SMOTE(), SMOTEENN(), Resampler("random_under")])
def test_same_seed_same_model(sampler: Any) -> None:
    X, y = make_classification(300, weights=[0.8], flip_y=0.1, random_state=0)
    first, second, other, unseeded = (
        ResampledClassifier(LogisticRegression(), sampler, random_state=seed).fit(X, y).predict_proba(X)
        for seed in (0, 0, 1, None)
    )
    np.testing.assert_array_equal(first, second)
    assert abs(first - other).max() > 1e-6
    assert abs(first - unseeded).max() > 1e-6


def test_seed_of_the_sampler_stays_its_own(rows) -> None:
    model = ResampledClassifier(Probe(), Resampler(random_state=5), random_state=0).fit(*rows)
    assert model.sampler_.random_state == 5
    assert (
        ResampledClassifier(Probe(), SMOTEENN(smote=SMOTE()), random_state=3)
        .fit(*rows)
        .sampler_.smote.random_state
        == 3
    )


def test_no_row_of_another_fold_is_used(rows) -> None:
    _, y = rows
    folds = np.arange(N_ROWS) % 4
    X = pd.DataFrame({"x": folds * 100 + np.random.default_rng(0).normal(size=N_ROWS)})
    splits = [(np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)) for fold in range(4)]
    for probe in (Probe(), DividingProbe()):
        Probe.seen.clear()
        cross_validate(ResampledClassifier(probe, random_state=0), X, y, cv=splits, scoring="accuracy")
        for fold, seen in enumerate(Probe.seen):
            assert (abs(seen["X"]["x"] - 100 * fold) < 10).all()


def test_sampler_that_is_none_is_one_line(rows) -> None:
    with pytest.raises(
        InputError, match=r"sampler=StandardScaler\(\): expected one with fit_resample, such as"
    ):
        ResampledClassifier(Probe(), StandardScaler()).fit(*rows)


def test_methods_are_those_of_the_estimator() -> None:
    X, y = make_classification(100, random_state=0)
    plain = ResampledClassifier(LogisticRegression()).fit(X, y)
    np.testing.assert_array_equal(plain.decision_function(X), plain.estimator_.decision_function(X))
    assert not hasattr(ResampledClassifier(LightGBMClassifier()), "decision_function")
    assert not hasattr(ResampledClassifier(Probe()), "predict_proba")


@pytest.mark.parametrize(
    ("y", "message"),
    [(["a"] * 20, "y has 1 class, 'a'"), ([None] + ["a", "b"] * 9 + ["a"], "y: 1 of 20 rows has no label")],
)
def test_labels_that_cannot_be_used_are_one_line(y: list[Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ResampledClassifier(LogisticRegression()).fit(
            np.arange(20.0).reshape(-1, 1), np.array(y, dtype=object)
        )

"""What the tuned threshold takes as scikit-learn's does, and how it joins what is ours alone."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import (
    balanced_accuracy_score,
    f1_score,
    fbeta_score,
    get_scorer,
    make_scorer,
    recall_score,
)
from sklearn.model_selection import (
    BaseCrossValidator,
    GridSearchCV,
    GroupKFold,
    StratifiedShuffleSplit,
    TunedThresholdClassifierCV,
)

from tabkit import InputError
from tabkit.calibration import Costs, MaxPrecision, MaxRecall, TunedThresholdClassifier

RNG = np.random.default_rng(0)
N_ROWS = 300
X = RNG.normal(size=(N_ROWS, 3))
Y = (X[:, 0] + RNG.normal(size=N_ROWS) > 0.7).astype(int)
NAMES = np.array(["bad", "good"])[Y]
GROUPS = np.arange(N_ROWS) // 6
TIMES = RNG.permutation(N_ROWS)
WEIGHTS = RNG.integers(1, 4, N_ROWS)
AMOUNTS = RNG.uniform(1, 20, N_ROWS)
FITTED = LogisticRegression().fit(X, Y)


def prefit(**options: Any) -> TunedThresholdClassifier:
    return TunedThresholdClassifier(FITTED, cv="prefit", refit=False, store_cv_results=True, **options)


def test_all_parameters_of_theirs_are_there_and_keyword_only() -> None:
    ours, theirs = (
        inspect.signature(cls).parameters for cls in (TunedThresholdClassifier, TunedThresholdClassifierCV)
    )
    assert set(theirs) <= set(ours)
    assert {name for name, one in ours.items() if one.kind is not one.KEYWORD_ONLY} == {"estimator"}


@pytest.mark.parametrize("response_method", ["auto", "decision_function"])
@pytest.mark.parametrize(
    "scoring",
    [
        "f1",
        "f1_macro",
        "adjusted_rand_score",  # takes no weights
        make_scorer(fbeta_score, beta=2),
        make_scorer(recall_score, pos_label=0),
    ],
)
def test_scores_on_one_set_of_rows_are_theirs(scoring: Any, response_method: str) -> None:
    for thresholds in (20, np.linspace(0.1, 0.9, 9)):
        given = {"scoring": scoring, "response_method": response_method, "thresholds": thresholds}
        ours = prefit(**given).fit(X, Y)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = TunedThresholdClassifierCV(
                FITTED, cv="prefit", refit=False, store_cv_results=True, **given
            ).fit(X, Y)
        for name in ("thresholds", "scores"):
            np.testing.assert_allclose(ours.cv_results_[name], theirs.cv_results_[name], rtol=1e-12)
        assert ours.best_score_ == pytest.approx(theirs.best_score_)
        assert ours.best_threshold_ == ours.threshold_ >= theirs.best_threshold_


def test_scoring_is_another_name_for_the_objective() -> None:
    for goal in ("f1", MaxRecall(0.6), Costs(5.0, 20.0)):
        one, other = (
            TunedThresholdClassifier(LogisticRegression(), random_state=0, **{name: goal}).fit(X, Y)
            for name in ("objective", "scoring")
        )
        assert one.threshold_ == other.threshold_
        assert one.curve_.equals(other.curve_)
    by_scorer = TunedThresholdClassifier(LogisticRegression(), objective=get_scorer("f1"), random_state=0)
    by_name = TunedThresholdClassifier(LogisticRegression(), objective="f1", random_state=0)
    assert by_scorer.fit(X, Y).threshold_ == by_name.fit(X, Y).threshold_
    assert by_scorer.curve_["score"].equals(by_name.curve_["f1"].rename("score"))
    with pytest.raises(InputError, match=r"objective='f1' and scoring='recall': pass one of them"):
        TunedThresholdClassifier(LogisticRegression(), objective="f1", scoring="recall").fit(X, Y)


@pytest.mark.parametrize(
    ("scoring", "message"),
    [
        ("roc_auc", "scoring='roc_auc': expected MaxRecall, MaxPrecision, Costs, or the name of a scorer"),
        (lambda model, X, y: 0.0, "scoring=<function .*: expected .* or one by sklearn.metrics.make_scorer"),
    ],
)
def test_what_is_no_metric_of_labels_is_refused(scoring: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        TunedThresholdClassifier(LogisticRegression(), scoring=scoring).fit(X, Y)


def test_best_score_is_that_of_the_objective() -> None:
    said = {
        "f1": lambda model: model.curve_["f1"].max(),
        MaxRecall(0.6): lambda model: recall_score(Y, model.predict(X)),
        MaxPrecision(0.6): lambda model: model.curve_.set_index("threshold")["precision"][model.threshold_],
        Costs(5.0, 20.0): lambda model: -model.curve_["cost"].min(),
    }
    for objective, score in said.items():
        model = prefit(objective=objective).fit(X, Y)
        assert model.best_score_ == pytest.approx(score(model))
        assert model.cv_results_["scores"].shape == (len(model.curve_),)
    assert not hasattr(model.set_params(store_cv_results=False).fit(X, Y), "cv_results_")


def test_positive_class_is_that_of_the_scorer() -> None:
    scorer = make_scorer(f1_score, pos_label="bad")
    model = TunedThresholdClassifier(LogisticRegression(), scoring=scorer, random_state=0).fit(X, NAMES)
    same = TunedThresholdClassifier(LogisticRegression(), objective="f1", pos_label="bad", random_state=0)
    assert model.threshold_ == same.fit(X, NAMES).threshold_
    np.testing.assert_array_equal(model.predict(X), same.predict(X))
    with pytest.raises(InputError, match="pos_label='good': that of the scorer is 'bad'"):
        TunedThresholdClassifier(LogisticRegression(), scoring=scorer, pos_label="good").fit(X, NAMES)


def gain(y_true: np.ndarray, y_pred: np.ndarray, amount: np.ndarray) -> float:
    """Money, by row: what is wrongly called good costs its amount."""
    return float(np.where(y_pred == "good", np.where(y_true == "good", 0.2, -1.0) * amount, 0.0).sum())


@sklearn.config_context(enable_metadata_routing=True)
def test_a_scorer_gets_what_it_requests_of_each_row() -> None:
    model = TunedThresholdClassifier(
        LogisticRegression().fit(X, NAMES),
        scoring=make_scorer(gain).set_score_request(amount=True),
        cv="prefit",
        refit=False,
    ).fit(X, NAMES, amount=AMOUNTS)
    proba = model.predict_proba(X)[:, 1]
    best = max(gain(NAMES, np.where(proba >= cut, "good", "bad"), AMOUNTS) for cut in [*proba, np.inf])
    assert gain(NAMES, model.predict(X), AMOUNTS) == pytest.approx(best) == model.best_score_


def test_metrics_without_a_place_for_weights_say_so() -> None:
    scorer = make_scorer(lambda truth, said: np.mean(truth == said))
    with pytest.warns(UserWarning, match="takes no weights: the threshold is chosen without them"):
        weighted = prefit(scoring=scorer).fit(X, Y, WEIGHTS)
    assert weighted.threshold_ == prefit(scoring=scorer).fit(X, Y).threshold_


@sklearn.config_context(enable_metadata_routing=True)
def test_weights_count_unless_the_scorer_refuses_them() -> None:
    heavy = np.where(Y == 1, 10, 1)
    scorers = [get_scorer("accuracy") for _ in range(3)]
    scorers[1].set_score_request(sample_weight=True)
    scorers[2].set_score_request(sample_weight=False)
    unset, asking, refusing = (prefit(scoring=scorer).fit(X, Y, heavy).threshold_ for scorer in scorers)
    assert unset == asking < refusing == prefit(scoring="accuracy").fit(X, Y).threshold_


class Asking(ClassifierMixin, BaseEstimator):
    """Keeps what it is told of its rows, which are in the first column."""

    heard: list[tuple[np.ndarray, Any, Any]] = []

    def fit(self, X: Any, y: Any, site: Any = None, mode: Any = None) -> Any:
        self.classes_ = np.unique(y)
        Asking.heard.append((X[:, 0].astype(int), site, mode))
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        return np.column_stack([1 - X[:, 1], X[:, 1]])


class BySite(BaseCrossValidator):
    __metadata_request__split = {"site": True}

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None, site: Any = None) -> int:
        return len(np.unique(site))

    def split(self, X: Any, y: Any = None, groups: Any = None, site: Any = None) -> Any:
        for one in np.unique(site):
            yield np.flatnonzero(site != one), np.flatnonzero(site == one)


NUMBERED = np.column_stack([np.arange(N_ROWS), 1 / (1 + np.exp(-X[:, 0]))])
SITES = np.arange(N_ROWS) % 4


@pytest.mark.parametrize("sites", [SITES, SITES.tolist()], ids=["array", "list"])
def test_metadata_of_any_name_are_divided_with_the_rows(sites: Any) -> None:
    Asking.heard.clear()
    with sklearn.config_context(enable_metadata_routing=True):
        inner = Asking().set_fit_request(site=True, mode=True)
        model = TunedThresholdClassifier(inner, cv=BySite(), random_state=0)
        model.fit(NUMBERED, Y, site=sites, mode="quick")
        assert len(Asking.heard) == 5
        for rows, site, mode in Asking.heard:
            np.testing.assert_array_equal(site, SITES[rows])
            assert mode == "quick"
        assert sorted(len(set(site)) for _, site, _ in Asking.heard) == [3, 3, 3, 3, 4]
        with pytest.raises(TypeError, match="unexpected argument"):
            model.fit(NUMBERED, Y, town=sites)
        with pytest.raises(UnsetMetadataPassedError, match="site"):
            TunedThresholdClassifier(Asking()).fit(NUMBERED, Y, site=sites)
    with pytest.raises(InputError, match=r"fit got site, which is only supported if enable_metadata"):
        model.fit(NUMBERED, Y, site=sites)


@sklearn.config_context(enable_metadata_routing=True)
def test_metadata_and_weights_arrive_through_a_search() -> None:
    Asking.heard.clear()
    model = TunedThresholdClassifier(Asking().set_fit_request(site=True), cv=2, random_state=0)
    model.set_score_request(sample_weight=False)
    search = GridSearchCV(model, {"objective": ["f1"]}, cv=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that no part takes weights
        search.fit(NUMBERED, Y, site=SITES, sample_weight=WEIGHTS, groups=GROUPS)
    assert len(Asking.heard) == 9
    for rows, site, _ in Asking.heard:
        np.testing.assert_array_equal(site, SITES[rows])


@pytest.mark.parametrize("roles", [{}, {"groups": GROUPS}, {"times": TIMES}], ids=["none", "groups", "times"])
def test_a_share_is_held_out_as_groups_and_times_demand(roles: dict[str, np.ndarray]) -> None:
    Asking.heard.clear()
    model = TunedThresholdClassifier(Asking(), cv=0.3, refit=False, random_state=0)
    model.fit(NUMBERED, Y, **roles)
    ((rows, _, _),) = Asking.heard
    others = np.setdiff1d(np.arange(N_ROWS), rows)
    assert len(others) == pytest.approx(0.3 * N_ROWS, abs=6)
    if not roles:
        theirs = next(StratifiedShuffleSplit(1, test_size=0.3, random_state=0).split(X, Y))[0]
        assert set(rows) == set(theirs)
    if "groups" in roles:
        assert not set(GROUPS[rows]) & set(GROUPS[others])
    if "times" in roles:
        assert TIMES[rows].max() < TIMES[others].min()


def test_refit_and_prefit() -> None:
    assert prefit().fit(X, Y).estimator_ is FITTED
    with pytest.raises(InputError, match="y: the classifier is fitted to 0, 1"):
        prefit().fit(X, NAMES)
    with pytest.raises(NotFittedError, match="`estimator` must be fitted"):
        TunedThresholdClassifier(LogisticRegression(), cv="prefit", refit=False).fit(X, Y)
    for cv in (5, None, GroupKFold(3)):
        with pytest.raises(InputError, match="When cv has several folds, refit cannot be False"):
            TunedThresholdClassifier(LogisticRegression(), cv=cv, refit=False).fit(X, Y, groups=GROUPS)
    with pytest.raises(InputError, match="When cv='prefit', refit cannot be True"):
        TunedThresholdClassifier(FITTED, cv="prefit").fit(X, Y)
    # Nothing is left to predict with where a single fold cannot be made.
    with pytest.raises(InputError, match="times: 1 distinct value cannot make 2 blocks"):
        TunedThresholdClassifier(LogisticRegression(), cv=0.3, refit=False).fit(X, Y, times=np.zeros(N_ROWS))


@pytest.mark.parametrize(
    "options", [{"cv": None}, pytest.param({"n_jobs": 2}, marks=pytest.mark.slow)], ids=str
)
def test_cv_none_is_five_folds_and_jobs_change_nothing(options: dict[str, Any]) -> None:
    plain = TunedThresholdClassifier(LogisticRegression(), random_state=0).fit(X, Y, groups=GROUPS)
    other = TunedThresholdClassifier(LogisticRegression(), random_state=0, **options)
    assert other.fit(X, Y, groups=GROUPS).curve_.equals(plain.curve_)


@pytest.mark.parametrize("thresholds", [[], [[0.5]], [0.5, np.nan], ["low"]], ids=str)
def test_thresholds_that_cannot_be_are_refused(thresholds: Any) -> None:
    with pytest.raises(InputError, match=r"thresholds=.* expected numbers in one dimension"):
        prefit(thresholds=thresholds).fit(X, Y)


def test_a_model_without_the_response_is_refused() -> None:
    with pytest.raises(InputError, match="response_method='auto': LinearRegression has no predict_proba or"):
        TunedThresholdClassifier(LinearRegression()).fit(X, Y)


def test_too_few_rows_leave_no_score() -> None:
    few = np.r_[np.flatnonzero(Y == 1)[:7], np.flatnonzero(Y == 0)]
    model = TunedThresholdClassifier(LogisticRegression(), store_cv_results=True)
    with pytest.warns(UserWarning, match="the threshold stays at 0.5: 7 held-out rows of the rarer class"):
        model.fit(X[few], Y[few])
    assert model.best_score_ is None
    assert model.best_threshold_ == 0.5
    assert len(model.cv_results_["scores"]) == 0
    tuned = model.set_params(min_rows_of_class=1).fit(X[few], Y[few])
    assert tuned.best_score_ > 0.5
    assert balanced_accuracy_score(Y[few], tuned.predict(X[few])) > 0.5


def test_a_scorer_gets_the_groups_that_it_asks_for() -> None:
    rng = np.random.default_rng(0)
    X, groups = rng.normal(size=(200, 2)), np.arange(200) // 4
    y = (X[:, 0] + rng.normal(size=200) > 0).astype(int)
    got: list[np.ndarray] = []

    def counted(y_true: Any, y_pred: Any, groups: Any) -> float:
        got.append(groups)
        return float(np.mean(np.asarray(y_true) == np.asarray(y_pred)))

    with sklearn.config_context(enable_metadata_routing=True):
        scorer = make_scorer(counted).set_score_request(groups=True)
        model = TunedThresholdClassifier(LogisticRegression(), scoring=scorer, random_state=0)
        model.fit(X, y, groups=groups)
    assert got
    assert all(len(one) == 200 and len(np.unique(one)) == 50 for one in got)


def test_a_share_is_held_out_of_the_rows_that_have_weight() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    y = (X[:, 0] + rng.normal(size=200) > 0).astype(int)
    weights = np.where(np.arange(200) < 120, 0.0, 1.0)
    settings = {"cv": 0.25, "min_rows_of_class": 1, "refit": False, "random_state": 0}
    weighted = TunedThresholdClassifier(LogisticRegression(), **settings).fit(X, y, sample_weight=weights)
    alone = TunedThresholdClassifier(LogisticRegression(), **settings).fit(X[120:], y[120:])
    pd.testing.assert_frame_equal(weighted.curve_, alone.curve_)
    assert weighted.threshold_ == alone.threshold_
    with pytest.warns(
        UserWarning, match=r"the threshold stays at 0.5: cv=0.005: The test_size = 1 should be"
    ):
        TunedThresholdClassifier(LogisticRegression(), cv=0.005, random_state=0).fit(X, y)

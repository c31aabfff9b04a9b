"""Early stopping on their own rows, weights, groups and times, threads, seeds, parameters."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from boosting_cases import make, needs_catboost, predict
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import tabkit.boosting
from tabkit import InputError, MissingExtraError
from tabkit._core import _processors
from tabkit._core._optional import is_installed
from tabkit._core._processors import count_processors, count_threads
from tabkit.boosting import CatBoostRegressor, _refit
from tabkit.boosting._training import Rows
from tabkit.model_selection import ForwardSplit, _early_stopping, split_for_validation

Target = Callable[[type], np.ndarray]


@pytest.fixture
def splits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows to train on and to validate on, of every fit that follows."""
    recorded: list[tuple[np.ndarray, np.ndarray]] = []

    def record(*arguments: Any, **keywords: Any) -> tuple[np.ndarray, np.ndarray]:
        recorded.append(split_for_validation(*arguments, **keywords))
        return recorded[-1]

    monkeypatch.setattr(_early_stopping, "split_for_validation", record)
    return recorded


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch, estimator: type) -> list[tuple[Rows, Rows | None]]:
    """What the library was given, of every training of the estimator that follows."""
    recorded: list[tuple[Rows, Rows | None]] = []
    train = estimator._train  # type: ignore[attr-defined]

    def record(self: Any, training: Rows, validation: Rows | None, plan: Any) -> Any:
        recorded.append((training, validation))
        return train(self, training, validation, plan)

    monkeypatch.setattr(estimator, "_train", record)
    return recorded


def noise(n_rows: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """A target that nothing in X tells anything about."""
    rng = np.random.default_rng(5)
    return rng.normal(size=(n_rows, 4)), rng.integers(0, 2, n_rows)


def test_stops_early_where_there_is_nothing_to_learn(estimator: type) -> None:
    X, y = noise()
    model = make(estimator).set_params(**{model_rounds(estimator): 1000}).fit(X, y)
    assert model.best_iteration_ < 200
    assert predict(model, X).std() < 0.3


def model_rounds(estimator: type) -> str:
    return "iterations" if estimator.__name__.startswith("CatBoost") else "n_estimators"


def test_predicts_with_the_best_round_only(estimator: type) -> None:
    X, y = noise()
    model = make(estimator, learning_rate=0.05, early_stopping_rounds=5)
    stopped = clone(model).set_params(**{model_rounds(estimator): 500}).fit(X, y)
    if estimator.__name__.startswith("CatBoost"):  # trains otherwise where rows validate
        assert stopped.booster_.get_best_iteration() + 1 == stopped.booster_.tree_count_
        assert stopped.booster_.tree_count_ == stopped.best_iteration_
        return
    train, _ = split_for_validation(y, is_classification=hasattr(stopped, "classes_"), random_state=0)
    model.set_params(early_stopping_rounds=None, n_estimators=stopped.best_iteration_)
    np.testing.assert_allclose(predict(stopped, X), predict(model.fit(X[train], y[train]), X), rtol=1e-6)


def test_none_trains_all_rounds_on_all_rows(
    estimator: type, trained: list[tuple[Rows, Rows | None]], frame: pd.DataFrame, target: Target
) -> None:
    model = make(estimator, early_stopping_rounds=None).fit(frame, target(estimator))
    assert model.best_iteration_ == 30
    assert [(len(rows.features), validation) for rows, validation in trained] == [(400, None)]


def test_refit_trains_on_all_rows_with_as_many_more_rounds(
    estimator: type, trained: list[tuple[Rows, Rows | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = noise()
    stopped = make(estimator, early_stopping_rounds=5, refit=None).fit(X, y)
    refitted = make(estimator, early_stopping_rounds=5, refit="rounds").fit(X, y)
    assert refitted.best_iteration_ == round(stopped.best_iteration_ * 300 / 270)
    assert [len(rows.features) for rows, _ in trained] == [270, 270, 300]
    assert trained[-1][1] is None
    trained.clear()
    for most, n_trained in ((300, [270, 300]), (299, [270])):
        monkeypatch.setattr(_refit, "_MOST_REFITTED", most)
        make(estimator, early_stopping_rounds=5, refit="auto").fit(X, y)
        assert [len(rows.features) for rows, _ in trained] == n_trained
        trained.clear()


def test_early_stopping_in_a_pipeline_sees_transformed_rows(
    estimator: type, trained: list[tuple[Rows, Rows | None]]
) -> None:
    X, y = noise()
    shift = FunctionTransformer(lambda X: X + 1000)
    Pipeline([("scale", StandardScaler()), ("shift", shift), ("model", make(estimator))]).fit(X, y)
    ((training, validation),) = trained
    assert validation is not None
    assert (len(training.features), len(validation.features)) == (270, 30)
    assert (validation.features > 900).all()


def test_groups_are_routed_and_stay_together(
    estimator: type, splits: list[tuple[np.ndarray, np.ndarray]]
) -> None:
    X, y = noise()
    groups = np.array([f"g{number}" for number in np.random.default_rng(0).integers(0, 30, 300)])
    with config_context(enable_metadata_routing=True):
        Pipeline([("scale", StandardScaler()), ("model", make(estimator))]).fit(X, y, groups=groups)
    ((train, validation),) = splits
    assert not set(groups[train]) & set(groups[validation])
    assert len(train) + len(validation) == 300


def test_times_are_routed_and_the_last_rows_validate(
    estimator: type, splits: list[tuple[np.ndarray, np.ndarray]]
) -> None:
    X, y = noise()
    times = pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(300)[::-1] // 3, "D"))
    with config_context(enable_metadata_routing=True):
        result = cross_validate(make(estimator), X, y, cv=ForwardSplit(2), params={"times": times})
    assert np.isfinite(result["test_score"]).all()
    assert len(splits) == 2
    for (train, validation), (fold, _) in zip(splits, ForwardSplit(2).split(X, times=times), strict=True):
        within = times.to_numpy()[fold]
        assert within[train].max() < within[validation].min()


def test_weights_are_routed_and_change_the_model(estimator: type) -> None:
    X, y = noise()
    weight = np.where(y == 1, 9.0, 1.0)
    with config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = Pipeline([("scale", scaler), ("model", make(estimator))])
        plain = predict(clone(pipeline).fit(X, y)["model"], X)
        weighted = predict(clone(pipeline).fit(X, y, sample_weight=weight)["model"], X)
    # The share of ones among the weights is 0.9.
    last = (..., -1) if plain.ndim == 2 else ...
    assert weighted[last].mean() > plain[last].mean() + 0.2


def test_rows_without_weight_do_not_validate(
    estimator: type, trained: list[tuple[Rows, Rows | None]]
) -> None:
    X, y = noise()
    weight = (np.arange(300) % 3 > 0).astype(float)
    make(estimator).fit(X, y, sample_weight=weight)
    ((_, validation),) = trained
    assert validation is not None
    assert validation.weight is not None
    assert (validation.weight > 0).all()


def test_class_weight_equals_weights_of_rows(classifier: type) -> None:
    X, y = noise()
    by_class = make(classifier, class_weight={0: 1.0, 1: 5.0}).fit(X, y)
    by_row = make(classifier).fit(X, y, sample_weight=np.where(y == 1, 5.0, 1.0))
    np.testing.assert_array_equal(predict(by_class, X), predict(by_row, X))
    rare = y * (np.arange(300) % 4 == 0)
    balanced = make(classifier, class_weight="balanced").fit(X, rare)
    assert abs(predict(balanced, X)[:, 1].mean() - 0.5) < 0.15


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones(299), "expected 300 values"),
        (np.zeros(300), "every row is zero"),
        (np.full(300, -1.0), "not negative"),
    ],
)
def test_says_what_is_wrong_with_weights(estimator: type, weight: np.ndarray, message: str) -> None:
    X, y = noise()
    with pytest.raises(InputError, match=message):
        make(estimator).fit(X, y, sample_weight=weight)


def test_warns_and_trains_on_all_rows_where_none_can_be_spared(estimator: type) -> None:
    X, y = noise(60)
    with pytest.warns(UserWarning, match="without early stopping: all rows are of one group"):
        model = make(estimator).fit(X, y, groups=np.zeros(60))
    assert model.best_iteration_ == 30


def test_a_class_of_the_last_rows_only_is_still_learned(classifier: type) -> None:
    X, y = noise(100)
    y[95:] = 2
    X[95:] = 50.0
    with pytest.warns(UserWarning, match="a class would occur among the validation rows only"):
        model = make(classifier).fit(X, y, times=np.arange(100))
    assert list(model.classes_) == [0, 1, 2]
    assert model.predict_proba(X).shape == (100, 3)


@pytest.mark.parametrize("role", ["groups", "times"])
def test_roles_need_a_value_per_row(estimator: type, role: str) -> None:
    X, y = noise()
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[300, 300, 299\]"):
        make(estimator).fit(X, y, **{role: range(299)})


def test_bad_times_are_an_error_and_no_reason_to_go_without(estimator: type) -> None:
    X, y = noise()
    with pytest.raises(InputError, match="300 of 300 rows have no time"):
        make(estimator).fit(X, y, times=[None] * 300)


def test_the_seed_decides_and_no_global_generator_is_touched(estimator: type) -> None:
    X, y = noise()
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first, again = (predict(make(estimator, random_state=1).fit(X, y), X) for _ in range(2))
    other = predict(make(estimator, random_state=2).fit(X, y), X)
    make(estimator, random_state=None).fit(X, y)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    states = [np.random.RandomState(1) for _ in range(2)]
    drawn = [predict(make(estimator, random_state=state).fit(X, y), X) for state in states]
    np.testing.assert_array_equal(drawn[0], drawn[1])


def test_fitting_again_forgets_everything(estimator: type, frame: pd.DataFrame, target: Target) -> None:
    X, y = noise()
    model = make(estimator).fit(frame, target(estimator))
    np.testing.assert_array_equal(predict(model.fit(X, y), X), predict(make(estimator).fit(X, y), X))
    assert not hasattr(model, "feature_names_in_")


def test_clones_and_is_searched(classifier: type) -> None:
    X, y = noise()
    model = make(classifier, extra_params={"random_seed" if "Cat" in classifier.__name__ else "seed": 4})
    assert clone(model).get_params() == model.get_params()
    rounds = model_rounds(classifier)
    search = GridSearchCV(model, {rounds: [2, 4], "learning_rate": [0.1]}, cv=2).fit(X, y)
    assert search.best_params_[rounds] in (2, 4)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"early_stopping_rounds": 0},
            r"'early_stopping_rounds' parameter of .* must be an int in the range \[1, inf\) or None\. Got 0",
        ),
        (
            {"validation_fraction": 1.5},
            r"'validation_fraction' parameter of .* in the range \(0\.0, 1\.0\)\. Got 1\.5",
        ),
        ({"extra_params": {"learning_rate": 0.1}}, r"extra_params has \['learning_rate'\]"),
    ],
)
def test_says_what_is_wrong_with_parameters(
    estimator: type, parameters: dict[str, Any], message: str
) -> None:
    X, y = noise()
    with pytest.raises(InputError, match=message):
        make(estimator, **parameters).fit(X, y)


def test_at_least_one_round(estimator: type) -> None:
    X, y = noise()
    with pytest.raises(
        InputError,
        match=r"'(n_estimators|iterations)' parameter of .* an int in the range \[1, inf\)\. Got 0",
    ):
        make(estimator).set_params(**{model_rounds(estimator): 0}).fit(X, y)


@pytest.mark.parametrize("name", ["CatBoostClassifier", "CatBoostRegressor"])
def test_catboost_counts_rounds_by_either_name(name: str) -> None:
    pytest.importorskip("catboost")
    catboost = getattr(tabkit.boosting, name)
    X, y = noise()
    all_rounds = {"early_stopping_rounds": None, "random_state": 0, "n_jobs": 1}
    by_iterations = catboost(7, **all_rounds).fit(X, y)
    by_estimators = catboost(n_estimators=7, **all_rounds).fit(X, y)
    assert by_iterations.best_iteration_ == by_estimators.best_iteration_ == 7
    assert by_estimators.booster_.tree_count_ == 7
    assert by_estimators.get_params()["iterations"] == 500
    np.testing.assert_array_equal(predict(by_iterations, X), predict(by_estimators, X))
    assert catboost(7, n_estimators=7, **all_rounds).fit(X, y).best_iteration_ == 7
    with pytest.raises(InputError, match=r"iterations=7 and n_estimators=9 are two names of one parameter"):
        catboost(7, n_estimators=9, **all_rounds).fit(X, y)
    with pytest.raises(InputError, match=r"'n_estimators' parameter of .*\. Got 0"):
        catboost(n_estimators=0, **all_rounds).fit(X, y)


def test_extra_params_reach_the_library(estimator: type) -> None:
    X, y = noise()
    plain, coarse = (
        predict(make(estimator, early_stopping_rounds=None, extra_params=extra).fit(X, y), X)
        for extra in (None, {"max_bin": 3})
    )
    assert len(np.unique(coarse)) < len(np.unique(plain))


@pytest.mark.parametrize("loss", ["Poisson", "Tweedie:variance_power=1.5"])
def test_catboost_finds_means_of_any_size(loss: str) -> None:
    pytest.importorskip("catboost")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    y = rng.poisson(np.exp(1 + X[:, 0])).astype(float)
    small, large = (
        make(tabkit.boosting.CatBoostRegressor, loss_function=loss).fit(X, y * unit)
        for unit in (1.0, 2.0**20)
    )
    np.testing.assert_allclose(large.predict(X), small.predict(X) * 2.0**20, rtol=1e-9)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(large)).predict(X), large.predict(X))
    assert small.predict(X).mean() == pytest.approx(y.mean(), rel=0.15)


@pytest.mark.parametrize(
    ("name", "loss"),
    [("LightGBM", "poisson"), ("XGBoost", "count:poisson"), ("CatBoost", "Poisson")],
)
def test_a_loss_with_a_logarithm_predicts_on_the_scale_of_the_target(name: str, loss: str) -> None:
    if name == "CatBoost":
        pytest.importorskip("catboost")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 2))
    y = rng.poisson(np.exp(2 + X[:, 0]))
    parameter = "loss_function" if name == "CatBoost" else "objective"
    model = make(getattr(tabkit.boosting, f"{name}Regressor"), **{parameter: loss}, learning_rate=0.2)
    values = model.set_params(**{model_rounds(type(model)): 150}).fit(X, y).predict(X)
    assert (values > 0).all()
    assert values.mean() == pytest.approx(y.mean(), rel=0.1)
    assert np.corrcoef(values, y)[0, 1] > 0.8


@pytest.mark.parametrize(
    ("n_jobs", "variable", "expected"),
    [
        (3, "2", 3),
        (0, "2", 1),
        (None, "2", 2),
        (None, "4,2", 4),
        (None, "", count_processors()),
        (None, "many", count_processors()),
        (-1, "2", count_processors()),
    ],
)
def test_threads_follow_n_jobs_then_the_environment_then_the_processors(
    n_jobs: int | None, variable: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", variable)
    assert count_threads(n_jobs) == expected


@pytest.mark.parametrize(
    ("n_values", "n_jobs", "expected"),
    [(7_000, None, 1), (40_000, None, 2), (10**9, None, 8), (7_000, -1, 8)],
)
def test_a_small_table_repays_one_thread(
    n_values: int, n_jobs: int | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_processors, "count_processors", lambda: 8)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert count_threads(n_jobs, n_values) == expected
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert count_threads(None, n_values) == 3


def test_the_number_of_threads_changes_nothing_that_matters(estimator: type) -> None:
    X, y = noise()
    one, two = (predict(make(estimator, n_jobs=n_jobs).fit(X, y), X) for n_jobs in (1, 2))
    np.testing.assert_allclose(one, two, rtol=0, atol=1e-4)


def test_a_missing_catboost_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "catboost", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'tabkit-learn\[catboost\]'"):
        tabkit.boosting.CatBoostClassifier().fit(*noise())


@pytest.mark.skipif(not is_installed("catboost"), reason="CatBoost is not installed")
def test_refit_keeps_the_learning_rate_that_catboost_chose() -> None:
    """Of the few rounds that are left it would choose a higher one."""
    X, y = noise()
    given = {"iterations": 200, "early_stopping_rounds": 5}
    first, again = (
        make(tabkit.boosting.CatBoostRegressor, **given, refit=refit).fit(X, y) for refit in (None, "rounds")
    )
    rates = [model.booster_.get_all_params()["learning_rate"] for model in (first, again)]
    assert rates[0] == rates[1]
    chosen = make(
        tabkit.boosting.CatBoostRegressor, iterations=again.best_iteration_, early_stopping_rounds=None
    ).fit(X, y)
    assert chosen.booster_.get_all_params()["learning_rate"] > rates[0]


@needs_catboost
def test_depth_goes_by_either_name() -> None:
    X, y = noise()
    catboost = partial(CatBoostRegressor, 7, n_jobs=1, random_state=0, early_stopping_rounds=None)
    expected = catboost(depth=3).fit(X, y).predict(X)
    np.testing.assert_array_equal(catboost(max_depth=3).fit(X, y).predict(X), expected)
    with pytest.raises(InputError, match=r"depth=3 and max_depth=4 are two names of one parameter"):
        catboost(depth=3, max_depth=4).fit(X, y)


def test_rows_without_weight_add_no_rounds_to_the_refit(estimator: type) -> None:
    X, y = noise()
    weight = np.r_[np.ones(150), np.zeros(150)]
    model = make(estimator, early_stopping_rounds=5, refit="rounds")
    refitted = model.fit(X, y, weight).best_iteration_
    stopped = model.set_params(refit=None).fit(X, y, weight).best_iteration_
    assert refitted == max(1, round(stopped * 150 / 135))

"""Objectives, a target on a logarithmic scale, monotone columns: in every candidate that has them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import PoissonRegressor
from sklearn.preprocessing import StandardScaler

import tabkit
from tabkit._core import InputError
from tabkit._core._optional import is_installed
from tabkit.catalog import CATALOG, OBJECTIVES, Candidate, add_requests, get_candidate, make_model
from tabkit.data import Table, Task, build_table, infer_task
from tabkit.evaluation import fingerprint_estimator, fit_rows

needs_catboost = pytest.mark.skipif(not is_installed("catboost"), reason="catboost is not installed")


def params(candidates: Any) -> list[Any]:
    return [
        pytest.param(
            *values, id="-".join(map(str, values)), marks=needs_catboost if "catboost" in values else ()
        )
        for values in candidates
    ]


HAVING = params((candidate.name, objective) for candidate in CATALOG for objective in candidate.objectives)
CONSTRAINED = params((c.name,) for c in CATALOG if c.takes_monotone and c.name != "dummy")
TRANSFORMED = params((c.name,) for c in CATALOG if c.name != "dummy" and "regression" in c.tasks)


def make_frame(n_rows: int = 500, seed: int = 0) -> pd.DataFrame:
    """Counts whose logarithm is a sum, beside columns of other kinds."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "plan": rng.choice(["basic", "plus"], n_rows),
            "age": rng.uniform(18, 90, n_rows),
            "city": rng.choice([f"city {number}" for number in range(300)], n_rows),
            "joined": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n_rows), "D"),
            "income": rng.gamma(2, 20, n_rows),
            "outcome": 0,
        }
    )
    frame["outcome"] = rng.poisson(np.exp((frame["age"] - 40) / 25 + (frame["plan"] == "plus")))
    frame.loc[rng.random(n_rows) < 0.05, "age"] = np.nan
    return frame


def settle(frame: pd.DataFrame, **requests: Any) -> tuple[Table, Task]:
    table = build_table(frame, target="outcome", time=requests.pop("time", None))
    return table, add_requests(infer_task(table), target=table.target, **requests)


def small(name: str, task: Task) -> Any:
    """The candidate with fewer trees, where it has any, so that the test is quick."""
    model = get_candidate(name).build(task, 0)
    fewer = {"n_estimators": 30, "max_iter": 30, "iterations": 30, "learning_rate": 0.3}
    known = model.get_params()
    keys = {key: fewer[key.rpartition("__")[2]] for key in known if key.rpartition("__")[2] in fewer}
    if name not in ("linear", "linear_splines", "elastic_net", "lasso", "svm"):
        model.set_params(**{key: value for key, value in keys.items() if key.count("__") < 3})
    return model


@pytest.mark.parametrize(("name", "objective"), HAVING)
def test_objective_reaches_the_model(name: str, objective: str) -> None:
    frame = make_frame().query("outcome > 0")
    table, task = settle(frame, objective=objective)
    rows = np.arange(table.n_rows)
    plain, asked = small(name, replace(task, objective="")), small(name, task)
    fitted, _ = fit_rows(asked, table, rows, n_threads=1)
    predicted = fitted.predict(table.frame)
    assert np.isfinite(predicted).all()
    if objective in ("poisson", "gamma", "tweedie"):
        # In the unit of the target; the mean itself is met by Poisson alone, and after many rounds.
        assert (predicted > 0).all()
        assert predicted.mean() == pytest.approx(table.target.mean(), rel=0.25)
    is_default = objective == "squared_error" or name == "dummy"
    if not is_default:
        assert fingerprint_estimator(plain) != fingerprint_estimator(asked)
        assert not np.allclose(predicted, fit_rows(plain, table, rows, n_threads=1)[0].predict(table.frame))


@pytest.mark.parametrize("name", ["lightgbm", "xgboost", pytest.param("catboost", marks=needs_catboost)])
def test_power_of_tweedie_reaches_the_library(name: str) -> None:
    table, task = settle(make_frame(), objective="tweedie:1.1")
    rows = np.arange(table.n_rows)
    one, other = (
        fit_rows(small(name, replace(task, objective=objective)), table, rows, n_threads=1)[0]
        for objective in ("tweedie:1.1", "tweedie:1.9")
    )
    same = small(name, replace(task, objective="tweedie:1.5"))
    assert fingerprint_estimator(same) == fingerprint_estimator(
        small(name, replace(task, objective="tweedie"))
    )
    assert not np.allclose(one.predict(table.frame), other.predict(table.frame))


def test_poisson_on_counts_is_closer_than_least_squares() -> None:
    table, task = settle(make_frame(1500), objective="poisson")
    train, test = np.arange(1000), np.arange(1000, 1500)
    truth = np.exp((table.frame["age"].fillna(40) - 40) / 25 + (table.frame["plan"] == "plus")).iloc[test]
    errors = [
        abs(
            fit_rows(make_model("linear", task=asked), table, train, 1)[0].predict(table.frame.iloc[test])
            - truth
        )
        for asked in (task, replace(task, objective=""))
    ]
    assert errors[0].mean() < 0.5 * errors[1].mean()


def test_penalty_of_the_generalised_model_is_that_of_logistic_regression() -> None:
    _, task = settle(make_frame(), objective="poisson")
    model = make_model("linear", task=replace(task, n_rows=250))["model"]
    assert isinstance(model, PoissonRegressor)
    assert model.alpha == 1 / 250


@pytest.mark.parametrize("name", TRANSFORMED)
def test_log_of_the_target_against_the_plain_way(name: str, shorten) -> None:
    frame = make_frame()
    table, task = settle(frame, target_transform="log")
    rows = np.arange(table.n_rows)
    model = shorten(small(name, task))
    assert isinstance(model, TransformedTargetRegressor)
    fitted, _ = fit_rows(model, table, rows, n_threads=1)
    plain = clone(model.regressor).fit(table.frame, np.log1p(table.target))
    expected = np.expm1(plain.predict(table.frame))
    np.testing.assert_allclose(fitted.predict(table.frame), expected, rtol=1e-9)


def test_constant_model_keeps_the_target_as_it_is() -> None:
    table, task = settle(make_frame(), target_transform="log")
    fitted, _ = fit_rows(make_model("dummy", task=task), table, np.arange(table.n_rows), 1)
    assert fitted.predict(table.frame)[0] == table.target.mean()


class Spy(StandardScaler):
    """Keeps which metadata came."""

    __metadata_request__fit = {"groups": True, "times": True}

    def fit(self, X: Any, y: Any = None, *, groups: Any = None, times: Any = None) -> Spy:
        self.target_, self.groups_, self.times_ = np.asarray(y), groups, times
        return super().fit(X)


@pytest.mark.parametrize("role", ["group", "time"])
def test_roles_and_weights_pass_through_the_transform(role: str) -> None:
    frame = make_frame()
    frame["role"], frame["w"] = np.arange(500) // 10, np.where(np.arange(500) % 2 == 0, 5.0, 0.0)
    table = build_table(frame, target="outcome", weight="w", **{role: "role"})
    task = add_requests(infer_task(table), target_transform="log")
    model = make_model("lightgbm", task=task).set_params(regressor__model__n_estimators=20)
    model.regressor.steps.insert(1, ("spy", Spy()))
    model.regressor.set_params(prepare__model_family="tree")
    fitted, _ = fit_rows(model, table, np.arange(500), n_threads=1)
    spy = fitted.regressor_["spy"]
    np.testing.assert_allclose(spy.target_, np.log1p(table.target))
    given = spy.groups_ if role == "group" else spy.times_
    assert list(given) == list(frame["role"])
    unweighted = build_table(frame.drop(columns="w"), target="outcome", **{role: "role"})
    other, _ = fit_rows(clone(model), unweighted, np.arange(500), n_threads=1)
    assert not np.allclose(other.predict(table.frame), fitted.predict(table.frame))


@pytest.mark.parametrize(
    "requests", [{"target_transform": "log"}, {"objective": "poisson", "monotone": {"age": 1}}]
)
@pytest.mark.parametrize("name", ["linear", "lightgbm", "hist_gradient_boosting"])
def test_saved_models_predict_the_same_and_hold_no_foreign_type(
    name: str, requests: dict[str, Any], tmp_path: Path
) -> None:
    table, task = settle(make_frame(), **requests)
    model = small(name, task).fit(table.frame, table.target)
    again = tabkit.load(tabkit.save(model, tmp_path / "model.skops"))
    np.testing.assert_array_equal(again.predict(table.frame), model.predict(table.frame))


def runs(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Rows of unseen people, 40 for each, in which one column rises."""
    fresh = make_frame(30, seed=9).drop(columns="outcome").assign(plan="unheard of")
    grid = np.linspace(frame[column].min() - 5, frame[column].max() + 5, 40)
    return fresh.loc[fresh.index.repeat(40)].assign(**{column: np.tile(grid, 30)})


def steps(model: Any, frame: pd.DataFrame, column: str, positive: Any = None) -> np.ndarray:
    """Differences of neighbouring predictions in each run; of the probability of the positive class."""
    rows = runs(frame, column)
    if positive is None:
        values = model.predict(rows)
    else:
        values = model.predict_proba(rows)[:, list(model.classes_).index(positive)]
    return np.diff(values.reshape(30, 40), axis=1)


@pytest.mark.parametrize("target", ["number", "number on a log scale", "first label", "last label"])
@pytest.mark.parametrize("name", CONSTRAINED)
def test_predictions_of_unseen_rows_are_monotone(name: str, target: str) -> None:
    frame = make_frame()
    rng = np.random.default_rng(5)
    # Waves that a free model follows, falling in the age in many places and flat in the income.
    effect = np.sin(frame["age"].fillna(50) / 5) + frame["age"].fillna(50) / 50 + rng.normal(0, 0.3, 500)
    positive = None
    frame["outcome"] = effect - effect.min()
    if target.endswith("label"):
        frame["outcome"] = np.where(effect > effect.median(), "a", "b")
        positive = "a" if target == "first label" else "b"
    table = build_table(frame, target="outcome")
    transform = "log" if target.endswith("scale") else None
    task = infer_task(table, positive=positive)
    free = small(name, task).fit(table.frame, table.target)
    sign = 1 if positive != "b" else -1
    assert (sign * steps(free, frame, "age", positive)).min() < -1e-3
    asked = add_requests(
        task, target_transform=transform, monotone={"age": sign, "income": -1}, target=table.target
    )
    fitted, _ = fit_rows(small(name, asked), table, np.arange(500), n_threads=1)
    along = sign * steps(fitted, frame, "age", positive)
    assert along.min() >= 0
    assert along.max() > 1e-3
    assert steps(fitted, frame, "income", positive).max() <= 0


@pytest.mark.parametrize("name", CONSTRAINED)
def test_constrained_column_may_be_unknown_in_the_training_rows(name: str) -> None:
    frame = make_frame().sort_values("joined")
    frame.loc[frame.index[:300], "income"] = np.nan
    table, task = settle(frame, monotone={"income": 1}, time="joined")
    fitted, _ = fit_rows(small(name, task), table, np.arange(250), n_threads=1)
    predicted = fitted.predict(table.frame.iloc[300:])
    unknown = fitted.predict(table.frame.iloc[300:].assign(income=np.nan))
    # An explainable boosting machine gives the missing value of that column what rounding leaves.
    np.testing.assert_allclose(predicted, unknown, rtol=0, atol=1e-5 if name == "ebm" else 0)


@pytest.mark.parametrize("name", CONSTRAINED)
def test_model_alone_can_be_monotone_without_known_columns(name: str) -> None:
    frame = make_frame()
    model = make_model(name, task="regression", monotone={"age": -1})
    model.fit(frame.drop(columns="outcome"), frame["outcome"])
    assert steps(model, frame, "age").max() <= 0


BOTH = {"objective": "absolute_error", "monotone": {"age": 1}}


@pytest.mark.parametrize(
    ("task", "requests", "message"),
    [
        ("regression", {"objective": "poison"}, "unknown objective 'poison': did you mean 'poisson'"),
        ("regression", {"objective": "poisson:1.2"}, "a number belongs to tweedie alone"),
        ("regression", {"objective": "tweedie:2"}, "between 1 and 2"),
        ("regression", {"objective": "tweedie:x"}, "between 1 and 2"),
        (
            "binary",
            {"objective": "poisson"},
            "the objective poisson is for regression, and the task is binary",
        ),
        ("regression", {"target_transform": "sqrt"}, "unknown target transform 'sqrt': choose one of log"),
        ("binary", {"target_transform": "log"}, "log is for regression, and the task is binary"),
        (
            "regression",
            {"target_transform": "log", "objective": "gamma"},
            "the objective gamma has a logarithm of its own",
        ),
        (
            "multiclass",
            {"monotone": {"age": 1}},
            "for regression and two classes, and the task is multiclass",
        ),
        ("regression", {"monotone": {"age": 2}}, r"have 1 \(predictions rise\) or -1 \(they fall\), got 2"),
        ("regression", {"monotone": {"aeg": 1}}, "no column 'aeg' .*: did you mean 'age'"),
        (
            "regression",
            {"monotone": {"outcome": 1}},
            "no column 'outcome' to be monotone in is among the features",
        ),
        ("regression", {"monotone": {"plan": 1}}, "monotone in column 'plan' of kind category: name numeric"),
        ("regression", {"monotone": {"joined": 1}}, "'joined' of kind date"),
        ("regression", {"monotone": ["age"]}, r"monotone=\['age'\]: expected a mapping"),
        ("regression", BOTH, "absolute_error sets leaves to medians"),
    ],
)
def test_requests_without_meaning_are_refused(task: str, requests: dict[str, Any], message: str) -> None:
    kinds = {"age": "numeric", "plan": "category", "joined": "date"}
    with pytest.raises(InputError, match=message):
        add_requests(Task(task, kinds=kinds), **requests)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lowest", "requests", "message"),
    [
        (-0.5, {"target_transform": "log"}, "log needs values from 0 on, and the lowest of 'y' is -0.5"),
        (-2, {"objective": "poisson"}, "poisson needs values from 0 on, and the lowest of 'y' is -2"),
        (-2, {"objective": "tweedie:1.2"}, "tweedie needs values from 0 on"),
        (0, {"objective": "gamma"}, "gamma needs values above 0, and the lowest of 'y' is 0"),
    ],
)
def test_targets_that_do_not_suit_are_refused(lowest: float, requests: dict[str, Any], message: str) -> None:
    target = pd.Series([lowest, 3.0, 4.5], name="y")
    with pytest.raises(InputError, match=message):
        add_requests(Task("regression"), target=target, **requests)


def test_targets_on_the_edge_are_taken() -> None:
    target = pd.Series([0.0, 3.0], name="y")
    for requests in ({"target_transform": "log"}, {"objective": "poisson"}, {"objective": "tweedie"}):
        add_requests(Task("regression"), target=target, **requests)


def test_what_was_asked_before_stays() -> None:
    asked = add_requests(Task("regression"), objective="poisson", monotone={"age": 1})
    assert add_requests(asked) == asked
    assert make_model("lightgbm", task=asked)["model"].objective == "poisson"


def test_one_model_that_lacks_what_is_asked_of_it_is_refused() -> None:
    with pytest.raises(InputError, match="model 'knn' has no objective poisson"):
        make_model("knn", task="regression", objective="poisson")
    with pytest.raises(InputError, match="'catboost' has no objective gamma: it has squared_error, "):
        make_model("catboost", task="regression", objective="gamma")
    with pytest.raises(InputError, match="model 'linear' has no monotone columns"):
        make_model("linear", task="regression", monotone={"age": 1})
    asked = add_requests(Task("regression"), objective="poisson", monotone={"age": 1})
    assert fingerprint_estimator(make_model("knn", task=asked)) == fingerprint_estimator(
        make_model("knn", task="regression")
    )


def test_candidate_says_what_it_lacks() -> None:
    asked = add_requests(Task("regression"), objective="tweedie:1.2", monotone={"age": 1})
    assert get_candidate("lightgbm").lacks(asked) == ()
    assert get_candidate("hist_gradient_boosting").lacks(asked) == ("objective",)
    assert get_candidate("linear").lacks(asked) == ("monotone",)
    assert Candidate("mine", get_candidate("knn").build).lacks(asked) == ("objective", "monotone")
    assert get_candidate("knn").lacks(Task("regression")) == ()


def test_every_objective_has_a_candidate() -> None:
    assert {objective for candidate in CATALOG[1:] for objective in candidate.objectives} == set(OBJECTIVES)

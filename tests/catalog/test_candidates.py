"""Every candidate of the catalog, on a table as awkward as real ones."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.pipeline import Pipeline

from tabkit._core import InputError, MissingExtraError
from tabkit.catalog import CATALOG, get_candidate, make_model, select_candidates
from tabkit.data import Table, Task, build_table, infer_task
from tabkit.evaluation import fingerprint_estimator, fit_rows

TASKS = ("binary", "multiclass", "regression")
candidates = pytest.mark.parametrize("name", [candidate.name for candidate in CATALOG])


@dataclass(frozen=True)
class Split:
    table: Table
    task: Task
    train: np.ndarray = field(repr=False)
    test: np.ndarray = field(repr=False)


@pytest.fixture(scope="module", params=TASKS)
def split(request, awkward_frame) -> Split:
    table = build_table(awkward_frame(request.param, n_rows=160), target="outcome")
    rows = np.random.default_rng(0).permutation(table.n_rows)
    return Split(table, infer_task(table), rows[:120], rows[120:])


def small(name: str, task: Task) -> Pipeline:
    """The candidate with fewer trees, where it has any, so that the test is quick."""
    if task.kind not in get_candidate(name).tasks:
        pytest.skip(f"{name} is not for {task.kind}")
    model = make_model(name, task=task)
    fewer = {
        "model__n_estimators": 10,
        "model__max_iter": 20,
        "model__iterations": 20,
        "model__max_epochs": 5,
    }
    known = model.get_params()
    if name not in ("linear", "elastic_net", "lasso"):
        model.set_params(**{key: value for key, value in fewer.items() if key in known})
    return model


def predict(model: Pipeline, task: Task, frame: pd.DataFrame) -> np.ndarray:
    return model.predict_proba(frame) if task.is_classification else model.predict(frame)


class Recorder(TransformerMixin, BaseEstimator):
    """Passes a frame on and remembers which rows it was fitted on."""

    def fit(self, X, y=None):
        self.rows_ = list(X.index)
        return self

    def transform(self, X):
        return X


@candidates
def test_fits_only_training_rows_and_predicts_all_test_rows(name: str, split: Split) -> None:
    model = small(name, split.task)
    model.steps.insert(0, ("recorder", Recorder()))
    fitted, _ = fit_rows(model, split.table, split.train, n_threads=1)
    assert sorted(fitted.named_steps["recorder"].rows_) == sorted(split.train)
    predicted = predict(fitted, split.task, split.table.frame.iloc[split.test])
    assert len(predicted) == len(split.test)
    assert np.isfinite(predicted).all()
    if split.task.is_classification:
        np.testing.assert_allclose(predicted.sum(axis=1), 1.0, atol=1e-9)


@candidates
def test_order_of_categories_changes_no_prediction(name: str, split: Split) -> None:
    columns = ["plan", "city"]
    forward, backward = split.table.frame.copy(), split.table.frame.copy()
    for column in columns:
        levels = sorted(split.table.frame[column].dropna().unique())
        forward[column] = pd.Categorical(forward[column], categories=levels)
        backward[column] = pd.Categorical(backward[column], categories=levels[::-1])
    y = split.table.target.iloc[split.train]
    model = clone(small(name, split.task)).fit(forward.iloc[split.train], y)
    np.testing.assert_allclose(
        predict(model, split.task, backward.iloc[split.test]),
        predict(model, split.task, forward.iloc[split.test]),
        rtol=1e-12,
    )
    refitted = clone(small(name, split.task)).fit(backward.iloc[split.train], y)
    np.testing.assert_allclose(
        predict(refitted, split.task, backward.iloc[split.test]),
        predict(model, split.task, forward.iloc[split.test]),
        rtol=1e-9,
    )


@candidates
def test_unseen_categories_and_missing_values_are_predicted(name: str, split: Split) -> None:
    model, _ = fit_rows(small(name, split.task), split.table, split.train, n_threads=1)
    strange = split.table.frame.iloc[split.test[:5]].copy()
    strange["plan"] = ["unheard of", None, "basic", "BASIC", ""]
    strange["age"] = np.nan
    assert np.isfinite(predict(model, split.task, strange)).all()


@pytest.mark.parametrize(
    ("name", "kind"), [(candidate.name, kind) for candidate in CATALOG for kind in candidate.tasks]
)
def test_same_recipe_same_fingerprint(name: str, kind: str) -> None:
    first, second, other = (make_model(name, task=kind, random_state=seed) for seed in (0, 0, 1))
    assert fingerprint_estimator(first) == fingerprint_estimator(second)
    if name != "dummy":
        assert fingerprint_estimator(first) != fingerprint_estimator(other)


def test_default_ones_are_those_of_the_documentation() -> None:
    assert [candidate.name for candidate in select_candidates()] == [
        "dummy",
        "linear",
        "elastic_net",
        "knn",
        "svm",
        "tree",
        "random_forest",
        "extra_trees",
        "hist_gradient_boosting",
        "lightgbm",
        "xgboost",
        "catboost",
    ]


def test_select_by_name_and_exclusion() -> None:
    chosen = select_candidates(["linear", "lasso", "linear"], exclude=["linear"])
    assert [candidate.name for candidate in chosen] == ["lasso"]


def test_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(InputError, match="unknown model 'lightgmb': did you mean 'lightgbm'"):
        get_candidate("lightgmb")


@pytest.mark.parametrize("name", ["balanced_random_forest", "easy_ensemble"])
def test_balanced_ensembles_are_for_classes(name: str) -> None:
    with pytest.raises(InputError, match=f"model '{name}' is for classes, and the task is regression: leave"):
        make_model(name, task="regression")


@pytest.mark.parametrize("name", ["balanced_random_forest", "easy_ensemble"])
def test_balanced_ensembles_see_as_many_rows_of_each_class(name: str) -> None:
    """Where nothing can be learnt they give a rare class half of the probability, and warn of nothing."""
    rng = np.random.default_rng(0)
    X, y = pd.DataFrame({"noise": rng.normal(size=600)}), np.where(np.arange(600) % 10 == 0, "rare", "common")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = make_model(name, task="binary").fit(X, y)
    others = pd.DataFrame({"noise": rng.normal(size=600)})
    assert model.predict_proba(others)[:, 1].mean() == pytest.approx(0.5, abs=0.1)  # and not its share, 0.1
    assert "model__n_jobs" in model.get_params()


def test_unknown_task_is_refused() -> None:
    with pytest.raises(InputError, match="unknown task 'clustering': choose one of binary"):
        make_model("linear", task="clustering")


def test_missing_extra_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tabkit.catalog._make_model.is_installed", lambda module: False)
    with pytest.raises(
        MissingExtraError, match=r"catboost is not installed: pip install 'tabkit-learn\[catboost\]'"
    ):
        make_model("catboost", task="binary")

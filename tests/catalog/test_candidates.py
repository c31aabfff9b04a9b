"""Every candidate of the catalog, on a table as awkward as real ones."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from fitted_candidates import fit_candidate, make_small, split_table
from sklearn.pipeline import Pipeline

from tabkit._core import InputError, MissingExtraError
from tabkit._core._parameters import speak_of_options
from tabkit.catalog import CATALOG, get_candidate, list_models, make_model, select_candidates
from tabkit.data import Task
from tabkit.evaluation import fingerprint_estimator

# Several classes, and values, reach most models by the way of two classes: a few stand for the others in
# `make test`.
OF_EVERY_KIND = {"dummy", "linear", "lightgbm", "catboost", "mlp", "stacking", "lightgbm_smote"}
CANDIDATES = [
    pytest.param(
        candidate.name,
        kind,
        marks=() if candidate.name in OF_EVERY_KIND or kind == min(candidate.tasks) else pytest.mark.slow,
    )
    for candidate in CATALOG
    for kind in candidate.tasks
]
candidates = pytest.mark.parametrize(("name", "kind"), CANDIDATES)


def predict(model: Pipeline, task: Task, frame: pd.DataFrame) -> np.ndarray:
    return model.predict_proba(frame) if task.is_classification else model.predict(frame)


@candidates
def test_fits_only_training_rows_and_predicts_all_test_rows(name: str, kind: str) -> None:
    split, fitted = split_table(kind), fit_candidate(name, kind)
    assert sorted(fitted.named_steps["recorder"].rows_) == sorted(split.train)
    predicted = predict(fitted, split.task, split.test_frame)
    assert len(predicted) == len(split.test)
    assert np.isfinite(predicted).all()
    if split.task.is_classification:
        np.testing.assert_allclose(predicted.sum(axis=1), 1.0, atol=1e-9)


@candidates
def test_order_of_categories_changes_no_prediction(name: str, kind: str) -> None:
    split, of_text = split_table(kind), fit_candidate(name, kind)
    forward, backward = split.table.frame.copy(), split.table.frame.copy()
    for column in ["plan", "city"]:
        levels = sorted(split.table.frame[column].dropna().unique())
        forward[column] = pd.Categorical(forward[column], categories=levels)
        backward[column] = pd.Categorical(backward[column], categories=levels[::-1])
    expected = predict(of_text, split.task, forward.iloc[split.test])
    np.testing.assert_allclose(predict(of_text, split.task, backward.iloc[split.test]), expected, rtol=1e-12)
    y = split.table.target.iloc[split.train]
    of_categories = make_small(name, split.task).fit(backward.iloc[split.train], y)
    np.testing.assert_allclose(
        predict(of_categories, split.task, backward.iloc[split.test]), expected, rtol=1e-9
    )


@candidates
def test_unseen_categories_and_missing_values_are_predicted(name: str, kind: str) -> None:
    split = split_table(kind)
    strange = split.test_frame[:5].copy()
    strange["plan"] = ["unheard of", None, "basic", "BASIC", ""]
    strange["age"] = np.nan
    assert np.isfinite(predict(fit_candidate(name, kind), split.task, strange)).all()


@candidates
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


def test_unknown_name_says_where_all_are_listed() -> None:
    with pytest.raises(InputError, match=r"^unknown model 'zzz': `tabkit.list_models\(\)` lists them$"):
        make_model("zzz", task="binary")
    with (
        speak_of_options({"models": "--models"}),
        pytest.raises(InputError, match=r"^unknown model 'zzz': `tabkit models` lists them$"),
    ):
        select_candidates(["zzz"])
    with pytest.raises(
        InputError, match=r"did you mean 'catboost' or 'adaboost'\? `tabkit.list_models\(\)` lists them$"
    ):
        select_candidates(exclude=["catbost"])


def test_list_has_every_name_with_what_it_needs_costs_and_is_good_for() -> None:
    models = list_models().set_index("model")
    assert list(models.index[: len(CATALOG)]) == [candidate.name for candidate in CATALOG]
    assert list(models.index[models["by_default"]]) == [candidate.name for candidate in select_candidates()]
    assert models.loc["catboost", "needs"] == "catboost"
    assert models.loc["catboost", "install_command"] == "pip install 'tabkit-learn[catboost]'"
    assert (models["cost"] > 0).all()
    assert models.loc["linear", "cost"] == 1.0
    assert models.loc["lightgbm_smote", "tasks"] == ["binary", "multiclass"]
    for column in ("description", "good_for"):
        assert models.loc[[c.name for c in CATALOG], column].str.len().between(5, 120).all(), column


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

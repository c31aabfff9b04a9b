"""Preparation shared by the candidates of a fold: the same numbers as without, and done once."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from tabkit import make_model
from tabkit.catalog import CATALOG
from tabkit.data import Table, Task, build_table, infer_task
from tabkit.evaluation import TableFile, evaluate_fold, fit_rows, predict_rows, save_table
from tabkit.evaluation._preparation import is_preparable
from tabkit.preprocessing import TablePreprocessor

TRAIN, TEST = np.arange(30, 150), np.arange(30)
ROLES: dict[str, dict[str, str]] = {"none": {}, "groups and weights": {"group": "city", "weight": "größe"}}


# One for each preparation, and those that share the last.
FEW = ("linear", "elastic_net", "random_forest", "extra_trees", "lightgbm", "catboost", "mlp")


@pytest.fixture(params=["none", pytest.param("groups and weights", marks=pytest.mark.slow)])
def case(request: pytest.FixtureRequest, awkward_frame, tmp_path: Path) -> tuple[Table, Task, TableFile]:
    table = build_table(awkward_frame(n_rows=150), target="outcome", **ROLES[request.param])
    return table, infer_task(table), save_table(table, tmp_path / "table.pickle")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("names", [FEW, pytest.param(None, marks=pytest.mark.slow)], ids=["few", "all"])
def test_every_candidate_predicts_what_its_whole_pipeline_does(
    case, shorten, names: tuple[str, ...] | None
) -> None:
    table, task, file = case
    shared = 0
    models = {c.name: shorten(make_model(c.name, task=task, random_state=3)) for c in CATALOG}
    if names is not None:
        models = {name: model for name, model in models.items() if name in names}
    # Dummy prepares nothing, ensembles and calibrated models within their own folds.
    models = {name: model for name, model in models.items() if len(model.steps) > 1}
    for name, model in models.items():
        outcome = evaluate_fold(model, file, task, TRAIN, TEST, 1)
        fitted, _ = fit_rows(model, table, TRAIN, 1)
        prediction, proba, _ = predict_rows(fitted, table.frame.iloc[TEST], task)
        np.testing.assert_array_equal(outcome.prediction, prediction, err_msg=name)
        np.testing.assert_array_equal(outcome.proba, proba, err_msg=name)
        shared += outcome.shared_seconds > 0
        assert outcome.fit_seconds + outcome.predict_seconds > outcome.shared_seconds
    # One preparation each for linear models, trees and boosters, made for the first of them.
    assert len(list((file.path.parent / "prepared").iterdir())) == 3
    assert shared == len(models) - 3


def test_fold_and_settings_tell_preparations_apart(case) -> None:
    _, task, file = case
    for train, seed in ((TRAIN, 0), (TRAIN[1:], 0), (TRAIN, 1), (TRAIN, 0)):
        evaluate_fold(make_model("tree", task=task, random_state=seed), file, task, train, TEST, 1)
    assert len(list((file.path.parent / "prepared").iterdir())) == 3


def test_only_tabkits_own_preprocessor_is_shared() -> None:
    tree = make_model("tree", task="binary")["model"]
    assert is_preparable(
        Pipeline([("prepare", TablePreprocessor()), ("scale", StandardScaler()), ("m", tree)])
    )
    assert not is_preparable(Pipeline([("scale", StandardScaler()), ("m", tree)]))
    assert not is_preparable(Pipeline([("prepare", TablePreprocessor())]))
    assert not is_preparable(Pipeline([("prepare", TablePreprocessor()), ("m", tree)], memory="x"))

    class Own(TablePreprocessor):
        pass

    assert not is_preparable(Pipeline([("prepare", Own()), ("m", tree)]))
    assert not is_preparable(tree)


def test_warnings_of_the_preparation_are_those_of_every_candidate(
    case, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, task, file = case
    fit_transform = TablePreprocessor.fit_transform

    def warn(self: Any, *arguments: Any, **keywords: Any) -> Any:
        warnings.warn("odd column", UserWarning, stacklevel=2)
        return fit_transform(self, *arguments, **keywords)

    monkeypatch.setattr(TablePreprocessor, "fit_transform", warn)
    for _ in range(2):
        outcome = evaluate_fold(make_model("tree", task=task), file, task, TRAIN, TEST, 1)
        assert "UserWarning: odd column" in outcome.warnings


def test_large_preparation_is_not_kept(case, monkeypatch: pytest.MonkeyPatch) -> None:
    _, task, file = case
    monkeypatch.setattr("tabkit.evaluation._preparations._MOST_BYTES", 100)
    for _ in range(2):
        outcome = evaluate_fold(make_model("tree", task=task), file, task, TRAIN, TEST, 1)
        assert outcome.shared_seconds == 0
    assert list((file.path.parent / "prepared").iterdir()) == []


def test_a_table_written_again_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "table.pickle"
    for values in ([1.0, 2.0], [3.0, 4.0]):
        file = save_table(build_table(pd.DataFrame({"x": values, "y": ["a", "b"]}), target="y"), path)
        assert file.load() is file.load()
        assert file.load().frame["x"].tolist() == values

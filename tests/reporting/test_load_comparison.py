"""A comparison read back from its folder: the same leaderboard, sentences, report and record."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tabkit
from tabkit import InputError
from tabkit.comparison import Comparison, Winner, as_record, load_comparison
from tabkit.comparison._files._record import write_results
from tabkit.evaluation import LastScore
from tabkit.metrics import Metric
from tabkit.reporting import render_html


def write_and_load(comparison: Comparison) -> Comparison:
    write_results(comparison)
    assert comparison.folder is not None
    return load_comparison(comparison.folder)


def assert_same(loaded: Comparison, made: Comparison) -> None:
    pd.testing.assert_frame_equal(loaded.frame(), made.frame())
    assert loaded.sentences == made.sentences
    assert as_record(loaded) == as_record(made)
    assert render_html(loaded) == render_html(made)
    assert loaded.folds.fingerprint == made.folds.fingerprint
    for before, after in zip(made.evaluations, loaded.evaluations, strict=True):
        pd.testing.assert_frame_equal(after.predictions(), before.predictions())


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_everything_but_the_features_is_there(
    kind: str, made_up: Callable[..., Comparison], tmp_path: Path
) -> None:
    made = made_up(kind=kind)
    loaded = write_and_load(made)
    assert_same(loaded, made)
    assert loaded.table.frame.shape == (made.table.n_rows, 0)
    assert loaded.table.n_features == made.table.n_features == 2
    pd.testing.assert_series_equal(loaded.table.target, made.table.target)
    assert loaded.winner == made.winner


def test_roles_of_rows_and_the_last_score_are_there(made_up: Callable[..., Comparison]) -> None:
    made = made_up(n_folds=3)
    n_rows = made.table.n_rows
    rng = np.random.default_rng(0)
    table = replace(
        made.table,
        groups=pd.Series(rng.choice(["a", "b", "c"], n_rows), name="shop"),
        times=pd.Series(pd.date_range("2024-01-01", periods=n_rows, freq="h"), name="hour"),
        weights=pd.Series(rng.random(n_rows), name="w"),
        source_rows=np.arange(n_rows) * 2,
    )
    score = LastScore("90 rows, drawn at random", 90, {"roc_auc": 0.9, "log_loss": math.nan}, (0.8, 0.95))
    folds = replace(made.folds, source_rows=table.source_rows)
    winner = Winner("catboost", None, 3.2, "no time was left", score)
    made = replace(made, table=table, folds=folds, winner=winner)
    loaded = write_and_load(made)
    assert_same(loaded, made)
    pd.testing.assert_series_equal(loaded.table.times, table.times)
    pd.testing.assert_series_equal(loaded.table.weights, table.weights)
    assert loaded.table.groups is not None
    assert loaded.table.groups.name == "shop"
    pd.testing.assert_frame_equal(
        pd.crosstab(loaded.table.groups, table.groups).gt(0).sum().to_frame(),
        pd.Series(1, index=pd.Index(["a", "b", "c"], name="shop")).to_frame(),
    )
    np.testing.assert_array_equal(loaded.folds.source_rows, table.source_rows)
    assert loaded.winner is not None
    assert math.isnan(loaded.winner.last_score.scores["log_loss"])


@pytest.mark.parametrize(
    "labels", [(False, True), (0, 1), (1.5, 2.5), ("a\udcff", "b")], ids=["bool", "int", "float", "not UTF-8"]
)
def test_labels_keep_their_type(labels: tuple[Any, Any], made_up: Callable[..., Comparison]) -> None:
    made = made_up(classes=labels, models={"linear": 1.5}, failures=())
    loaded = write_and_load(made)
    assert as_record(loaded) == as_record(made)
    assert [type(label) for label in loaded.task.classes] == [type(label) for label in labels]
    assert loaded.table.target_fingerprint == made.table.target_fingerprint
    assert list(loaded.table.target) == list(made.table.target)
    assert render_html(loaded) == render_html(made)


def test_a_metric_of_the_users_own_is_there_without_its_function(made_up: Callable[..., Comparison]) -> None:
    made = made_up(n_folds=4, models={"linear": 1.5, "tree": 2.6})
    own = Metric("cost", "cost", False, ("binary",), "labels", _cost, highest=math.inf)
    task = replace(made.task, metric="cost", own_metric=own)
    evaluations = tuple(
        replace(one, folds=tuple(replace(f, scores={"cost": 0.5 + f.fold}) for f in one.folds))
        for one in made.evaluations
    )
    made = replace(made, task=task, evaluations=evaluations)
    loaded = write_and_load(made)
    assert_same(loaded, made)
    found = loaded.task.own_metric
    assert (found.label, found.greater_is_better, found.lowest, found.highest) == (
        "cost",
        False,
        0.0,
        math.inf,
    )
    with pytest.raises(InputError, match=r"the function of the metric 'cost' is not part of the results"):
        found.compute(np.zeros(2), np.zeros(2), ("no", "yes"))
    again = write_and_load(loaded)
    assert as_record(again) == as_record(made)


def _cost(y: np.ndarray, predicted: np.ndarray, classes: Any) -> float:
    return float((5.0 * (y > predicted)).mean())


def test_a_run_is_the_same_when_it_is_read_back(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=120), "shop": rng.integers(8, size=120)})
    frame["day"] = pd.date_range("2024-01-01", periods=120)
    frame["y"] = np.where(frame["x"] + rng.normal(size=120) > 0, "yes", "no")
    made = tabkit.compare(
        frame,
        target="y",
        time="day",
        models=["dummy", "tree"],
        autogluon=False,
        n_folds=3,
        holdout=0.2,
        n_jobs=1,
        n_threads=1,
        out=tmp_path / "results",
    )
    loaded = tabkit.load_comparison(tmp_path / "results")
    assert_same(loaded, made)
    assert loaded.winner == made.winner
    assert loaded.settings == made.settings
    assert made.audit is not None
    assert loaded.audit is not None
    assert [check.n_findings for check in loaded.audit.checks] == [c.n_findings for c in made.audit.checks]
    assert tabkit.load(loaded.winner.path).predict(frame.drop(columns="y")).shape == (120,)


def test_files_that_are_damaged_are_named(made_up: Callable[..., Comparison], tmp_path: Path) -> None:
    made = replace(made_up(models={"linear": 1.5}, failures=()), folder=tmp_path)
    write_results(made)
    (tmp_path / "folds.npz").write_bytes(b"PK\x03\x04 half of it")
    with pytest.raises(
        InputError, match=r"comparison.json' is no record of a run, or is damaged \(BadZipFile"
    ):
        load_comparison(tmp_path)
    write_results(made)
    (tmp_path / "rows.parquet").write_bytes(b"PAR1 half of it")
    with pytest.raises(InputError, match=r"is no record of a run, or is damaged"):
        load_comparison(tmp_path)
    record = json.loads((tmp_path / "comparison.json").read_text())
    del record["table"]["roles"]
    (tmp_path / "comparison.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match=r"is of an older tabkit: run its command again"):
        load_comparison(tmp_path)

"""The positive class of a run: asked for where something hangs on it, else said, and kept with the model."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import FixedThresholdClassifier

import tabkit
from tabkit._core import InputError
from tabkit._core._parameters import speak_of_options
from tabkit.calibration import MaxRecall, TunedThresholdClassifier
from tabkit.comparison._question._resolve import Question, resolve
from tabkit.comparison._run._entrants import make_entrants
from tabkit.comparison._words._introduction import _say_task
from tabkit.data import Task, infer_task


@pytest.fixture
def loans() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    debt = rng.normal(size=300)
    outcome = np.where(debt + rng.normal(0, 0.7, 300) > 0.8, "bad", "good")
    return pd.DataFrame({"debt": debt, "age": rng.uniform(20, 80, 300), "outcome": outcome})


def ask(frame: pd.DataFrame, **options: Any) -> Task:
    return resolve(Question(frame, target="outcome", **options), 0).task


@pytest.mark.parametrize(
    ("options", "asked_by"),
    [
        ({"metric": "f1"}, "metric 'f1'"),
        ({"metric": "average_precision"}, "metric 'average_precision'"),
        ({"metric": f1_score}, "metric 'f1_score'"),
        ({"threshold": "f1"}, "threshold='f1'"),
        ({"threshold": 0.3}, "threshold='0.3'"),
        ({"threshold": "costs:fp=1,fn=5"}, "threshold='costs:fp=1,fn=5'"),
        ({"monotone": {"debt": 1}}, "a monotone column"),
    ],
)
def test_what_hangs_on_it_asks_for_it(loans: pd.DataFrame, options: dict[str, Any], asked_by: str) -> None:
    said = f"{asked_by} needs a positive class, and neither 'bad' nor 'good' says that it is: pass positive="
    with pytest.raises(InputError, match=f"^{re.escape(said)}"):
        ask(loans, **options)
    assert ask(loans, positive="good", **options).positive == "good"
    assert ask(loans.replace({"bad": "yes", "good": "no"}), **options).positive == "yes"


@pytest.mark.parametrize(
    "options",
    [{}, {"metric": "accuracy"}, {"metric": "log_loss"}, {"threshold": "accuracy"}, {"calibrate": "sigmoid"}],
)
def test_nothing_asks_where_both_classes_are_alike(loans: pd.DataFrame, options: dict[str, Any]) -> None:
    task = ask(loans, **options)
    assert (task.positive, task.is_positive_told) == ("bad", False)


def test_who_asks_about_a_rare_class_means_that_one(loans: pd.DataFrame) -> None:
    task = ask(loans, imbalance=True, threshold="f1")
    assert (task.positive, task.is_positive_told) == ("bad", True)


def test_first_line_says_that_it_is_a_guess() -> None:
    guess = infer_task(pd.Series(["good"] * 7 + ["bad"] * 3))
    assert _say_task(guess) == "binary, positive class 'bad' (the rarer; 'good' with positive='good')"
    with speak_of_options({"positive": "--positive"}):
        assert _say_task(guess).endswith("(the rarer; 'good' with --positive good)")
    even = infer_task(pd.Series(["good", "bad"] * 5))
    assert _say_task(even) == "binary, positive class 'good' (as it sorts last; 'bad' with positive='bad')"
    told = infer_task(pd.Series(["good"] * 7 + ["bad"] * 3), positive="bad")
    assert _say_task(told) == "binary, positive class 'bad' (other: 'good')"


def test_own_models_are_told_the_positive_class_of_the_task(loans: pd.DataFrame) -> None:
    tuned = TunedThresholdClassifier(LogisticRegression(), objective=MaxRecall(min_precision=0.8))
    fixed = FixedThresholdClassifier(LogisticRegression(), threshold=0.3)
    told = FixedThresholdClassifier(LogisticRegression(), threshold=0.3, pos_label="good")
    models = [("tuned", tuned), ("fixed", fixed), ("told", told)]

    def labels(task: Task) -> list[Any]:
        return [
            one.estimator.get_params()["pos_label"] for one in make_entrants(models, [], task, 0).entrants
        ]

    assert labels(ask(loans, positive="bad")) == ["bad", "bad", "good"]
    assert labels(ask(loans)) == [None, None, "good"]  # a guess is not handed on
    assert tuned.pos_label is None


def test_card_and_record_of_the_saved_model(loans: pd.DataFrame, tmp_path: Path) -> None:
    options: Any = {
        "autogluon": False,
        "audit": False,
        "n_folds": 2,
        "time_limit": None,
        "n_jobs": 1,
        "n_threads": 1,
    }
    run = tabkit.compare(
        loans,
        target="outcome",
        positive="bad",
        threshold="f1",
        models=["linear"],
        out=tmp_path / "run",
        **options,
    )
    card = (tmp_path / "run" / "model" / "card.md").read_text(encoding="utf-8")
    model = tabkit.load(tmp_path / "run" / "model" / "model.skops")
    assert (model.pos_label_, list(model.classes_)) == ("bad", ["bad", "good"])
    assert "- columns of `predict_proba`, in this order: 'bad', 'good'" in card
    assert "- positive class: 'bad', as it was given" in card
    assert f"says 'bad' where `predict_proba(...)[:, 0]` is {model.threshold_:.6g} or more" in card
    assert run.winner is not None
    assert (run.winner.columns, run.winner.threshold) == (("bad", "good"), model.threshold_)
    record = json.loads((tmp_path / "run" / "comparison.json").read_text(encoding="utf-8"))
    assert (record["task"]["positive"], record["task"]["positive_by"]) == ("bad", "given")
    assert record["winner"]["columns"] == ["bad", "good"]
    again = tabkit.load_comparison(tmp_path / "run")
    assert again.winner == run.winner
    assert again.task.is_positive_told


def test_model_from_a_task_without_classes_finds_its_positive_class(loans: pd.DataFrame) -> None:
    X, y = loans[["debt", "age"]], loans["outcome"]
    model = tabkit.make_model("linear", task=Task("binary", threshold="f1"))
    with pytest.raises(InputError, match=r"pass pos_label='bad' or pos_label='good'"):
        model.fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(X, y.map({"bad": "Yes", "good": "no"}))
    assert model.pos_label_ == "Yes"

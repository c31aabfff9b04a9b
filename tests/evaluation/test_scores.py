"""The scores of one fold: of every metric, in its own sign, with groups and without."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import get_scorer, make_scorer, mean_absolute_error, ndcg_score

from tabkit.data import Table, Task
from tabkit.evaluation import compute_scores, groups_of, metrics_of, primary_metric
from tabkit.metrics import as_metric

BINARY = Task("binary", ("no", "yes"), has_groups=True)
TARGET = pd.Series(["yes", "no", "no", "yes", "no", "yes"])
PREDICTION = np.array(["yes", "yes", "no", "no", "no", "yes"])
PROBA = np.array([[0.2, 0.8], [0.4, 0.6], [0.7, 0.3], [0.6, 0.4], [0.9, 0.1], [0.3, 0.7]])
GROUPS = np.array([0, 0, 0, 1, 1, 1])


def judged_by(metric: object, task: Task) -> Task:
    own = as_metric(metric, task.kind)
    return Task(task.kind, task.classes, metric=own.name, own_metric=own)


def test_relevance_of_a_binary_task_is_its_positive_class() -> None:
    scores = compute_scores(BINARY, TARGET, PREDICTION, PROBA, GROUPS)
    halves = slice(0, 3), slice(3, 6)
    expected = [ndcg_score([TARGET[half] == "yes"], [PROBA[half, 1]]) for half in halves]
    assert scores["ndcg"] == pytest.approx(np.mean(expected), rel=1e-12)


def test_relevance_of_a_regression_is_its_target() -> None:
    target, prediction = pd.Series([3.0, 0.0, 1.0, 0.5]), np.array([0.1, 0.9, 0.3, 0.2])
    scores = compute_scores(Task("regression"), target, prediction, None, np.zeros(4))
    assert scores["ndcg"] == pytest.approx(ndcg_score([target], [prediction]), rel=1e-12)


def test_ranking_needs_groups_and_probabilities() -> None:
    assert "ndcg" not in compute_scores(BINARY, TARGET, PREDICTION, PROBA)
    assert math.isnan(compute_scores(BINARY, TARGET, PREDICTION, None, GROUPS)["map"])


@pytest.mark.parametrize("scorer", ["neg_log_loss", "accuracy"])
def test_own_metric_stands_beside_the_others(scorer: str) -> None:
    task = judged_by(get_scorer(scorer), BINARY)
    scores = compute_scores(task, TARGET, PREDICTION, PROBA)
    named = {"own_log_loss": "log_loss", "accuracy_score": "accuracy"}
    assert scores[task.metric] == pytest.approx(scores[named[task.metric]], rel=1e-12)
    assert primary_metric(task) is metrics_of(task)[-1]


def test_error_by_a_scorer_is_positive() -> None:
    task = judged_by(make_scorer(mean_absolute_error, greater_is_better=False), Task("regression"))
    scores = compute_scores(task, pd.Series([1.0, 2.0]), np.array([2.0, 4.0]), None)
    assert scores["mean_absolute_error"] == scores["mae"] == 1.5


def test_groups_are_codes_of_the_rows() -> None:
    frame = pd.DataFrame({"x": np.arange(4.0)})
    table = Table("t", frame, frame["x"], groups=pd.Series(["b", "a", "b", "c"]))
    found = groups_of(table, np.array([3, 2, 0]))
    assert found is not None
    assert found.tolist() == [0, 1, 1]
    assert groups_of(Table("t", frame, frame["x"]), np.array([0])) is None

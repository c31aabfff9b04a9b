"""The ranking, who is tied, and the sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tabkit.comparison import Leaderboard, build_leaderboard
from tabkit.comparison._run._execution import _note_fewer_rows
from tabkit.comparison._words._fold_rows import say_training_share
from tabkit.comparison._words._verdict import describe_ranking
from tabkit.data import Task, build_table
from tabkit.evaluation import Evaluation, FoldResult, Folds, Status
from tabkit.metrics import as_metric

BINARY = Task("binary", ("no", "yes"))
REGRESSION = Task("regression")


def make_folds(n_folds: int) -> Folds:
    rows = np.arange(10 * n_folds)
    return Folds(tuple((np.delete(rows, test), test) for test in np.array_split(rows, n_folds)), "made up")


def evaluation(name: str, scores: Sequence[float], metric: str = "roc_auc") -> Evaluation:
    results = tuple(
        FoldResult(fold, {metric: score}, 1.0, 0.001, 40, 10, model_bytes=100)
        for fold, score in enumerate(scores)
    )
    return Evaluation(name, "finished", results, len(scores))


def board(*evaluations: Evaluation, task: Task = BINARY, n_folds: int = 5) -> Leaderboard:
    return build_leaderboard(evaluations, make_folds(n_folds), task)


GOOD = [0.90, 0.91, 0.92, 0.90, 0.91]
NEAR = [0.91, 0.90, 0.915, 0.905, 0.90]
WORSE = [0.80, 0.81, 0.82, 0.80, 0.81]


def test_best_first_and_failures_last() -> None:
    failed = Evaluation("broken", "failed", (), 5, reason="fold 0: ValueError: no")
    rows = board(failed, evaluation("b", WORSE), evaluation("a", GOOD)).rows
    assert [(row.rank, row.name) for row in rows] == [(1, "a"), (2, "b"), (None, "broken")]
    assert rows[2].reason == "fold 0: ValueError: no"


def test_lower_is_better_for_errors() -> None:
    rows = board(evaluation("a", [3.0] * 5, "rmse"), evaluation("b", [2.0] * 5, "rmse"), task=REGRESSION).rows
    assert [row.name for row in rows] == ["b", "a"]
    assert rows[1].difference == pytest.approx(1.0)


def test_near_is_tied_and_far_is_not() -> None:
    rows = {
        row.name: row
        for row in board(evaluation("a", GOOD), evaluation("b", NEAR), evaluation("c", WORSE)).rows
    }
    assert (rows["a"].is_tied, rows["b"].is_tied, rows["c"].is_tied) == (False, True, False)
    assert rows["a"].p_value is None


def test_three_folds_only_describe() -> None:
    found = board(evaluation("a", GOOD[:3]), evaluation("b", NEAR[:3]), n_folds=3)
    assert found.is_descriptive
    assert not any(row.is_tied for row in found.rows)
    assert "With 3 scores per model" in " ".join(describe_ranking(found))


def test_score_that_is_nowhere_defined_is_not_ranked() -> None:
    results = tuple(FoldResult(f, {"roc_auc": math.nan, "log_loss": 0.5}, 1.0, 0.1, 40, 10) for f in range(5))
    rows = board(evaluation("a", GOOD), Evaluation("b", "finished", results, 5)).rows
    assert rows[1].rank is None
    assert "ROC AUC is not defined" in rows[1].reason
    rows = board(evaluation("a", GOOD), evaluation("ridge", [math.nan] * 5)).rows
    assert "it has no predict_proba, which ROC AUC needs" in rows[1].reason


def test_score_of_an_own_metric_or_a_ranking_that_is_nowhere_defined_says_why() -> None:
    own = as_metric(lambda y_true, y_pred: math.nan, "regression")
    task = Task("regression", metric=own.name, own_metric=own)
    (row,) = board(evaluation("a", [math.nan] * 5, own.name), task=task).rows
    assert row.reason == "own metric is not defined on any fold: it returned NaN"
    task = Task("regression", metric="ndcg", has_groups=True)
    (row,) = board(evaluation("a", [math.nan] * 5, "ndcg"), task=task).rows
    assert "no group of the test rows has a relevant row" in row.reason


def test_metrics_of_a_ranking_are_shown_only_beside_one_another() -> None:
    names = [metric.name for metric in board(task=Task("regression", has_groups=True)).secondary]
    assert names == ["mae", "r2"]
    task = Task("regression", metric="ndcg", has_groups=True)
    assert [metric.name for metric in board(task=task).secondary] == ["rmse", "mae", "r2", "map"]


def test_folds_without_a_score_leave_nothing_tested() -> None:
    undefined = [math.nan, 0.9, 0.9, 0.8, 0.7]
    found = board(evaluation("a", undefined), evaluation("dummy", [math.nan, 0.5, 0.5, 0.5, 0.5]))
    answer = " ".join(describe_ranking(found))
    assert "defined on 4 of 5 folds" in answer
    assert "With 4 scores per model the differences only describe" in answer
    assert "by more than chance" not in answer
    assert found.is_descriptive


def test_nothing_finished_says_so() -> None:
    found = board(Evaluation("a", "failed", (), 5, reason="why"))
    assert describe_ranking(found) == ("No model finished every fold, so there is no ranking yet.",)
    assert len(found.frame()) == 1


@pytest.mark.parametrize(
    ("simple", "answer"),
    [
        (GOOD, "No: linear is simple and at least as good"),
        (NEAR, "Not by this evidence"),
        (WORSE, "in ROC AUC, and takes 4 x as long to fit and as long to predict."),
    ],
)
def test_is_the_complicated_model_worth_it(simple: list[float], answer: str) -> None:
    other = NEAR if simple is GOOD else GOOD
    linear, lightgbm = evaluation("linear", simple), evaluation("lightgbm", other)
    folds = tuple(replace(fold, fit_seconds=4 * fold.fit_seconds) for fold in lightgbm.folds)
    sentences = describe_ranking(board(linear, replace(lightgbm, folds=folds)))
    assert any(answer in sentence for sentence in sentences), sentences


def test_own_models_and_autogluon_do_not_count_as_complicated() -> None:
    sentences = describe_ranking(
        board(evaluation("linear", NEAR), evaluation("mine", GOOD), evaluation("autogluon", GOOD))
    )
    assert not any("complicated" in sentence for sentence in sentences), sentences


def test_baseline_that_leads_means_no_signal() -> None:
    sentences = describe_ranking(board(evaluation("dummy", GOOD), evaluation("lightgbm", WORSE)))
    assert any("No model beats dummy" in sentence for sentence in sentences)


def test_autogluon_that_leads_is_named_and_so_is_the_saved_model() -> None:
    sentences = describe_ranking(board(evaluation("autogluon", GOOD), evaluation("lightgbm", WORSE)))
    assert any("AutoGluon leads lightgbm" in s and "the saved model is lightgbm" in s for s in sentences)


def test_interval_stays_within_what_the_metric_can_be() -> None:
    (row,) = board(evaluation("a", [1.0, 0.9, 1.0, 1.0, 1.0])).rows
    assert row.interval is not None
    assert row.interval[1] == 1.0


def test_an_answer_of_few_says_that_the_others_did_not_finish() -> None:
    late = [Evaluation(name, "too slow", (), 5, reason="why") for name in ("a", "b")]
    some = describe_ranking(board(evaluation("x", GOOD), evaluation("y", WORSE), *late))
    assert some[1] == (
        "Only 2 of 4 models finished in the time, and the others may be better: raise time_limit."
    )
    assert some[2] == "It is better than every other model that finished by more than chance (5 % level)."
    most = describe_ranking(board(evaluation("x", GOOD), evaluation("y", WORSE), late[0]))
    assert not any("finished in the time" in sentence for sentence in most)
    failed = Evaluation("z", "failed", (), 5, reason="why")
    assert len(describe_ranking(board(evaluation("x", GOOD), failed))) == 1


def test_fewer_training_rows_are_noted_of_those_that_are_ranked() -> None:
    def trained(name: str, n_train: int, status: Status = "finished") -> Evaluation:
        results = tuple(FoldResult(fold, {"roc_auc": 0.8}, 1.0, 0.1, n_train, 10) for fold in range(5))
        return Evaluation(name, status, results, 5)

    evaluations = [trained("all", 40), trained("some", 30), trained("given up", 20, "too slow")]
    assert _note_fewer_rows(evaluations, make_folds(5)) == (
        "Trained on fewer rows of each fold than 40, for want of time: some on 30; raise time_limit.",
    )
    assert _note_fewer_rows(evaluations[:1], make_folds(5)) == ()
    table = build_table(pd.DataFrame({"x": np.arange(50.0) % 7, "y": [0, 1] * 25}), target="y")
    share = say_training_share(table, make_folds(5), evaluations)
    assert share == "80 % of the rows (but some on 30 rows)"

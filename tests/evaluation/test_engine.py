"""The engine: what it predicts, keeps, survives and gives up."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from misbehaving import (
    Aborts,
    Crashes,
    Diary,
    FillsMemory,
    Hangs,
    KilledBySystem,
    PredictsNaN,
    Prints,
    Raises,
    RaisesOnceAndHangs,
)
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from tabkit.evaluation import Deadline, Entrant, Evaluation, LocalProcesses
from tabkit.metrics import as_metric


def evaluate(run, executor: LocalProcesses, *entrants: Entrant, seconds: float | None = 60.0):
    with run.open() as store:
        engine = run.engine(store, executor)
        now = time.monotonic()
        deadline = None if seconds is None else Deadline(now + seconds, now + 0.8 * seconds)
        return engine.evaluate(entrants, lambda so_far: deadline)


def test_out_of_fold_predictions_equal_a_plain_loop(small_run, executor) -> None:
    model = LogisticRegression()
    (evaluation,) = evaluate(small_run, executor, Entrant("linear", model))
    kept = evaluation.predictions().set_index("row")
    assert sorted(kept.index) == list(range(small_run.table.n_rows))
    for train, test in small_run.folds.pairs:
        fitted = model.fit(small_run.table.frame.iloc[train], small_run.table.target.iloc[train])
        expected = fitted.predict_proba(small_run.table.frame.iloc[test])
        np.testing.assert_allclose(
            kept.loc[test, ["probability_no", "probability_yes"]], expected, rtol=1e-12
        )


def test_no_test_row_is_seen_in_fit_and_groups_arrive(small_run, executor, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    diary.mkdir()
    (evaluation,) = evaluate(small_run, executor, Entrant("diary", Diary(str(diary))))
    assert evaluation.is_finished, evaluation.reason
    entries = [json.loads(path.read_text()) for path in diary.iterdir()]
    assert len(entries) == len(small_run.folds)
    for entry in entries:
        assert not set(entry["fitted"]) & set(entry["predicted"])
        assert entry["groups"] == [row // 4 for row in entry["fitted"]]


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (Raises(), "ValueError: the cat ate"),
        (Crashes(), "SIGSEGV"),
        (Aborts(), "SIGABRT"),
        (KilledBySystem(), "SIGKILL, perhaps for want of memory"),
        (PredictsNaN(), "not finite"),
    ],
    ids=["raises", "crashes", "aborts", "killed", "nan"],
)
def test_failure_is_a_row_and_the_rest_goes_on(small_run, executor, model, reason: str) -> None:
    failed, healthy = evaluate(
        small_run, executor, Entrant("bad", model, cost=0), Entrant("good", DummyClassifier())
    )
    assert failed.status == "failed"
    assert reason in failed.reason
    assert "\n" not in failed.reason
    assert healthy.is_finished


def test_memory_limit_stops_the_one_that_fills_it(small_run) -> None:
    with LocalProcesses(n_jobs=2, n_threads=1, memory_limit=500_000_000) as executor:
        full, healthy = evaluate(
            small_run, executor, Entrant("full", FillsMemory(), cost=0), Entrant("good", DummyClassifier())
        )
    assert full.status == "failed"
    assert full.reason.endswith("it used more than its 0.5 GB of memory: raise memory_limit")
    assert healthy.is_finished


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")
def test_system_that_wants_for_memory_takes_a_worker(executor) -> None:
    executor.submit("score", read_own_oom_score)
    while not (finished := executor.wait()):
        pass
    assert finished.value > int(Path("/proc/self/oom_score_adj").read_text())


def read_own_oom_score() -> int:
    return int(Path("/proc/self/oom_score_adj").read_text())


def test_other_folds_of_a_failed_candidate_are_stopped(small_run, executor) -> None:
    failed, healthy = evaluate(
        small_run, executor, Entrant("bad", RaisesOnceAndHangs(), cost=0), Entrant("good", DummyClassifier())
    )
    assert failed.reason == "fold 0: ValueError: the first row is missing"
    assert healthy.is_finished


def test_what_a_model_prints_does_not_disturb(small_run, executor) -> None:
    (evaluation,) = evaluate(small_run, executor, Entrant("talker", Prints()))
    assert evaluation.is_finished, evaluation.reason


@pytest.mark.slow
def test_hanging_model_is_killed_within_the_limit(small_run, executor) -> None:
    started = time.monotonic()
    hung, healthy = evaluate(
        small_run, executor, Entrant("hangs", Hangs(), cost=0), Entrant("good", DummyClassifier()), seconds=12
    )
    assert time.monotonic() - started < 12 + 5
    assert hung.status == "too slow"
    assert "raise time_limit" in hung.reason
    assert healthy.is_finished


def test_finished_folds_are_not_fitted_again(small_run, executor, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    diary.mkdir()
    entrant = Entrant("diary", Diary(str(diary)))
    (first,) = evaluate(small_run, executor, entrant)
    (second,) = evaluate(small_run, executor, entrant)
    assert len(list(diary.iterdir())) == len(small_run.folds)
    assert second == first


def test_candidate_with_another_setting_is_fitted_again(small_run, executor) -> None:
    (first,) = evaluate(small_run, executor, Entrant("linear", LogisticRegression()))
    (second,) = evaluate(small_run, executor, Entrant("linear", LogisticRegression(C=1e-6)))
    assert first.folds[0].scores != second.folds[0].scores


def test_damaged_record_is_fitted_again(small_run, executor) -> None:
    entrant = Entrant("linear", LogisticRegression())
    (first,) = evaluate(small_run, executor, entrant)
    record = small_run.folder / "evaluations" / "linear" / "fold-1.json"
    record.write_text(record.read_text()[:40])
    (second,) = evaluate(small_run, executor, entrant)
    assert second.is_finished
    assert [fold.scores for fold in second.folds] == [fold.scores for fold in first.folds]


def test_fold_kept_without_the_primary_metric_is_fitted_again(small_run, executor) -> None:
    entrant = Entrant("linear", LogisticRegression())
    evaluate(small_run, executor, entrant)
    record = small_run.folder / "evaluations" / "linear" / "fold-1.json"
    kept = json.loads(record.read_text())
    del kept["result"]["scores"]["roc_auc"]
    record.write_text(json.dumps(kept))
    (second,) = evaluate(small_run, executor, entrant)
    assert all("roc_auc" in fold.scores for fold in second.folds)


def test_own_metric_travels_to_the_workers_and_its_failure_is_a_row(small_run, executor) -> None:
    limit = 0.5

    def share_of_yes(y_true, y_pred):
        if limit > 1:
            raise ZeroDivisionError("no limit")
        return np.mean(y_pred == "yes")

    own = as_metric(share_of_yes, "binary")
    run = replace(small_run, task=replace(small_run.task, metric=own.name, own_metric=own))
    entrant = Entrant("dummy", DummyClassifier(strategy="constant", constant="yes"))
    (evaluation,) = evaluate(run, executor, entrant)
    assert [fold.scores["share_of_yes"] for fold in evaluation.folds] == [1.0] * 3
    limit = 2.0
    (evaluation,) = evaluate(run, executor, Entrant("other", LogisticRegression()))
    assert evaluation.status == "failed"
    assert "metric 'share_of_yes' fails: ZeroDivisionError: no limit" in evaluation.reason


def test_no_time_is_too_slow_and_says_so(small_run, executor) -> None:
    (evaluation,) = evaluate(small_run, executor, Entrant("linear", LogisticRegression()), seconds=0.0)
    assert evaluation.status == "too little time"
    assert evaluation.reason == "no time was left to begin it: raise time_limit"


def test_entrant_that_is_not_installed_is_a_row(small_run, executor) -> None:
    reason = "pip install 'tabkit-learn[catboost]'"
    (evaluation,) = evaluate(
        small_run, executor, Entrant("catboost", None, status="not installed", reason=reason)
    )
    assert (evaluation.status, evaluation.reason) == ("not installed", reason)


def scores_of(evaluation: Evaluation) -> list[dict[str, float]]:
    return [dict(result.scores) for result in evaluation.folds]


def test_number_of_jobs_changes_no_number(small_run, executor, tmp_path: Path) -> None:
    from dataclasses import replace

    entrant = Entrant("linear", LogisticRegression())
    (two_jobs,) = evaluate(small_run, executor, entrant, seconds=None)
    with LocalProcesses(n_jobs=1, n_threads=1) as one:
        (one_job,) = evaluate(replace(small_run, folder=tmp_path / "one"), one, entrant, seconds=None)
    assert scores_of(one_job) == scores_of(two_jobs)


def test_the_end_does_not_wait_for_processes_that_start(small_run) -> None:
    entrants = [Entrant(f"hangs {number}", Hangs(), cost=number) for number in range(6)]
    with LocalProcesses(n_jobs=2, n_threads=1) as executor:
        started = time.monotonic()
        evaluations = evaluate(small_run, executor, *entrants, seconds=3)
        assert time.monotonic() - started < 4
    assert {evaluation.status for evaluation in evaluations} <= {"too slow", "too little time"}


def double(number: int) -> int:
    return 2 * number


def test_a_place_that_was_left_empty_is_filled_again_and_the_spare_stays_for_its_calls() -> None:
    with LocalProcesses(n_jobs=1, n_threads=1) as executor:
        executor.submit("hangs", time.sleep, 1000)
        executor.kill("hangs", is_replaced=False)
        assert executor.n_free == 0
        executor.submit_to_spare("spare", double, 1)
        executor.fill()
        executor.submit("place", double, 2)
        finished: dict[object, int] = {}
        while len(finished) < 2:
            if (done := executor.wait()) is not None:
                finished[done.key] = done.value
    assert finished == {"spare": 2, "place": 4}

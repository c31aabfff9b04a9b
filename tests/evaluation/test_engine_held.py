"""Results of other tables, recipes and engines do not count, and a bad model costs its own row only."""

from __future__ import annotations

import pickle
import threading
import time
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from joblib import Parallel, delayed
from misbehaving import Hangs
from nested import CountsCalls, HoldsLock, Unreadable
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_info

from tabkit.data import Task
from tabkit.evaluation import (
    Deadline,
    Engine,
    Entrant,
    Folds,
    InProcess,
    LocalProcesses,
    MemoryStore,
    complete_scores,
    fingerprint_estimator,
    metrics_of,
    predict_rows,
    save_table,
)
from tabkit.evaluation._predict import takes_most_probable
from tabkit.preprocessing import TablePreprocessor

LINEAR = make_pipeline(TablePreprocessor("linear"), LogisticRegression())


@pytest.fixture
def other_table(small_run):
    rng = np.random.default_rng(7)
    table = small_run.table
    frame = table.frame.assign(noise=rng.normal(size=table.n_rows), row=rng.normal(size=table.n_rows))
    return replace(table, frame=frame)


def plain(model: Any, table: Any, folds: Folds) -> np.ndarray:
    parts = []
    for train, test in folds.pairs:
        fitted = clone(model).fit(table.frame.iloc[train], table.target.iloc[train])
        parts.append(fitted.predict_proba(table.frame.iloc[test])[:, 1])
    return np.concatenate(parts)


def proba(evaluation: Any) -> np.ndarray:
    assert evaluation.is_finished, evaluation.reason
    return evaluation.predictions()["probability_yes"].to_numpy()


@pytest.mark.parametrize("names", [("table", "table"), ("a", "b")])
def test_another_table_has_preparations_of_its_own(small_run, other_table, tmp_path, names) -> None:
    for table, name in zip((small_run.table, other_table), names, strict=True):
        file = save_table(table, tmp_path / f"{name}.pickle")
        engine = Engine(file, small_run.task, small_run.folds, MemoryStore(), InProcess())
        (found,) = engine.evaluate([Entrant("linear", LINEAR)])
        np.testing.assert_allclose(proba(found), plain(LINEAR, table, small_run.folds), rtol=1e-9)


@pytest.mark.parametrize("kept", ["memory", "folder"])
def test_results_of_another_table_or_other_folds_do_not_count(small_run, other_table, kept: str) -> None:
    rows = np.arange(small_run.table.n_rows)
    halves = Folds(((rows[:30], rows[30:]), (rows[30:], rows[:30])), "halves")
    with small_run.open() as folder:
        store = MemoryStore() if kept == "memory" else folder
        for table, folds in (
            (small_run.table, small_run.folds),
            (other_table, small_run.folds),
            (other_table, halves),
        ):
            engine = Engine(table, small_run.task, folds, store, InProcess())
            (found,) = engine.evaluate([Entrant("linear", LINEAR)])
            np.testing.assert_allclose(proba(found), plain(LINEAR, table, folds), rtol=1e-9)


def test_an_evaluation_stays_what_it_was(small_run) -> None:
    store = MemoryStore()

    def run(model: Any) -> Any:
        engine = Engine(small_run.table, small_run.task, small_run.folds, store, InProcess())
        return engine.evaluate([Entrant("m", model)])[0]

    first = run(LINEAR)
    before = proba(first).copy()
    first.predictions_of(0)["prediction"] = "spoiled"
    run(DummyClassifier())
    np.testing.assert_array_equal(proba(first), before)
    assert "spoiled" not in set(first.predictions()["prediction"])


def test_kept_models_share_nothing(small_run) -> None:
    store = MemoryStore()
    engine = Engine(small_run.table, small_run.task, small_run.folds, store, InProcess(), keep_models=True)
    engine.evaluate([Entrant("a", LINEAR), Entrant("b", clone(LINEAR).set_params(logisticregression__C=2))])
    b, rows = store.load_model("b", 0), small_run.table.frame
    before = b.predict_proba(rows)
    store.load_model("a", 0).fit(rows * 100 + 7, small_run.table.target)
    np.testing.assert_array_equal(b.predict_proba(rows), before)


def test_models_of_another_recipe_do_not_count(small_run) -> None:
    with small_run.open() as store:

        def run(strength: float, n_folds: int) -> None:
            def stop_after(event: Any) -> None:
                if event.result is not None and event.result.fold == n_folds - 1:
                    engine.stop("m", "enough")

            engine = Engine(
                small_run.table,
                small_run.task,
                small_run.folds,
                store,
                InProcess(),
                stop_after,
                keep_models=True,
            )
            engine.evaluate([Entrant("m", LogisticRegression(C=strength))])

        run(1.0, 3)
        run(77.0, 1)
        assert [getattr(store.load_model("m", fold), "C", None) for fold in range(3)] == [77.0, None, None]


def test_containers_and_requests_tell_candidates_apart() -> None:
    plain_step = TablePreprocessor("linear")
    assert fingerprint_estimator(plain_step) != fingerprint_estimator(
        clone(plain_step).set_output(transform="pandas")
    )
    with config_context(enable_metadata_routing=True):
        with_weights = LogisticRegression().set_fit_request(sample_weight=True)
        without = LogisticRegression().set_fit_request(sample_weight=False)
    assert fingerprint_estimator(with_weights) != fingerprint_estimator(without)


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_a_candidate_gets_the_container_that_it_asks_for(small_run, container: str) -> None:
    class Looks(CountsCalls):
        def fit(self, X: Any, y: Any) -> Any:
            assert type(X).__module__.startswith(self.library)
            return super().fit(X, y)

    frames, arrays = type("F", (Looks,), {"library": container}), type("A", (Looks,), {"library": "numpy"})
    step = TablePreprocessor("linear")
    found = Engine(small_run.table, small_run.task, small_run.folds, MemoryStore(), InProcess()).evaluate(
        [
            Entrant("array", make_pipeline(step, arrays()), cost=1),
            Entrant("frame", make_pipeline(clone(step).set_output(transform=container), frames()), cost=2),
            Entrant("again", make_pipeline(clone(step), arrays()), cost=3),
        ]
    )
    assert [one.reason for one in found] == ["", "", ""]


def test_an_engine_leaves_nothing_to_the_next_one_on_its_executor(small_run) -> None:
    def run(executor: Any, model: Any, find_deadline: Any) -> Any:
        engine = Engine(small_run.table, small_run.task, small_run.folds, MemoryStore(), executor)
        return engine, engine.evaluate([Entrant("m", model)], find_deadline)

    def interrupt(so_far: Any) -> None:
        if time.monotonic() > begun + 1.5:
            raise KeyboardInterrupt
        return Deadline(begun + 60, begun + 60)  # a limit, so that it is asked again and again

    with LocalProcesses(2, 1) as executor:
        begun = time.monotonic()
        engine, (hung,) = run(executor, Hangs(), interrupt)
        assert engine.interrupted
        assert hung.status == "interrupted"
        _, (found,) = run(executor, LINEAR, lambda so_far: None)
        expected = plain(LINEAR, small_run.table, small_run.folds)
        np.testing.assert_allclose(proba(found), expected, rtol=1e-9)


def test_labels_are_taken_from_known_probabilities_only() -> None:
    class Swapped(DecisionTreeClassifier):
        def predict_proba(self, X: Any, check_input: bool = True) -> Any:
            return super().predict_proba(X)[:, ::-1]

    X, y = pd.DataFrame({"x": np.arange(20.0)}), np.repeat(["a", "b"], 10)
    fitted = Swapped(max_depth=1).fit(X, y)
    assert not takes_most_probable(fitted)
    prediction, _, _ = predict_rows(fitted, X, Task("binary", ("a", "b")))
    np.testing.assert_array_equal(prediction, y)


def test_steps_without_a_state_may_stand_before_the_last(small_run) -> None:
    class Doubles(TransformerMixin, BaseEstimator):
        def fit(self, X: Any, y: Any = None) -> Any:
            return self

        def transform(self, X: Any) -> Any:
            return np.asarray(X) * 2

    model = make_pipeline(StandardScaler(), Doubles(), "passthrough", LogisticRegression())
    engine = Engine(small_run.table, small_run.task, small_run.folds, MemoryStore(), InProcess())
    (found,) = engine.evaluate([Entrant("m", model)])
    np.testing.assert_allclose(proba(found), plain(model, small_run.table, small_run.folds), rtol=1e-9)


def test_rows_that_are_written_into_are_not_used_again() -> None:
    class Writes(ClassifierMixin, BaseEstimator):
        def fit(self, X: Any, y: Any) -> Any:
            self.classes_ = np.unique(y)
            return self

        def predict_proba(self, X: Any) -> Any:
            X *= 0
            return np.full((len(X), 2), 0.5)

        def predict(self, X: Any) -> Any:
            return self.classes_[(np.asarray(X)[:, 0] > 0).astype(int)]

    X = pd.DataFrame({"x": [-1.0, 1.0, 2.0, -2.0]})
    fitted = make_pipeline(StandardScaler(), Writes()).fit(X, ["a", "b", "b", "a"])
    prediction, _, _ = predict_rows(fitted, X, Task("binary", ("a", "b")))
    assert prediction.tolist() == ["a", "b", "b", "a"]


def test_all_metrics_hold_for_folds_that_were_kept(small_run) -> None:
    store = MemoryStore()

    def stop(event: Any) -> None:
        if event.result is not None:
            engine.stop("m", "enough")

    engine = Engine(small_run.table, small_run.task, small_run.folds, store, InProcess(), stop)
    engine.evaluate([Entrant("m", LINEAR)])
    later = Engine(small_run.table, small_run.task, small_run.folds, store, InProcess(), all_metrics=True)
    (found,) = later.evaluate([Entrant("m", LINEAR)])
    names = [metric.name for metric in metrics_of(small_run.task, has_groups=True)]
    assert [list(fold.scores) for fold in found.folds] == [names] * 3
    assert complete_scores(found, small_run.table, small_run.task).folds == found.folds


@pytest.mark.parametrize(
    ("model", "reason"),
    [(Unreadable(), "cannot be read"), (HoldsLock(), "cannot be pickled")],
    ids=["cannot be read", "cannot be written"],
)
def test_models_that_cannot_travel_cost_their_own_row(small_run, executor, model: Any, reason: str) -> None:
    engine = Engine(
        small_run.table, small_run.task, small_run.folds, MemoryStore(), executor, keep_models=True
    )
    bad, good = engine.evaluate([Entrant("bad", model, cost=1), Entrant("good", LogisticRegression())])
    assert bad.status == "failed"
    assert reason in bad.reason
    assert good.is_finished


def test_models_that_no_folder_keeps_cost_their_own_row(small_run) -> None:
    function = make_pipeline(FunctionTransformer(lambda rows: rows), LogisticRegression())
    with small_run.open() as store:
        engine = Engine(
            small_run.table, small_run.task, small_run.folds, store, InProcess(), keep_models=True
        )
        lock, kept = engine.evaluate([Entrant("lock", HoldsLock(), cost=1), Entrant("lambda", function)])
        assert lock.status == "failed"
        assert "its model cannot be kept" in lock.reason
        assert kept.is_finished
        assert store.load_model("lambda", 0).predict(small_run.table.frame).shape == (60,)


@pytest.mark.filterwarnings("ignore")
def test_engines_in_threads_leave_the_process_as_it_was(small_run) -> None:
    def run() -> np.ndarray:
        engine = Engine(small_run.table, small_run.task, small_run.folds, MemoryStore(), InProcess())
        return proba(engine.evaluate([Entrant("m", LINEAR)])[0])

    filters, pools = list(warnings.filters), [pool["num_threads"] for pool in threadpool_info()]
    show = warnings._showwarnmsg_impl
    expected = plain(LINEAR, small_run.table, small_run.folds)
    for found in Parallel(4, backend="threading")(delayed(run)() for _ in range(8)):
        np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert list(warnings.filters) == filters
    assert warnings._showwarnmsg_impl is show
    assert [pool["num_threads"] for pool in threadpool_info()] == pools
    assert threading.active_count() < 20


def test_preferring_may_stop_candidates(small_run) -> None:
    def prefer(waiting: Any) -> Any:
        for candidate in waiting:
            if candidate.name == "b" and candidate.results:
                engine.stop("b", "enough")
        return sorted(waiting, key=lambda candidate: -len(candidate.results))

    engine = Engine(
        small_run.table, small_run.task, small_run.folds, MemoryStore(), InProcess(), prefer=prefer
    )
    b, a = engine.evaluate([Entrant("b", DummyClassifier(), cost=1), Entrant("a", DummyClassifier())])
    assert (b.status, len(b.folds), a.status) == ("stopped", 1, "finished")
    with pytest.raises(ValueError, match="no candidate named 'c'"):
        engine.stop("c", "unknown")


def test_what_enters_after_a_stop_has_places(small_run) -> None:
    with LocalProcesses(2, 1) as executor:
        begun = time.monotonic()

        def find_deadline(so_far: Any) -> Deadline:
            if len(so_far) == 1 and time.monotonic() > begun + 1.5:
                engine.stop("hangs", "enough")
                engine.add([Entrant("quick", LINEAR)])
            return Deadline(begun + 60, begun + 50)

        engine = Engine(small_run.table, small_run.task, small_run.folds, MemoryStore(), executor)
        hangs, quick = engine.evaluate([Entrant("hangs", Hangs())], find_deadline)
        assert (hangs.status, quick.status) == ("stopped", "finished")
        assert time.monotonic() < begun + 50


def test_a_metric_can_be_pickled(small_run) -> None:
    for metric in metrics_of(small_run.task, has_groups=True):
        again = pickle.loads(pickle.dumps(metric))
        assert again.name == metric.name

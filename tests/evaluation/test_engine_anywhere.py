"""The engine in this process and in others, with results in memory and on disk: the same numbers."""

from __future__ import annotations

import importlib
import os
import signal
import time
from contextlib import ExitStack
from typing import Any

import numpy as np
import pandas as pd
import pytest
from joblib import Parallel, delayed
from nested import BestOfTwo, CountsCalls, CountsThreads
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from tabkit import boosting
from tabkit._core._parameters import say_parameter, speak_of_options
from tabkit._core._signals import uninterrupted
from tabkit.data import Task
from tabkit.ensemble import FoldBaggingClassifier, GreedyEnsembleClassifier
from tabkit.evaluation import (
    Deadline,
    Engine,
    Entrant,
    Event,
    InProcess,
    MemoryStore,
    complete_scores,
    compute_scores,
    groups_of,
    metrics_of,
    predict_rows,
)
from tabkit.evaluation._late_writer import LateWriter
from tabkit.evaluation._predict import _MOST_PROBABLE, _name_of, takes_most_probable
from tabkit.neural_network import TabularMLPClassifier


@pytest.fixture
def in_memory(small_run):
    """An engine without processes and without a folder."""
    store = MemoryStore()

    def make(**options: Any) -> Engine:
        return Engine(small_run.table, small_run.task, small_run.folds, store, InProcess(), **options)

    make.store = store
    return make


@pytest.mark.parametrize("where", ["processes", "this process"])
@pytest.mark.parametrize("kept", ["folder", "memory"])
def test_predictions_scores_and_models_are_those_of_a_plain_loop(
    small_run, executor, where: str, kept: str
) -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression())
    table, task = small_run.table, small_run.task
    with ExitStack() as stack:
        store = MemoryStore() if kept == "memory" else stack.enter_context(small_run.open())
        place = InProcess() if where == "this process" else executor
        engine = Engine(table, task, small_run.folds, store, place, keep_models=True)
        (found,) = engine.evaluate([Entrant("linear", model)])
        assert found.is_finished, found.reason
        for fold, (train, test) in enumerate(small_run.folds.pairs):
            fitted = clone(model).fit(table.frame.iloc[train], table.target.iloc[train])
            expected = fitted.predict_proba(table.frame.iloc[test])
            part = found.predictions_of(fold)
            np.testing.assert_array_equal(part["position"], test)
            np.testing.assert_allclose(part[["probability_no", "probability_yes"]], expected, rtol=1e-9)
            np.testing.assert_array_equal(part["prediction"], fitted.predict(table.frame.iloc[test]))
            again = store.load_model("linear", fold).predict_proba(table.frame.iloc[test])
            np.testing.assert_allclose(again, expected, rtol=1e-9)
        (resumed,) = Engine(table, task, small_run.folds, store, place, keep_models=True).evaluate(
            [Entrant("linear", model)], lambda so_far: Deadline(0.0, 0.0)
        )
        assert resumed.folds == found.folds  # no time was left: all were kept


def test_models_are_kept_only_when_asked_for(small_run, in_memory) -> None:
    in_memory().evaluate([Entrant("linear", LogisticRegression())])
    assert in_memory.store.load_model("linear", 0) is None
    (found,) = in_memory(keep_models=True).evaluate([Entrant("linear", LogisticRegression())])
    assert found.is_finished
    assert in_memory.store.load_model("linear", 0).coef_.shape == (1, 2)


def test_another_recipe_of_a_name_takes_the_place_of_the_first(in_memory) -> None:
    (first,) = in_memory().evaluate([Entrant("m", LogisticRegression())])
    before = first.predictions()
    (second,) = in_memory().evaluate([Entrant("m", DummyClassifier())])
    assert not before.equals(second.predictions())
    assert set(second.predictions()["probability_yes"]) == {0.5}


def test_failures_in_this_process_are_rows(in_memory) -> None:
    class Raises(DummyClassifier):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            raise ValueError("the cat ate the rows")

    bad, good = in_memory().evaluate([Entrant("bad", Raises()), Entrant("good", DummyClassifier())])
    assert (bad.status, bad.reason) == ("failed", "fold 0: ValueError: the cat ate the rows")
    assert "the cat ate" in bad.traceback
    assert good.is_finished


@pytest.mark.slow
def test_the_engine_runs_inside_an_estimator_under_joblib_and_in_a_worker(small_run, executor) -> None:
    X, y = small_run.table.frame, small_run.table.target
    here = BestOfTwo().fit(X, y)
    for backend in ("threading", "loky"):
        (there,) = Parallel(1, backend=backend)(delayed(clone(here).fit)(X, y) for _ in range(1))
        np.testing.assert_allclose(there.predict_proba(X), here.predict_proba(X), rtol=1e-9)
    both = Parallel(2, backend="loky")(delayed(clone(here).fit)(X, y) for _ in range(2))
    assert {one.pid_ for one in both}.isdisjoint({here.pid_})
    with small_run.open() as store:
        outer = Engine(small_run.table, small_run.task, small_run.folds, store, executor, keep_models=True)
        (found,) = outer.evaluate([Entrant("nested", BestOfTwo())])
        assert found.is_finished, found.reason
        assert store.load_model("nested", 0).pid_ != here.pid_


def test_calls_word_their_messages_as_whoever_makes_them(executor) -> None:
    def said_by(executor: Any) -> str:
        executor.submit("said", say_parameter, "n_folds")
        while (finished := executor.wait()) is None:
            pass
        assert not finished.error, finished.traceback
        return finished.value

    with speak_of_options({"n_folds": "--folds"}):
        assert [said_by(executor), said_by(InProcess())] == ["--folds", "--folds"]
    assert [said_by(executor), said_by(InProcess())] == ["n_folds", "n_folds"]


def test_a_call_in_this_process_has_the_threads_it_was_given(small_run) -> None:
    for n_threads in (1, 2):
        store = MemoryStore()
        engine = Engine(
            small_run.table, small_run.task, small_run.folds, store, InProcess(n_threads), keep_models=True
        )
        engine.evaluate([Entrant("counts", CountsThreads())])
        assert store.load_model("counts", 0).n_threads_ <= n_threads


def test_candidates_enter_and_are_stopped_while_it_runs(in_memory) -> None:
    heard: list[Event] = []

    def listen(event: Event) -> None:
        heard.append(event)
        if event.name == "first" and event.result is not None and event.result.fold == 0:
            engine.add([Entrant("third", DummyClassifier())])
            engine.stop("second", "the first is better")
            engine.stop("second", "said twice")

    engine = in_memory(listener=listen)
    first, second, third = engine.evaluate(
        [Entrant("first", DummyClassifier(), cost=1), Entrant("second", LogisticRegression(), cost=2)]
    )
    assert (first.status, second.status, third.status) == ("finished", "stopped", "finished")
    assert (second.reason, second.folds) == ("the first is better", ())
    with pytest.raises(ValueError, match="'third' has entered already"):
        engine.add([Entrant("third", DummyClassifier())])
    told = [(event.name, event.status) for event in heard if event.kind == "candidate"]
    assert told == [("second", "stopped"), ("first", "finished"), ("third", "finished")]
    results = [event.result for event in heard if event.name == "third" and event.result is not None]
    assert results == list(third.folds)
    assert (heard[-1].n_done, heard[-1].n_total) == (9, 9)


def test_who_comes_next_is_decided_from_what_is_known(in_memory) -> None:
    begun: list[str] = []

    def one_fold_each(waiting: Any) -> Any:
        ordered = sorted(waiting, key=lambda candidate: len(candidate.results))
        begun.append(ordered[0].name if ordered else "")
        return ordered

    entrants = [Entrant(name, DummyClassifier(), cost=cost) for name, cost in (("a", 1), ("b", 2))]
    assert all(found.is_finished for found in in_memory(prefer=one_fold_each).evaluate(entrants))
    assert begun[:6] == ["a", "b", "a", "b", "a", "b"]


def test_what_is_never_preferred_does_not_keep_the_run_waiting(in_memory) -> None:
    entrants = [Entrant("a", DummyClassifier()), Entrant("b", LogisticRegression())]
    first, second = in_memory(
        prefer=lambda waiting: [candidate for candidate in waiting if candidate.name == "a"]
    ).evaluate(entrants)
    assert first.is_finished
    assert (second.status, second.folds) == ("stopped", ())


def test_other_metrics_are_computed_afterwards_and_are_the_same(small_run, in_memory) -> None:
    (found,) = in_memory().evaluate([Entrant("linear", LogisticRegression())])
    table, task = small_run.table, small_run.task
    assert all(set(fold.scores) == {task.metric} for fold in found.folds)
    complete = complete_scores(found, table, task)
    metrics = metrics_of(task, has_groups=True)
    for fold, (train, test) in enumerate(small_run.folds.pairs):
        fitted = LogisticRegression().fit(table.frame.iloc[train], table.target.iloc[train])
        prediction, proba, _ = predict_rows(fitted, table.frame.iloc[test], task)
        expected = compute_scores(task, table.target.iloc[test], prediction, proba, groups_of(table, test))
        assert list(complete.folds[fold].scores) == [metric.name for metric in metrics]
        assert complete.folds[fold].scores == pytest.approx(expected, rel=1e-12, nan_ok=True)
    (at_once,) = in_memory(all_metrics=True).evaluate([Entrant("anew", LogisticRegression())])
    assert [fold.scores for fold in at_once.folds] == [fold.scores for fold in complete.folds]


def test_one_fold_tells_the_size_of_the_model(in_memory) -> None:
    (found,) = in_memory().evaluate([Entrant("linear", LogisticRegression())])
    sizes = [fold.model_bytes for fold in found.folds]
    assert sizes[0] > 100
    assert sizes[1:] == [None, None]


def test_rows_are_prepared_once_for_labels_and_probabilities() -> None:
    X, y = pd.DataFrame({"x": np.arange(10.0)}), np.array(["a", "b"] * 5)
    seen: list[int] = []
    count = FunctionTransformer(lambda rows: (seen.append(len(rows)), rows)[1])
    fitted = make_pipeline(count, CountsCalls()).fit(X, y)
    seen.clear()
    CountsCalls.n_proba = CountsCalls.n_predict = 0
    prediction, proba, _ = predict_rows(fitted, X[:4], Task("binary", ("a", "b")))
    assert (seen, CountsCalls.n_proba, CountsCalls.n_predict) == ([4], 1, 1)
    assert (prediction.tolist(), proba.tolist()) == (["b"] * 4, [[0.5, 0.5]] * 4)


QUICK_NET = {"hidden_sizes": (4,), "n_members": 1, "max_epochs": 2, "n_jobs": 1, "random_state": 0}
MOST_PROBABLE = [
    *(getattr(boosting, name)(random_state=0) for name in boosting.__all__ if name.endswith("Classifier")),
    TabularMLPClassifier(**QUICK_NET),
    FoldBaggingClassifier(DecisionTreeClassifier(max_depth=2, random_state=0), cv=3),
    GreedyEnsembleClassifier(
        [("tree", DecisionTreeClassifier(max_depth=2)), ("dummy", DummyClassifier())], cv=3
    ),
    RandomForestClassifier(4, random_state=0),
    ExtraTreesClassifier(4, random_state=0),
    HistGradientBoostingClassifier(max_iter=4),
    DecisionTreeClassifier(max_depth=2, random_state=0),
]


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("model", MOST_PROBABLE, ids=lambda model: type(model).__name__)
def test_labels_that_are_taken_from_probabilities_are_those_of_predict(model: Any, n_classes: int) -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": np.repeat([0.0, 1.0, 2.0], 40), "noise": rng.integers(0, 2, 120) * 1.0})
    y = np.array(["a", "b", "c"])[np.arange(120) % n_classes]  # as many of each in every leaf: equal ones
    fitted = clone(model).fit(X, y)
    assert takes_most_probable(fitted)
    proba = fitted.predict_proba(X)
    np.testing.assert_array_equal(fitted.predict(X), fitted.classes_[proba.argmax(axis=1)])


def test_others_are_asked_for_their_labels() -> None:
    class Own(DecisionTreeClassifier):
        def predict(self, X: Any, check_input: bool = True) -> Any:
            return np.full(len(X), self.classes_[-1])

    for model in (Own(), DummyClassifier(strategy="uniform"), LogisticRegression()):
        assert not takes_most_probable(model)


def test_what_could_not_be_written_is_raised_by_what_comes_next() -> None:
    def fail() -> None:
        raise OSError("no space left on device")

    writer = LateWriter()
    writer.submit(fail)
    with pytest.raises(OSError, match="no space left"):
        writer.flush()
    writer.submit(fail)
    writer.close()
    with pytest.raises(OSError, match="no space left"):
        writer.submit(print)
    writer.close()


def test_ctrl_c_waits_whatever_threads_there_are() -> None:
    writer = LateWriter()
    writer.submit(time.sleep, 0.3)
    steps: list[str] = []
    with pytest.raises(KeyboardInterrupt), uninterrupted():  # noqa: PT011, PT012 - where it is raised is the test
        os.kill(os.getpid(), signal.SIGINT)
        writer.flush()
        steps.append("flushed")
    assert steps == ["flushed"]
    writer.close()


def test_every_method_that_is_known_to_take_the_most_probable_class_is_there() -> None:
    for name in _MOST_PROBABLE:
        module, owner, method = name.rsplit(".", 2)
        found = getattr(importlib.import_module(module), owner)
        assert _name_of(vars(found)[method]) == name

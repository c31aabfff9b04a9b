"""AutoGluon's row: kept folds, its seconds, and what it says when it cannot run (AutoGluon itself is not)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tabkit.comparison._autogluon._answer import AutoGluonError, AutoGluonFold
from tabkit.comparison._autogluon._baseline import AutoGluonBaseline
from tabkit.data import Table, Task
from tabkit.evaluation import Evaluation, Folds, RunFolder, ignore

TASK = Task("binary", ("no", "yes"))
TABLE = Table("t", pd.DataFrame({"x": np.arange(20.0)}), pd.Series(["no", "yes"] * 10, name="y"))
FOLDS = Folds(
    tuple((np.delete(np.arange(20), test), test) for test in np.array_split(np.arange(20), 4)), "4 blocks"
)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float]]:
    """Stand-in for the process of AutoGluon: notes the first test row and the seconds, predicts the truth."""
    noted: list[tuple[int, float]] = []

    def evaluate(
        table, task, train, test, *, seconds, preset, n_threads, random_state, memory_limit
    ) -> AutoGluonFold:
        noted.append((int(test[0]), seconds))
        truth = table.target.iloc[test].to_numpy()
        proba = np.column_stack([truth == "no", truth == "yes"]).astype(float)
        return AutoGluonFold(truth, proba, 1.0, 0.1, 100, {"seconds given": f"{seconds:.1f}"})

    monkeypatch.setattr("tabkit.comparison._autogluon._baseline.evaluate_autogluon_fold", evaluate)
    monkeypatch.setattr("tabkit.comparison._autogluon._baseline.is_installed", lambda module: True)
    monkeypatch.setattr("importlib.metadata.version", lambda package: "9")
    return noted


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunFolder]:
    with RunFolder(tmp_path / "run", "x", {}) as opened:
        yield opened


def evaluate(store: RunFolder, seconds: float = 30.0) -> Evaluation:
    return AutoGluonBaseline("best_quality", 2, 0).evaluate(
        TABLE, TASK, FOLDS, store, lambda: seconds, ignore
    )


def test_every_fold_gets_the_same_seconds(calls, store) -> None:
    evaluation = evaluate(store)
    assert evaluation.is_finished
    assert calls == [(0, 30.0), (5, 30.0), (10, 30.0), (15, 30.0)]
    assert [result.scores["roc_auc"] for result in evaluation.folds] == [1.0] * 4


def test_kept_folds_count_while_the_seconds_are_about_the_same(calls, store) -> None:
    evaluate(store, seconds=30.0)
    evaluate(store, seconds=31.0)
    assert len(calls) == 4
    evaluate(store, seconds=60.0)
    assert len(calls) == 8


def test_failure_keeps_what_was_finished(calls, store, monkeypatch: pytest.MonkeyPatch) -> None:
    import tabkit.comparison._autogluon._baseline as baseline

    succeed = baseline.evaluate_autogluon_fold

    def fail_from_the_third(table, task, train, test, **settings) -> AutoGluonFold:
        if test[0] >= 10:
            raise AutoGluonError("it had not finished", "too slow", "log")
        return succeed(table, task, train, test, **settings)

    monkeypatch.setattr(baseline, "evaluate_autogluon_fold", fail_from_the_third)
    evaluation = evaluate(store)
    assert (evaluation.status, evaluation.reason, len(evaluation.folds)) == (
        "too slow",
        "it had not finished",
        2,
    )


def test_ctrl_c_is_a_row_that_says_so(calls, store, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: object, **settings: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tabkit.comparison._autogluon._baseline.evaluate_autogluon_fold", interrupt)
    assert evaluate(store).status == "interrupted"


def test_missing_extra_is_a_row_with_the_command(store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tabkit.comparison._autogluon._baseline.is_installed", lambda module: False)
    evaluation = evaluate(store)
    assert evaluation.status == "not installed"
    assert evaluation.reason == "autogluon is not installed: pip install 'tabkit-learn[autogluon]'"

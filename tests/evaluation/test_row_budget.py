"""Fewer rows where the time is too short for all: of a huge table, else for those who cannot do with all."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from tabkit.comparison._question._resolve import Question, ResolvedQuestion, resolve
from tabkit.comparison._run._identity import describe_run
from tabkit.data import infer_task
from tabkit.evaluation import (
    Deadline,
    Engine,
    Entrant,
    Evaluation,
    Event,
    Folds,
    InProcess,
    LocalProcesses,
    MemoryStore,
    RunFolder,
    UsedRows,
    fit_into_time,
)
from tabkit.evaluation._fewer_rows import draw_rows
from tabkit.preprocessing import TablePreprocessor

N_ROWS = 30_000


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "x": rng.normal(size=N_ROWS),
            "shop": rng.integers(300, size=N_ROWS).astype(str),
            "day": np.arange(N_ROWS)[::-1],
            "y": np.where(rng.random(N_ROWS) < 0.1, "rare", "common"),
        }
    )


def sample(frame: pd.DataFrame, limit: float | None, **roles: Any) -> tuple[ResolvedQuestion, UsedRows]:
    whole = resolve(Question(frame, target="y", **roles), 0)
    return whole, fit_into_time(whole.table, whole.task, 5, limit, 0, {})


def test_time_for_all_takes_all(frame: pd.DataFrame) -> None:
    for limit in (None, 3.0):
        whole, fitted = sample(frame, limit)
        assert fitted.table is whole.table


def test_short_time_takes_some_of_every_class_and_says_so(frame: pd.DataFrame) -> None:
    whole, fitted = sample(frame, 0.2)
    assert fitted.table.n_rows == pytest.approx(2_000, abs=2)
    assert fitted.task.n_rows == fitted.table.n_rows
    assert (fitted.table.target == "rare").mean() == pytest.approx(0.1, abs=0.2)
    assert fitted.sampled_from == whole.table.fingerprint
    assert "rows are used, since 0 s are too short for all: raise time_limit" in fitted.table.notes[-1]


@pytest.mark.parametrize("role", ["time", "group"])
def test_rows_that_stay_honour_the_roles(role: str, frame: pd.DataFrame) -> None:
    column = {"time": "day", "group": "shop"}[role]
    _, fitted = sample(frame, 0.2, **{role: column})
    assert fitted.table.source_rows is not None
    taken = frame.iloc[fitted.table.source_rows]
    rest = frame.drop(index=taken.index)
    if role == "time":
        assert taken["day"].min() > rest["day"].max()
        assert "only the most recent" in fitted.table.notes[-1]
    else:
        assert not set(taken["shop"]) & set(rest["shop"])


def test_run_that_goes_on_keeps_its_rows(frame: pd.DataFrame) -> None:
    whole = resolve(Question(frame, target="y"), 0)
    kept = {"sampled from": whole.table.fingerprint, "rows": 5_000}

    def fit_again(limit: float, kept: dict[str, Any]) -> UsedRows:
        return fit_into_time(whole.table, whole.task, 5, limit, 0, kept)

    again = fit_again(1e6, kept)
    assert again.table.n_rows == pytest.approx(5_000, abs=2)
    assert "as when this run began" in again.table.notes[-1]
    folds = Folds(((np.arange(3), np.arange(3, 6)),), "one")
    description = describe_run(again.table, again.task, folds, 0, again.sampled_from)
    assert (description["sampled from"], description["rows"]) == (whole.table.fingerprint, again.table.n_rows)
    other = fit_again(1e6, {"sampled from": "x", "rows": 10} | kept)
    assert other.table.fingerprint == again.table.fingerprint
    everything = fit_again(0.01, {"data": whole.table.fingerprint})
    assert everything.table is whole.table


def test_rare_class_needs_all_rows(frame: pd.DataFrame) -> None:
    rare = frame.assign(y=np.where(np.arange(N_ROWS) < 12, "rarest", frame["y"]))
    whole, fitted = sample(rare, 0.2)
    assert fitted.table is whole.table


# of single candidates


class Dear(LogisticRegression):
    """Takes a while for each row."""

    def fit(self, X: Any, y: Any) -> Dear:
        time.sleep(len(X) * 0.002)
        return super().fit(X, y)


def evaluate(frame: pd.DataFrame, store: Any, seconds: float, **roles: Any) -> tuple[Evaluation, list[str]]:
    table = resolve(Question(frame[["x", "shop", "day", "y"]], target="y", **roles), 0).table
    task = infer_task(table)
    rows = np.arange(table.n_rows)
    folds = Folds(tuple((rows[rows % 3 != k], rows[rows % 3 == k]) for k in range(3)), "every third row")
    told: list[str] = []
    with LocalProcesses(n_jobs=1, n_threads=1) as executor:
        engine = Engine(table, task, folds, store, executor, lambda event: told.append(event.text))
        end = time.monotonic() + seconds
        pipeline = make_pipeline(TablePreprocessor("linear"), Dear())
        (found,) = engine.evaluate([Entrant("dear", pipeline)], lambda so_far: Deadline(end, end))
    return found, told


@pytest.mark.parametrize("role", [None, "group", "time"])
def test_a_shortened_candidate_begins_anew_beside_what_it_has(frame: pd.DataFrame, role: str | None) -> None:
    some = frame.iloc[:9_000].reset_index(drop=True)
    roles = {} if role is None else {role: {"time": "day", "group": "shop"}[role]}
    table = resolve(Question(some, target="y", **roles), 0).table
    rows = np.arange(table.n_rows)
    folds = Folds(tuple((rows[rows % 3 != k], rows[rows % 3 == k]) for k in range(3)), "every third row")

    def shorten(event: Event) -> None:
        if event.result is not None and event.result.n_train == 6_000:
            (candidate,) = engine._candidates
            assert engine._shorten(candidate, 0.3)
            assert not engine._shorten(candidate, 0.3)  # no second time

    store = MemoryStore()
    engine = Engine(table, infer_task(table), folds, store, InProcess(), shorten)
    quick = make_pipeline(TablePreprocessor("linear"), LogisticRegression())
    (found,) = engine.evaluate([Entrant("dear", quick)])
    assert found.is_finished
    assert [result.n_train for result in found.folds] == pytest.approx([1_000] * 3, rel=0.1)
    assert sorted(found.predictions()["position"]) == list(range(9_000))
    # What was there of all rows stays, and counts where there is the time for the others.
    told: list[Event] = []
    (again,) = Engine(table, infer_task(table), folds, store, InProcess(), told.append).evaluate(
        [Entrant("dear", quick)]
    )
    assert {result.n_train for result in again.folds} == {6_000}
    assert sum(event.result is not None for event in told) == 2


def test_too_few_rows_are_none(frame: pd.DataFrame) -> None:
    table = resolve(Question(frame.iloc[:3_000], target="y"), 0).table
    rows = np.arange(3_000)
    folds = Folds(((rows[:2_000], rows[2_000:]),), "one")
    engine = Engine(table, infer_task(table), folds, MemoryStore(), InProcess())
    engine.add([Entrant("dear", LogisticRegression())])
    (candidate,) = engine._candidates
    assert not engine._shorten(candidate, 0.49)
    assert candidate.train_rows is None
    assert engine._shorten(candidate, 0.51)


@pytest.mark.slow
@pytest.mark.parametrize("role", [None, "time"])
def test_a_candidate_that_is_too_dear_is_trained_on_fewer_rows_and_tested_on_all(
    frame: pd.DataFrame, role: str | None, tmp_path: Path
) -> None:
    some = frame.iloc[:9_000].reset_index(drop=True)
    column = {"time": "day", "group": "shop"}.get(role or "")
    roles = {} if role is None else {role: column}
    with RunFolder(tmp_path / "run", "fingerprint", {}) as store:
        # Three folds of 12 s, and 30 s: after one of them, or two, the others do not fit.
        found, told = evaluate(some, store, 30.0, **roles)
        assert found.is_finished, found.reason
        n_train = {result.n_train for result in found.folds}
        assert max(n_train) < 3_000
        assert min(n_train) > 900
        assert any(re.fullmatch(r"dear is trained on 1,000 of 6,000 rows: there is no .*", t) for t in told)
        assert sorted(found.predictions()["position"]) == list(range(9_000))
        # The folds of all rows are kept, and the next run has the time for the others.
        again, told = evaluate(some, store, 60.0, **roles)
        assert again.is_finished
        assert {result.n_train for result in again.folds} == {6_000}
        assert not any("trained on" in text for text in told)


def test_rows_are_drawn_like_all_of_them(frame: pd.DataFrame) -> None:
    table = resolve(Question(frame, target="y"), 0).table
    rows = np.arange(10_000, 20_000)
    drawn = draw_rows(table, infer_task(table), rows, 1_000, 0)
    assert set(drawn) <= set(rows)
    assert len(drawn) == pytest.approx(1_000, abs=2)
    assert (table.target.iloc[drawn] == "rare").mean() == pytest.approx(
        (table.target.iloc[rows] == "rare").mean(), abs=0.002
    )
    np.testing.assert_array_equal(drawn, draw_rows(table, infer_task(table), rows, 1_000, 0))
    assert draw_rows(table, infer_task(table), rows, 10_000, 0) is rows


def test_the_last_rows_in_time_and_whole_groups_are_drawn(frame: pd.DataFrame) -> None:
    timed = resolve(Question(frame, target="y", time="day"), 0).table
    rows = np.arange(0, N_ROWS, 3)
    drawn = draw_rows(timed, infer_task(timed), rows, 1_000, 0)
    assert timed.times.iloc[drawn].min() > timed.times.iloc[np.setdiff1d(rows, drawn)].max()
    grouped = resolve(Question(frame, target="y", group="shop"), 0).table
    drawn = draw_rows(grouped, infer_task(grouped), rows, 1_000, 0)
    assert not set(grouped.groups.iloc[drawn]) & set(grouped.groups.iloc[np.setdiff1d(rows, drawn)])

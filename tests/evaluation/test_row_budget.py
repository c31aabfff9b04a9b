"""Fewer rows where the time is too short for all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tabkit.comparison._question._resolve import Question, ResolvedQuestion, resolve
from tabkit.comparison._run._identity import describe_run
from tabkit.evaluation import Folds, LocalProcesses, UsedRows, fit_into_time

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


@pytest.fixture(scope="module")
def executor() -> Iterator[LocalProcesses]:
    with LocalProcesses(n_jobs=1, n_threads=1) as processes:
        yield processes


def sample(
    frame: pd.DataFrame, executor: Any, seconds: float | None, **roles: Any
) -> tuple[ResolvedQuestion, UsedRows]:
    whole = resolve(Question(frame, target="y", **roles), 0)
    return whole, fit_into_time(whole.table, whole.task, 5, 5, seconds, executor, 0, {})


def test_time_for_all_takes_all(frame: pd.DataFrame, executor: Any) -> None:
    for seconds in (None, 1e6):
        whole, fitted = sample(frame, executor, seconds)
        assert fitted.table is whole.table


def test_short_time_takes_some_of_every_class_and_says_so(frame: pd.DataFrame, executor: Any) -> None:
    whole, fitted = sample(frame, executor, 0.01)
    assert fitted.table.n_rows == pytest.approx(2_000, abs=2)
    assert fitted.task.n_rows == fitted.table.n_rows
    assert (fitted.table.target == "rare").mean() == pytest.approx(0.1, abs=0.01)
    assert fitted.sampled_from == whole.table.fingerprint
    assert "rows are used, since 0 s for the fits are too short for all" in fitted.table.notes[-1]


@pytest.mark.parametrize("role", ["time", "group"])
def test_rows_that_stay_honour_the_roles(role: str, frame: pd.DataFrame, executor: Any) -> None:
    column = {"time": "day", "group": "shop"}[role]
    _, fitted = sample(frame, executor, 0.01, **{role: column})
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

    def fit_again(seconds: float, kept: dict[str, Any]) -> UsedRows:
        # No executor: nothing may be timed.
        return fit_into_time(whole.table, whole.task, 5, 5, seconds, None, 0, kept)  # type: ignore[arg-type]

    again = fit_again(1e6, kept)
    assert again.table.n_rows == pytest.approx(5_000, abs=2)
    assert "as when this run began" in again.table.notes[-1]
    folds = Folds(((np.arange(3), np.arange(3, 6)),), "one")
    description = describe_run(again.table, again.task, folds, 0, again.sampled_from)
    assert (description["sampled from"], description["rows"]) == (whole.table.fingerprint, again.table.n_rows)
    other = fit_into_time(
        whole.table, whole.task, 5, 5, 1e6, None, 0, {"sampled from": "x", "rows": 10} | kept
    )  # type: ignore[arg-type]
    assert other.table.fingerprint == again.table.fingerprint
    everything = fit_into_time(
        whole.table, whole.task, 5, 5, 0.01, None, 0, {"data": whole.table.fingerprint}
    )  # type: ignore[arg-type]
    assert everything.table is whole.table


def test_rare_class_needs_all_rows(frame: pd.DataFrame, executor: Any) -> None:
    rare = frame.assign(y=np.where(np.arange(N_ROWS) < 12, "rarest", frame["y"]))
    whole, fitted = sample(rare, executor, 0.01)
    assert fitted.table is whole.table

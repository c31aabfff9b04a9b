"""How the time of a run is divided: halves for the candidates and AutoGluon, where that serves."""

from __future__ import annotations

import time

import pytest

from tabkit.comparison._time_plan import TimePlan
from tabkit.data import Task

TASK = Task("binary", ("no", "yes"))


def plan(limit: float | None, needs: float | None) -> TimePlan:
    started = time.monotonic()
    return TimePlan(started, limit, n_folds=5, autogluon_needs=needs, fits_started=started + 10)


def seconds_of_candidates(divided: TimePlan) -> float:
    end = divided.end_of_fits(TASK, ())
    assert end is not None
    return end - divided.fits_started


def test_autogluon_gets_what_the_candidates_got() -> None:
    divided = plan(600, needs=30)
    seconds = divided.autogluon_seconds(TASK, ())
    assert seconds is not None
    assert seconds_of_candidates(divided) == pytest.approx(5 * seconds)
    assert 250 < seconds_of_candidates(divided) < 290


def test_no_time_is_set_aside_for_autogluon_where_it_would_not_do() -> None:
    short = plan(200, needs=30)
    assert seconds_of_candidates(short) == seconds_of_candidates(plan(200, needs=None))
    seconds = short.autogluon_seconds(TASK, ())
    assert seconds is not None
    assert 10 < seconds < 30


def test_without_a_limit_nothing_ends() -> None:
    assert plan(None, needs=30).end_of_fits(TASK, ()) is None
    assert plan(None, needs=30).autogluon_seconds(TASK, ()) is None

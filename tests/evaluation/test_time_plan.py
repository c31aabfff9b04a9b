"""How the time of a run is divided: halves for the candidates and AutoGluon, where that serves."""

from __future__ import annotations

import time

import pytest

from tabkit.data import Task
from tabkit.evaluation import Evaluation, FoldResult, TimePlan

TASK = Task("binary", ("no", "yes"))


def plan(limit: float | None, needs: float | None) -> TimePlan:
    started = time.monotonic()
    return TimePlan(started, limit, n_folds=5, baseline_needs=needs, fits_started=started + 10)


def seconds_of_candidates(divided: TimePlan) -> float:
    deadline = divided.deadline_of_fits(TASK, ())
    assert deadline is not None
    return deadline.end - divided.fits_started


def finished(fit_seconds: float) -> Evaluation:
    folds = tuple(FoldResult(fold, {"roc_auc": 0.8}, fit_seconds, 0.0, 80, 20) for fold in range(5))
    return Evaluation("best", "finished", folds, n_folds=5)


def test_autogluon_gets_what_the_candidates_got() -> None:
    divided = plan(600, needs=30)
    seconds = divided.baseline_seconds(TASK, ())
    assert seconds is not None
    assert seconds_of_candidates(divided) == pytest.approx(5 * seconds)
    assert 250 < seconds_of_candidates(divided) < 290


def test_no_time_is_set_aside_for_autogluon_where_it_would_not_do() -> None:
    short = plan(200, needs=30)
    assert seconds_of_candidates(short) == pytest.approx(seconds_of_candidates(plan(200, needs=None)))
    seconds = short.baseline_seconds(TASK, ())
    assert seconds is not None
    assert 10 < seconds < 30


def test_without_a_limit_nothing_ends() -> None:
    assert plan(None, needs=30).deadline_of_fits(TASK, ()) is None
    assert plan(None, needs=30).baseline_seconds(TASK, ()) is None


@pytest.mark.parametrize("limit", [20.0, 60.0, 600.0, 3600.0])
@pytest.mark.parametrize("fit_seconds", [0.1, 10.0, 300.0])
def test_four_fifths_are_used_and_the_limit_is_kept(limit: float, fit_seconds: float) -> None:
    divided = TimePlan(100.0, limit, n_folds=5, baseline_needs=None, fits_started=107.0)
    for so_far in ((), (finished(fit_seconds),)):
        deadline = divided.deadline_of_fits(TASK, so_far)
        assert deadline is not None
        assert deadline.patient_until == 100 + 0.8 * limit
        assert deadline.patient_until <= deadline.end < 100 + limit
    assert divided.last_end is not None
    assert deadline.end < divided.last_end < 100 + limit + max(5.0, 0.05 * limit)


def test_quick_refit_leaves_nearly_all_to_the_fits() -> None:
    divided = TimePlan(0.0, 60.0, n_folds=5, baseline_needs=None, fits_started=7.0)
    deadline = divided.deadline_of_fits(TASK, (finished(0.2),))
    assert deadline is not None
    assert deadline.end > 55


def test_candidates_have_some_seconds_where_reading_took_nearly_all() -> None:
    divided = TimePlan(0.0, 10.0, n_folds=5, baseline_needs=None, fits_started=8.0)
    assert seconds_of_candidates(divided) >= 2


def test_beside_autogluon_patience_ends_with_four_fifths_of_the_half() -> None:
    divided = plan(600, needs=30)
    deadline = divided.deadline_of_fits(TASK, ())
    assert deadline is not None
    patience = deadline.patient_until - divided.fits_started
    assert patience == pytest.approx(0.8 * seconds_of_candidates(divided))

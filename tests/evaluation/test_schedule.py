"""Who comes next, and who gets no more time."""

from __future__ import annotations

import re

import pytest

from tabkit.evaluation import Deadline, FoldResult
from tabkit.evaluation._schedule import Progress, Schedule, Shorten


def make(name: str, cost: float, n_folds: int = 3) -> Progress:
    return Progress(name, None, "", cost, n_folds, pending=list(range(n_folds)))


def finish(candidate: Progress, fold: int, seconds: float) -> None:
    del candidate.running[fold]
    candidate.results[fold] = FoldResult(fold, {}, seconds, 0.0, 10, 5)


def simulate(
    seconds: dict[str, float],
    costs: dict[str, float],
    limit: float,
    n_jobs: int = 1,
    shorten: Shorten | None = None,
) -> tuple[dict[str, Progress], float, list[tuple[float, str]]]:
    """Run candidates of known speed by a clock of tenths of seconds.

    Returns the candidates, when the last one was settled, and who was given up when.
    """
    candidates = [make(name, costs[name]) for name in seconds]
    schedule = Schedule(candidates, n_jobs, shorten=shorten)
    deadline = Deadline(limit, 0.8 * limit)
    given_up: dict[str, float] = {}
    tick = 0
    while True:
        now = tick / 10
        for candidate in candidates:
            for fold, running in list(candidate.running.items()):
                if candidate.status is not None:
                    del candidate.running[fold]
                elif now - running.started >= seconds[candidate.name]:
                    finish(candidate, fold, seconds[candidate.name])
            if len(candidate.results) == candidate.n_folds and candidate.status is None:
                candidate.settle("finished")
        schedule.make_way(now, deadline)
        if now >= limit:
            schedule.end(now, deadline)
        while sum(len(c.running) for c in candidates) < n_jobs and schedule.next_fold(now, deadline):
            pass
        for candidate in candidates:
            if candidate.status not in (None, "finished"):
                given_up.setdefault(candidate.name, now)
        if all(candidate.status for candidate in candidates):
            return {c.name: c for c in candidates}, now, sorted((at, name) for name, at in given_up.items())
        tick += 1


def status_of(candidates: dict[str, Progress]) -> dict[str, str | None]:
    return {name: candidate.status for name, candidate in candidates.items()}


def test_cheap_ones_come_first() -> None:
    schedule = Schedule([make("slow", 10), make("quick", 1)], n_jobs=1)
    choice = schedule.next_fold(0.0, Deadline(100.0, 80.0))
    assert choice is not None
    assert choice[0].name == "quick"


def test_without_a_limit_everything_runs() -> None:
    candidates = [make("a", 1), make("b", 2)]
    schedule = Schedule(candidates, n_jobs=2)
    begun = []
    while choice := schedule.next_fold(0.0, None):
        begun.append((choice[0].name, choice[1]))
    assert begun == [(name, fold) for name in "ab" for fold in range(3)]


def test_slow_one_does_not_take_the_time_of_the_others() -> None:
    candidates, end, given_up = simulate({"slow": 40.0, "quick": 2.0}, {"slow": 1, "quick": 5}, limit=60.0)
    assert status_of(candidates) == {"slow": "too slow", "quick": "finished"}
    assert [name for _, name in given_up] == ["slow"]
    assert 48.0 <= given_up[0][0] <= end <= 60.0


def test_expensive_one_that_fits_may_take_most_of_the_time() -> None:
    candidates, *_ = simulate({"slow": 30.0, "quick": 1.0}, {"slow": 1, "quick": 5}, limit=130.0)
    assert status_of(candidates) == {"slow": "finished", "quick": "finished"}


def test_one_that_hangs_ends_and_the_limit_is_kept() -> None:
    candidates, end, given_up = simulate({"hangs": 1e9, "quick": 1.0}, {"hangs": 1, "quick": 5}, limit=60.0)
    assert status_of(candidates) == {"hangs": "too slow", "quick": "finished"}
    assert given_up == [(60.0, "hangs")]
    assert end == 60.0


def test_nothing_is_given_up_for_want_of_time_before_four_fifths_of_it() -> None:
    seconds = {"quick": 1.0, "hopeless": 45.0, "slow": 9.0, "slower": 25.0, "never": 1e9}
    costs = {name: cost for cost, name in enumerate(seconds)}
    for n_jobs in (1, 2, 4):
        candidates, end, given_up = simulate(seconds, costs, limit=100.0, n_jobs=n_jobs)
        assert status_of(candidates)["quick"] == status_of(candidates)["slow"] == "finished"
        assert all(at >= 80.0 for at, _ in given_up)
        assert end <= 100.0


def test_one_set_back_has_all_that_the_others_leave_and_keeps_what_it_finished() -> None:
    # Stopped after 41.7 s, an equal part of the time with some tolerance, it begins again after 47.7 s.
    candidates, _, given_up = simulate({"slow": 45.0, "quick": 2.0}, {"slow": 1, "quick": 5}, limit=100.0)
    assert status_of(candidates) == {"slow": "too slow", "quick": "finished"}
    assert len(candidates["slow"].results) == 1
    assert given_up[0][0] == pytest.approx(41.7 + 6 + 45, abs=0.3)


def test_numbers_of_a_refusal_are_true() -> None:
    """What is needed is more than what was left, and neither is nothing."""
    seconds = {"quick": 1.0, "hopeless": 45.0, "slow": 14.0, "slower": 25.0, "never": 1e9, "late": 3.0}
    costs = {name: cost for cost, name in enumerate(seconds)}
    n_said = 0
    for limit in (7.0, 20.0, 33.0, 60.0, 100.0, 140.0):
        for n_jobs in (1, 2, 4):
            candidates, *_ = simulate(seconds, costs, limit, n_jobs)
            for candidate in candidates.values():
                said = re.search(r"need (?:about|more than) ([\d.]+) s, and ([\d.]+) s", candidate.reason)
                if said:
                    needed, left = map(float, said.groups())
                    assert needed > left > 0, candidate.reason
                n_said += bool(said) or "more than the" in candidate.reason
    assert n_said > 20


def test_a_fold_that_is_stopped_at_the_end_says_since_when() -> None:
    slow = make("slow", 1.0)
    schedule = Schedule([slow], n_jobs=1)
    deadline = Deadline(20.0, 16.0)
    assert schedule.next_fold(13.0, deadline) == (slow, 0)
    schedule.end(20.0, deadline)
    assert slow.status == "too slow"
    assert slow.reason == (
        "0 of 3 folds finished; they need more than 21 s, and 7.0 s were left: raise time_limit"
    )


def test_the_import_that_the_first_fold_pays_for_is_not_expected_again() -> None:
    """After 6 s for the first fold and 1 s for the second, ten seconds do for three more."""
    candidate = make("booster", 1.0, n_folds=5)
    schedule = Schedule([candidate], n_jobs=1)
    for fold, seconds in enumerate((6.0, 1.0)):
        assert schedule.next_fold(0.0, Deadline(100.0, 0.0)) == (candidate, fold)
        finish(candidate, fold, seconds)
    assert schedule.next_fold(90.0, Deadline(100.0, 80.0)) == (candidate, 2)


def test_every_candidate_is_settled_when_no_time_is_left() -> None:
    candidates = [make("a", 1), make("b", 2)]
    schedule = Schedule(candidates, n_jobs=2)
    assert schedule.next_fold(10.0, Deadline(10.0, 8.0)) is None
    assert [candidate.status for candidate in candidates] == ["too little time", "too little time"]


def test_nothing_begins_when_the_time_is_over_whatever_a_fold_takes() -> None:
    free = make("free", 1.0, n_folds=2)
    free.pending.remove(0)
    free.results[0] = FoldResult(
        0, {}, fit_seconds=1.0, predict_seconds=0.0, n_train=9, n_test=1, shared_seconds=1.0
    )
    assert Schedule([free], n_jobs=1).next_fold(10.0, Deadline(10.0, 8.0)) is None
    assert free.status == "too little time"
    assert free.reason == "1 of 2 folds finished; no time was left for the others: raise time_limit"


def test_what_cannot_finish_has_fewer_rows_after_the_others_and_within_what_is_left() -> None:
    """Folds take as long as they have rows; two are too dear, and one of them cannot have fewer."""
    seconds = {"cheap": 1.0, "dear": 8.0, "stubborn": 30.0}
    asked: list[tuple[str, float]] = []

    def shorten(candidate: Progress, share: float) -> bool:
        asked.append((candidate.name, share))
        if candidate.name == "stubborn" or candidate.train_rows is not None:
            return False
        candidate.train_rows = round(1_000 * share)
        seconds[candidate.name] *= share
        candidate.results.clear()
        candidate.longest_killed = candidate.longest_fold = 0.0
        candidate.pending = [0, 1, 2]
        return True

    candidates, end, _ = simulate(
        seconds, {"cheap": 1, "dear": 2, "stubborn": 3}, limit=30.0, shorten=shorten
    )
    assert status_of(candidates) == {"cheap": "finished", "dear": "finished", "stubborn": "too slow"}
    assert candidates["cheap"].train_rows is None
    assert end <= 30.0
    assert {name for name, _ in asked} <= {"dear", "stubborn"}
    assert all(0 < share <= 0.5 for _, share in asked)
    assert candidates["dear"].train_rows is None or candidates["dear"].train_rows <= 500


def test_without_a_way_to_shorten_it_is_given_up() -> None:
    candidates, _, _ = simulate({"dear": 8.0}, {"dear": 1}, limit=20.0)
    assert status_of(candidates) == {"dear": "too slow"}
    halved = {"dear": 8.0}

    def shorten(candidate: Progress, share: float) -> bool:
        halved["dear"] *= share
        candidate.train_rows, candidate.pending = 1, [0, 1, 2]
        candidate.results.clear()
        return True

    candidates, _, _ = simulate(halved, {"dear": 1}, limit=20.0, shorten=shorten)
    assert status_of(candidates) == {"dear": "finished"}

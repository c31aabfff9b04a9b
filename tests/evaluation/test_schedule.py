"""Who comes next, and who gets no more time."""

from __future__ import annotations

from tabkit.evaluation import FoldResult
from tabkit.evaluation._schedule import Progress, Schedule


def make(name: str, cost: float, n_folds: int = 3) -> Progress:
    return Progress(name, None, "", cost, n_folds, pending=list(range(n_folds)))


def finish(candidate: Progress, fold: int, seconds: float) -> None:
    del candidate.running[fold]
    candidate.results[fold] = FoldResult(fold, {}, seconds, 0.0, 10, 5)


def simulate(
    seconds: dict[str, float], costs: dict[str, float], limit: float
) -> tuple[dict[str, str], float]:
    """Run candidates of known speed, one fold at a time; return what became of each, and when it ended."""
    candidates = [make(name, costs[name]) for name in seconds]
    schedule = Schedule(candidates, n_jobs=1)
    now = 0.0
    while choice := schedule.next_fold(now, limit):
        candidate, fold = choice
        stop = min(candidate.running[fold].stop or limit, limit)
        if now + seconds[candidate.name] <= stop:
            now += seconds[candidate.name]
            finish(candidate, fold, seconds[candidate.name])
            if len(candidate.results) == candidate.n_folds:
                candidate.settle("finished")
        else:
            ran, now = stop - now, stop
            del candidate.running[fold]
            schedule.give_up(candidate, ran, limit - now)
    return {candidate.name: str(candidate.status) for candidate in candidates}, now


def test_cheap_ones_come_first() -> None:
    schedule = Schedule([make("slow", 10), make("quick", 1)], n_jobs=1)
    choice = schedule.next_fold(0.0, 100.0)
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
    status, _ = simulate({"slow": 40.0, "quick": 2.0}, {"slow": 1, "quick": 5}, limit=60.0)
    assert status == {"slow": "too slow", "quick": "finished"}


def test_expensive_one_that_fits_may_take_most_of_the_time() -> None:
    status, _ = simulate({"slow": 30.0, "quick": 1.0}, {"slow": 1, "quick": 5}, limit=130.0)
    assert status == {"slow": "finished", "quick": "finished"}


def test_one_that_hangs_ends_and_the_limit_is_kept() -> None:
    status, end = simulate({"hangs": 1e9, "quick": 1.0}, {"hangs": 1, "quick": 5}, limit=60.0)
    assert status == {"hangs": "too slow", "quick": "finished"}
    assert end <= 60.0


def test_every_candidate_is_settled_when_no_time_is_left() -> None:
    candidates = [make("a", 1), make("b", 2)]
    schedule = Schedule(candidates, n_jobs=2)
    assert schedule.next_fold(10.0, 10.0) is None
    assert [candidate.status for candidate in candidates] == ["too little time", "too little time"]


def test_nothing_begins_when_the_time_is_over_whatever_a_fold_takes() -> None:
    free = make("free", 1.0, n_folds=2)
    free.pending.remove(0)
    free.results[0] = FoldResult(
        0, {}, fit_seconds=1.0, predict_seconds=0.0, n_train=9, n_test=1, shared_seconds=1.0
    )
    assert Schedule([free], n_jobs=1).next_fold(10.0, 10.0) is None
    assert free.status == "too slow"

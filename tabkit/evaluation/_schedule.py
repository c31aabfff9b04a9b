"""Which fold of which candidate comes next, and for how long it may run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tabkit.evaluation._evaluation import FoldResult, Status

# Below this, a share of the time says more about start-up than about the candidate.
_MIN_SECONDS = 5.0


@dataclass(frozen=True)
class Running:
    """A fold that runs: since when, and by when it must end (None: no limit)."""

    started: float
    stop: float | None


@dataclass(eq=False)
class Progress:
    """One candidate on its way through the folds.

    Attributes
    ----------
    name : str
    estimator : estimator or None
        None when it cannot be built; `status` then says why.
    fingerprint : str
    cost : float
        The cheap ones come first.
    results : dict of int to FoldResult
        Finished folds.
    pending : list of int
        Folds not begun.
    running : dict of int to Running
        Folds that run now.
    status : str or None
        Set when nothing more happens to it.
    share : float
        Worker seconds it may take; 0 until its turn comes.
    was_deferred : bool
        Whether it was put off to the second round.
    """

    name: str
    estimator: Any
    fingerprint: str
    cost: float
    n_folds: int
    results: dict[int, FoldResult] = field(default_factory=dict)
    pending: list[int] = field(default_factory=list)
    running: dict[int, Running] = field(default_factory=dict)
    status: Status | None = None
    reason: str = ""
    traceback: str = ""
    share: float = 0.0
    was_deferred: bool = False

    @property
    def fold_seconds(self) -> float | None:
        """Mean seconds of a finished fold, prediction included; None before the first."""
        if not self.results:
            return None
        seconds = [result.fit_seconds + result.predict_seconds for result in self.results.values()]
        return sum(seconds) / len(seconds)

    def settle(self, status: Status, reason: str = "", traceback: str = "") -> None:
        """Let nothing more happen to it."""
        self.status, self.reason, self.traceback = status, reason, traceback
        self.pending.clear()


class Schedule:
    """Shares the time that is left among the candidates that are left.

    The cheap ones come first. Each gets an equal share of the seconds that remain, so what
    one leaves over the later ones have. One that would not finish within its share is put
    off to a second round, where the quickest goes first and the share is all that remains.

    Parameters
    ----------
    candidates : sequence of Progress
    n_jobs : int
        Folds at once.
    """

    def __init__(self, candidates: Sequence[Progress], n_jobs: int) -> None:
        self._n_jobs = n_jobs
        self._first_round = sorted((c for c in candidates if c.pending), key=lambda c: c.cost)
        self._second_round: list[Progress] = []

    def next_fold(self, now: float, end: float | None) -> tuple[Progress, int] | None:
        """Begin a fold.

        Parameters
        ----------
        now : float
            Seconds on any clock.
        end : float or None
            When the fits must end, on the same clock; None for no limit.

        Returns
        -------
        choice : tuple of (candidate, fold) or None
            None when every fold is begun or given up.
        """
        while candidate := self._current(now, end):
            if end is None or self._fits(candidate, now, end):
                fold = candidate.pending.pop(0)
                seconds = max(candidate.share / self._n_jobs, _MIN_SECONDS)
                candidate.running[fold] = Running(now, None if end is None else now + seconds)
                return candidate, fold
            self._put_off(candidate, end - now)
        return None

    def _current(self, now: float, end: float | None) -> Progress | None:
        """The candidate whose turn it is, with its share settled when its turn begins."""
        for group in (self._first_round, self._second_round):
            while group and not group[0].pending:
                group.pop(0)
            if not group:
                continue
            candidate = group[0]
            if end is not None and not candidate.share:
                in_turn = len(group) if group is self._first_round else 1
                candidate.share = max(0.0, end - now) * self._n_jobs / in_turn
            return candidate
        return None

    def _fits(self, candidate: Progress, now: float, end: float) -> bool:
        """Whether the folds that are left are expected within the share and before the end."""
        if now >= end:
            return False
        seconds = candidate.fold_seconds
        if seconds is None:
            return True
        n_left = len(candidate.pending) + len(candidate.running)
        return seconds * n_left <= candidate.share and now + seconds <= end

    def _put_off(self, candidate: Progress, seconds_left: float) -> None:
        """Give the candidate a second chance, or give it up."""
        if candidate.was_deferred or seconds_left <= 0:
            candidate.settle("too slow", self._explain(candidate, seconds_left))
            return
        candidate.was_deferred = True
        candidate.share = 0.0
        if candidate in self._first_round:
            self._first_round.remove(candidate)
        self._second_round.append(candidate)
        self._second_round.sort(key=lambda c: (c.fold_seconds or float("inf")) * len(c.pending))

    def take_back(self, candidate: Progress, fold: int, ran: float, seconds_left: float) -> None:
        """Take note that a fold was killed when its time was over.

        Parameters
        ----------
        candidate : Progress
        fold : int
        ran : float
            Seconds that it ran.
        seconds_left : float
            Until the end of the fits.
        """
        if candidate.status is not None:
            return
        candidate.pending.insert(0, fold)
        waits_for_second_round = candidate.was_deferred and not candidate.share
        if waits_for_second_round:
            return
        n_left = len(candidate.pending) + len(candidate.running)
        if not candidate.was_deferred and ran * n_left < seconds_left * self._n_jobs:
            self._put_off(candidate, seconds_left)
        else:
            candidate.settle("too slow", f"a fold did not end within {ran:.0f} s: raise --time-limit")

    def _explain(self, candidate: Progress, seconds_left: float) -> str:
        n_left = len(candidate.pending) + len(candidate.running)
        seconds = candidate.fold_seconds
        if seconds is None:
            return "no time was left to begin it: raise --time-limit"
        return (
            f"{len(candidate.results)} of {candidate.n_folds} folds finished; the other {n_left} need about "
            f"{seconds * n_left / min(self._n_jobs, n_left):.0f} s, and {max(0.0, seconds_left):.0f} s were left: "
            "raise --time-limit"
        )



"""Which fold of which candidate comes next, and for how long it may run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tabkit.evaluation._evaluation import FoldResult, Status

# What a candidate may take of the worker seconds that are left when its turn comes, unless an equal
# share is more: enough for an expensive one to finish, and one that hangs cannot take everything.
_SHARE = 0.5
# A fold may take this much longer than an equal part of its candidate's share, and at least some seconds.
_TOLERANCE = 1.25
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
    longest_killed : float
        Seconds that the longest of its killed folds ran.
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
    longest_killed: float = 0.0

    @property
    def fold_seconds(self) -> float | None:
        """Seconds that a fold takes, prediction included, or takes at least; None before the first."""
        seconds = [result.fit_seconds + result.predict_seconds for result in self.results.values()]
        if not seconds:
            return self.longest_killed or None
        return max(self.longest_killed, sum(seconds) / len(seconds))

    @property
    def n_left(self) -> int:
        """Folds that are not finished."""
        return len(self.pending) + len(self.running)

    def settle(self, status: Status, reason: str = "", traceback: str = "") -> None:
        """Let nothing more happen to it."""
        self.status, self.reason, self.traceback = status, reason, traceback
        self.pending.clear()


class Schedule:
    """Shares the time that is left among the candidates that are left.

    The cheap ones come first. Each may take half of the worker seconds that remain when its
    turn comes, so what one leaves over the later ones have. One that would not finish
    within its share is put off to a second round, where the quickest goes first and the share
    is all that remains.

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
                seconds = max(_MIN_SECONDS, _TOLERANCE * candidate.share / candidate.n_left)
                fold = candidate.pending.pop(0)
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
                part = max(_SHARE, 1 / len(group)) if group is self._first_round else 1.0
                candidate.share = max(0.0, end - now) * self._n_jobs * part
            return candidate
        return None

    def _fits(self, candidate: Progress, now: float, end: float) -> bool:
        """Whether the folds that are left are expected within the share and before the end."""
        if now >= end:
            return False
        seconds = candidate.fold_seconds
        if seconds is None:
            return True
        return seconds * candidate.n_left <= candidate.share and now + seconds <= end

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
        self._second_round.sort(key=lambda c: (c.fold_seconds or 0.0) * c.n_left)

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
        candidate.longest_killed = max(candidate.longest_killed, ran)
        if candidate.status is not None:
            return
        candidate.pending.insert(0, fold)
        waits_for_second_round = candidate.was_deferred and not candidate.share
        if not waits_for_second_round:
            self._put_off(candidate, seconds_left)

    def _explain(self, candidate: Progress, seconds_left: float) -> str:
        if candidate.fold_seconds is None:
            return "no time was left to begin it: raise --time-limit"
        seconds = candidate.fold_seconds * candidate.n_left / min(self._n_jobs, candidate.n_left)
        about = "more than" if candidate.longest_killed else "about"
        return (
            f"{len(candidate.results)} of {candidate.n_folds} folds finished; the others need {about} "
            f"{seconds:.0f} s, and {max(0.0, seconds_left):.0f} s were left: raise --time-limit"
        )

"""Which fold of which candidate comes next, and for how long it may run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tabkit.evaluation._evaluation import FoldResult, Status

# A fold that runs for this part of the seconds that were left when its candidate's turn came is given
# up: no other candidate would have its turn, were it to hang.
_LONGEST_FOLD = 0.5
# Nor may it run much longer than an equal part of them, for then its candidate cannot finish in time.
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
    longest_fold : float
        Seconds that a fold may run; 0 until the candidate's turn comes.
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
    longest_fold: float = 0.0
    longest_killed: float = 0.0

    @property
    def fold_seconds(self) -> float | None:
        """Seconds that a fold takes, prediction included, or takes at least; None before the first."""
        seconds = [
            result.fit_seconds + result.predict_seconds - result.shared_seconds
            for result in self.results.values()
        ]
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
    """Takes the candidates one after the other, the cheap ones first.

    Whatever is left of the time belongs to the candidate whose turn it is, as long as it is
    expected to finish: finished candidates are worth more than many begun. One that is not,
    or whose fold runs too long, is given up for this run.

    Parameters
    ----------
    candidates : sequence of Progress
    n_jobs : int
        Folds at once.
    """

    def __init__(self, candidates: Sequence[Progress], n_jobs: int) -> None:
        self._n_jobs = n_jobs
        self._queue = sorted((c for c in candidates if c.pending), key=lambda c: c.cost)

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
        while self._queue:
            candidate = self._queue[0]
            if not candidate.pending:
                self._queue.pop(0)
                continue
            if end is None or self._fits(candidate, end - now):
                stop = None if end is None else now + self._longest_fold(candidate, end - now)
                fold = candidate.pending.pop(0)
                candidate.running[fold] = Running(now, stop)
                return candidate, fold
            status: Status = "too little time" if candidate.fold_seconds is None else "too slow"
            candidate.settle(status, self._explain(candidate, end - now))
        return None

    def _fits(self, candidate: Progress, seconds_left: float) -> bool:
        """Whether the folds that are left are expected within the time that is left."""
        if seconds_left <= 0:
            return False
        if candidate.fold_seconds is None:
            return True
        n_turns = max(1.0, candidate.n_left / self._n_jobs)
        return candidate.fold_seconds * n_turns <= seconds_left

    def _longest_fold(self, candidate: Progress, seconds_left: float) -> float:
        """Seconds that each fold of a candidate may run, settled when its turn comes."""
        if not candidate.longest_fold:
            part = min(_LONGEST_FOLD, _TOLERANCE * self._n_jobs / candidate.n_left)
            candidate.longest_fold = max(_MIN_SECONDS, part * seconds_left)
        return candidate.longest_fold

    def give_up(self, candidate: Progress, ran: float, seconds_left: float) -> None:
        """Give a candidate up: one of its folds was killed when its time was over.

        Parameters
        ----------
        candidate : Progress
        ran : float
            Seconds that the fold ran.
        seconds_left : float
            Until the end of the fits.
        """
        candidate.longest_killed = max(candidate.longest_killed, ran)
        candidate.settle("too slow", self._explain(candidate, seconds_left))

    def _explain(self, candidate: Progress, seconds_left: float) -> str:
        if candidate.fold_seconds is None:
            return "no time was left to begin it: raise --time-limit"
        n_missing = candidate.n_folds - len(candidate.results)
        seconds = candidate.fold_seconds * max(1.0, n_missing / self._n_jobs)
        about = "more than" if candidate.longest_killed else "about"
        return (
            f"{len(candidate.results)} of {candidate.n_folds} folds finished; the others need {about} "
            f"{seconds:.0f} s, and {max(0.0, seconds_left):.0f} s were left: raise --time-limit"
        )

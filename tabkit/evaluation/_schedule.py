"""Which fold of which candidate comes next, and for how long it may run."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tabkit._core._parameters import say_parameter
from tabkit._core._wording import say_count
from tabkit.evaluation._evaluation import Evaluation, FoldResult, Status

# A fold that runs for this part of the seconds that were left when its candidate's turn came makes way
# for the others: they would not have their turn, were it to hang.
_LONGEST_FOLD = 0.5
# Nor may it run much longer than an equal part of them, for then its candidate cannot finish in time.
_TOLERANCE = 1.25
# A trial that takes longer is of a candidate that is too dear.
_LONGEST_TRIAL = 0.15
# No fold makes way before, nor when less is left: a process that takes the place of another needs as long.
_MIN_SECONDS = 5.0
# What a candidate on fewer rows may be expected to take of its part: it has costs that rows do not change.
_SHORTENED_SHARE = 0.5
_MOST_SHORTENED = 0.75
# Seconds of a fit grow with this power of its rows: those of boosters less, of forests and kernels more.
_GROWTH = 0.5
# Of the time that is left, for the candidate with the best trial, where it cannot do with all rows in it.
_PROMISING_SHARE = 0.65
# All are expected to need more than this part of the time that is left: then few rows tell whose turn it is.
_SCARCE_SHARE = 0.6


@dataclass(frozen=True)
class Deadline:
    """By when the fits must end, on the clock of `time.monotonic`.

    Attributes
    ----------
    end : float
        The fits that run then are stopped.
    patient_until : float
        Before, no candidate is given up for want of time.
    """

    end: float
    patient_until: float


@dataclass(frozen=True)
class Running:
    """A fold that runs: since when, and until when undisturbed (None: to the end)."""

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
        Rough seconds of a fit beside those of others.
    n_folds : int
    results : dict of int to FoldResult
        Finished folds.
    pending : list of int
        Folds not begun.
    running : dict of int to Running
        Folds that run now.
    status : str or None
        Set when nothing more happens to it.
    reason, traceback : str
        Why, where it did not finish.
    longest_fold : float
        Seconds that a fold may run while others wait; 0 until the candidate's turn comes.
    longest_killed : float
        Seconds that the longest of its killed folds ran.
    measuring_fold : int or None
        The fold that tells how large the fitted model is.
    n_set_back : int
        How many candidates, itself included, had been set back when it last was; 0 for none.
    train_rows : int or None
        Training rows of each fold; None for all.
    n_train : int
        Training rows of the smallest fold, where all are taken; 0 where nobody asks.
    is_on_trial : bool
        Whether the fold that runs is a trial on few rows.
    trial : FoldResult or None
        What came of the trial.
    priority : float
        What is expected of it beside others for its cost, before anything is known.
    is_reference : bool
        Whether the others are judged by it.
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
    measuring_fold: int | None = None
    n_set_back: int = 0
    train_rows: int | None = None
    n_train: int = 0
    is_on_trial: bool = False
    trial: FoldResult | None = None
    priority: float = 0.0
    is_reference: bool = False

    @property
    def stored_as(self) -> str:
        """The name under which its folds are kept: those of all rows stay beside those of fewer."""
        return self.name if self.train_rows is None else f"{self.name}, {self.train_rows} rows"

    @property
    def fold_seconds(self) -> float | None:
        """Seconds that a fold takes, prediction included, or takes at least; None before the first.

        Of the quickest, since the first one in a process pays for the imports too. Before the first, what the
        trial took tells.
        """
        seconds = [_seconds_of(result) for result in self.results.values()]
        if not seconds and self.trial is not None:
            n_rows = self.n_train if self.train_rows is None else self.train_rows
            growth = max(1.0, n_rows / self.trial.n_train) ** _GROWTH
            seconds = [growth * _seconds_of(self.trial)]
        return max(self.longest_killed, min(seconds)) if seconds else self.longest_killed or None

    @property
    def is_new(self) -> bool:
        """Whether nothing is known of it yet, and nothing runs."""
        return not self.results and not self.running and self.trial is None

    @property
    def n_left(self) -> int:
        """Folds that are not finished."""
        return len(self.pending) + len(self.running)

    def settle(self, status: Status, reason: str = "", traceback: str = "") -> None:
        """Let nothing more happen to it.

        Parameters
        ----------
        status : str
            See `Evaluation`.
        reason : str, default=""
            For the reader.
        traceback : str, default=""
        """
        self.status, self.reason, self.traceback = status, reason, traceback
        self.pending.clear()


def _seconds_of(result: FoldResult) -> float:
    return result.fit_seconds + result.predict_seconds - result.shared_seconds


def no_limit(evaluations: Sequence[Evaluation]) -> None:
    """Let fits take as long as they take.

    Parameters
    ----------
    evaluations : sequence of Evaluation
    """


FindDeadline = Callable[[Sequence[Evaluation]], Deadline | None]
Shorten = Callable[["Progress", float], bool]
BeginTrial = Callable[["Progress"], bool]
Preference = Callable[[Sequence[Progress]], Sequence[Progress]]


def cheapest_first(candidates: Sequence[Progress]) -> list[Progress]:
    """Order candidates by their cost, and those that were set back behind the others.

    Parameters
    ----------
    candidates : sequence of Progress

    Returns
    -------
    ordered : list of Progress
    """
    return sorted(candidates, key=lambda candidate: (candidate.n_set_back, candidate.cost))


class Schedule:
    """Takes the candidates one after the other, as they are preferred: the cheap ones first.

    Whatever is left of the time belongs to the candidate whose turn it is, as long as it is
    expected to finish: finished candidates are worth more than many begun. One that is not, or
    whose fold runs too long, waits until the others have had their turn, and gets what is left:
    a fold that finishes counts in the next run of the same folder.

    Parameters
    ----------
    candidates : sequence of Progress
        More may be added to it at any time.
    n_jobs : int
        Folds at once.
    prefer : callable, default=cheapest_first
        Gets the candidates with folds that are not begun, and returns them in the order in which they
        are worth it; asked before each fold. One that it leaves out waits.
    shorten : callable, default=None
        Gets a candidate that cannot finish and the share of its training rows that it could finish with, and
        lets it begin anew with about so many, or returns False. None: such a candidate is given up.
    begin_trial : callable, default=None
        Gets a candidate of which nothing is known, where the time is not expected to be enough for all, and
        lets it begin with a trial: one fold on few rows; or returns False.
    """

    def __init__(
        self,
        candidates: Sequence[Progress],
        n_jobs: int,
        prefer: Preference = cheapest_first,
        shorten: Shorten | None = None,
        begin_trial: BeginTrial | None = None,
    ) -> None:
        self._n_jobs = n_jobs
        self._candidates = candidates
        self._prefer = prefer
        self._shorten = shorten
        self._begin_trial = begin_trial
        self._n_set_back = 0

    def _queue(self) -> Sequence[Progress]:
        ordered = self._prefer([candidate for candidate in self._candidates if candidate.pending])
        return [
            candidate for candidate in ordered if candidate.pending
        ]  # some may have been stopped meanwhile

    def next_fold(self, now: float, deadline: Deadline | None) -> tuple[Progress, int] | None:
        """Begin a fold.

        Parameters
        ----------
        now : float
            Seconds on any clock.
        deadline : Deadline or None
            On the same clock; None for no limit.

        Returns
        -------
        choice : tuple of (candidate, fold) or None
            None when every fold is begun or given up.
        """
        queue = self._queue()
        if not queue:
            return None
        if deadline is None:
            return self._begin(queue[0], now, None)
        if self._tries_out(queue[0], now, deadline) and not queue[0].pending:
            return self.next_fold(now, deadline)  # the trial is there, of an earlier run
        left = deadline.end - now
        for candidate in queue:
            if self._fits(candidate, now, deadline):
                return self._begin(candidate, now, deadline)
            # The most promising one is worth more on some rows than those behind it on all.
            is_promising = candidate is queue[0] and candidate.trial is not None
            if is_promising and self._shortens(candidate, _PROMISING_SHARE * left):
                return self.next_fold(now, deadline)
        if any(self._shortens(candidate, _SHORTENED_SHARE * left / len(queue)) for candidate in queue):
            return self.next_fold(now, deadline)
        if now < deadline.patient_until:
            nearest = min(queue, key=lambda c: self._seconds_needed(c, now))
            return self._begin(nearest, now, deadline)
        for candidate in queue:
            self._give_up(candidate, now, deadline)
        return None

    def _tries_out(self, candidate: Progress, now: float, deadline: Deadline) -> bool:
        """Let one that is new begin with a trial, where not all are expected to finish."""
        if self._begin_trial is None or not candidate.is_new or candidate.is_on_trial:
            return False
        return self._is_scarce(now, deadline) and self._begin_trial(candidate)

    def _is_scarce(self, now: float, deadline: Deadline) -> bool:
        """Whether all may need more than the time that is left, by their costs and what some have taken."""
        known = [c for c in self._candidates if c.results and c.fold_seconds is not None]
        if not known:
            return False
        scale = sum(c.fold_seconds or 0.0 for c in known) / sum(c.cost for c in known)
        waiting = [c for c in self._candidates if c.status is None]
        needed = sum((c.fold_seconds or scale * c.cost) * c.n_left for c in waiting) / self._n_jobs
        return needed > _SCARCE_SHARE * (deadline.end - now)

    def _shortens(self, candidate: Progress, seconds: float) -> bool:
        """Let a candidate begin anew on so many rows as it can do with in some seconds, where it can."""
        known = candidate.fold_seconds
        if self._shorten is None or known is None or candidate.running or seconds <= 0:
            return False
        needed = known * math.ceil(candidate.n_folds / self._n_jobs)
        return self._shorten(candidate, min(_MOST_SHORTENED, seconds / needed))

    def make_way(self, now: float, deadline: Deadline) -> list[tuple[Progress, int]]:
        """Set back what has run too long, where others wait that may finish in time.

        Parameters
        ----------
        now : float
        deadline : Deadline

        Returns
        -------
        stopped : list of (candidate, fold)
            To be stopped by the caller; they will come again.
        """
        stopped = []
        for candidate in self._candidates:
            overstayed = [
                fold for fold, run in candidate.running.items() if run.stop is not None and now >= run.stop
            ]
            if not overstayed or not self._keeps_waiting(candidate, now, deadline):
                continue
            for fold in overstayed:
                ran = now - candidate.running.pop(fold).started
                candidate.longest_killed = max(candidate.longest_killed, ran)
                candidate.pending.insert(0, fold)
                stopped.append((candidate, fold))
            self._n_set_back += 1
            candidate.n_set_back = self._n_set_back
        return stopped

    def end(self, now: float, deadline: Deadline) -> None:
        """Give up all that is not finished: the time is over."""
        for candidate in self._candidates:
            if candidate.status is None:
                self._give_up(candidate, now, deadline)

    def _begin(self, candidate: Progress, now: float, deadline: Deadline | None) -> tuple[Progress, int]:
        stop = None
        # Once set back it has all that is left.
        if deadline is not None and not candidate.longest_killed:
            if not candidate.longest_fold:
                part = min(_LONGEST_FOLD, _TOLERANCE * self._n_jobs / candidate.n_left)
                part = _LONGEST_TRIAL if candidate.is_on_trial else part
                candidate.longest_fold = max(_MIN_SECONDS, part * (deadline.end - now))
            stop = now + candidate.longest_fold
        fold = candidate.pending.pop(0)
        candidate.running[fold] = Running(now, stop)
        return candidate, fold

    def _keeps_waiting(self, candidate: Progress, now: float, deadline: Deadline) -> bool:
        """Whether another one waits that may finish in time, once a process is up for it."""
        if deadline.end - now < _MIN_SECONDS:
            return False
        return any(c is not candidate and c.pending and self._fits(c, now, deadline) for c in self._queue())

    def _fits(self, candidate: Progress, now: float, deadline: Deadline) -> bool:
        """Whether the folds that are left are expected within the time that is left."""
        return now < deadline.end and now + self._seconds_needed(candidate, now) <= deadline.end

    def _seconds_needed(self, candidate: Progress, now: float) -> float:
        """Seconds until its last fold ends, if all places were its own; 0 where nothing is known."""
        seconds = candidate.fold_seconds
        if seconds is None:
            return 0.0
        busy = [max(0.0, run.started + seconds - now) for run in candidate.running.values()]
        places = sorted(busy + [0.0] * (self._n_jobs - len(busy)))
        for _ in candidate.pending:
            heapq.heapreplace(places, places[0] + seconds)
        return max(places)

    def _give_up(self, candidate: Progress, now: float, deadline: Deadline) -> None:
        """Settle a candidate, and say what it needs and what was left."""
        raise_limit = f"raise {say_parameter('time_limit')}"
        if candidate.fold_seconds is None and not candidate.running:
            candidate.settle("too little time", f"no time was left to begin it: {raise_limit}")
            return
        known = candidate.fold_seconds or 0.0
        began = min((run.started for run in candidate.running.values()), default=now)
        n_finished = len(candidate.results)
        done = f"{n_finished} of {say_count(candidate.n_folds, 'fold')} finished; "
        if now < deadline.end:
            needed, left = self._seconds_needed(candidate, now), deadline.end - now
        else:
            # What runs was not refused but stopped: it is said from where it began.
            n_turns = math.ceil((candidate.n_folds - n_finished) / self._n_jobs)
            needed, left = max(known, now - began) * n_turns, deadline.end - began
        if left <= 0:
            candidate.settle("too little time", f"{done}no time was left for the others: {raise_limit}")
            return
        is_least = max(candidate.longest_killed, now - began) >= known
        who = "the others need" if n_finished else "they need"
        if is_least and _say(needed) == _say(left):
            need = f"more than the {_say(left)} that were left"
        else:
            need = f"{'more than' if is_least else 'about'} {_say(needed)}, and {_say(left)} were left"
        candidate.settle("too slow", f"{done}{who} {need}: {raise_limit}")


def _say(seconds: float) -> str:
    """Seconds that are never said to be none.

    Examples
    --------
    >>> _say(127.4), _say(6.52), _say(0.01)
    ('127 s', '6.5 s', '0.1 s')
    """
    return f"{seconds:.0f} s" if seconds >= 10 else f"{max(0.1, seconds):.1f} s"

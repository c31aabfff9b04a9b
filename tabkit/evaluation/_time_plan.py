"""How the time of a run is divided."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tabkit.data import Task
from tabkit.evaluation._evaluation import Evaluation
from tabkit.evaluation._order import find_best
from tabkit.evaluation._schedule import Deadline

# No fit is given up for want of time in this part of the limit, nor stopped for the refit.
_USED_SHARE = 0.8
# Where reading the table took nearly all, the first candidates have this long still.
_LEAST_FIT_SECONDS = 3.0
# The limit is kept within this, whichever is more.
_OVERRUN_SHARE = 0.05
_OVERRUN_SECONDS = 5.0
# Writing the report and the tables: a figure per section, and one pass over the predictions.
_MIN_REPORT_SECONDS = 2.0
_REPORT_SHARE = 0.03
# Start and end of the program, which the clock of the run does not see.
_PROGRAM_SECONDS = 1.0
# A refit takes all rows, and is saved and read back.
_REFIT_FACTOR = 1.5
_REFIT_SECONDS = 2.0


@dataclass(frozen=True)
class TimePlan:
    """How the time of a run is divided between fits, refit, a baseline of its own and the report.

    The candidates together and the baseline (another AutoML tool) get the same seconds; the refit
    of the best so far and the report come off before. Where the baseline's half is less than it
    needs, the candidates get all.

    Attributes
    ----------
    started : float
        Of the run, on the clock of `time.monotonic`.
    limit : float or None
        Seconds; None for no limit.
    n_folds : int
    baseline_needs : float or None
        The least seconds per fold for the baseline; None when there is none.
    fits_started : float
        When the first fit could begin.
    """

    started: float
    limit: float | None
    n_folds: int
    baseline_needs: float | None
    fits_started: float

    @property
    def end(self) -> float | None:
        """When everything but the report should be done."""
        return None if self.limit is None else self.started + self.limit - self._report_seconds(self.limit)

    @property
    def last_end(self) -> float | None:
        """When the refit is given up: a winner without a file is worse than some seconds more."""
        if self.limit is None:
            return None
        overrun = max(_OVERRUN_SECONDS, _OVERRUN_SHARE * self.limit)
        return self.started + self.limit + overrun - self._report_seconds(self.limit) - _PROGRAM_SECONDS

    def deadline_of_fits(self, task: Task, evaluations: Sequence[Evaluation]) -> Deadline | None:
        """By when the fits of the candidates must end, as far as is known now.

        Parameters
        ----------
        task : Task
        evaluations : sequence of Evaluation
            So far: what the fits of the best took says how long its refit will.

        Returns
        -------
        deadline : Deadline or None
            None for no limit.
        """
        seconds = self._seconds_to_fit(task, evaluations)
        if seconds is None or self.limit is None:
            return None
        if self._serves_baseline(seconds):
            seconds /= 2
            return Deadline(self.fits_started + seconds, self.fits_started + _USED_SHARE * seconds)
        end = self.fits_started + seconds
        return Deadline(end, min(end, self.started + _USED_SHARE * self.limit))

    def baseline_seconds(self, task: Task, evaluations: Sequence[Evaluation]) -> float | None:
        """How long the baseline may take for a fold: all folds together, what all candidates were given.

        Parameters
        ----------
        task : Task
        evaluations : sequence of Evaluation

        Returns
        -------
        seconds : float or None
            None for no limit.
        """
        seconds = self._seconds_to_fit(task, evaluations)
        if seconds is None or self.end is None:
            return None
        left = self.end - time.monotonic() if self._serves_baseline(seconds) else math.inf
        return min(seconds / 2, left) / self.n_folds

    def _serves_baseline(self, seconds: float) -> bool:
        """Whether half of the seconds for fits is enough for the baseline."""
        return self.baseline_needs is not None and seconds / 2 >= self.baseline_needs * self.n_folds

    def _seconds_to_fit(self, task: Task, evaluations: Sequence[Evaluation]) -> float | None:
        """Seconds for all fits of candidates and the baseline; None for no limit."""
        if self.limit is None or self.end is None or self.last_end is None:
            return None
        refit_seconds = self._refit_seconds(task, evaluations)
        least = min(self.fits_started + _LEAST_FIT_SECONDS, self.last_end - refit_seconds)
        end = max(self.end - refit_seconds, self.started + _USED_SHARE * self.limit, least)
        return max(0.0, end - self.fits_started)

    @staticmethod
    def _report_seconds(limit: float) -> float:
        return max(_MIN_REPORT_SECONDS, _REPORT_SHARE * limit)

    def _refit_seconds(self, task: Task, evaluations: Sequence[Evaluation]) -> float:
        best = find_best(task, evaluations)
        slowest = max(result.fit_seconds for result in best.folds) if best is not None else 0.0
        return _REFIT_SECONDS + _REFIT_FACTOR * slowest

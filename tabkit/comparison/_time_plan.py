"""How the time of a run is divided."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tabkit.comparison._order import sort_finished
from tabkit.data import Task
from tabkit.evaluation import Evaluation, primary_metric

# Writing the report and the tables: a figure per section, and one pass over the predictions.
_MIN_REPORT_SECONDS = 3.0
_REPORT_SHARE = 0.03
# A refit takes all rows, and is saved and read back.
_REFIT_FACTOR = 1.5
_REFIT_OVERRUN_SECONDS = 2.0
_REFIT_START_SECONDS = 6.0


@dataclass(frozen=True)
class TimePlan:
    """How the time of a run is divided between fits, refit, AutoGluon and the report.

    The candidates together and AutoGluon get the same seconds; the refit of the best so far
    and the report come off before. Where AutoGluon's half is less than it needs, the
    candidates get all.

    Attributes
    ----------
    started : float
        Of the run, on the clock of `time.monotonic`.
    limit : float or None
        Seconds; None for no limit.
    n_folds : int
    autogluon_needs : float or None
        The least seconds per fold for AutoGluon; None when it takes no part.
    fits_started : float
        When the first fit could begin.
    """

    started: float
    limit: float | None
    n_folds: int
    autogluon_needs: float | None
    fits_started: float

    @property
    def end(self) -> float | None:
        """When everything but the report must be done."""
        if self.limit is None:
            return None
        return self.started + self.limit - max(_MIN_REPORT_SECONDS, _REPORT_SHARE * self.limit)

    @property
    def last_end(self) -> float | None:
        """When the refit is given up: a winner without a file is worse than a second more."""
        return None if self.limit is None else self.started + self.limit + _REFIT_OVERRUN_SECONDS

    def end_of_fits(self, task: Task, evaluations: Sequence[Evaluation]) -> float | None:
        """When the last fit of a candidate must end, as far as is known now."""
        seconds = self._seconds_to_fit(task, evaluations)
        if seconds is None:
            return None
        return self.fits_started + (seconds / 2 if self._serves_autogluon(seconds) else seconds)

    def seconds_for_candidates(self, task: Task) -> float | None:
        """Seconds from now for the fits of all candidates; None for no limit."""
        end = self.end_of_fits(task, ())
        return None if end is None else max(1.0, end - time.monotonic())

    def autogluon_seconds(self, task: Task, evaluations: Sequence[Evaluation]) -> float | None:
        """Seconds per fold for AutoGluon: what all candidates together were given; None for no limit."""
        seconds = self._seconds_to_fit(task, evaluations)
        if seconds is None or self.end is None:
            return None
        left = self.end - time.monotonic() if self._serves_autogluon(seconds) else math.inf
        return min(seconds / 2, left) / self.n_folds

    def _serves_autogluon(self, seconds: float) -> bool:
        """Whether half of the seconds for fits is enough for AutoGluon."""
        return self.autogluon_needs is not None and seconds / 2 >= self.autogluon_needs * self.n_folds

    def _seconds_to_fit(self, task: Task, evaluations: Sequence[Evaluation]) -> float | None:
        """Seconds for all fits of candidates and AutoGluon; None for no limit."""
        if self.end is None:
            return None
        return max(0.0, self.end - self.fits_started - self._refit_seconds(task, evaluations))

    def _refit_seconds(self, task: Task, evaluations: Sequence[Evaluation]) -> float:
        best = find_best(task, evaluations)
        if best is None:
            return _REFIT_START_SECONDS
        slowest = max(result.fit_seconds for result in best.folds)
        return _REFIT_START_SECONDS + _REFIT_FACTOR * slowest


def find_best(task: Task, evaluations: Sequence[Evaluation]) -> Evaluation | None:
    """The finished candidate with the best mean of the primary metric; None when there is none."""
    ranked = sort_finished(evaluations, primary_metric(task))
    return ranked[0] if ranked else None

"""Who is fitted next, who is stopped, and when it is over."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np

from tabkit.automl._out_of_fold import OutOfFold, row_losses
from tabkit.automl._weights import choose_weights
from tabkit.data import Table, Task
from tabkit.evaluation import (
    Deadline,
    Engine,
    Evaluation,
    Progress,
    loss_so_far,
    primary_metric,
    sort_finished,
)

# One look at everybody has this part of the time; then the best so far are completed.
_LOOK_SHARE = 0.5
# Whoever needs less of the time that is left is completed at once.
_CHEAP_SHARE = 0.08
# Fewer rows tell nothing of who is hopeless.
_LEAST_ROWS = 50
_LEAST_KEPT = 6
# Standard errors of the mean difference to the best.
_CLEARLY = 3.0
# Of the time that is left for fits, for choosing weights and correcting the score.
_CLOSING_SHARE = 0.04
_CLOSING_SECONDS = 1.0


class Race:
    """A first fold of everybody, then whole candidates, the best so far first; cheap ones whole at once.

    After their first fold, those that are clearly worse than the best, and would have no weight beside the
    others, are stopped. Without a limit all first folds are there before anybody is stopped, so that nothing
    hangs on who was quicker.

    Parameters
    ----------
    table : Table
    task : Task
    started : float
        Of the fit, on the clock of `time.monotonic`.
    limit : float or None
        Seconds; None for no limit.
    n_places : int
        Fits at once.
    refits : bool
        Whether time is kept for a fit of the best on all rows.
    """

    def __init__(
        self,
        table: Table,
        task: Task,
        started: float,
        limit: float | None,
        *,
        n_places: int,
        refits: bool,
    ) -> None:
        self._table, self._task = table, task
        self._metric = primary_metric(task)
        self._started, self._limit = started, limit
        self._n_places, self._refits = n_places, refits
        self._judged: set[str] = set()
        self._costs: dict[str, float] = {}
        self.engine: Engine | None = None

    def find_deadline(self, evaluations: Sequence[Evaluation]) -> Deadline | None:
        """By when the fits must end.

        Parameters
        ----------
        evaluations : sequence of Evaluation
            So far.

        Returns
        -------
        deadline : Deadline or None
        """
        if self._limit is None:
            return None
        kept = max(_CLOSING_SECONDS, _CLOSING_SHARE * self._limit)
        if self._refits:
            kept += self._refit_seconds(evaluations)
        end = max(self._started + self._limit - kept, self._started + 0.4 * self._limit)
        return Deadline(end, self._started)

    def prefer(self, candidates: Sequence[Progress]) -> list[Progress]:
        """Order the candidates that have folds to begin.

        Parameters
        ----------
        candidates : sequence of Progress

        Returns
        -------
        ordered : list of Progress
        """
        self._costs.update({candidate.name: candidate.cost for candidate in candidates})
        new = sorted((c for c in candidates if c.is_new), key=lambda c: (c.n_set_back, -c.priority))
        if self._limit is None:
            if new or any(c.running and not c.results for c in candidates):
                return new  # first folds first
            self._stop_hopeless()
            return sorted((c for c in candidates if c.status is None), key=self._place)
        self._stop_hopeless()
        known = sorted((c for c in candidates if not c.is_new and c.status is None), key=self._place)
        cheap = [c for c in known if self._is_cheap(c)]
        dear = [c for c in known if not self._is_cheap(c)]
        new = [c for c in new if self._may_fit(c)]
        is_looking = time.monotonic() < self._started + _LOOK_SHARE * self._limit
        return [*cheap, *new, *dear] if is_looking else [*cheap, *dear, *new]

    def _place(self, candidate: Progress) -> tuple[int, float]:
        return candidate.n_set_back, loss_so_far(candidate, self._metric)

    def _may_fit(self, candidate: Progress) -> bool:
        """Whether a fold is expected to end in time, by its cost beside what others took for theirs."""
        assert self._limit is not None
        assert self.engine is not None
        timed = {
            evaluation.name: min(result.fit_seconds + result.predict_seconds for result in evaluation.folds)
            for evaluation in self.engine.evaluations()
            if evaluation.folds
        }
        if not timed:
            return True
        seconds_of_cost = sum(timed.values()) / sum(self._costs[name] for name in timed)
        return seconds_of_cost * candidate.cost < self._started + self._limit - time.monotonic()

    def _is_cheap(self, candidate: Progress) -> bool:
        """Whether its other folds take next to nothing of the time that is left."""
        assert self._limit is not None
        if candidate.fold_seconds is None:
            return False
        left = self._started + self._limit - time.monotonic()
        needed = candidate.fold_seconds * math.ceil(candidate.n_left / self._n_places)
        return needed < _CHEAP_SHARE * left

    def _stop_hopeless(self) -> None:
        """Stop those whose first fold says that they add nothing."""
        assert self.engine is not None
        evaluations = self.engine.evaluations()
        known = [e for e in evaluations if any(result.fold == 0 for result in e.folds)]
        fresh = {e.name for e in known} - self._judged
        if not fresh or len(known) <= _LEAST_KEPT:
            return
        self._judged |= fresh
        for name, reason in find_hopeless(known, self._table, self._task).items():
            if name in fresh and any(e.name == name and not e.is_finished for e in known):
                self.engine.stop(name, reason)

    def _refit_seconds(self, evaluations: Sequence[Evaluation]) -> float:
        """For the best candidates on all rows, by what they took on folds."""
        best = sort_finished(evaluations, self._metric)[:3]
        return sum(1.5 * max(result.fit_seconds for result in e.folds) for e in best)


def find_hopeless(known: Sequence[Evaluation], table: Table, task: Task) -> dict[str, str]:
    """Candidates whose first fold says that they add nothing to the others.

    They are clearly worse than the best, not among the best few, and an ensemble that is chosen on that fold
    does without them.

    Parameters
    ----------
    known : sequence of Evaluation
        With a result of fold 0 each.
    table : Table
    task : Task

    Returns
    -------
    reasons : dict of str to str
        By name.
    """
    first = OutOfFold.of(known, [0], table, task)
    if len(first.rows) < _LEAST_ROWS:
        return {}
    losses = row_losses(first, task)
    weights = choose_weights(first, task, primary_metric(task), n_kept=len(known))
    order = np.argsort(losses.mean(axis=1), kind="stable")
    best = losses[order[0]]
    hopeless = {}
    for place in order[_LEAST_KEPT:]:
        difference = losses[place] - best
        error = difference.std(ddof=1) / np.sqrt(len(difference))
        name = first.names[place]
        if difference.mean() > _CLEARLY * error and not weights[name]:
            hopeless[name] = (
                f"clearly worse than {first.names[order[0]]} on the first fold, and of no use beside it"
            )
    return hopeless

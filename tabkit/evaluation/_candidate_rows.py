"""How many training rows each candidate has: all, a few for a trial, or as many as there is time for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tabkit.evaluation._fewer_rows import draw_rows, round_down
from tabkit.evaluation._fingerprint import fingerprint_estimator, fingerprint_metric

if TYPE_CHECKING:
    import numpy as np

    from tabkit.data import Table, Task
    from tabkit.evaluation._evaluation import FoldResult
    from tabkit.evaluation._folds import Folds
    from tabkit.evaluation._schedule import Progress
    from tabkit.evaluation._store import Store

# A candidate is given up rather than trained on fewer.
_LEAST_ROWS = 1_000
# Of a trial: enough to tell models apart that differ, and a matter of a second for most; at most half of the
# rows, so that it costs a part of what a fold does.
_TRIAL_ROWS = (2_000, 1_000)
_MOST_OF_ALL = 0.5


@dataclass(frozen=True)
class CandidateRows:
    """Changes the training rows of candidates, and draws them.

    Attributes
    ----------
    table : Table
    task : Task
    folds : Folds
    store : Store
        Results of all rows stay there beside those of fewer.
    seed : int
        Of the draws.
    """

    table: Table
    task: Task
    folds: Folds
    store: Store
    seed: int

    def fingerprint(self, estimator: Any, n_rows: int | None = None) -> str:
        """Digest of all that the results of a candidate hang on: those of other rows or folds do not count.

        Parameters
        ----------
        estimator : estimator
        n_rows : int or None, default=None
            Training rows of each fold; None for all.

        Returns
        -------
        fingerprint : str
        """
        fewer = () if n_rows is None else (f"{n_rows} rows, {self.seed}",)
        text = "|".join((fingerprint_estimator(estimator), *self._circumstances, *fewer))
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @cached_property
    def _circumstances(self) -> tuple[str, ...]:
        own = self.task.own_metric
        metric = "" if own is None else fingerprint_metric(own)
        return self.table.fingerprint, self.folds.fingerprint, repr(self.task.classes), metric

    @property
    def n_trial(self) -> int:
        """Training rows of a trial; 0 where there are too few for one."""
        return next((n_rows for n_rows in _TRIAL_ROWS if n_rows <= _MOST_OF_ALL * self.folds.fewest_train), 0)

    def draw(self, candidate: Progress, fold: int) -> np.ndarray:
        """Positions of the training rows of a fold.

        Parameters
        ----------
        candidate : Progress
        fold : int

        Returns
        -------
        rows : ndarray of int
        """
        train, _ = self.folds.pairs[fold]
        if candidate.train_rows is None:
            return train
        return draw_rows(self.table, self.task, train, candidate.train_rows, self.seed)

    def shorten(self, candidate: Progress, share: float) -> bool:
        """Let a candidate begin anew on a share of its training rows; whether there are enough for that.

        Parameters
        ----------
        candidate : Progress
        share : float

        Returns
        -------
        is_shortened : bool
        """
        n_rows = round_down(share * self.folds.fewest_train)
        if candidate.train_rows is not None or n_rows < _LEAST_ROWS:
            return False
        self._begin_anew(candidate, n_rows)
        return True

    def begin_trial(self, candidate: Progress) -> bool:
        """Let a candidate begin with one fold on few rows; whether that is worth it.

        Where the trial is kept from an earlier run, it is over at once.

        Parameters
        ----------
        candidate : Progress

        Returns
        -------
        has_trial : bool
        """
        if (
            candidate.is_reference
            or candidate.train_rows is not None
            or candidate.longest_killed
            or not self.n_trial
        ):
            return False
        self._begin_anew(candidate, self.n_trial)
        if candidate.results:
            self.end_trial(candidate, next(iter(candidate.results.values())))
        else:
            candidate.is_on_trial, candidate.pending = True, candidate.pending[:1]
        return True

    def end_trial(self, candidate: Progress, result: FoldResult) -> None:
        """Let a candidate that was tried begin on all its rows.

        Parameters
        ----------
        candidate : Progress
        result : FoldResult
            Of the trial.
        """
        candidate.is_on_trial, candidate.trial, candidate.n_train = False, result, self.folds.fewest_train
        self._begin_anew(candidate, None)

    def _begin_anew(self, candidate: Progress, n_rows: int | None) -> None:
        candidate.train_rows = n_rows
        candidate.fingerprint = self.fingerprint(candidate.estimator, n_rows)
        candidate.results = self.store.load_folds(candidate.stored_as, candidate.fingerprint)
        candidate.longest_killed, candidate.longest_fold, candidate.measuring_fold = 0.0, 0.0, None
        candidate.pending = [fold for fold in range(len(self.folds)) if fold not in candidate.results]

"""Finished folds in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabkit.evaluation._evaluation import FoldResult
from tabkit.evaluation._fold import FoldOutcome
from tabkit.evaluation._folds import Folds
from tabkit.evaluation._store import make_predictions, make_result

if TYPE_CHECKING:
    import pandas as pd

    from tabkit.data import Task


class MemoryStore:
    """A store for as long as the process lives; it needs no folder, and locks nothing.

    Examples
    --------
    >>> MemoryStore().load_folds("linear", "0123")
    {}
    """

    def __init__(self) -> None:
        self._fingerprints: dict[str, str] = {}
        self._results: defaultdict[str, dict[int, FoldResult]] = defaultdict(dict)
        self._predictions: defaultdict[str, dict[int, pd.DataFrame]] = defaultdict(dict)
        self._models: dict[tuple[str, int], Any] = {}

    def load_folds(self, candidate: str, fingerprint: str) -> dict[int, FoldResult]:
        """Results of finished folds of this recipe.

        Parameters
        ----------
        candidate : str
        fingerprint : str
            Of the candidate.

        Returns
        -------
        results : dict of int to FoldResult
        """
        is_same = self._fingerprints.get(candidate) == fingerprint
        return dict(self._results[candidate]) if is_same else {}

    def save_fold(
        self,
        candidate: str,
        fingerprint: str,
        fold: int,
        outcome: FoldOutcome,
        folds: Folds,
        task: Task,
        n_threads: int,
    ) -> FoldResult:
        """Keep one finished fold, and drop those of another recipe of that name.

        Parameters
        ----------
        candidate, fingerprint : str
        fold : int
        outcome : FoldOutcome
        folds : Folds
        task : Task
        n_threads : int
            Threads that the fit was given.

        Returns
        -------
        result : FoldResult
        """
        if self._fingerprints.get(candidate) != fingerprint:
            self._forget(candidate)
            self._fingerprints[candidate] = fingerprint
        result = make_result(outcome, fold, folds, n_threads)
        self._results[candidate][fold] = result
        self._predictions[candidate][fold] = make_predictions(fold, outcome, folds, task)
        if outcome.model is not None:
            self._models[candidate, fold] = outcome.model
        return result

    def flush(self) -> None:
        """Nothing is late."""

    def load_model(self, candidate: str, fold: int) -> Any:
        """Return the model that a fold was predicted with.

        Parameters
        ----------
        candidate : str
        fold : int

        Returns
        -------
        model : estimator or None
            None where it was not kept.
        """
        return self._models.get((candidate, fold))

    def predictions_folder(self, candidate: str) -> Path | None:
        """Say that there is no folder.

        Parameters
        ----------
        candidate : str

        Returns
        -------
        folder : None
        """
        return None

    def predictions_in_memory(self, candidate: str) -> Mapping[int, pd.DataFrame]:
        """Predictions of a candidate by fold.

        Parameters
        ----------
        candidate : str

        Returns
        -------
        predictions : mapping of int to DataFrame
        """
        return dict(self._predictions[candidate])

    def _forget(self, candidate: str) -> None:
        self._results[candidate].clear()
        self._predictions[candidate].clear()
        for key in [key for key in self._models if key[0] == candidate]:
            del self._models[key]

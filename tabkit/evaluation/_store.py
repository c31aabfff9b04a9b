"""Where finished folds are kept: what the engine asks of whoever keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tabkit._core._files import as_unicode
from tabkit.evaluation._evaluation import FoldResult
from tabkit.evaluation._fold import FoldOutcome
from tabkit.evaluation._folds import Folds

if TYPE_CHECKING:
    import pandas as pd

    from tabkit.data import Task


class Store(Protocol):
    """Keeps the finished folds of candidates."""

    def load_folds(self, candidate: str, fingerprint: str) -> dict[int, FoldResult]:
        """Results of finished folds that still count.

        Parameters
        ----------
        candidate : str
        fingerprint : str
            Of the candidate: results of another recipe of that name are left out.

        Returns
        -------
        results : dict of int to FoldResult
        """

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
        """Keep one finished fold; it may be written a little later, see `flush`.

        Parameters
        ----------
        candidate, fingerprint : str
        fold : int
        outcome : FoldOutcome
            With its fitted model, where that is to be kept.
        folds : Folds
        task : Task
        n_threads : int
            Threads that the fit was given.

        Returns
        -------
        result : FoldResult
        """

    def flush(self) -> None:
        """Return when all that was saved is kept, or raise what went wrong."""

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

    def predictions_folder(self, candidate: str) -> Path | None:
        """Say in which folder the predictions of a candidate are.

        Parameters
        ----------
        candidate : str

        Returns
        -------
        folder : Path or None
            None where they are in memory.
        """

    def predictions_in_memory(self, candidate: str) -> Mapping[int, pd.DataFrame] | None:
        """Predictions of a candidate by fold.

        Parameters
        ----------
        candidate : str

        Returns
        -------
        predictions : mapping of int to DataFrame, or None
            None where they are in a folder.
        """


def make_result(outcome: FoldOutcome, fold: int, folds: Folds, n_threads: int) -> FoldResult:
    """Put down what is known of a finished fold.

    Parameters
    ----------
    outcome : FoldOutcome
    fold : int
    folds : Folds
    n_threads : int

    Returns
    -------
    result : FoldResult
    """
    train, test = folds.pairs[fold]
    return FoldResult(
        fold=fold,
        scores=outcome.scores,
        fit_seconds=outcome.fit_seconds,
        predict_seconds=outcome.predict_seconds,
        n_train=len(train) if outcome.n_train is None else outcome.n_train,
        n_test=len(test),
        model_bytes=outcome.model_bytes,
        n_threads=n_threads,
        warnings=outcome.warnings,
        details=outcome.details or {},
        shared_seconds=outcome.shared_seconds,
    )


def probability_columns(task: Task) -> list[str]:
    """Name the probability columns of the predictions.

    Parameters
    ----------
    task : Task

    Returns
    -------
    names : list of str
        In the order of the classes.
    """
    return [as_unicode(f"probability_{label}") for label in task.classes]


def make_predictions(fold: int, outcome: FoldOutcome, folds: Folds, task: Task) -> pd.DataFrame:
    """Put the predictions of a fold into a frame, see `Evaluation.predictions`.

    Parameters
    ----------
    fold : int
    outcome : FoldOutcome
    folds : Folds
    task : Task

    Returns
    -------
    predictions : DataFrame of shape (n_test, n_columns)
    """
    import pandas as pd

    _, test = folds.pairs[fold]
    source = test if folds.source_rows is None else folds.source_rows[test]
    columns = {"row": source, "position": test, "fold": fold, "prediction": outcome.prediction}
    if outcome.proba is not None:
        columns |= dict(zip(probability_columns(task), outcome.proba.T, strict=True))
    return pd.DataFrame(columns)

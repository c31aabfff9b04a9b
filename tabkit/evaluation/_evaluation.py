"""One candidate over all folds: what it predicted, how well, how fast; or how it failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tabkit._core._files import read_parquet

if TYPE_CHECKING:
    import pandas as pd

Status = Literal[
    "finished", "failed", "too slow", "too little time", "not installed", "stopped", "interrupted"
]


@dataclass(frozen=True)
class FoldResult:
    """One candidate on one fold.

    Attributes
    ----------
    fold : int
        From 0.
    scores : mapping of str to float
        By metric name, on the test rows, in the metric's own sign (an error is positive);
        NaN where the metric is not defined on the fold.
    fit_seconds, predict_seconds : float
        Wall time of ``fit`` on the training rows and of predicting the test rows.
    n_train, n_test : int
        Rows.
    model_bytes : int or None
        Size of the fitted pipeline when pickled.
    n_threads : int
        Threads the fit was given.
    warnings : tuple of str
        Distinct warnings that the fit raised, a line each.
    details : mapping of str to str
        What the candidate says of itself (for AutoGluon: version, preset, models fitted).
    shared_seconds : float
        Of its seconds, those of a preparation that another candidate had done before.
    """

    fold: int
    scores: Mapping[str, float]
    fit_seconds: float
    predict_seconds: float
    n_train: int
    n_test: int
    model_bytes: int | None = None
    n_threads: int = 1
    warnings: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)
    shared_seconds: float = 0.0


@dataclass(frozen=True)
class Evaluation:
    """One candidate over all folds.

    Attributes
    ----------
    name : str
        The candidate's.
    status : {"finished", "failed", "too slow", "too little time", "not installed", "stopped", "interrupted"}
        "finished" when every fold has a result; only then is the candidate ranked.
    folds : tuple of FoldResult
        The finished folds, in order.
    n_folds : int
        How many there are to finish.
    reason : str
        Empty when finished, else one sentence for the reader.
    traceback : str
        Of a failed fit, for those who want it; else empty.
    folder : Path or None
        Where the predictions are: one Parquet file per finished fold.
    in_memory : mapping of int to DataFrame, or None
        The predictions by fold, where they are in no folder.
    description : str
        One line on what the candidate is.
    """

    name: str
    status: Status
    folds: tuple[FoldResult, ...]
    n_folds: int
    reason: str = ""
    traceback: str = ""
    folder: Path | None = None
    in_memory: Mapping[int, pd.DataFrame] | None = field(default=None, repr=False, compare=False)
    description: str = ""

    @property
    def is_finished(self) -> bool:
        """Whether every fold has a result."""
        return self.status == "finished"

    def predictions(self) -> pd.DataFrame:
        """Read the out-of-fold predictions.

        Returns
        -------
        predictions : DataFrame
            A row per test row of each finished fold, with the columns ``row`` (position
            in the file or frame that was compared), ``position`` (the same without the rows
            that were left out, as in `Table`), ``fold``, ``prediction`` (label or value) and,
            for classification, ``probability_<class>`` in the order of the task's classes.
        """
        import pandas as pd

        if self.folder is None and self.in_memory is None:
            return pd.DataFrame({"row": [], "position": [], "fold": [], "prediction": []})
        parts = [self.predictions_of(result.fold) for result in self.folds]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def predictions_of(self, fold: int) -> pd.DataFrame:
        """Read the predictions of one finished fold, as `predictions`.

        Parameters
        ----------
        fold : int

        Returns
        -------
        predictions : DataFrame of shape (n_test, n_columns)
        """
        if self.in_memory is not None:
            return self.in_memory[fold].copy()
        if self.folder is None:
            raise KeyError(f"no predictions of {self.name!r} were kept")
        return read_parquet(self.folder / f"fold-{fold}.parquet")

"""A candidate, fitted on all rows, saved, and scored on the last ones."""

from __future__ import annotations

import os
import pickle
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabkit._core import describe_error
from tabkit._core._parameters import say_parameter
from tabkit.evaluation._executor import Executor
from tabkit.evaluation._fold import find_threshold, fit_rows
from tabkit.evaluation._last_score import LastScore, score_last
from tabkit.evaluation._model_card import card_of, list_columns, write_card
from tabkit.evaluation._shared_table import SharedTable
from tabkit.persistence import find_foreign_types, load, save

if TYPE_CHECKING:
    import pandas as pd

    from tabkit.data import Table, Task

# What saving a model imports, for seconds.
REFIT_MODULES = ("tabkit.persistence._skops_io",)
_KEY = "refit"
_N_CHECKED_ROWS = 200


@dataclass(frozen=True)
class LastRows:
    """Rows for one last score.

    Attributes
    ----------
    table : Table
    description : str
        How they were chosen.
    seed : int
        Of the interval.
    """

    table: Table
    description: str
    seed: int


@dataclass(frozen=True)
class StandIn:
    """A model that is fitted already, for where there is no time to fit one on all rows.

    Attributes
    ----------
    path : Path
        A pickle.
    n_rows : int
        Rows that it was fitted on.
    """

    path: Path
    n_rows: int


@dataclass(frozen=True)
class Refit:
    """What came of the last fit.

    Attributes
    ----------
    seconds : float
        Of the fit.
    failure : str
        Empty, or why there is no model of all rows.
    score : LastScore or None
    predictions : DataFrame or None
        Of the last rows, see `score_last`.
    score_failure : str
        Why there is no score, where there are last rows; else empty.
    path : Path or None
        Of the saved model; None where there is none.
    stands_in : bool
        Whether that is the one that was fitted before, on fewer rows.
    columns : tuple
        The classes in the order of the columns of ``predict_proba``; empty where it has none.
    threshold : float or None
        Of two classes, of the probability of the positive one.
    """

    seconds: float = 0.0
    failure: str = ""
    score: LastScore | None = None
    predictions: pd.DataFrame | None = None
    score_failure: str = ""
    path: Path | None = None
    stands_in: bool = False
    columns: tuple[Any, ...] = ()
    threshold: float | None = None


def refit(
    executor: Executor,
    estimator: Any,
    shared: SharedTable,
    task: Task,
    folder: Path,
    last: LastRows | None,
    end: float | None,
    stand_in: StandIn | None = None,
) -> Refit:
    """Fit a candidate on all rows, save it, and score it on the last ones.

    Parameters
    ----------
    executor : Executor
        Idle, but for its spare place.
    estimator : estimator
        Unfitted.
    shared : SharedTable
    task : Task
    folder : Path
        Where the model goes, with what stands in for it until it is there.
    last : LastRows or None
    end : float or None
        When it must be done, on the clock of `time.monotonic`.
    stand_in : StandIn, default=None
        Saved first, and what is left where the fit fails or takes too long.

    Returns
    -------
    refit : Refit
    """
    started = time.monotonic()
    # The worker may stand in another folder.
    files = _Files(folder.absolute())
    for path in (files.whole, files.stand_in):
        path.unlink(missing_ok=True)
    arguments = (estimator, shared, task, files, last, executor.n_threads, stand_in)
    executor.submit_to_spare(_KEY, fit_save_and_score, *arguments)
    finished = None
    while finished is None:
        left = None if end is None else end - time.monotonic()
        if left is not None and left <= 0:
            executor.kill(_KEY)
            late = f"no time was left: raise {say_parameter('time_limit')}"
            done = Refit(time.monotonic() - started, score_failure=late)
            # Where it was saved, only the score is missing.
            return files.complete(done, failure=late)
        finished = executor.wait(timeout=left)
    if finished.error:
        return files.complete(Refit(score_failure=finished.error), failure=finished.error)
    made: Refit = finished.value
    return files.complete(made, failure=made.failure)


@dataclass(frozen=True)
class _Files:
    """Where the model is written to, before it replaces another."""

    folder: Path

    @property
    def whole(self) -> Path:
        return self.folder / "all_rows.skops"

    @property
    def stand_in(self) -> Path:
        return self.folder / "stand_in.skops"

    def complete(self, refit: Refit, failure: str) -> Refit:
        """Say which file there is, and why it is not that of all rows."""
        if self.whole.exists():
            return replace(refit, path=self.whole, failure="")
        path = self.stand_in if self.stand_in.exists() else None
        return replace(refit, path=path, failure=failure, stands_in=path is not None)


def fit_save_and_score(
    estimator: Any,
    shared: SharedTable,
    task: Task,
    files: _Files,
    last: LastRows | None,
    n_threads: int,
    stand_in: StandIn | None = None,
) -> Refit:
    """Fit on all rows, save, see that what is read back predicts the same, and score the last rows."""
    import numpy as np

    table = shared.load()
    if stand_in is not None:
        with suppress(Exception):  # it is a help where all else fails, and no more
            fitted = pickle.loads(stand_in.path.read_bytes())
            _save(fitted, files.stand_in, table, task, stand_in.n_rows)
    fitted, seconds = fit_rows(estimator, table, np.arange(table.n_rows), n_threads)
    threshold = find_threshold(fitted) if task.kind == "binary" else None
    done = Refit(seconds, columns=list_columns(fitted), threshold=threshold)
    try:
        _save(fitted, files.whole, table, task, table.n_rows)
    except Exception as error:  # noqa: BLE001 - not hidden: the winner says why it has no file
        done = replace(done, failure=describe_error(error))
    if last is None:
        return done
    try:
        score, predictions = score_last(fitted, last.table, task, last.description, last.seed)
    except Exception as error:  # noqa: BLE001 - not hidden: it is said in the place of the score
        return replace(done, score_failure=describe_error(error))
    return replace(done, score=score, predictions=predictions)


def _save(fitted: Any, path: Path, table: Table, task: Task, n_rows: int) -> None:
    """Save a model, with its card, where it predicts the same when it is read back: nothing is left else."""
    import numpy as np

    rows = table.frame.iloc[:_N_CHECKED_ROWS]
    unchecked = path.with_name(f"unchecked_{path.name}")
    try:
        save(fitted, unchecked)
        # It was written a moment ago by this process: its types are those of the fitted model.
        again = load(unchecked, trusted=find_foreign_types(unchecked))
        if not np.array_equal(fitted.predict(rows), again.predict(rows)):
            raise ValueError("the saved model predicts something else when it is read back")
        write_card(fitted, table, task, n_rows, card_of(path))
        os.replace(unchecked, path)
    finally:
        unchecked.unlink(missing_ok=True)

"""A candidate, fitted on all rows, saved, and scored on the last ones."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabkit._core import describe_error
from tabkit._core._parameters import say_parameter
from tabkit.evaluation._executor import Executor
from tabkit.evaluation._fold import find_threshold, fit_rows
from tabkit.evaluation._last_score import LastScore, score_last
from tabkit.evaluation._model_card import CARD_FILE, list_columns, write_card
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
class Refit:
    """What came of the last fit.

    Attributes
    ----------
    seconds : float
        Of the fit.
    failure : str
        Empty, or why there is no file.
    score : LastScore or None
    predictions : DataFrame or None
        Of the last rows, see `score_last`.
    score_failure : str
        Why there is no score, where there are last rows; else empty.
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
    columns: tuple[Any, ...] = ()
    threshold: float | None = None


def refit(
    executor: Executor,
    estimator: Any,
    shared: SharedTable,
    task: Task,
    path: Path,
    last: LastRows | None,
    end: float | None,
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
    path : Path
        Where the model goes.
    last : LastRows or None
    end : float or None
        When it must be done, on the clock of `time.monotonic`.

    Returns
    -------
    refit : Refit
    """
    for earlier in (path, path.with_name(CARD_FILE)):
        earlier.unlink(missing_ok=True)
    started = time.monotonic()
    # The worker may stand in another folder.
    arguments = (estimator, shared, task, path.absolute(), last, executor.n_threads)
    executor.submit_to_spare(_KEY, fit_save_and_score, *arguments)
    finished = None
    while finished is None:
        left = None if end is None else end - time.monotonic()
        if left is not None and left <= 0:
            executor.kill(_KEY)
            late = f"no time was left: raise {say_parameter('time_limit')}"
            if path.exists():  # it was saved, and only the score is missing
                return Refit(time.monotonic() - started, score_failure=late)
            return Refit(failure=f"{late}; it would be fitted on all rows", score_failure=late)
        finished = executor.wait(timeout=left)
    if finished.error:
        return Refit(failure=f"the fit on all rows failed: {finished.error}", score_failure=finished.error)
    done: Refit = finished.value
    return done


def fit_save_and_score(
    estimator: Any, shared: SharedTable, task: Task, path: Path, last: LastRows | None, n_threads: int
) -> Refit:
    """Fit on all rows, save, see that what is read back predicts the same, and score the last rows."""
    import numpy as np

    table = shared.load()
    fitted, seconds = fit_rows(estimator, table, np.arange(table.n_rows), n_threads)
    threshold = find_threshold(fitted) if task.kind == "binary" else None
    done = Refit(seconds, columns=list_columns(fitted), threshold=threshold)
    try:
        save(fitted, path)
        _check_saved(fitted, path, table)
        write_card(fitted, table, task, path)
    except Exception as error:  # noqa: BLE001 - not hidden: the winner says why it has no file
        path.unlink(missing_ok=True)
        done = replace(done, failure=describe_error(error))
    if last is None:
        return done
    try:
        score, predictions = score_last(fitted, last.table, task, last.description, last.seed)
    except Exception as error:  # noqa: BLE001 - not hidden: it is said in the place of the score
        return replace(done, score_failure=describe_error(error))
    return replace(done, score=score, predictions=predictions)


def _check_saved(fitted: Any, path: Path, table: Table) -> None:
    import numpy as np

    rows = table.frame.iloc[:_N_CHECKED_ROWS]
    # It was written a moment ago by this process: its types are those of the fitted model.
    again = load(path, trusted=find_foreign_types(path))
    if not np.array_equal(fitted.predict(rows), again.predict(rows)):
        raise ValueError("the saved model predicts something else when it is read back")

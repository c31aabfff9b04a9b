"""The best candidate, fitted on all rows and saved."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabkit.evaluation import LocalProcesses, fit_rows, load_table
from tabkit.persistence import find_foreign_types, load, save

if TYPE_CHECKING:
    from tabkit.data import Table

_KEY = "refit"
_N_CHECKED_ROWS = 200


def refit(
    executor: LocalProcesses, name: str, estimator: Any, table_path: Path, path: Path, end: float | None
) -> tuple[float, str]:
    """Fit a candidate on all rows in a worker and save it.

    Parameters
    ----------
    executor : LocalProcesses
    name : str
    estimator : estimator
        Unfitted.
    table_path, path : Path
        Of the table, and where the model goes.
    end : float or None
        When it must be done, on the clock of `time.monotonic`.

    Returns
    -------
    fit_seconds : float
    failure : str
        Empty, or why there is no file.
    """
    path.unlink(missing_ok=True)  # of an earlier run
    executor.submit_to_spare(_KEY, fit_and_save, estimator, table_path, path, executor.n_threads)
    finished = None
    while finished is None:
        left = None if end is None else end - time.monotonic()
        if left is not None and left <= 0:
            executor.kill(_KEY)
            return 0.0, f"no time was left to fit {name} on all rows and save it: raise --time-limit"
        finished = executor.wait(timeout=left)
    if finished.error:
        return 0.0, f"{name} could not be fitted on all rows and saved: {finished.error}"
    return float(finished.value), ""


def fit_and_save(estimator: Any, table_path: Path, path: Path, n_threads: int) -> float:
    """Fit on all rows, save, and see that what is read back predicts the same.

    Returns
    -------
    fit_seconds : float
    """
    import numpy as np

    table = load_table(table_path)
    fitted, fit_seconds = fit_rows(estimator, table, np.arange(table.n_rows), n_threads)
    save(fitted, path)
    try:
        _check_saved(fitted, path, table)
    except BaseException:
        path.unlink()
        raise
    return fit_seconds


def _check_saved(fitted: Any, path: Path, table: Table) -> None:
    import numpy as np

    rows = table.frame.iloc[:_N_CHECKED_ROWS]
    # It was written a moment ago by this process: its types are those of the fitted model.
    again = load(path, trusted=find_foreign_types(path))
    if not np.array_equal(fitted.predict(rows), again.predict(rows)):
        raise ValueError("the saved model predicts something else when it is read back")

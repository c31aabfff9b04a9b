"""How many rows a model predicts otherwise than it did in an earlier run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tabkit._core import InputError, first_line
from tabkit._core._files import read_parquet
from tabkit.comparison._saved_run import SavedRun
from tabkit.evaluation import file_name

if TYPE_CHECKING:
    import pandas as pd

# Sums in another order differ by less.
_SAME_VALUE = 1e-9


def share_of_changed_predictions(before: SavedRun, after: SavedRun, name: str) -> float | None:
    """Share of the test rows that a model predicts otherwise: another label, or another value.

    Parameters
    ----------
    before, after : SavedRun
        On the same folds.
    name : str
        Of the model.

    Returns
    -------
    share : float or None
        None where one of the runs has no predictions of the model for every fold.

    Raises
    ------
    InputError
        If a file of predictions is damaged.
    """
    import numpy as np

    if not all(name in run.models and run.models[name].status == "finished" for run in (before, after)):
        return None
    old, new = _read(before, name), _read(after, name)
    if old is None or new is None or not old.index.equals(new.index):
        return None
    if before.kind == "regression":
        is_same = np.isclose(old.astype(float), new.astype(float), rtol=_SAME_VALUE, atol=0.0)
    else:
        is_same = (old == new).to_numpy()
    return float((~is_same).mean())


def _read(run: SavedRun, name: str) -> pd.Series | None:
    """Predictions by the position of the row and the fold; None where a fold has none."""
    import pandas as pd

    folder = run.folder / "predictions" / file_name(name)
    paths = [folder / f"fold-{fold}.parquet" for fold in range(len(run.fold_sizes))]
    if not all(path.exists() for path in paths):
        return None
    frame = pd.concat([_read_fold(path) for path in paths], ignore_index=True)
    return frame.set_index(["fold", "position"])["prediction"].sort_index()


def _read_fold(path: Path) -> pd.DataFrame:
    try:
        return read_parquet(path, columns=["fold", "position", "prediction"])
    except (OSError, ValueError) as error:
        raise InputError(f"{str(path)!r} cannot be read: {first_line(error)}") from error

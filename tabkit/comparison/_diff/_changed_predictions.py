"""How many rows a model predicts otherwise than it did in an earlier run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabkit._core import InputError, first_line
from tabkit._core._files import read_parquet
from tabkit.comparison._comparison import Comparison
from tabkit.evaluation import Evaluation

if TYPE_CHECKING:
    import pandas as pd

# Sums in another order differ by less.
_SAME_VALUE = 1e-9


def share_of_changed_predictions(before: Comparison, after: Comparison, name: str) -> float | None:
    """Share of the test rows that a model predicts otherwise: another label, or another value.

    Parameters
    ----------
    before, after : Comparison
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

    read = [_read(one) for run in (before, after) for one in run.evaluations if one.name == name]
    if len(read) < 2:
        return None
    old, new = read
    if old is None or new is None or not old.index.equals(new.index):
        return None
    if not before.task.is_classification:
        is_same = np.isclose(old.astype(float), new.astype(float), rtol=_SAME_VALUE, atol=0.0)
    else:
        is_same = (old == new).to_numpy()
    return float((~is_same).mean())


def _read(evaluation: Evaluation) -> pd.Series | None:
    """Predictions by the position of the row and the fold; None where a fold has none."""
    import pandas as pd

    if not evaluation.is_finished or evaluation.folder is None:
        return None
    paths = [evaluation.folder / f"fold-{result.fold}.parquet" for result in evaluation.folds]
    if not all(path.exists() for path in paths):
        return None
    parts = []
    for path in paths:
        try:
            parts.append(read_parquet(path, columns=["fold", "position", "prediction"]))
        except (OSError, ValueError) as error:
            raise InputError(f"{str(path)!r} cannot be read: {first_line(error)}") from error
    return pd.concat(parts, ignore_index=True).set_index(["fold", "position"])["prediction"].sort_index()

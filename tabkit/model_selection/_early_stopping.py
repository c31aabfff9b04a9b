"""The rows that an estimator spares to know when to stop."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from tabkit._core._weights import find_counting
from tabkit.model_selection._roles import TooFewRowsError
from tabkit.model_selection._validation_split import split_for_validation


def split_for_early_stopping(
    target: np.ndarray,
    *,
    fraction: float,
    is_classification: bool,
    weight: np.ndarray | None,
    groups: Any,
    times: Any,
    seed: int,
) -> tuple[np.ndarray, np.ndarray] | None:
    """Rows to train on and rows to validate on.

    Parameters
    ----------
    target : ndarray of shape (n_rows,)
        Labels, codes of classes, or values.
    fraction : float
        Share of the rows to validate on.
    is_classification : bool
    weight : ndarray of shape (n_rows,) or None
        A row without weight is in neither part: it could neither teach nor tell anything.
    groups, times : array-like of shape (n_rows,) or None
        See `tabkit.model_selection.split_for_validation`.
    seed : int

    Returns
    -------
    split : tuple of two ndarray, or None
        Increasing positions. None, with a warning, where no rows can be spared.
    """
    weighty = find_counting(weight, len(target))
    try:
        train, validation = split_for_validation(
            target[weighty],
            fraction=fraction,
            is_classification=is_classification,
            groups=None if groups is None else pd.Series(groups).iloc[weighty],
            times=None if times is None else pd.Series(times).iloc[weighty],
            random_state=seed,
        )
        if is_classification and pd.Series(target[weighty[train]]).nunique() < pd.Series(target).nunique():
            raise TooFewRowsError("a class would occur among the validation rows only")
    except TooFewRowsError as error:
        # The level of whoever called `fit`, two frames above the estimator's own.
        warnings.warn(f"trained without early stopping: {error}", UserWarning, stacklevel=4)
        return None
    return weighty[train], weighty[validation]

"""The rows that each bag of an explainable boosting machine trains and validates on."""

from __future__ import annotations

from typing import Any

import numpy as np

from tabkit.boosting._training import Rows
from tabkit.model_selection._early_stopping import split_for_early_stopping
from tabkit.model_selection._roles import TooFewRowsError
from tabkit.model_selection._validation_split import split_for_validation


def draw_bags(
    rows: Rows,
    n_bags: int,
    *,
    fraction: float,
    is_classification: bool,
    groups: Any,
    times: Any,
    seed: int,
) -> np.ndarray | None:
    """Split the rows once for each bag.

    Parameters
    ----------
    rows : Rows
    n_bags : int
    fraction : float
        Share of the rows to validate on.
    is_classification : bool
    groups, times : array-like of shape (n_rows,) or None
        Groups are not divided. With times all bags validate on the last rows, and each leaves out other
        ones of the rows before them, for bags on the same rows would be the same.
    seed : int

    Returns
    -------
    bags : ndarray of shape (n_rows, n_bags) or None
        1 to train on, -1 to validate on, 0 for neither. None, with a warning, where no rows can be spared.
    """
    bags = np.zeros((len(rows.target), n_bags), dtype=np.int8)
    for bag, bag_seed in enumerate(np.random.default_rng(seed).integers(2**31, size=n_bags).tolist()):
        split = split_for_early_stopping(
            rows.target,
            fraction=fraction,
            is_classification=is_classification,
            weight=rows.weight,
            groups=groups,
            times=times,
            seed=bag_seed,
        )
        if split is None:
            return None
        train, validation = split
        if times is not None and n_bags > 1:
            train = _thin(train, rows.target, fraction, is_classification, bag_seed)
        bags[train, bag] = 1
        bags[validation, bag] = -1
    return bags


def _thin(
    train: np.ndarray, target: np.ndarray, fraction: float, is_classification: bool, seed: int
) -> np.ndarray:
    """Leave some of the rows out, where every class keeps rows."""
    try:
        kept, _ = split_for_validation(
            target[train], fraction=fraction, is_classification=is_classification, random_state=seed
        )
    except TooFewRowsError:
        return train
    loses_class = is_classification and len(np.unique(target[train[kept]])) < len(np.unique(target[train]))
    return train if loses_class else train[kept]

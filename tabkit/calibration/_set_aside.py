"""Rows that are set aside from the fit, to measure on."""

from __future__ import annotations

import numpy as np

from tabkit._core._weights import find_counting
from tabkit.model_selection import split_for_validation
from tabkit.model_selection._row_roles import RowRoles


def set_rows_aside(
    y: np.ndarray, roles: RowRoles, *, fraction: float, is_classification: bool, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows to fit on and rows to measure on, which all have weight.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
    roles : RowRoles
    fraction : float
    is_classification : bool
    seed : int

    Returns
    -------
    train, aside : ndarray of int
        Increasing positions.
    """
    counts = find_counting(roles.sample_weight, len(y))
    known = roles.take(counts)
    train, aside = split_for_validation(
        y[counts],
        fraction=fraction,
        is_classification=is_classification,
        random_state=seed,
        groups=known.groups,
        times=known.times,
    )
    return counts[train], counts[aside]

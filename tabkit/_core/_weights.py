"""How much each row counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabkit._core._errors import InputError
from tabkit._core._series import as_series
from tabkit._core._wording import say_count

if TYPE_CHECKING:
    import numpy as np


def find_counting(weight: np.ndarray | None, n_rows: int) -> np.ndarray:
    """Positions of the rows that count: all, or those whose weight is not zero."""
    import numpy as np

    return np.arange(n_rows) if weight is None else np.flatnonzero(weight)


def check_weight(sample_weight: Any, n_rows: int) -> np.ndarray | None:
    """Weights as an array, one finite number per row, not negative and not all zero."""
    import numpy as np

    if sample_weight is None:
        return None
    weight = np.asarray(as_series(sample_weight), dtype=np.float64)
    if weight.shape != (n_rows,):
        raise InputError(
            f"sample_weight: expected {say_count(n_rows, 'value')}, one per row, got shape {weight.shape}"
        )
    if not np.isfinite(weight).all() or (weight < 0).any():
        raise InputError("sample_weight: expected finite numbers that are not negative")
    if not weight.any():
        raise InputError("sample_weight: the weight of every row is zero")
    return weight

"""How much each row counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabkit._core._errors import InputError

if TYPE_CHECKING:
    import numpy as np


def check_weight(sample_weight: Any, n_rows: int) -> np.ndarray | None:
    """Weights as an array, one finite number per row, not negative and not all zero."""
    import numpy as np

    if sample_weight is None:
        return None
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (n_rows,):
        raise InputError(f"sample_weight: expected {n_rows} values, one per row, got shape {weight.shape}")
    if not np.isfinite(weight).all() or (weight < 0).any():
        raise InputError("sample_weight: expected finite numbers that are not negative")
    if not weight.any():
        raise InputError("sample_weight: the weight of every row is zero")
    return weight

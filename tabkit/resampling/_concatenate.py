"""Rows of one table after those of another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse


def concatenate_rows(first: Any, second: Any) -> Any:
    """Rows of one frame, array or sparse matrix and then those of another, in the dtypes that both have."""
    if isinstance(first, pd.DataFrame):
        return pd.concat([first, second], ignore_index=True)
    if sparse.issparse(first):
        return sparse.vstack([first, second], format=first.format, dtype=first.dtype)
    return np.concatenate([first, second])

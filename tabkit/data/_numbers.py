"""Columns of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


# Whole numbers up to this are exact in a float64.
EXACT = 1 << 53


def holds_numbers(series: pd.Series) -> bool:
    """Whether the dtype is one of real numbers, and not of booleans."""
    from pandas.api import types

    dtype = series.dtype
    return types.is_numeric_dtype(dtype) and not (types.is_bool_dtype(dtype) or types.is_complex_dtype(dtype))


def is_duration(dtype: Any) -> bool:
    """Whether a dtype is one of durations, Arrow's among them, which pandas does not count."""
    return bool(dtype.kind == "m")


def as_numbers(series: pd.Series) -> np.ndarray:
    """Bring a column of numbers to int64 or float64; infinite values become NaN."""
    import numpy as np
    from pandas.api import types

    if types.is_integer_dtype(series.dtype) and not series.hasnans:
        values = series.to_numpy()
        fits = values.dtype != np.uint64 or len(values) == 0 or values.max() <= np.iinfo(np.int64).max
        return values.astype(np.int64 if fits else np.float64, copy=False)
    values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    infinite = np.isinf(values)
    return np.where(infinite, np.nan, values) if infinite.any() else values


def as_exact(series: pd.Series) -> np.ndarray:
    """The numbers of a column without those that are missing, in a dtype that has every digit of them."""
    import numpy as np
    from pandas.api import types

    if types.is_integer_dtype(series.dtype):
        present = series.dropna()
        kind = np.uint64 if types.is_unsigned_integer_dtype(series.dtype) else np.int64
        return present.to_numpy(dtype=kind)
    return series.to_numpy(dtype=np.float64, na_value=np.nan)


def as_nullable(series: pd.Series) -> pd.Series:
    """A column of whole numbers in the dtype that keeps every digit beside missing values."""
    import pandas as pd
    from pandas.api import types

    is_unsigned = types.is_unsigned_integer_dtype(series.dtype)
    return series.astype(pd.UInt64Dtype() if is_unsigned else pd.Int64Dtype())


def are_whole(values: np.ndarray) -> bool:
    """Whether numbers without NaN have no fractions; a few are looked at first."""
    import numpy as np

    if values.dtype.kind in "iu":
        return True
    head = values[:1000]
    return bool((head == np.floor(head)).all() and (values == np.floor(values)).all())


def count_distinct(values: np.ndarray) -> int:
    """Count the distinct values of numbers without NaN; sorting them is faster than hashing."""
    import numpy as np

    ordered = np.sort(values)
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + (len(values) > 0)

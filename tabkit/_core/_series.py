"""One value per row, of whatever library the column is."""

from __future__ import annotations

from typing import Any


def as_series(values: Any) -> Any:
    """A column of another library, such as polars or Arrow, as pandas has it; all else comes back as it is.

    Examples
    --------
    >>> import pyarrow as pa
    >>> as_series(pa.array(["a", "b"])).tolist()
    ['a', 'b']
    """
    return values.to_pandas() if hasattr(values, "to_pandas") else values

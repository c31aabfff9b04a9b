"""Columns of Python objects as a frame, every digit of them kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tabkit.data._numbers import EXACT

if TYPE_CHECKING:
    import pandas as pd

_INT64 = 1 << 63


def frame_of_objects(columns: Mapping[str, list[Any]]) -> pd.DataFrame:
    """Make a frame of lists of objects.

    Parameters
    ----------
    columns : mapping of str to list
        Of one length; None where a value is missing.

    Returns
    -------
    frame : DataFrame
        Numbers, booleans and dates of one type have their dtype; whole numbers beyond 2^53 beside
        missing values are Int64, and objects beyond 64 bits; decimals are floats, unless they are
        such whole numbers.

    Examples
    --------
    >>> frame_of_objects({"id": [2**60 + 1, None], "size": [1, None]}).dtypes.astype(str).to_dict()
    {'id': 'Int64', 'size': 'float64'}
    """
    import pandas as pd

    return pd.DataFrame({name: _to_series(values) for name, values in columns.items()})


def _to_series(values: list[Any]) -> pd.Series:
    import pandas as pd

    objects = pd.Series(values, dtype=object)
    kind = pd.api.types.infer_dtype(objects, skipna=True)
    if kind == "decimal":
        whole = objects.map(_as_whole, na_action="ignore")
        if not _are_long(whole):
            return objects.astype(float)
        objects, kind = whole, pd.api.types.infer_dtype(whole, skipna=True)
    if kind == "integer" and _are_long(objects):
        largest = max(abs(int(value)) for value in objects.dropna())
        return objects.astype("Int64") if largest < _INT64 else objects
    if kind in ("integer", "floating", "mixed-integer-float") and objects.notna().any():
        return pd.Series(values)
    return objects.infer_objects()


def _as_whole(value: Any) -> Any:
    return int(value) if value.is_finite() and value == value.to_integral_value() else value


def _are_long(objects: pd.Series) -> bool:
    """Whether all are whole numbers, some of them beyond what a float64 holds, or some missing beside."""
    present = objects.dropna()
    if len(present) == 0 or not all(isinstance(value, int) for value in present):
        return False
    return max(abs(value) for value in present) > EXACT

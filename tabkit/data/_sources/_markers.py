"""Missing values that are written in a way of the table's own."""

from __future__ import annotations

import math
from collections.abc import Collection
from numbers import Real
from typing import TYPE_CHECKING

from tabkit.data._dates import ISO_FORMAT, as_nanoseconds, parse_dates
from tabkit.data._distinct import as_texts
from tabkit.data._numbers import as_nullable

if TYPE_CHECKING:
    import pandas as pd


def mark_told(frame: pd.DataFrame, na_values: Collection[str]) -> pd.DataFrame:
    """Take values for missing that are written like one of some texts.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        Not changed.
    na_values : collection of str
        "-999" is the number too, and "1900-01-01" the date.

    Returns
    -------
    frame : DataFrame of shape (n_rows, n_columns)

    Examples
    --------
    >>> import pandas as pd
    >>> mark_told(
    ...     pd.DataFrame({"size": [3.5, -999.0], "wall": ["None", "brick"]}), ["-999", "None"]
    ... ).count().to_dict()
    {'size': 1, 'wall': 1}
    """
    import numpy as np
    from pandas.api import types

    numbers = [number for number in map(_as_number, na_values) if not math.isnan(number)]
    dates = parse_dates(as_texts(np.array(list(na_values), dtype=object)), ISO_FORMAT)
    changed = {}
    for name in frame.columns:
        values = frame[name]
        if types.is_bool_dtype(values.dtype):
            continue
        if types.is_datetime64_any_dtype(values.dtype):
            is_missing = as_nanoseconds(values).isin(dates)
        elif types.is_numeric_dtype(values.dtype):
            is_missing = values.isin(numbers)
        else:
            objects = values.astype(object)
            is_missing = objects.map(str, na_action="ignore").str.strip().isin(list(na_values))
            is_missing |= objects.map(lambda value: isinstance(value, Real) and value in numbers).astype(bool)
        if is_missing.any():
            if types.is_integer_dtype(values.dtype):  # every digit of the others stays
                values = as_nullable(values)
            changed[name] = values.mask(is_missing)
    return frame.assign(**changed) if changed else frame


def _as_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan

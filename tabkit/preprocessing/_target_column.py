"""The one door for what comes in as y: a Series, an array, a list, a polars or Arrow column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from tabkit._core import InputError
from tabkit._core._series import as_series

# What NumPy and pandas call the kinds of values that cannot be predicted; the words are the command line's.
_REFUSED = {
    "M": "dates",
    "m": "durations",
    "c": "complex numbers",
    "datetime": "dates",
    "datetime64": "dates",
    "date": "dates",
    "period": "dates",
    "timedelta": "durations",
    "timedelta64": "durations",
    "complex": "complex numbers",
}
_ADVICE = {
    "dates": "choose a column of numbers or labels",
    "durations": "count them, as by .dt.total_seconds()",
    # The first words are those that scikit-learn's checks expect.
    "complex numbers": "Complex data not supported, choose a column of numbers or labels",
}


def as_array(y: Any) -> np.ndarray:
    """Return a target as an array in its own terms: nullable integers and booleans stay what they are.

    Parameters
    ----------
    y : array-like of shape (n_rows,) or (n_rows, n_targets)

    Returns
    -------
    values : ndarray of that shape
        Of dtype object where the target has values of several types, or missing ones.

    Raises
    ------
    InputError
        If it is None, or holds dates, durations or complex numbers.

    Examples
    --------
    >>> as_array(pd.Series([True, False], dtype="boolean"))
    array([ True, False])
    """
    if y is None:
        raise InputError("requires y to be passed, but the target y is None")
    y = as_series(y)
    if isinstance(y, pd.DataFrame):
        return np.column_stack([as_array(y.iloc[:, position]) for position in range(y.shape[1])])
    values = np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else y)
    refused = find_refused(values)
    if refused:
        raise InputError(f"the target {name_target(y)} holds {refused}: {_ADVICE[refused]}")
    return values


def find_refused(values: np.ndarray) -> str:
    """What kind of values an array holds that are neither numbers nor labels; empty where it holds those.

    Examples
    --------
    >>> find_refused(np.array(["2024-01-01"], dtype="datetime64[D]")), find_refused(np.array([1.0]))
    ('dates', '')
    """
    kind = values.dtype.kind
    return _REFUSED.get(infer_dtype(values.ravel(), skipna=True) if kind == "O" else kind, "")


def name_target(y: Any) -> str:
    """What messages call a target: its name in quotes, where it has one.

    Examples
    --------
    >>> name_target(pd.Series([1.0], name="price")), name_target([1.0])
    ("'price'", 'y')
    """
    name = getattr(y, "name", None)
    return "y" if name is None else repr(name)

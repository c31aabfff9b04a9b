"""A column brought to what its kind promises, when learning and when predicting alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabkit.data._dates import (
    ISO_FORMAT,
    as_nanoseconds,
    find_date_format,
    parse_compact_dates,
    parse_dates,
)
from tabkit.data._distinct import find_distinct
from tabkit.data._number_styles import PLAIN_STYLE, find_number_style, parse_numbers
from tabkit.data._numbers import as_numbers, holds_numbers
from tabkit.data._task import ColumnKind

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def clean_column(series: pd.Series, kind: ColumnKind, *, written_as: str = "") -> pd.Series:
    """Bring a column to what its kind promises.

    Parameters
    ----------
    series : Series of shape (n_rows,)
        Of any dtype; never changed.
    kind : {"numeric", "category", "date", "text", "identifier", "constant"}
    written_as : str, default=""
        How numbers or dates are written as text, from `examine_column`. When empty, the most
        likely way is found from these rows alone; for a few rows it may not be the one of the
        rows learned from (3/4/2025).

    Returns
    -------
    cleaned : Series of shape (n_rows,)
        With the same name and index. "numeric": int64, or float64 with NaN for what is no
        finite number. "date": datetime64[ns], times with an offset in UTC, NaT for what is no
        date. "text": str objects, NaN where missing. All other kinds: objects as they came,
        NaN where missing; whole numbers as int, so that 1 and 1.0 are one category, and lists
        and the like as str.

    Examples
    --------
    >>> import pandas as pd
    >>> clean_column(pd.Series(["$5", "$1,250", "?"]), "numeric").tolist()
    [5.0, 1250.0, nan]
    """
    import pandas as pd

    if kind == "numeric":
        return pd.Series(_to_numbers(series, written_as), index=series.index, name=series.name)
    if kind == "date":
        return pd.Series(_to_dates(series, written_as), index=series.index, name=series.name)
    objects = _to_objects(series)
    return objects.map(str, na_action="ignore").astype(object) if kind == "text" else objects


def _to_numbers(series: pd.Series, written_as: str) -> np.ndarray:
    import numpy as np
    from pandas.api import types

    dtype = series.dtype
    if types.is_timedelta64_dtype(dtype):
        return series.dt.total_seconds().to_numpy(dtype=np.float64)
    if types.is_bool_dtype(dtype) and not series.hasnans:
        return series.to_numpy(dtype=np.int64)
    if holds_numbers(series):
        return as_numbers(series)
    distinct = find_distinct(series)
    style = written_as or find_number_style(distinct.sample) or PLAIN_STYLE
    values = parse_numbers(distinct.texts, style)
    return distinct.spread(np.where(np.isfinite(values), values, np.nan))


def _to_dates(series: pd.Series, written_as: str) -> np.ndarray:
    from pandas.api import types

    if types.is_datetime64_any_dtype(series.dtype):
        return as_nanoseconds(series).to_numpy()
    if holds_numbers(series):
        return parse_compact_dates(as_numbers(series))
    distinct = find_distinct(series)
    date_format = written_as or find_date_format(distinct.sample)[0] or ISO_FORMAT
    return distinct.spread(parse_dates(distinct.texts, date_format))


def _to_objects(series: pd.Series) -> pd.Series:
    import numpy as np
    import pandas as pd
    from pandas.api import types

    if types.is_float_dtype(series.dtype):
        values = as_numbers(series)
        if (np.isnan(values) | (values == np.floor(values))).all():
            series = pd.Series(values, index=series.index, name=series.name).astype("Int64")
    objects = series.astype(object)
    is_present = objects.notna()
    if not is_present.all():
        objects = objects.where(is_present, np.nan)
    if is_present.any() and not types.is_hashable(objects[is_present].iloc[0]):  # lists and the like
        return objects.map(str, na_action="ignore")
    return objects

"""A column brought to what its kind promises, when learning and when predicting alike.

What a value becomes is settled by the value and by how the column is written, never by the other rows: a row
alone is read as it is among others.
"""

from __future__ import annotations

import contextlib
import datetime
import math
import numbers
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tabkit.data._dates import (
    ISO_FORMAT,
    as_nanoseconds,
    find_date_format,
    parse_compact_dates,
    parse_dates,
)
from tabkit.data._distinct import Distinct, as_texts, find_distinct, hashable
from tabkit.data._number_styles import PLAIN_STYLE, find_number_style, parse_numbers
from tabkit.data._numbers import as_numbers, holds_numbers, is_duration
from tabkit.data._task import ColumnKind

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# Columns of objects that pandas says to be these are numbers throughout.
_HELD_BY_NUMBERS = ("integer", "floating", "mixed-integer-float", "boolean", "empty")
# With fewer dates among the values of a column that is told to hold them, it is written otherwise.
_MIN_SHARE_OF_DATES = 0.5


@dataclass(frozen=True)
class ReadValues:
    """A column that was read.

    Attributes
    ----------
    values : ndarray of shape (n_rows,)
        float64, NaN for what is missing or no number; or datetime64[ns], NaT likewise.
    n_unreadable : int
        Rows that have a value, and not one of the usual markers of a missing one, that is none.
    example : object
        The most frequent of these values.
    """

    values: np.ndarray
    n_unreadable: int = 0
    example: Any = None


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
        return pd.Series(_clean_numbers(series, written_as), index=series.index, name=series.name)
    if kind == "date":
        dates = read_dates(series, written_as or find_style(series, "date")).values
        return pd.Series(dates, index=series.index, name=series.name)
    objects = _to_objects(series)
    return objects.map(str, na_action="ignore").astype(object) if kind == "text" else objects


def find_style(series: pd.Series, kind: ColumnKind) -> str:
    """Find how a column that is told to hold numbers or dates writes them as text.

    Parameters
    ----------
    series : Series of shape (n_rows,)
    kind : {"numeric", "date"}

    Returns
    -------
    style : str
        For `read_numbers` or `read_dates`, never empty: plain numbers and ISO dates where the values have a
        dtype of their own, or are written in no way that is known.
    """
    from pandas.api import types

    if holds_numbers(series) or types.is_datetime64_any_dtype(series.dtype):
        return PLAIN_STYLE if kind == "numeric" else ISO_FORMAT
    sample = find_distinct(series).sample
    if kind == "numeric":
        return find_number_style(sample) or PLAIN_STYLE
    return find_date_format(sample, _MIN_SHARE_OF_DATES)[0] or ISO_FORMAT


def read_numbers(series: pd.Series, written_as: str = PLAIN_STYLE) -> ReadValues:
    """Read a column as numbers, each value for itself.

    Parameters
    ----------
    series : Series of shape (n_rows,)
        Of any dtype. Booleans are 1 and 0, durations seconds.
    written_as : str, default="1234.5"
        How text writes numbers, see `find_style`.

    Returns
    -------
    read : ReadValues
        Infinite numbers are among the values.
    """
    import numpy as np
    import pandas as pd
    from pandas.api import types

    dtype = series.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "fiub":
        return ReadValues(series.to_numpy(np.float64))
    if is_duration(dtype):
        return ReadValues(series.dt.total_seconds().to_numpy(dtype=np.float64))
    if holds_numbers(series) or types.is_bool_dtype(dtype):
        return ReadValues(series.to_numpy(np.float64, na_value=np.nan))
    if types.is_object_dtype(dtype) and types.infer_dtype(series, skipna=True) in _HELD_BY_NUMBERS:
        with contextlib.suppress(OverflowError):  # of whole numbers that no float holds
            converted = pd.to_numeric(series, errors="coerce")
            return ReadValues(converted.to_numpy(np.float64, na_value=np.nan))
    distinct = _find_distinct(series)
    values = parse_numbers(distinct.texts, written_as)
    if not _are_texts(distinct.raw):
        # What is a number already is not written in any way.
        is_text = _find_texts(distinct.raw)
        values = np.where(is_text, values, [_as_number(value) for value in distinct.raw])
    return _spread(distinct, values, np.isnan(values))


def read_dates(series: pd.Series, written_as: str = ISO_FORMAT) -> ReadValues:
    """Read a column as dates, each value for itself.

    Parameters
    ----------
    series : Series of shape (n_rows,)
        Of any dtype. Whole numbers such as 20120131 are dates.
    written_as : str, default="ISO8601"
        How text writes dates, see `find_style`.

    Returns
    -------
    read : ReadValues
        Times with an offset in UTC.
    """
    import numpy as np
    import pandas as pd
    from pandas.api import types

    if series.dtype == "datetime64[ns]":
        return ReadValues(series.to_numpy())
    if types.is_datetime64_any_dtype(series.dtype) or holds_numbers(series):
        read = _read_moments(series)
        is_lost = np.isnat(read) & series.notna().to_numpy()
        return ReadValues(read, int(is_lost.sum()), series[is_lost].iloc[0] if is_lost.any() else None)
    distinct = _find_distinct(series)
    values = parse_dates(distinct.texts, written_as)
    if not _are_texts(distinct.raw):
        is_text = _find_texts(distinct.raw)
        objects = pd.Series([_as_moment(value) for value in distinct.raw], dtype=object)
        moments = pd.to_datetime(objects, errors="coerce", utc=True)
        values = np.where(is_text, values, as_nanoseconds(moments).to_numpy())
    return _spread(distinct, values, np.isnat(values))


def read_durations(series: pd.Series) -> ReadValues:
    """Read a column as durations, each value for itself.

    Parameters
    ----------
    series : Series of shape (n_rows,)
        Durations, or text such as "2 days 03:00:00".

    Returns
    -------
    read : ReadValues
        Seconds; numbers without a unit are unreadable.
    """
    import numpy as np
    import pandas as pd

    if is_duration(series.dtype):
        return read_numbers(series)
    distinct = _find_distinct(series)
    is_other = ~np.isnan(parse_numbers(distinct.texts, PLAIN_STYLE))
    objects = pd.Series(distinct.raw, dtype="object").mask(is_other)
    values = pd.to_timedelta(objects, errors="coerce").dt.total_seconds().to_numpy(dtype=np.float64)
    return _spread(distinct, values, np.isnan(values))


def _spread(distinct: Distinct, values: np.ndarray, is_none: np.ndarray) -> ReadValues:
    """The rows' values, of those of the distinct ones, and which of these are unreadable."""
    import numpy as np

    counts = np.where(is_none & ~distinct.is_marker, distinct.counts, 0)
    if not counts.any():
        return ReadValues(distinct.spread(values))
    return ReadValues(distinct.spread(values), int(counts.sum()), distinct.raw[counts.argmax()])


def _find_distinct(series: pd.Series) -> Distinct:
    """Distinct values, those of a categorical dtype without a look at the rows."""
    import numpy as np
    import pandas as pd

    if not isinstance(series.dtype, pd.CategoricalDtype):
        return find_distinct(series)
    raw = series.dtype.categories.to_numpy(dtype=object)
    return Distinct(raw, as_texts(raw), series.cat.codes.to_numpy().astype(np.intp))


def _find_texts(values: np.ndarray) -> np.ndarray:
    """Which objects are written; what is a number or a date already is not written in any way."""
    import numpy as np

    return np.array([isinstance(value, str | bytes) for value in values])


def _are_texts(values: np.ndarray) -> bool:
    from pandas.api import types

    return types.infer_dtype(values, skipna=False) == "string"


def _as_number(value: Any) -> float:
    """A value that is no text as a number, NaN where it is none."""
    import numpy as np

    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, datetime.time):  # hours, as text such as 12:30 is read
        return value.hour + value.minute / 60 + (value.second + value.microsecond / 1e6) / 3600
    if isinstance(value, np.timedelta64):
        return float(value / np.timedelta64(1, "s"))
    if isinstance(value, numbers.Real | Decimal | np.bool_):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf  # type: ignore[operator]
    return math.nan


def _as_moment(value: Any) -> Any:
    """A value that is no text as something that pandas makes a date of, None where it is none."""
    import numpy as np
    import pandas as pd

    if isinstance(value, pd.Period):
        return value.to_timestamp()
    if isinstance(value, datetime.date | np.datetime64):  # datetimes and timestamps are such dates
        return value
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        return parse_compact_dates(np.array([float(value)]))[0]
    return None


def _read_moments(series: pd.Series) -> np.ndarray:
    """A column of dates or of numbers such as 20120131 as dates."""
    if holds_numbers(series):
        return parse_compact_dates(as_numbers(series))
    return as_nanoseconds(series).to_numpy()


def _clean_numbers(series: pd.Series, written_as: str) -> np.ndarray:
    """Numbers, int64 where the dtype is one of whole numbers and none is missing; finite ones only."""
    import numpy as np
    from pandas.api import types

    if types.is_bool_dtype(series.dtype) and not series.hasnans:
        return series.to_numpy(dtype=np.int64)
    if holds_numbers(series):
        return as_numbers(series)
    values = read_numbers(series, written_as or find_style(series, "numeric")).values
    return np.where(np.isfinite(values), values, np.nan)


def _to_objects(series: pd.Series) -> pd.Series:
    import numpy as np
    import pandas as pd
    from pandas.api import types

    if types.is_float_dtype(series.dtype):
        values = as_numbers(series)
        whole = np.flatnonzero(values == np.floor(values))
        objects = pd.Series(values.astype(object), index=series.index, name=series.name)
        # Not all floats that are whole numbers fit into int64.
        objects.iloc[whole] = [int(value) for value in values[whole]]
        return objects
    objects = series.astype(object)
    is_present = objects.notna()
    if not is_present.all():
        objects = objects.where(is_present, np.nan)
    if types.infer_dtype(objects, skipna=True).startswith("mixed"):  # lists and the like may be among them
        return hashable(objects)
    return objects

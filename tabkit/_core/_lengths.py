"""Lengths of time and sizes of windows, as they are written in parameters."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd

from tabkit._core import InputError
from tabkit._core._durations import read_fixed_duration
from tabkit._core._parameters import say_parameter
from tabkit._core._wording import say_count

Length = float | str | datetime.timedelta | np.timedelta64
Size = int | float | str | datetime.timedelta | np.timedelta64

_BEYOND_ALL_TIMES = 2.0**62


@dataclass(frozen=True)
class WindowSize:
    """The size of a window on one time axis: in rows, or as a length of time.

    Attributes
    ----------
    n_rows : int or None
    length : number, timedelta64 or None
        In the unit of the times; None where rows are counted.
    """

    n_rows: int | None = None
    length: Any = None

    def is_below(self, other: WindowSize) -> bool:
        """Whether it is smaller than another of the same kind."""
        if self.length is None:
            return self.n_rows < other.n_rows  # type: ignore[operator]
        return bool(self.length < other.length)


def read_length(name: str, value: Length, times: np.ndarray) -> Any:
    """Read a length of time in the unit of the times.

    Parameters
    ----------
    name : str
        Of the parameter, for errors.
    value : number, str or timedelta
        Numeric times: a number, or text of one. Dates: a timedelta, text like ``"7D"``, or 0; months and
        years differ in length and are refused.
    times : ndarray
        Of `tabkit._core._times.encode_times`.

    Returns
    -------
    length : int, float or timedelta64
        Not negative.
    """
    is_dates = times.dtype.kind == "M"
    length = _read_duration(name, value, times.dtype) if is_dates else _read_number(value)
    if length is None:
        expected = (
            "a Timedelta or text like '7D', as times are dates" if is_dates else "a number, as times are"
        )
        raise InputError(f"{say_parameter(name, value)}: expected {expected}")
    if length < type(length)(0):
        raise InputError(f"{say_parameter(name, value)}: a length of time is never negative")
    return length


def read_size(name: str, value: Size, times: np.ndarray) -> WindowSize:
    """Read the size of a window: rows, a share of them, or a length of time.

    Parameters
    ----------
    name : str
        Of the parameter, for errors.
    value : int, float, str or timedelta
        An int counts rows, a float below 1 is a share of all rows, text or a timedelta is a
        length of time.
    times : ndarray of shape (n_rows,)
        Of `tabkit._core._times.encode_times`.

    Returns
    -------
    size : WindowSize
        Of one row or more, or of a length above 0.
    """
    if not _is_number(value):
        length = read_length(name, value, times)
        if length == type(length)(0):
            raise InputError(f"{name}={value!r}: a window has some length")
        return WindowSize(length=length)
    if isinstance(value, Integral) and value >= 1:
        return WindowSize(n_rows=int(value))
    if not isinstance(value, Integral) and 0.0 < float(value) < 1.0:  # type: ignore[arg-type]
        return WindowSize(n_rows=max(1, round(float(value) * len(times))))  # type: ignore[arg-type]
    length_text = "'30D'" if times.dtype.kind == "M" else "text such as '30', in the unit of the times"
    raise InputError(
        f"{name}={value!r}: expected a number of rows (an int of 1 or more), a share of them (a float "
        f"between 0 and 1) or a length of time ({length_text})"
    )


def name_size(value: Size) -> str:
    """A size or a length of time in words.

    Examples
    --------
    >>> name_size(1000), name_size(0.25), name_size("30D"), name_size(pd.Timedelta(days=7))
    ('1,000 rows', '25% of the rows', '30D', '7 days')
    """
    if isinstance(value, Integral) and _is_number(value):
        return say_count(int(value), "row")
    if _is_number(value):
        return f"{100 * float(value):g}% of the rows"  # type: ignore[arg-type]
    return name_length(value)


def name_length(value: Length) -> str:
    """A length of time in words."""
    if isinstance(value, datetime.timedelta | np.timedelta64):
        return str(pd.Timedelta(value)).removesuffix(" 00:00:00")
    return str(value)


def _is_number(value: object) -> bool:
    # NumPy counts its timedelta64 among the whole numbers.
    return isinstance(value, Real) and not isinstance(value, bool | np.bool | np.timedelta64)


def _read_number(value: Any) -> int | float | None:
    """A finite number, whole where it can be; None for anything else."""
    if not (_is_number(value) or isinstance(value, str)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    if not abs(number) < _BEYOND_ALL_TIMES:
        return None
    return int(number) if number.is_integer() else number


def _read_duration(name: str, value: Any, dtype: np.dtype) -> np.timedelta64 | None:
    """A timedelta64, in the unit of the dates where it fits; None for anything else."""
    if _is_number(value):
        value = pd.Timedelta(0) if value == 0 else None
    # pandas reads text without a unit as nanoseconds.
    if isinstance(value, bool) or (isinstance(value, str) and _read_number(value) is not None):
        return None
    duration = read_fixed_duration(name, value) if isinstance(value, str) else _as_timedelta(value)
    if duration is None or pd.isna(duration):
        return None
    length = duration.to_timedelta64()
    in_unit = length.astype(f"timedelta64[{np.datetime_data(dtype)[0]}]")
    return in_unit if in_unit == length else length


def _as_timedelta(value: Any) -> pd.Timedelta | None:
    try:
        return pd.Timedelta(value)
    except (ValueError, TypeError):
        return None

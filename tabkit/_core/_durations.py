"""Lengths of time as text: what is always equally long is read, months and years are refused."""

from __future__ import annotations

import re

import pandas as pd

from tabkit._core import InputError
from tabkit._core._parameters import say_parameter

_PART = re.compile(r"(?P<count>\d+(?:\.\d*)?|\.\d+)?\s*(?P<unit>[^\W\d_]+)")
# ISO 8601, whose M is a month before the T and a minute behind it.
_ISO_DATE = re.compile(r"[+-]?P(?P<date>[^T]*)", re.IGNORECASE)
_DAYS_OF = {"month": 365 / 12, "quarter": 365 / 4, "year": 365.0}
_CALENDAR_UNITS = {
    **dict.fromkeys(("mo", "mon", "mos", "mons", "mth", "mths", "month", "months"), "month"),
    **dict.fromkeys(("q", "qe", "qs", "qtr", "quarter", "quarters"), "quarter"),
    **dict.fromkeys(("y", "ye", "ys", "a", "yr", "yrs", "year", "years", "annum"), "year"),
}
# Of pandas, which means a month by a capital.
_MONTHS_OF_PANDAS = ("M", "ME", "MS")
_WEEKS = re.compile(r"\b(\d*\.?\d+)\s*(?:weeks?|wks?)\b", re.IGNORECASE)


def read_fixed_duration(name: str, text: str) -> pd.Timedelta | None:
    """Read a length of time that is always equally long.

    Parameters
    ----------
    name : str
        Of the parameter, for errors.
    text : str
        Such as "7D", "36h", "2 weeks", "1 day 12:00:00".

    Returns
    -------
    duration : Timedelta or None
        None where the text is no length of time.

    Raises
    ------
    InputError
        If it counts in months, quarters or years, or in an "m" that may be either.

    Examples
    --------
    >>> read_fixed_duration("gap", "2 weeks")
    Timedelta('14 days 00:00:00')
    """
    iso = _ISO_DATE.match(text.strip())
    for part in _PART.finditer(iso["date"] if iso else text):
        if part["count"] is not None or len(part["unit"]) > 1:
            _check_unit(name, text, part["unit"], float(part["count"] or 1), is_iso=iso is not None)
    try:
        duration = pd.Timedelta(_WEEKS.sub(r"\1W", text))
    except ValueError:
        return None
    return None if pd.isna(duration) else duration


def _check_unit(name: str, text: str, unit: str, count: float, *, is_iso: bool) -> None:
    """Refuse a unit that differs in length."""
    if unit == "m" and not is_iso:
        minutes, days = say_parameter(name, f"{count:g}min"), say_parameter(name, _in_days("month", count))
        raise InputError(
            f"{say_parameter(name, text)}: m may be minutes or months: write {minutes} or {days}"
        )
    is_month = unit in _MONTHS_OF_PANDAS or (is_iso and unit.lower() == "m")
    kind = "month" if is_month else _CALENDAR_UNITS.get(unit.lower(), "")
    if kind:
        raise InputError(
            f"{say_parameter(name, text)}: {kind}s differ in length: write days, such as "
            f"{say_parameter(name, _in_days(kind, count))}"
        )


def _in_days(kind: str, count: float) -> str:
    return f"{max(1, round(count * _DAYS_OF[kind]))}D"

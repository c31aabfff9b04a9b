"""Which columns hold times: moments at which rows came to be, and no durations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tabkit.leakage._copies import as_ordered_numbers

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_OF_TIME = frozenset(
    {*("year", "yr", "month", "quarter", "week", "date", "datetime", "timestamp", "time", "epoch")}
)
# The year of a birth is a property of the row, and the time of a call a duration.
_OF_SOMETHING = frozenset(
    {
        *("birth", "born", "built", "garage", "per", "since", "spent", "age", "duration", "to", "in"),
        *("experience", "remod", "founded", "full", "part", "working", "last", "first"),
        *("elapsed", "until", "till", "between", "before", "after", "tenure", "delay", "length", "span"),
        *("wait", "waiting", "lead", "remaining", "left", "follow", "followup", "survival", "lifetime"),
        *("travel", "delivery", "response", "reaction", "processing", "cycle", "commute", "avg", "mean"),
        *("days", "hours", "minutes", "mins", "seconds", "secs", "weeks", "months", "years"),
    }
)
HOLDS_TIMES = "holds times"
_SAME_ORDER = 0.99
# Numbers that count along the rows of the file do so as far as this.
_SORTED = 0.95
# Years, with two digits too; months, quarters, weeks.
_CALENDAR = {
    "year": ((1800, 2200), (50, 99)),
    "yr": ((1800, 2200), (50, 99)),
    "month": ((1, 12),),
    "quarter": ((1, 4),),
    "week": ((0, 53),),
}
_MONTHS = (180_001, 220_012)
_DAYS = (18_000_101, 22_001_231)
# Days since 1900 in spreadsheets; seconds since 1970, and thousandths, millionths and billionths.
_SERIALS = (20_000, 80_000)
_SECONDS = (3e8, 4.2e9)


def is_named_like_time(name: str) -> bool:
    """Whether a name says when a row came to be.

    Examples
    --------
    >>> [is_named_like_time(name) for name in ("year", "sale_month", "birth_yr", "hours_per_week")]
    [True, True, False, False]
    """
    words = _words(name)
    return bool(words & _OF_TIME) and not words & _OF_SOMETHING


def say_how_timed(name: str, values: pd.Series) -> str:
    """Say why numbers look like times, by their name and by themselves; empty where they do not.

    Durations are named alike: what tells a time is that its numbers are a year, a month, a date or a clock's,
    or count along the rows of the file.

    Examples
    --------
    >>> import pandas as pd
    >>> (
    ...     say_how_timed("year", pd.Series([2019, 2020, 2021])),
    ...     say_how_timed("trip_time", pd.Series([12, 3, 48])),
    ... )
    ('holds times', '')
    >>> say_how_timed("time", pd.Series([0, 0, 1, 5, 9]))
    'counts up along the rows of the file, as times do'
    """
    import numpy as np

    if not is_named_like_time(name):
        return ""
    numbers = as_ordered_numbers(values)
    known = numbers[~np.isnan(numbers)]
    words = _words(name)
    if not len(known):
        return ""
    if len(words) == 1 and words & set(_CALENDAR):
        return HOLDS_TIMES
    if _is_calendar(words, known) or _is_stamp(words, known):
        return HOLDS_TIMES
    return "counts up along the rows of the file, as times do" if _counts_along(numbers) else ""


def have_same_order(first: pd.Series, second: pd.Series) -> bool:
    """Whether two columns of times order the rows alike: folds forward in either are the same.

    Examples
    --------
    >>> import pandas as pd
    >>> have_same_order(pd.Series([1, 2, 4]), pd.Series(pd.to_datetime(["2024", "2025", "2026"])))
    True
    """
    import pandas as pd

    ranks = pd.DataFrame({"first": as_ordered_numbers(first), "second": as_ordered_numbers(second)}).rank()
    return bool(ranks["first"].corr(ranks["second"]) >= _SAME_ORDER)


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(name)}


def _is_calendar(words: set[str], known: np.ndarray) -> bool:
    import numpy as np

    is_whole = bool((known == np.round(known)).all())
    ranges = [limits for word in words for limits in _CALENDAR.get(word, ())]
    return is_whole and any(low <= known.min() and known.max() <= high for low, high in ranges)


def _is_stamp(words: set[str], known: np.ndarray) -> bool:
    """Whether numbers are dates as they are written in one, or what clocks count."""
    low, high = known.min(), known.max()
    if _MONTHS[0] <= low and high <= _MONTHS[1]:
        return _lie_between(known % 100, 1, 12)
    if _DAYS[0] <= low and high <= _DAYS[1]:
        return _lie_between(known % 100, 1, 31) and _lie_between(known // 100 % 100, 1, 12)
    if "date" in words and _SERIALS[0] <= low and high <= _SERIALS[1]:
        return True
    return any(_SECONDS[0] * scale <= low and high <= _SECONDS[1] * scale for scale in (1, 1e3, 1e6, 1e9))


def _lie_between(numbers: np.ndarray, low: float, high: float) -> bool:
    return bool(((numbers >= low) & (numbers <= high)).all())


def _counts_along(numbers: np.ndarray) -> bool:
    import numpy as np
    import pandas as pd

    rows = pd.Series(np.arange(len(numbers)))
    return bool(abs(pd.Series(numbers).rank().corr(rows)) >= _SORTED)

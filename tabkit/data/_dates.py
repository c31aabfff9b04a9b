"""Dates written as text: how they are written, and which day they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabkit.data._distinct import as_texts
from tabkit.data._reading_options import NOTHING_KNOWN, Conventions

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

ISO_FORMAT = "ISO8601"
_COMPACT_FORMAT = "%Y%m%d"

_ISO_PATTERN = (
    r"\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?)?( ?(Z|UTC|[+-]\d{2}(:?\d{2})?))?"
    r"|\d{4}-\d{2}"
)
# A shape and the formats it may have; where the values fit both, the first is taken.
_DATE_SHAPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"(19|20)\d{6}", (_COMPACT_FORMAT,)),
    (r"\d{4}/\d{1,2}/\d{1,2}", ("%Y/%m/%d",)),
    (r"\d{4}\.\d{1,2}\.\d{1,2}", ("%Y.%m.%d",)),
    (r"\d{1,2}/\d{1,2}/\d{4}", ("%m/%d/%Y", "%d/%m/%Y")),
    (r"\d{1,2}/\d{1,2}/\d{2}", ("%m/%d/%y", "%d/%m/%y")),
    (r"\d{1,2}\.\d{1,2}\.\d{4}", ("%d.%m.%Y", "%m.%d.%Y")),
    (r"\d{1,2}\.\d{1,2}\.\d{2}", ("%d.%m.%y", "%m.%d.%y")),
    (r"\d{1,2}-\d{1,2}-\d{4}", ("%d-%m-%Y", "%m-%d-%Y")),
    (r"\d{1,2}-[A-Za-z]{3}-\d{4}", ("%d-%b-%Y",)),
    (r"\d{1,2}-[A-Za-z]{3}-\d{2}", ("%d-%b-%y",)),
    (r"\d{1,2} [A-Za-z]{3,9} \d{4}", ("%d %b %Y", "%d %B %Y")),
    (r"[A-Za-z]{3,9} \d{1,2}, ?\d{4}", ("%b %d, %Y", "%B %d, %Y")),
)
_TIME_SHAPES: tuple[tuple[str, str], ...] = (
    ("", ""),
    (r"\s+\d{1,2}:\d{2}", " %H:%M"),
    (r"\s+\d{1,2}:\d{2}:\d{2}", " %H:%M:%S"),
    (r"\s+\d{1,2}:\d{2}:\d{2}\.\d+", " %H:%M:%S.%f"),
    (r"\s+\d{1,2}:\d{2} ?[AaPp][Mm]", " %I:%M %p"),
    (r"\s+\d{1,2}:\d{2}:\d{2} ?[AaPp][Mm]", " %I:%M:%S %p"),
)
# "Never" and "always" as databases write them: no evidence for or against a format.
_NO_YEAR_PATTERN = r"\b(0000|9999)\b"
# What a person takes for a date: numbers apart by signs, or a month by name; a time before or behind.
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_TIME = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[ap]m)?( ?(z|utc|[+-]\d{2}:?\d{2}))?"
_LIKE_DATE = (
    rf"({_TIME}[ t])?(\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}"
    rf"|(\d{{1,2}}\.?[-/ ]?)?{_MONTH}[-/ ]?(\d{{1,2}},? ?)?(\d{{4}}|\d{{2}}))([ t]{_TIME})?"
)
_MIN_SHARE_OF_DATES = 0.95
_N_TRIED = 3


def find_date_format(
    texts: pa.StringArray,
    min_share: float = _MIN_SHARE_OF_DATES,
    conventions: Conventions = NOTHING_KNOWN,
) -> tuple[str, bool]:
    """Find the one format in which nearly all texts are written as dates.

    Parameters
    ----------
    texts : pyarrow.StringArray of shape (n_values,)
        A sample, without surrounding white space and without markers of missing values.
    min_share : float, default=0.95
        Of the texts, that the format must fit.
    conventions : Conventions, default=NOTHING_KNOWN
        A format that was told is tried first, and decides with what is known of the day's place
        where day and month could be either.

    Returns
    -------
    date_format : str
        As `pandas.to_datetime` takes it; empty when the texts are no dates.
    is_ambiguous : bool
        Whether day and month could be the other way round just as well.
    """
    import numpy as np
    import pyarrow.compute as pc

    has_year = pc.invert(pc.match_substring_regex(texts, _NO_YEAR_PATTERN))
    texts = texts.filter(has_year)
    told = conventions.date_format
    if told and len(texts) and np.mean(~np.isnat(parse_dates(texts, told))) >= min_share:
        return told, False
    formats = next(filter(None, map(_formats_of, texts[:_N_TRIED].to_pylist())), ())
    if not formats:
        return "", False
    if formats == (ISO_FORMAT,):  # which is read beside any other: the others say how they are written
        others = (found for found in map(_formats_of, texts.to_pylist()) if found and found != formats)
        formats = next(others, formats)
    parsed = [parse_dates(texts, date_format) for date_format in formats]
    shares = [np.mean(~np.isnat(dates)) for dates in parsed]
    best = int(np.argmax(shares))
    if shares[best] < min_share:
        return "", False
    is_ambiguous = len(formats) == 2 and shares[0] == shares[1] and bool((parsed[0] != parsed[1]).any())
    if is_ambiguous and conventions.is_day_first is not None:
        best = next(
            position
            for position, date_format in enumerate(formats)
            if has_day_first(date_format) == conventions.is_day_first
        )
    return formats[best], is_ambiguous


def has_day_first(date_format: str) -> bool:
    """Whether the day stands before the month, both as numbers."""
    return date_format.find("%d") < date_format.find("%m")


def tells_day_from_month(date_format: str) -> bool:
    """Whether a format has day and month as numbers in front: their order is a choice."""
    return date_format.startswith(("%d", "%m")) and {"%d", "%m"} <= {date_format[:2], date_format[3:5]}


def share_of_dates(texts: pa.StringArray) -> float:
    """Share of texts that have the shape of a date, also in formats that are not read."""
    import re

    found = [re.fullmatch(_LIKE_DATE, text, re.IGNORECASE) for text in texts.to_pylist()]
    return sum(map(bool, found)) / len(found) if found else 0.0


def parse_dates(texts: pa.StringArray, date_format: str) -> np.ndarray:
    """Read texts as dates; NaT where a text is no date in this format, nor one by ISO 8601.

    Which day 2020-01-31 is stands beyond doubt, however the others are written; but where the format
    begins with a year and a hyphen too, that one decides alone.

    Returns
    -------
    dates : ndarray of shape (n_values,)
        datetime64[ns]; times with an offset are converted to UTC.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    dates = _parse(texts, date_format)
    if date_format != ISO_FORMAT and not date_format.startswith("%Y-"):
        is_iso = np.isnat(dates) & pc.match_substring_regex(texts, f"^(?:{_ISO_PATTERN})$").to_numpy(False)
        if is_iso.any():
            dates[is_iso] = _parse(texts.filter(pa.array(is_iso)), ISO_FORMAT)
    return dates


def _parse(texts: pa.StringArray, date_format: str) -> np.ndarray:
    """Read texts as dates in one format alone."""
    import pandas as pd
    import pyarrow.compute as pc

    if date_format == ISO_FORMAT:  # pandas takes "now" and "today" for dates too
        is_date = pc.match_substring_regex(texts, r"^\d")
        texts = pc.if_else(is_date, texts, None)
    values = texts.to_numpy(zero_copy_only=False)
    parsed = pd.to_datetime(values, format=date_format, errors="coerce", utc=True, cache=False)
    return parsed.tz_localize(None).to_numpy(dtype="datetime64[ns]")


def are_compact_dates(values: np.ndarray) -> bool:
    """Whether whole numbers such as 20120131 are dates beyond doubt.

    All must be days of the calendar from 1900 to 2100, and at least five different ones.
    """
    import numpy as np

    if len(values) == 0 or values.min() < 19000101 or values.max() > 21001231:
        return False
    distinct = np.unique(values)
    if len(distinct) < 5:
        return False
    return not np.isnat(parse_compact_dates(distinct)).any()


def parse_compact_dates(values: np.ndarray) -> np.ndarray:
    """Read whole numbers such as 20120131 as dates (datetime64[ns]); NaT for all others."""
    import numpy as np

    possible = np.where((values >= 19000101) & (values <= 21001231), values, 0).astype("int64")
    distinct, positions = np.unique(possible, return_inverse=True)
    return parse_dates(as_texts(distinct.astype(str)), _COMPACT_FORMAT)[positions]


def as_nanoseconds(dates: pd.Series) -> pd.Series:
    """Bring datetimes of any unit and zone to naive UTC in nanoseconds; NaT beyond 1678 to 2262."""
    import pandas as pd

    if isinstance(dates.dtype, pd.ArrowDtype):
        dates = pd.Series(pd.to_datetime(dates.astype(object), utc=True), index=dates.index, name=dates.name)
    if getattr(dates.dtype, "tz", None) is not None:
        dates = dates.dt.tz_convert("UTC").dt.tz_localize(None)
    if dates.dtype != "datetime64[ns]":
        fits = dates.between(pd.Timestamp.min.ceil("s"), pd.Timestamp.max.floor("s"))
        dates = dates.where(fits).astype("datetime64[ns]")
    return dates


def _formats_of(text: str) -> tuple[str, ...]:
    """List the formats that one text may have, judged by its shape."""
    import re

    if re.fullmatch(_ISO_PATTERN, text):
        return (ISO_FORMAT,)
    for date_shape, date_formats in _DATE_SHAPES:
        for time_shape, time_format in _TIME_SHAPES:
            if re.fullmatch(date_shape + time_shape, text):
                return tuple(date_format + time_format for date_format in date_formats)
    return ()

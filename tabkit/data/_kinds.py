"""The kind of a column: what a careful person would take it for."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from tabkit._core._parameters import say_kind, say_reading
from tabkit.data._dates import (
    are_compact_dates,
    as_nanoseconds,
    find_date_format,
    has_day_first,
    parse_dates,
    share_of_dates,
)
from tabkit.data._distinct import Distinct, find_distinct
from tabkit.data._findings import Findings, examine_name, join_notes, say_count, settle
from tabkit.data._number_styles import (
    PADDED_PATTERN,
    PLAIN_STYLE,
    are_padded,
    find_number_style,
    look_like_numbers,
    parse_numbers,
    say_doubt,
    say_negative,
    would_round,
)
from tabkit.data._numbers import are_whole, as_exact, count_distinct, holds_numbers, is_duration
from tabkit.data._reading_options import NOTHING_KNOWN, Conventions
from tabkit.data._task import ColumnKind
from tabkit.data._words import examine_words

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

# Other words than the usual markers may stand between numbers when they are this rare among the rows
# or among the distinct values ("never" among months since the last call).
_MAX_SHARE_OF_WORDS = 0.05
_MAX_DISTINCT_WORDS = 3
# Three rows numbered 1, 2, 3 could be anything.
_MIN_ROW_NUMBERS = 20
# What stands for missing in files that have no word for it, where it is so frequent.
_SENTINELS = (-9.0, -99.0, -999.0, -9999.0, -99999.0)
_MIN_SHARE_OF_SENTINELS = 0.01
# A category of so many levels, nearly all of which look like numbers or dates, is none.
_MIN_LEVELS_UNREAD = 20
_MIN_SHARE_UNREAD = 0.9
_N_LOOKED_AT = 100


def infer_kind(series: pd.Series) -> tuple[ColumnKind, str]:
    """Find the kind of a column from its values, and for identifiers from its name too.

    Numbers and dates that are written as text count as numbers and dates. Many distinct
    values do not make a text: words do. A column is constant when all its rows are the same;
    one value in some rows and none in the others is a category.

    Parameters
    ----------
    series : Series of shape (n_rows,)
        Of any dtype. Booleans and pandas categoricals are categories.

    Returns
    -------
    kind : {"numeric", "category", "date", "text", "identifier", "constant"}
    note : str
        What the user should know ("text read as numbers; 11 values ' ' became missing"),
        or empty.

    See Also
    --------
    examine_column : the same with counts, and with how numbers and dates are written.

    Examples
    --------
    >>> import pandas as pd
    >>> infer_kind(pd.Series(["29.85", "1,889.50", " ", "42"], name="charges"))
    ('numeric', "text read as numbers, written like '1,234.5'; 1 value ' ' became missing")
    """
    findings = examine_column(series)
    return findings.kind, findings.note


def examine_column(series: pd.Series, conventions: Conventions | None = None) -> Findings:
    """Find the kind of a column as `infer_kind` does, and count missing and distinct values.

    Parameters
    ----------
    series : Series of shape (n_rows,)
    conventions : Conventions, default=None
        What is known of how the table writes numbers and dates; None for nothing.

    Returns
    -------
    findings : Findings
        `Findings.written_as` is for `clean_column`, so that later rows are read alike.

    Examples
    --------
    >>> import pandas as pd
    >>> examine_column(pd.Series(["24.12.2024", "01.02.2025"])).written_as
    '%d.%m.%Y'
    """
    import pandas as pd
    from pandas.api import types

    dtype = series.dtype
    if types.is_bool_dtype(dtype) or isinstance(dtype, pd.CategoricalDtype):
        return settle("category", len(series), series.isna().sum(), series.nunique())
    if types.is_datetime64_any_dtype(dtype):
        dates = as_nanoseconds(series)
        n_lost = int(dates.isna().sum() - series.isna().sum())
        note = f"{say_count(n_lost, 'date')} out of the years 1678 to 2261 became missing" if n_lost else ""
        return settle("date", len(series), dates.isna().sum(), dates.nunique(), note)
    if is_duration(dtype):
        note = "durations read as seconds"
        return settle("numeric", len(series), series.isna().sum(), series.nunique(), note)
    if holds_numbers(series):
        return _examine_numbers(series)
    distinct = find_distinct(series)
    conventions = conventions or NOTHING_KNOWN
    if conventions.date_format:  # told, and so before numbers such as 240131
        told = _examine_written_dates(distinct, conventions)
        if told is not None and told.written_as == conventions.date_format:
            return told
    return (
        _examine_written_numbers(distinct, str(series.name), conventions)
        or _examine_written_dates(distinct, conventions)
        or _note_unread(examine_words(distinct, str(series.name)), distinct)
    )


def say_rounded() -> str:
    """What is said of whole numbers that models get rounded; as targets, groups and times they are exact."""
    return f"whole numbers beyond 2^53 are rounded: are they codes ({say_kind('category')})?"


def _examine_numbers(series: pd.Series) -> Findings:
    """Tell numbers from dates such as 20120131 and from whole numbers that only name rows."""
    import numpy as np

    values = as_exact(series)
    present = values if values.dtype.kind in "iu" else values[np.isfinite(values)]
    n_missing, n_unique = len(series) - len(present), count_distinct(present)
    n_infinite = n_missing - int(series.isna().sum())
    note = f"{say_count(n_infinite, 'infinite value')} became missing" if n_infinite else ""
    if present.dtype.kind in "iu" and count_distinct(present.astype(np.float64)) < n_unique:
        note = join_notes(note, say_rounded())
    note = join_notes(note, _say_sentinel(present))
    findings = settle("numeric", len(series), n_missing, n_unique, note)
    findings = replace(findings, n_infinite=n_infinite)
    if findings.kind != "numeric" or not are_whole(present):
        return findings
    if are_compact_dates(present):
        return replace(findings, kind="date", note=join_notes(note, "numbers such as 20120131 read as dates"))
    if n_missing == 0 and _are_row_numbers(present, n_unique):
        return replace(findings, kind="identifier", note="numbers the rows")
    return examine_name(findings, str(series.name), len(present))


def _say_sentinel(present: np.ndarray) -> str:
    """Say that a number such as -999 may stand for missing: frequent, far below, the only negative one."""
    if len(present) == 0 or (lowest := present.min()) not in _SENTINELS:
        return ""
    n_lowest = int((present == lowest).sum())
    others = present[present != lowest]
    if n_lowest < _MIN_SHARE_OF_SENTINELS * len(present) or len(others) == 0 or others.min() < 0:
        return ""
    count = say_count(n_lowest, "value")
    told = say_reading("na_values", [f"{lowest:g}"])
    return f"{count} {lowest:g}, and none else below 0: missing ones ({told})?"


def _are_row_numbers(values: np.ndarray, n_unique: int) -> bool:
    """Whether values are 0, 1, 2, ... or 1, 2, 3, ... in any order, or count on from elsewhere.

    The years of a yearly series count on too, and are no row numbers.
    """
    import numpy as np

    lowest, highest = values.min(), values.max()
    if n_unique < max(len(values), _MIN_ROW_NUMBERS) or highest - lowest + 1 != n_unique:
        return False
    are_years = lowest >= 1500 and highest <= 2200
    return bool(lowest in (0, 1) or (not are_years and (np.diff(values) == 1).all()))


def _examine_written_numbers(distinct: Distinct, name: str, conventions: Conventions) -> Findings | None:
    """Findings when nearly all texts are numbers, and the others say that there is none."""
    import numpy as np
    import pandas as pd

    # Of many values the sample may lack those that tell one convention from another.
    present = distinct.texts.filter(~distinct.is_marker)
    if are_padded(present) or would_round(present):
        return None
    style = find_number_style(distinct.sample, conventions)
    values = parse_numbers(distinct.texts, style) if style else np.empty(0)
    if style and not _may_be_lost(distinct, np.isnan(values) & ~distinct.is_marker):
        style = find_number_style(present, conventions)
        values = parse_numbers(distinct.texts, style) if style else np.empty(0)
    if not style or not _may_be_lost(distinct, np.isnan(values) & ~distinct.is_marker):
        return None
    is_lost = ~np.isfinite(values)
    findings = _examine_numbers(pd.Series(distinct.spread(np.where(is_lost, np.nan, values)), name=name))
    if findings.kind in ("category", "date"):  # one value or none; 20120131
        return None
    like = "" if style == PLAIN_STYLE else f", written like {style!r}"
    read = f"text read as numbers{like}" if distinct.are_written else ""
    doubt = "" if conventions.is_certain or not distinct.are_written else say_doubt(present, style)
    note = join_notes(read, doubt, say_negative(present, style), findings.note, distinct.say_lost(is_lost))
    n_infinite = int(distinct.counts[np.isinf(values)].sum())
    return replace(findings, note=note, written_as=style, n_infinite=n_infinite)


def _may_be_lost(distinct: Distinct, is_word: np.ndarray) -> bool:
    """Whether texts between numbers are rare words, and no numbers of another kind ("10+")."""
    if not is_word.any():
        return True
    share = min(is_word.mean(), distinct.counts[is_word].sum() / distinct.counts.sum())
    if share > _MAX_SHARE_OF_WORDS or is_word.sum() > _MAX_DISTINCT_WORDS:
        return False
    return not any(character.isdigit() for word in distinct.raw[is_word] for character in str(word))


def _examine_written_dates(distinct: Distinct, conventions: Conventions) -> Findings | None:
    """Findings when nearly all texts are dates in one format."""
    import numpy as np

    date_format, is_ambiguous = find_date_format(distinct.sample, conventions=conventions)
    if not date_format:
        return None
    dates = parse_dates(distinct.texts, date_format)
    is_lost = np.isnat(dates)
    if (is_lost & ~distinct.is_marker).any() and len(distinct.sample) < len(distinct.texts):
        # Of many values the sample may lack those that tell the day from the month.
        present = distinct.texts.filter(~distinct.is_marker)
        date_format, is_ambiguous = find_date_format(present, conventions=conventions)
        if not date_format:
            return None
        dates = parse_dates(distinct.texts, date_format)
        is_lost = np.isnat(dates)
    note = join_notes(
        f"text read as dates, written as {date_format}" if distinct.are_written else "",
        _say_order(date_format, conventions) if is_ambiguous else "",
        distinct.say_lost(is_lost),
    )
    n_rows, n_present = len(distinct.codes), int(distinct.counts[~is_lost].sum())
    findings = settle(
        "date", n_rows, n_rows - n_present, count_distinct(dates[~is_lost].view(np.int64)), note
    )
    if findings.kind != "date":
        return None
    is_settled = conventions.is_day_first is not None
    return replace(findings, written_as=date_format, is_order_open=is_ambiguous and not is_settled)


def _say_order(date_format: str, conventions: Conventions) -> str:
    if conventions.is_day_first is None:
        return f"day and month could be the other way round ({say_reading('date_format', ...)})"
    return f"the {'day' if has_day_first(date_format) else 'month'} first, as the rest of the table tells"


def _note_unread(findings: Findings, distinct: Distinct) -> Findings:
    """Say where many words look like codes, numbers or dates that were not read as such."""
    import pyarrow.compute as pc

    texts = distinct.sample
    findings = replace(findings, note=join_notes(findings.note, _say_blanks(findings, distinct)))
    if findings.kind == "constant" or not distinct.are_written or not len(texts):
        return findings
    is_padded = pc.match_substring_regex(texts, PADDED_PATTERN)
    if pc.any(is_padded).as_py() and look_like_numbers(texts):
        example = texts.filter(is_padded)[0].as_py()
        note = f"codes such as {example!r} stay text for their leading zeros"
    elif findings.n_unique < _MIN_LEVELS_UNREAD:
        return findings
    elif share_of_dates(texts[:_N_LOOKED_AT]) >= _MIN_SHARE_UNREAD:
        note = f"looks like dates, such as {_two(texts)}: write them alike, as 2024-12-31"
    elif look_like_numbers(texts) and not _are_whole_texts(texts):
        note = f"looks like numbers, such as {_two(texts)}: write them as plain numbers"
    else:
        return findings
    return replace(findings, note=join_notes(findings.note, note))


def _say_blanks(findings: Findings, distinct: Distinct) -> str:
    """Say which categories differ from others by white space around them only."""
    if findings.kind != "category" or not all(isinstance(value, str) for value in distinct.raw):
        return ""
    texts = distinct.texts.to_pylist()
    if len(set(texts)) == len(texts):
        return ""
    counts = Counter(texts)
    blank = next(
        raw for raw, text in zip(distinct.raw, texts, strict=True) if counts[text] > 1 and raw != text
    )
    return f"{blank!r} and {blank.strip()!r} differ by white space only, and are two categories"


def _are_whole_texts(texts: pa.StringArray) -> bool:
    """Whether all are digits alone: codes that are too long for numbers."""
    import pyarrow.compute as pc

    return bool(pc.all(pc.match_substring_regex(texts, r"^\d+$")).as_py())


def _two(texts: pa.StringArray) -> str:
    """Two examples that differ in shape, if there are any."""
    values = texts[:_N_LOOKED_AT].to_pylist()
    shapes = {re.sub(r"\d+", "0", value): value for value in reversed(values)}
    first = values[0]
    others = [value for shape, value in shapes.items() if shape != re.sub(r"\d+", "0", first)]
    return f"{first!r} and {others[-1]!r}" if others else repr(first)

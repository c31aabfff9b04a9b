"""Numbers, also those written as text: how they are written, and what they are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabkit._core import InputError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

# Styles by an example of theirs, in the order of preference: a pattern, the characters that only
# group digits, and the decimal sign. "1,234" alone is taken as 1234, as long as every comma of the
# column stands before three digits.
_NUMBER_STYLES: dict[str, tuple[str, str, str]] = {
    "1234.5": (r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|Inf|Infinity|infinity)", "", "."),
    "1,234.5": (r"[+-]?([1-9]\d{0,2}(,\d{3})+|\d+)(\.\d*)?", ",", "."),
    "1.234,5": (r"[+-]?([1-9]\d{0,2}(\.\d{3})+|\d+)(,\d*)?([eE][+-]?\d+)?", ".", ","),
    "1 234.5": (r"[+-]?([1-9]\d{0,2}([ '\x{a0}\x{202f}]\d{3})+|\d+)(\.\d*)?", " '\u00a0\u202f", "."),
    "1 234,5": (r"[+-]?([1-9]\d{0,2}([ '\x{a0}\x{202f}]\d{3})+|\d+)(,\d*)?", " '\u00a0\u202f", ","),
}
_CLOCK_STYLE = "12:30:00"
_CLOCK_PATTERN = r"(?P<hours>\d{1,3}):(?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d(?:\.\d+)?))?"
_UNITS = ("%", "$", "€", "£", "¥")
# Digits with zeros in front are codes (00501 is no 501), and so are more digits than a float64 holds.
_PADDED_PATTERN = r"^0\d+$"
_LONG_PATTERN = r"\d{16,}"

PLAIN_STYLE = "1234.5"
EUROPEAN_STYLE = "1.234,5"


def holds_numbers(series: pd.Series) -> bool:
    """Whether the dtype is one of real numbers, and not of booleans."""
    from pandas.api import types

    dtype = series.dtype
    return types.is_numeric_dtype(dtype) and not (types.is_bool_dtype(dtype) or types.is_complex_dtype(dtype))


def as_numbers(series: pd.Series) -> np.ndarray:
    """Bring a column of numbers to int64 or float64; infinite values become NaN."""
    import numpy as np
    from pandas.api import types

    if types.is_integer_dtype(series.dtype) and not series.hasnans:
        values = series.to_numpy()
        fits = values.dtype != np.uint64 or len(values) == 0 or values.max() <= np.iinfo(np.int64).max
        return values.astype(np.int64 if fits else np.float64, copy=False)
    values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    infinite = np.isinf(values)
    return np.where(infinite, np.nan, values) if infinite.any() else values


def are_whole(values: np.ndarray) -> bool:
    """Whether numbers without NaN have no fractions; a few are looked at first."""
    import numpy as np

    if values.dtype.kind == "i":
        return True
    head = values[:1000]
    return bool((head == np.floor(head)).all() and (values == np.floor(values)).all())


def count_distinct(values: np.ndarray) -> int:
    """Count the distinct values of numbers without NaN; sorting them is faster than hashing."""
    import numpy as np

    ordered = np.sort(values)
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + (len(values) > 0)


def find_number_style(texts: pa.StringArray) -> str:
    """Find the one way in which most of the texts are written as numbers.

    Parameters
    ----------
    texts : pyarrow.StringArray of shape (n_values,)
        A sample, without surrounding white space and without markers of missing values.

    Returns
    -------
    style : str
        An example of the style, such as ``"1.234,5"``, ``"$1,234.5"``, ``"1234.5%"`` or
        ``"12:30:00"``; empty when fewer than half of the texts are numbers in any style.
    """
    import pyarrow.compute as pc

    if len(texts) == 0 or _share_matching(texts, _LONG_PATTERN) > 0.5:
        return ""
    if pc.any(pc.match_substring_regex(texts, _PADDED_PATTERN)).as_py():
        return ""
    unit = _find_unit(texts)
    shares = {
        style: _share_matching(texts, _with_unit(pattern, unit))
        for style, (pattern, _, _) in _NUMBER_STYLES.items()
    }
    shares[_CLOCK_STYLE] = _share_matching(texts, _CLOCK_PATTERN)
    best = max(shares, key=lambda style: shares[style])
    if shares[best] < 0.5:
        return ""
    return f"{best}%" if unit == "%" else unit + best


def parse_numbers(texts: pa.StringArray, style: str) -> np.ndarray:
    """Read texts as numbers; NaN where a text is not written in the style.

    Parameters
    ----------
    texts : pyarrow.StringArray of shape (n_values,)
    style : str
        As `find_number_style` returns it.

    Returns
    -------
    values : ndarray of shape (n_values,)
        float64; percentages as written (12 for "12 %"), times of day in hours.

    Raises
    ------
    InputError
        If there is no such style.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if style == _CLOCK_STYLE:
        return _parse_clock(texts)
    unit = next((unit for unit in _UNITS if unit in style), "")
    plain = style.strip("".join(_UNITS))
    if plain not in _NUMBER_STYLES:
        raise InputError(
            f"no way to write numbers is known as {style!r}: use one of {list(_NUMBER_STYLES)}, "
            "with a currency or percent sign if need be"
        )
    pattern, grouping, decimal = _NUMBER_STYLES[plain]
    is_number = pc.match_substring_regex(texts, f"^({_with_unit(pattern, unit)})$")
    digits = pc.if_else(is_number, texts, None)
    for sign in [*unit, *grouping]:
        digits = pc.replace_substring(digits, sign, "")
    if decimal != ".":
        digits = pc.replace_substring(digits, decimal, ".")
    if unit:
        digits = pc.utf8_trim_whitespace(digits)
    values = pc.cast(digits, pa.float64())
    return pc.fill_null(values, float("nan")).to_numpy(zero_copy_only=False)


def _find_unit(texts: pa.StringArray) -> str:
    """Return the currency or percent sign that every text has, or nothing."""
    import pyarrow.compute as pc

    first = texts[0].as_py()
    for unit in _UNITS:
        if unit in first and pc.all(pc.equal(pc.count_substring(texts, unit), 1)).as_py():
            return unit
    return ""


def _with_unit(pattern: str, unit: str) -> str:
    """Let the unit stand in front of a number, after its sign too, or behind it."""
    if not unit:
        return pattern
    escaped = rf"\x{{{ord(unit):x}}}"
    return rf"[+-]?{escaped}\s?({pattern})|({pattern})\s?{escaped}"


def _share_matching(texts: pa.StringArray, pattern: str) -> float:
    import pyarrow.compute as pc

    return float(pc.mean(pc.match_substring_regex(texts, f"^({pattern})$")).as_py())


def _parse_clock(texts: pa.StringArray) -> np.ndarray:
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = pc.extract_regex(texts, f"^{_CLOCK_PATTERN}$")
    total = pa.scalar(0.0)
    for part, seconds in (("hours", 3600.0), ("minutes", 60.0), ("seconds", 1.0)):
        digits = pc.struct_field(parts, part)
        number = pc.cast(pc.if_else(pc.equal(digits, ""), "0", digits), pa.float64())
        total = pc.add(total, pc.multiply(number, seconds))
    hours = pc.divide(total, 3600.0)
    return pc.fill_null(hours, float("nan")).to_numpy(zero_copy_only=False)

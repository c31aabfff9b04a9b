"""How numbers and names are written, in one place for the terminal, Markdown and HTML."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence

ABSENT = "-"

_MAX_DECIMALS = 12
_MAX_INTERVAL_DECIMALS = 6
_HUGE = 1e12
_INTERVAL_DIGITS = 2
_BIDI_CONTROLS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: object) -> str:
    r"""One line of text that cannot steer a terminal or turn the rest of a page around.

    Control characters (escape sequences, line ends, text-direction overrides) and lone
    surrogates become a space or the replacement character.

    Examples
    --------
    >>> clean("red\x1b[31m and\nnext line")
    'red�[31m and next line'
    """
    line = str(text)
    return line if line.isprintable() else "".join(_clean_character(character) for character in line)


def _clean_character(character: str) -> str:
    if character.isprintable():
        return character
    if character.isspace():
        return " "
    if character in _BIDI_CONTROLS or unicodedata.category(character) in ("Cc", "Cs"):
        return "\ufffd"
    return character


def shorten(text: object, length: int) -> str:
    """Cut a text to a number of characters, the last of them an ellipsis.

    Examples
    --------
    >>> shorten("histogram gradient boosting", 10)
    'histogram…'
    """
    cleaned = clean(str(text)[: length + 1])
    return cleaned if len(cleaned) <= length else cleaned[: length - 1].rstrip() + "…"


def choose_decimals(
    means: Iterable[float | None], half_widths: Iterable[float | None] = (), *, digits: int = 4
) -> int:
    """Decimals that suit a whole column of scores.

    As many significant digits of the typical score as asked for, more where the intervals are so narrow
    that two digits of their half-width need them (up to six).

    Parameters
    ----------
    means : iterable of float or None
    half_widths : iterable of float or None, default=()
        Half-widths of the intervals.
    digits : int, default=4
        Significant digits.

    Returns
    -------
    decimals : int

    Examples
    --------
    >>> choose_decimals([0.9275, 0.5], [0.0025, None]), choose_decimals([45123.4])
    (4, 0)
    """
    decimals = _decimals_for_digits(_median(means), digits)
    narrow = _decimals_for_digits(_median(half_widths), _INTERVAL_DIGITS)
    return max(decimals, min(narrow, _MAX_INTERVAL_DECIMALS))


def _decimals_for_digits(value: float | None, digits: int) -> int:
    if value is None:
        return 0
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])  # of the rounded value: 9.996 has that of 10
    return min(_MAX_DECIMALS, max(0, digits - 1 - exponent))


def _median(values: Iterable[float | None]) -> float | None:
    sizes = sorted(
        abs(value) for value in values if value is not None and math.isfinite(value) and value != 0
    )
    return sizes[len(sizes) // 2] if sizes else None


def format_number(value: float | None, decimals: int) -> str:
    """A number with fixed decimals and thousands separators; ``-`` for None and NaN.

    Examples
    --------
    >>> format_number(12345.678, 1), format_number(None, 2), format_number(-0.00001, 2)
    ('12,345.7', '-', '0.00')
    >>> format_number(2.9e16, 0)
    '2.9e+16'
    """
    if value is None or math.isnan(value):
        return ABSENT
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if abs(value) >= _HUGE:
        return f"{value:.3g}"
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if not any(digit in text for digit in "123456789") else text


def format_interval(interval: tuple[float, float] | None, decimals: int) -> str:
    """An interval in brackets.

    Examples
    --------
    >>> format_interval((0.925, 0.93), 4)
    '[0.9250, 0.9300]'
    """
    if interval is None:
        return ABSENT
    return f"[{format_number(interval[0], decimals)}, {format_number(interval[1], decimals)}]"


Estimate = tuple[float | None, tuple[float, float] | None]


def format_estimates(estimates: Sequence[Estimate], decimals: int) -> list[str]:
    """A column of means with their intervals on little room.

    ``±`` where every interval is symmetric, else all in brackets, so that the column reads
    the same from top to bottom.

    Parameters
    ----------
    estimates : sequence of (mean, interval)
    decimals : int

    Returns
    -------
    texts : list of str

    Examples
    --------
    >>> format_estimates([(0.9275, (0.925, 0.93)), (None, None)], 4)
    ['0.9275 ±0.0025', '-']
    >>> format_estimates([(0.99, (0.97, 1.0)), (0.9, (0.8, 1.0))], 2)
    ['0.99 [0.97, 1.00]', '0.90 [0.80, 1.00]']
    """
    is_symmetric = all(
        mean is None or interval is None or abs(interval[0] + interval[1] - 2 * mean) < 10.0**-decimals
        for mean, interval in estimates
    )
    texts = []
    for mean, interval in estimates:
        text = format_number(mean, decimals)
        if interval is not None:
            half = format_number((interval[1] - interval[0]) / 2, decimals)
            text += f" ±{half}" if is_symmetric else f" {format_interval(interval, decimals)}"
        texts.append(text)
    return texts


def format_digits(value: float | None, digits: int = 2) -> str:
    """A number with a few significant digits, for columns whose unit stands in the heading.

    Examples
    --------
    >>> format_digits(0.01234), format_digits(4.5678), format_digits(12345.6)
    ('0.012', '4.6', '12,346')
    """
    return format_number(value, choose_decimals([value], digits=digits))


def format_seconds(seconds: float | None) -> str:
    """A duration for people.

    Examples
    --------
    >>> format_seconds(0.0123), format_seconds(4.56), format_seconds(130), format_seconds(3780)
    ('0.012 s', '4.6 s', '2 min 10 s', '1 h 03 min')
    """
    if seconds is None or math.isnan(seconds):
        return ABSENT
    if seconds < 59.95:
        return f"{format_digits(seconds)} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def format_bytes(n_bytes: int | None) -> str:
    """A size in decimal units.

    Examples
    --------
    >>> format_bytes(812), format_bytes(1_234_567), format_bytes(45_600_000)
    ('812 B', '1.2 MB', '46 MB')
    """
    if n_bytes is None:
        return ABSENT
    size = float(n_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.1f} {unit}" if size < 9.95 and unit != "B" else f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def format_count(count: int) -> str:
    """A count with thousands separators."""
    return f"{count:,}"


def format_share(part: float, whole: float) -> str:
    """A share in per cent, so that few is never written as none, nor nearly all as all.

    Examples
    --------
    >>> format_share(1, 8), format_share(1, 100_000), format_share(99_999, 100_000), format_share(0, 0)
    ('12.5 %', '<0.1 %', '>99.9 %', '-')
    """
    if whole == 0:
        return ABSENT
    percent = 100.0 * part / whole
    if 0 < percent < 0.05:
        return "<0.1 %"
    if 99.95 <= percent < 100:
        return ">99.9 %"
    return f"{percent:.1f} %"


def format_p_value(p_value: float | None) -> str:
    """A p-value with two digits, none below a thousandth.

    Examples
    --------
    >>> format_p_value(0.0421), format_p_value(0.00002)
    ('0.042', '<0.001')
    """
    if p_value is None or math.isnan(p_value):
        return ABSENT
    return "<0.001" if p_value < 0.001 else f"{p_value:.3f}" if p_value < 0.1 else f"{p_value:.2f}"


def join(parts: Iterable[str]) -> str:
    """Parts of a sentence with commas and a last "and"."""
    listed = list(parts)
    return " and ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else "".join(listed)


def describe_unranked(status: str, reason: str) -> str:
    """Why a model has no rank, on one line.

    Examples
    --------
    >>> describe_unranked("not installed", "pip install 'tabkit-learn[catboost]'")
    "not installed: pip install 'tabkit-learn[catboost]'"
    """
    return clean(f"{status}: {reason}" if reason else status)

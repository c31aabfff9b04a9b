"""Numbers written as text: how they are written, and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tabkit._core import InputError
from tabkit._core._parameters import say_reading
from tabkit.data._reading_options import NOTHING_KNOWN, Conventions

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


@dataclass(frozen=True)
class _Style:
    """A pattern of the digits, the signs that only group them, and the decimal sign."""

    pattern: str
    grouping: str
    decimal: str


_SPACES = " '\u2019\u00a0\u2009\u202f"
_BY_SPACES = r"(?:[1-9]\d{0,2}(?:[ '\x{2019}\x{a0}\x{2009}\x{202f}]\d{3})+|\d+)"

PLAIN_STYLE = "1234.5"
GROUPED_STYLE = "1,234.5"
EUROPEAN_STYLE = "1.234,5"
EITHER_STYLE = "1234.5 or 1234,5"

# By an example, in the order of preference.
_STYLES = {
    PLAIN_STYLE: _Style(
        r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf|Inf|Infinity|infinity", grouping="", decimal="."
    ),
    GROUPED_STYLE: _Style(r"(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d*)?", grouping=",", decimal="."),
    EUROPEAN_STYLE: _Style(
        r"(?:[1-9]\d{0,2}(?:\.\d{3})+|\d+)(?:,\d*)?(?:[eE][+-]?\d+)?", grouping=".", decimal=","
    ),
    "1 234.5": _Style(rf"{_BY_SPACES}(?:\.\d*)?", grouping=_SPACES, decimal="."),
    "1 234,5": _Style(rf"{_BY_SPACES}(?:,\d*)?", grouping=_SPACES, decimal=","),
    # Both signs in one column, none of them before three digits: neither can be a grouping sign.
    EITHER_STYLE: _Style(r"0[.,]\d+|\d+(?:[.,]\d{1,2}|[.,]\d{4,})?", grouping="", decimal=","),
}
_CLOCK_STYLE = "12:30:00"
_CLOCK_PATTERN = r"(?P<hours>\d{1,3}):(?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d(?:\.\d+)?))?"

# RE2's \\s knows no space but those of ASCII.
_BLANK = r"[\s\x{a0}\x{2009}\x{202f}]"
_PERCENT = "%"
_SYMBOLS = ("$", "€", "£", "¥", "₹", "₽", "₩", "₺", "₫", "₴", "₦", "฿")
_CODES = (
    *("AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP", "EUR"),
    *("GBP", "HKD", "HUF", "IDR", "ILS", "INR", "JPY", "KRW", "MXN", "MYR", "NGN", "NOK", "NZD", "PHP"),
    *("PLN", "RON", "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "UAH", "USD", "VND", "ZAR"),
)
_UNITS = (_PERCENT, *_SYMBOLS, *_CODES)
_SIGN = r"[+\x{2212}-]"
# "(18.50)" is -18.50 in the books of accountants; where all values stand so, it is something else.
_IN_PARENTHESES = r"^\(.*\)$"

# Digits with zeros in front are codes (00501 is no 501), and so are more digits than a float64 holds.
PADDED_PATTERN = r"^[+-]?0\d+$"
_FRACTION_PATTERN = r"^[+-]?\d*[.,]\d+$"
_WHOLE_PATTERN = r"^[+-]?\d+$"
_LONG_PATTERN = r"^[+-]?\d{16,}$"
_MIN_SHARE_OF_LONG = 0.5
# More units than these are parts of codes ("1234 AB").
_MAX_UNITS = 5
_MIN_SHARE_ALIKE = 0.9
_MIN_SHARE = 0.5


def find_number_style(texts: pa.StringArray, conventions: Conventions = NOTHING_KNOWN) -> str:
    """Find the one way in which most of the texts are written as numbers.

    Where a sign could stand for a fraction or for thousands ("1.234"), it is for thousands when it
    stands before three digits everywhere and the numbers without one are all below 1000; otherwise
    what is known of the table decides, and else the convention in English.

    Parameters
    ----------
    texts : pyarrow.StringArray of shape (n_values,)
        A sample, without surrounding white space and without markers of missing values.
    conventions : Conventions, default=NOTHING_KNOWN

    Returns
    -------
    style : str
        An example of the style, such as ``"1.234,5"``, ``"$1,234.5"``, ``"1234.5%"``, ``"1234.5 USD"``
        or ``"12:30:00"``; empty when fewer than half of the texts are numbers in any style.
    """
    import pyarrow.compute as pc

    if len(texts) == 0 or are_codes(texts):
        return ""
    if pc.all(pc.match_substring_regex(texts, _IN_PARENTHESES)).as_py():
        return ""
    unit = _find_unit(texts)
    candidates = {
        style: _share_matching(texts, _full_pattern(form.pattern, unit))
        for style, form in _STYLES.items()
        if _is_possible(style, form, conventions)
    }
    if EITHER_STYLE in candidates and not _has_both_signs(texts):
        del candidates[EITHER_STYLE]
    candidates[_CLOCK_STYLE] = _share_matching(texts, f"^(?:{_CLOCK_PATTERN})$")
    highest = max(candidates.values())
    if highest < _MIN_SHARE:
        return ""
    best = _prefer([style for style, share in candidates.items() if share == highest], texts, conventions)
    if not unit and best in _STYLES and would_round(_ungroup(texts, _STYLES[best].grouping)):
        return ""
    return _join_unit(best, unit)


def are_codes(texts: pa.StringArray) -> bool:
    """Whether digits are codes: with zeros in front, too long, or whole numbers that would lose digits.

    Parameters
    ----------
    texts : pyarrow.StringArray of shape (n_values,)
    """
    return (
        are_padded(texts) or would_round(texts) or _share_matching(texts, _LONG_PATTERN) > _MIN_SHARE_OF_LONG
    )


def are_padded(texts: pa.StringArray) -> bool:
    """Whether some digits have zeros in front, and no number has a fraction, as codes have none."""
    import pyarrow.compute as pc

    if not pc.any(pc.match_substring_regex(texts, PADDED_PATTERN)).as_py():
        return False
    return not pc.any(pc.match_substring_regex(texts, _FRACTION_PATTERN)).as_py()


def would_round(texts: pa.StringArray) -> bool:
    """Whether all are whole numbers, some with more digits than a float64 may hold."""
    import pyarrow.compute as pc

    is_long = pc.match_substring_regex(texts, _LONG_PATTERN)
    return bool(pc.any(is_long).as_py() and pc.all(pc.match_substring_regex(texts, _WHOLE_PATTERN)).as_py())


def parse_numbers(texts: pa.StringArray, style: str) -> np.ndarray:
    """Read texts as numbers; NaN where a text is not written in the style.

    Parameters
    ----------
    texts : pyarrow.StringArray of shape (n_values,)
    style : str
        As `find_number_style` returns it. A currency may be missing, and a number in parentheses
        is negative.

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
    unit, plain = _split_unit(style)
    if plain not in _STYLES:
        raise InputError(
            f"no way to write numbers is known as {style!r}: use one of {list(_STYLES)}, "
            "with a currency or percent sign if need be"
        )
    form = _STYLES[plain]
    is_number = pc.match_substring_regex(texts, _full_pattern(form.pattern, unit))
    digits = pc.if_else(is_number, texts, None)
    digits = pc.replace_substring_regex(digits, r"^\((.*)\)$", r"-\1")
    digits = pc.replace_substring(digits, "\u2212", "-")
    if unit:
        digits = pc.replace_substring_regex(digits, _unit_pattern(unit), "")
        digits = pc.replace_substring_regex(digits, _BLANK, "")
    digits = _ungroup(digits, form.grouping)
    if form.decimal != ".":
        digits = pc.replace_substring(digits, form.decimal, ".")
    values = pc.cast(digits, pa.float64())
    return pc.fill_null(values, float("nan")).to_numpy(zero_copy_only=False)


def say_doubt(texts: pa.StringArray, style: str, reason: str = "") -> str:
    """Say which of two readings was taken, where each number could be read the other way too.

    Parameters
    ----------
    texts : pyarrow.StringArray of shape (n_values,)
    style : str
        As `find_number_style` returns it for them.
    reason : str, default=""
        Why, where the numbers themselves do not tell.

    Returns
    -------
    doubt : str
        Empty where a number of them can be read in one way only.
    """
    import pyarrow.compute as pc

    plain = _split_unit(style)[1]
    for sign, grouped, fraction in ((".", EUROPEAN_STYLE, PLAIN_STYLE), (",", GROUPED_STYLE, EUROPEAN_STYLE)):
        if plain not in (grouped, fraction) or not _are_threes(texts, sign):
            continue
        example = texts.filter(pc.match_substring(texts, sign))[0].as_py()
        whole = example.replace(sign, "")
        if plain == grouped:
            why = ", since numbers without it are below 1000" if _group_thousands(texts, sign) else reason
            return f"{example!r} read as {whole}{why}: with {say_reading('decimal', sign)} it is a fraction"
        other = "," if sign == "." else "."
        return f"{example!r} read as a fraction{reason}: with {say_reading('decimal', other)} it is {whole}"
    return ""


def say_negative(texts: pa.StringArray, style: str) -> str:
    """Say that numbers in parentheses were read as negative, if there are any."""
    import pyarrow.compute as pc

    inside = texts.filter(pc.match_substring_regex(texts, _IN_PARENTHESES))
    if not len(inside):
        return ""
    value = parse_numbers(inside.slice(0, 1), style)[0]
    return f"{inside[0].as_py()!r} read as {value:g}" if value < 0 else ""


def look_like_numbers(texts: pa.StringArray) -> bool:
    """Whether nearly all texts are numbers in some convention, with a currency or one of a few units.

    Parameters
    ----------
    texts : pyarrow.StringArray of shape (n_values,)
    """
    import pyarrow.compute as pc

    digits = r"(?:\d{1,3}(?:[.,' \x{a0}\x{202f}]\d{3})+|\d+)(?:[.,]\d+)?"
    mark = rf"(?:{_unit_pattern(*_UNITS)})"
    front = rf"(?:US|CA|AU)?{mark}?\(?{_BLANK}?[+\x{{2212}}\x{{2013}}-]?{_BLANK}?{mark}?{_BLANK}?{_SIGN}?"
    pattern = rf"^{front}{digits}(?:{_BLANK}?(?P<unit>{mark}|\pL{{0,4}})\.?|-)\)?$"
    units = pc.struct_field(pc.extract_regex(texts, pattern), "unit")
    if len(texts) == 0 or 1 - units.null_count / len(texts) < _MIN_SHARE_ALIKE:
        return False
    return len(pc.unique(units.drop_null())) <= _MAX_UNITS


def _is_possible(style: str, form: _Style, known: Conventions) -> bool:
    """Whether a style agrees with what the user said."""
    if known.is_decimal_told and known.decimal != form.decimal:
        return False
    if known.is_decimal_told and style == EITHER_STYLE:
        return False
    return not known.thousands or known.thousands in form.grouping


def _prefer(equals: list[str], texts: pa.StringArray, known: Conventions) -> str:
    """Of styles that fit equally well, the one that is meant."""
    for sign, grouped, fraction in ((".", EUROPEAN_STYLE, PLAIN_STYLE), (",", GROUPED_STYLE, EUROPEAN_STYLE)):
        if {grouped, fraction} <= set(equals) and _are_threes(texts, sign):
            if not known.is_certain and _group_thousands(texts, sign):
                return grouped
            decimal = known.decimal or "."
            return grouped if sign != decimal else fraction
    return equals[0]


def _are_threes(texts: pa.StringArray, sign: str) -> bool:
    """Whether a sign stands in some numbers, and before three digits in all of them, once in each."""
    import pyarrow.compute as pc

    has_sign = texts.filter(pc.match_substring(texts, sign))
    return len(has_sign) > 0 and bool(
        pc.all(pc.match_substring_regex(has_sign, rf"^\D*[1-9]\d{{0,2}}\{sign}\d{{3}}\D*$")).as_py()
    )


def _group_thousands(texts: pa.StringArray, sign: str) -> bool:
    """Whether numbers without the sign are all below 1000, as where it groups thousands.

    A fraction that ends in zeros beside whole numbers without any would not be written.
    """
    import pyarrow.compute as pc

    has_sign = pc.match_substring(texts, sign)
    whole = texts.filter(pc.invert(has_sign))
    if len(whole) == 0 or not pc.all(pc.match_substring_regex(whole, r"^\D*\d{1,3}\D*$")).as_py():
        return False
    above_zero = pc.any(pc.match_substring_regex(whole, r"[1-9]")).as_py()
    return bool(above_zero or pc.any(pc.match_substring_regex(texts.filter(has_sign), r"0\D*$")).as_py())


def _has_both_signs(texts: pa.StringArray) -> bool:
    import pyarrow.compute as pc

    return all(pc.any(pc.match_substring(texts, sign)).as_py() for sign in ".,")


def _find_unit(texts: pa.StringArray) -> str:
    """Return the percent sign that every text has, or the only currency that some have; else nothing."""
    import pyarrow.compute as pc

    # Letters beside the unit make it a word.
    digits = r"(?:[^\pL]|[eE][+-]?\d)*"
    alone = rf"^{digits}(?P<unit>{_unit_pattern(*_UNITS)}){digits}$"
    found = pc.struct_field(pc.extract_regex(texts, alone), "unit")
    n_with = len(found) - found.null_count
    units = {unit.upper() for unit in pc.unique(found.drop_null()).to_pylist()}
    if len(units) != 1:
        return ""
    (unit,) = units
    return "" if unit == _PERCENT and n_with < len(texts) else unit


def _unit_pattern(*units: str) -> str:
    symbols = "|".join(rf"\x{{{ord(unit):x}}}" for unit in units if len(unit) == 1)
    codes = "|".join(unit for unit in units if len(unit) > 1)
    return "|".join(part for part in (symbols, rf"(?i:{codes})" if codes else "") if part)


def _full_pattern(pattern: str, unit: str) -> str:
    """The pattern of a whole text: a sign, and the unit in front or behind; in parentheses or not."""
    number = f"(?:{pattern})"
    if not unit:
        return rf"^(?:{_SIGN}?{number}|\({_BLANK}?{number}{_BLANK}?\))$"
    mark = f"(?:{_unit_pattern(unit)})"
    bare = rf"{mark}{_BLANK}?{number}|{number}{_BLANK}?{mark}"
    if unit != _PERCENT:
        bare += f"|{number}"
    return rf"^(?:{_SIGN}?(?:{bare})|{mark}{_BLANK}?{_SIGN}{number}|\({_BLANK}?(?:{bare}){_BLANK}?\))$"


def _join_unit(style: str, unit: str) -> str:
    if len(unit) > 1:
        return f"{style} {unit}"
    return f"{style}{unit}" if unit == _PERCENT else f"{unit}{style}"


def _split_unit(style: str) -> tuple[str, str]:
    unit = next((unit for unit in _UNITS if unit in style), "")
    return unit, style.replace(unit, "").strip() if unit else style


def _ungroup(texts: pa.StringArray, signs: str) -> pa.StringArray:
    """The texts without the signs that group their digits."""
    import pyarrow.compute as pc

    for sign in signs:
        texts = pc.replace_substring(texts, sign, "")
    return texts


def _share_matching(texts: pa.StringArray, pattern: str) -> float:
    import pyarrow.compute as pc

    return float(pc.mean(pc.match_substring_regex(texts, pattern)).as_py())


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

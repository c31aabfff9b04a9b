"""Numbers in sentences; columns of numbers, which share their decimals, are `tabkit.reporting`'s."""

from __future__ import annotations

import math

_MIN_DIGITS, _MAX_DIGITS = 4, 17


def write_figure(value: float | None) -> str:
    """Write four significant digits, without an exponent where that reads well.

    Examples
    --------
    >>> write_figure(0.91234), write_figure(45123.4), write_figure(0.00001234), write_figure(None)
    ('0.9123', '45,123', '1.2e-05', '-')
    """
    if value is None:
        return "-"
    if value != 0 and abs(value) < 1e-4:
        return f"{value:.1e}"
    if abs(value) >= 1e9:
        return f"{value:.3e}"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def write_range(interval: tuple[float, float]) -> str:
    """Write the ends of an interval, with as many decimals each: four digits of the greater one.

    Examples
    --------
    >>> write_range((0.91, 0.93)), write_range((519.23, 547.0)), write_range((-0.0026231, 0.040434))
    ('0.91 to 0.93', '519.2 to 547.0', '-0.00262 to 0.04043')
    """
    greatest = max(abs(end) for end in interval)
    if not 1e-4 <= greatest < 1e9:
        return f"{write_figure(interval[0])} to {write_figure(interval[1])}"
    decimals = max(0, _MIN_DIGITS - 1 - math.floor(math.log10(greatest)))
    low, high = (f"{end:,.{decimals}f}" for end in interval)
    while "." in low and low[-1] in "0." and high[-1] == low[-1]:
        low, high = low[:-1], high[:-1]
    return f"{low} to {high}"


def write_apart(first: float, second: float) -> tuple[str, str]:
    """Write two numbers with as many digits as it takes to see that they differ.

    Examples
    --------
    >>> write_apart(0.79999612, 0.8), write_apart(41234.5, 3.0)
    (('0.799996', '0.8'), ('41,234', '3'))
    """
    texts = write_figure(first), write_figure(second)
    digits = _MIN_DIGITS
    while texts[0] == texts[1] and first != second and digits < _MAX_DIGITS:
        digits += 1
        texts = f"{first:.{digits}g}", f"{second:.{digits}g}"
    return texts

"""Numbers in sentences; columns of numbers, which share their decimals, are `tabkit.reporting`'s."""

from __future__ import annotations

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
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def write_range(interval: tuple[float, float]) -> str:
    """Write the ends of an interval.

    Examples
    --------
    >>> write_range((0.91, 0.93))
    '0.91 to 0.93'
    """
    return f"{write_figure(interval[0])} to {write_figure(interval[1])}"


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

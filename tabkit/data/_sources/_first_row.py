"""Whether the first row of a table holds names or values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from tabkit._core._parameters import say_reading

# Enough to know whether the first field of a column comes again below.
_N_LOOKED_AT = 1000
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
_MIN_SHARE = 0.5


def say_first_row(first: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Say that names look like values, where they do.

    They do when in more than half of the columns the name is a number above numbers, or is one of the values
    below it. Whole numbers that count on (0, 1, 2 or 2019, 2020) are names as often as not.

    Parameters
    ----------
    first : sequence of str
        The names.
    rows : sequence of sequence of str

    Returns
    -------
    note : str
        Empty where they look like names.

    Examples
    --------
    >>> say_first_row(["5.1", "setosa"], [["4.9", "setosa"], ["7.0", "virginica"]])[:44]
    "the first row looks like values ('5.1', 'set"
    >>> say_first_row(["width", "kind"], [["4.9", "setosa"]])
    ''
    """
    columns = list(zip(*(row for row in rows[:_N_LOOKED_AT] if len(row) == len(first)), strict=True))
    if not columns or _count_on(first):
        return ""
    alike = [
        name
        for name, column in zip(first, columns, strict=True)
        if name.strip() and (name in column or _is_number_above_numbers(name, column))
    ]
    if len(alike) <= _MIN_SHARE * len(first):
        return ""
    shown = ", ".join(repr(name) for name in alike[:3]) + (", ..." if len(alike) > 3 else "")
    told = say_reading("header", False)
    return f"the first row looks like values ({shown}), and is read as names: {told} where it holds none"


def _is_number_above_numbers(name: str, column: Sequence[str]) -> bool:
    filled = [value.strip() for value in column if value.strip()]
    return bool(_NUMBER.fullmatch(name.strip())) and any(map(_NUMBER.fullmatch, filled))


def _count_on(names: Sequence[str]) -> bool:
    """Whether the names that are numbers are years, or whole ones, each one more than that before it."""
    numbers = [int(name) for name in names if name.strip().isdecimal()]
    if numbers and all(1900 <= number <= 2100 for number in numbers):
        return True
    n_written = sum(bool(_NUMBER.fullmatch(name.strip())) for name in names)
    if len(numbers) < 2 or len(numbers) < n_written:
        return False
    return all(later - earlier == 1 for earlier, later in pairwise(numbers))

"""Values and counts as people write them, for every message."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice


def say_value(value: object, width: int = 30) -> str:
    """Write a value, text in quotes, cut to a width.

    Examples
    --------
    >>> import numpy as np
    >>> say_value(np.int64(2)), say_value(np.str_("no")), say_value(np.datetime64("2024-01-01"))
    ('2', "'no'", '2024-01-01')
    """
    text = repr(str(value)) if isinstance(value, str) else str(value)
    return text if len(text) <= width else f"{text[: width - 3]}..."


def say_values(values: Collection[object], limit: int = 10) -> str:
    """Write values one after the other, and how many are left out.

    Examples
    --------
    >>> say_values(["a", 1]), say_values(range(12), limit=2)
    ("'a', 1", '0, 1 and 10 more')
    """
    said = ", ".join(say_value(value) for value in islice(values, limit))
    return said if len(values) <= limit else f"{said} and {len(values) - limit} more"


def say_count(n: int, noun: str, plural: str = "") -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> say_count(1, "row"), say_count(1204, "row"), say_count(2, "class", "classes")
    ('1 row', '1,204 rows', '2 classes')
    """
    return f"{n:,} {agree(n, noun, plural or noun + 's')}"


def agree(n: int, one: str, several: str) -> str:
    """Choose the form of a word for a count.

    Examples
    --------
    >>> agree(1, "has", "have"), agree(0, "has", "have")
    ('has', 'have')
    """
    return one if n == 1 else several

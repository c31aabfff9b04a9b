"""Columns that say the same: in other words, in another unit, or rounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tabkit.leakage._encoded import category_codes

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_ORDERED = ("numeric", "date")
# Two columns of which most values come once are one-to-one whatever they say.
_MOST_LEVELS = 0.5
_SAME_ORDER = 0.9999
# Of more columns, the correlations of all pairs take too long: only equal orders are found.
_MOST_CORRELATED = 200


def find_copies(frame: pd.DataFrame, kinds: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Find which columns say the same.

    Two columns do where each value of the one goes with one value of the other, or where numbers or dates
    have the same order, up to rounding.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
    kinds : mapping of str to str

    Returns
    -------
    copies : dict of str to tuple of str
        Each column with those that say the same, itself among them, in the order of the frame.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"shop": list("abab"), "city": list("xyxy"), "size": [1.0, 2.5, 2.0, 4.0]})
    >>> find_copies(frame, {"shop": "category", "city": "category", "size": "numeric"})
    {'shop': ('shop', 'city'), 'city': ('shop', 'city'), 'size': ('size',)}
    """
    leaders: dict[str, str] = {}
    seen: dict[tuple[str, bytes], str] = {}
    for name, values in frame.items():
        column = str(name)
        same = [seen[key] for key in _keys(values, kinds.get(column, "")) if key in seen]
        leaders[column] = same[0] if same else column
        seen |= dict.fromkeys(_keys(values, kinds.get(column, "")), leaders[column])
    ordered = [name for name in leaders if kinds.get(name) in _ORDERED and leaders[name] == name]
    for first, second in _find_same_order(frame, ordered):
        leaders = {name: leaders[first] if to == leaders[second] else to for name, to in leaders.items()}
    members: dict[str, list[str]] = {}
    for name, leader in leaders.items():
        members.setdefault(leader, []).append(name)
    return {name: tuple(members[leader]) for name, leader in leaders.items()}


def say_columns(names: Sequence[str], noun: str = "Column") -> str:
    """Name a column, and its copies; ``noun`` is the first word.

    Examples
    --------
    >>> say_columns(["fee"]), say_columns(["fee", "fee in euros"])
    ("Column 'fee'", "Column 'fee' (as its copy 'fee in euros')")
    """
    if len(names) == 1:
        return f"{noun} {names[0]!r}"
    copies = ", ".join(repr(name) for name in names[1:4])
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return f"{noun} {names[0]!r} (as its {'copies' if len(names) > 2 else 'copy'} {copies}{more})"


def as_ordered_numbers(values: pd.Series) -> np.ndarray:
    """Dates or numbers, as text too, as float64, NaN where missing; only their order means anything."""
    import numpy as np
    import pandas as pd

    if values.dtype == object:
        numbers = pd.to_numeric(values, errors="coerce")
        if numbers.notna().any():
            return numbers.to_numpy(dtype=np.float64, na_value=np.nan)
        values = pd.to_datetime(values, errors="coerce", utc=True, format="mixed")
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        moments = values.astype("int64").to_numpy().astype(np.float64)
        return np.where(values.isna().to_numpy(), np.nan, moments)
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def _keys(values: pd.Series, kind: str) -> list[tuple[str, bytes]]:
    """What is equal in columns that say the same: numbered values, and places in the order."""
    import numpy as np
    import pandas as pd

    codes = category_codes(values).astype(np.int64)
    keys = []
    if codes.max(initial=-1) + 1 <= _MOST_LEVELS * len(codes):
        keys.append(("codes", codes.tobytes()))
    if kind in _ORDERED:
        ranks = pd.Series(as_ordered_numbers(values)).rank(method="dense").fillna(0).to_numpy(np.int64)
        keys.append(("order", ranks.tobytes()))
        keys.append(("order", np.where(ranks > 0, ranks.max(initial=0) + 1 - ranks, 0).tobytes()))
    return keys


def _find_same_order(frame: pd.DataFrame, names: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of numbers or dates with nearly the same order, missing in the same rows."""
    import numpy as np
    import pandas as pd

    if not 2 <= len(names) <= _MOST_CORRELATED:
        return []
    numbers = pd.DataFrame({name: as_ordered_numbers(frame[name]) for name in names})
    correlation = np.abs(numbers.rank().corr().to_numpy())
    missing = numbers.isna().to_numpy()
    found = []
    for first, second in np.argwhere(np.triu(np.nan_to_num(correlation) >= _SAME_ORDER, 1)):
        if (missing[:, first] == missing[:, second]).all():
            found.append((names[first], names[second]))
    return found

"""What was found out about a column."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tabkit._core import InputError
from tabkit._core._wording import say_count, say_value
from tabkit.data._names import is_named_like_identifier
from tabkit.data._task import ColumnKind

# The wording of counts and values lies lower, for every floor.
__all__ = [
    "Findings",
    "examine_name",
    "join_notes",
    "refuse_infinite",
    "say_count",
    "say_unique",
    "say_value",
    "settle",
]

# Named like an identifier and this nearly unique: an identifier. When this many values repeat
# instead, it may be the group that rows belong to.
_MIN_UNIQUE_WHEN_NAMED = 0.95
_MIN_REPEATED_IDENTIFIERS = 20


@dataclass(frozen=True)
class Findings:
    """What was found out about a column.

    Attributes
    ----------
    kind : {"numeric", "category", "date", "text", "identifier", "constant"}
    note : str
        What the user should know, or empty.
    n_missing, n_unique : int
        Rows without a value and distinct values, once the column is read as this kind.
    written_as : str
        How numbers or dates are written, when they are written as text; else empty.
    n_infinite : int
        Numbers that are infinite, or too large for float64.
    is_order_open : bool
        Whether day and month of its dates could be the other way round, as far as the column tells.
    """

    kind: ColumnKind
    note: str
    n_missing: int
    n_unique: int
    written_as: str = ""
    n_infinite: int = 0
    is_order_open: bool = False


def settle(kind: ColumnKind, n_rows: int, n_missing: int, n_unique: int, note: str = "") -> Findings:
    """Put findings together, and see to the columns that say nothing or next to nothing."""
    if n_unique == 0:
        kind, note = "constant", "has no values"
    elif n_unique == 1 and n_missing == 0:
        kind, note = "constant", "has one value only"
    elif n_unique == 1:
        kind, note = "category", f"one value, in {n_rows - n_missing:,} of {n_rows:,} rows"
    return Findings(kind, note, int(n_missing), int(n_unique))


def examine_name(findings: Findings, name: str, n_present: int) -> Findings:
    """Let the name decide about whole numbers and codes: an identifier when nearly unique."""
    if findings.n_unique < 2 or not is_named_like_identifier(name):
        return findings
    share = findings.n_unique / n_present
    if share >= _MIN_UNIQUE_WHEN_NAMED:
        return replace(findings, kind="identifier", note=f"named like an identifier, {say_unique(share)}")
    if findings.n_unique >= _MIN_REPEATED_IDENTIFIERS:
        note = "named like an identifier, but its values repeat: are they groups that rows belong to?"
        return replace(findings, note=join_notes(findings.note, note))
    return findings


def refuse_infinite(what: str, findings: Findings, cure: str) -> None:
    """Raise `InputError` when a column has infinite values."""
    if findings.n_infinite:
        count = say_count(findings.n_infinite, "infinite value")
        raise InputError(f"{what} has {count}: put numbers or nothing in their place, or {cure}")


def join_notes(*notes: str) -> str:
    """Join the notes that are not empty."""
    return "; ".join(note for note in notes if note)


def say_unique(share: float) -> str:
    """Say how many of the values are distinct, never rounding up to all of them."""
    return "different in every row" if share == 1 else f"{int(share * 1000) / 10:g} % of its values distinct"

"""What is known of a value of a script without running it: where its rows come from, and who saw them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

# Which side of a split rows are on; BOTH where the two were put together again.
TRAIN, TEST, BOTH = "train", "test", "both"


@dataclass(frozen=True)
class Taint:
    """That something was learned from rows, and is now part of a value.

    Attributes
    ----------
    kind : {"learned", "selected", "encoded", "resampled"}
    name : str
        Of what has learned it.
    line : int
        Where it was fitted.
    fitted_on : Rows
    """

    kind: str
    name: str
    line: int
    fitted_on: Rows


@dataclass(frozen=True)
class Rows:
    """Rows of a table, or what was computed from them row by row.

    Attributes
    ----------
    roots : frozenset of str
        Where they were read.
    sides : frozenset of (int, str)
        Of each split that they went through, by its line: the side.
    taints : frozenset of Taint
    """

    roots: frozenset[str] = frozenset()
    sides: frozenset[tuple[int, str]] = frozenset()
    taints: frozenset[Taint] = frozenset()

    def side_of(self, split: int) -> str:
        """The side of a split: "" for rows of before it."""
        found = {side for line, side in self.sides if line == split}
        return next(iter(found)) if len(found) == 1 else BOTH if found else ""

    def on_side(self, split: int, side: str) -> Rows:
        """The rows on one side of a split."""
        kept = {entry for entry in self.sides if entry[0] != split}
        return Rows(self.roots, frozenset({*kept, (split, side)}), self.taints)

    def with_taint(self, taint: Taint) -> Rows:
        """The rows once something that was learned is part of them."""
        return Rows(self.roots, self.sides, self.taints | {taint})

    @property
    def plain(self) -> Rows:
        """The same rows, whoever saw them."""
        return Rows(self.roots, self.sides)


@dataclass(frozen=True)
class Place:
    """Positions of rows on one side of a split."""

    split: int
    side: str


@dataclass(frozen=True)
class Several:
    """Values that come together, to be unpacked."""

    values: tuple[Value, ...]


@dataclass
class Estimator:
    """Something with ``fit``.

    Attributes
    ----------
    name : str
        Of its class.
    parts : frozenset of str
        Names of all classes within: its own, and those of a pipeline's steps.
    is_stopping : bool
        Whether its fit is stopped by rows that it is judged on.
    fitted_on : Rows or None
    line : int
        Where it was fitted.
    """

    name: str
    parts: frozenset[str] = frozenset()
    is_stopping: bool = False
    fitted_on: Rows | None = None
    line: int = 0
    stopped_on: list[tuple[int, Rows]] = field(default_factory=list)


Value = Rows | Place | Several | Estimator | None


def unite(values: Iterable[Value]) -> Rows | None:
    """Rows of several values together; None where none has rows."""
    rows = [value for value in _flatten(values) if isinstance(value, Rows)]
    if not rows:
        return None
    sides = {split for part in rows for split, _ in part.sides}
    return Rows(
        frozenset().union(*(part.roots for part in rows)),
        frozenset((split, _common_side(rows, split)) for split in sides),
        frozenset().union(*(part.taints for part in rows)),
    )


def _flatten(values: Iterable[Value]) -> list[Value]:
    flat: list[Value] = []
    for value in values:
        flat += _flatten(value.values) if isinstance(value, Several) else [value]
    return flat


def _common_side(rows: list[Rows], split: int) -> str:
    found = {part.side_of(split) for part in rows} - {""}
    return next(iter(found)) if len(found) == 1 else BOTH

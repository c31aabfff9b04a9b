"""What happens to rows in a script, in the order of its lines."""

from __future__ import annotations

from dataclasses import dataclass, field

from tabkit.leakage._code._values import Estimator, Rows, Taint


@dataclass(frozen=True)
class Event:
    """One thing that happens to rows.

    Attributes
    ----------
    kind : {"split", "cross-validation", "fit", "transform", "predict"}
    line : int
    rows : Rows
    estimator : Estimator or None
        That is fitted, or was.
    taint : Taint or None
        What a transform makes part of the rows.
    fitted_on : Rows or None
        What the estimator had been fitted on.
    fitted_line : int
        Where.
    """

    kind: str
    line: int
    rows: Rows
    estimator: Estimator | None = None
    taint: Taint | None = None
    fitted_on: Rows | None = None
    fitted_line: int = 0
    stopped_on: tuple[tuple[int, Rows], ...] = ()


@dataclass
class Context:
    """What holds in all scopes of a script.

    Attributes
    ----------
    aliases : dict of str to str
        Names under which something was imported.
    defined : frozenset of str
        Classes and functions of the script itself: what they do is not known.
    targets : frozenset of str
        Columns that were taken out as the target.
    events : list of Event
    splits : dict of int to frozenset of str
        Roots of the rows of each split.
    folds : set of int
        Splits that come one after the other, over all rows.
    cuts : dict
        Rows cut in two by slices: a number, and the sides that were seen.
    """

    aliases: dict[str, str]
    defined: frozenset[str]
    targets: frozenset[str]
    events: list[Event] = field(default_factory=list)
    splits: dict[int, frozenset[str]] = field(default_factory=dict)
    folds: set[int] = field(default_factory=set)
    cuts: dict[str, tuple[int, set[str]]] = field(default_factory=dict)

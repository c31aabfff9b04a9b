"""The columns with a role of their own: target, time, group, weight and fold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from tabkit._core import InputError
from tabkit.data._clean import clean_column
from tabkit.data._findings import Findings, join_notes, refuse_infinite, say_count, say_value
from tabkit.data._kinds import examine_column, say_rounded
from tabkit.data._names import find_column
from tabkit.data._numbers import are_whole, as_nullable, holds_numbers
from tabkit.data._reading_options import NOTHING_KNOWN, Conventions

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Roles:
    """Which columns are no plain features.

    Attributes
    ----------
    columns : dict of str to str
        The column of each role: "target" always, "time", "group", "weight" and "fold" as given.
    dropped : frozenset of str
    """

    columns: dict[str, str]
    dropped: frozenset[str]

    @property
    def target(self) -> str:
        """The column to predict."""
        return self.columns["target"]

    def role_of(self, column: str) -> str:
        """Role of any column: one of `columns`, "dropped" or "feature"."""
        for role, name in self.columns.items():
            if name == column:
                return role
        return "dropped" if column in self.dropped else "feature"


def settle_roles(frame: pd.DataFrame, given: dict[str, str | None], drop: Iterable[str]) -> Roles:
    """Find the column of each role.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
    given : dict of str to str or None
        The name that was given for each role.
    drop : iterable of str

    Returns
    -------
    roles : Roles

    Raises
    ------
    InputError
        If a column is not there, or has two roles.
    """
    columns = {role: find_column(frame, name) for role, name in given.items() if name is not None}
    dropped = frozenset(find_column(frame, column) for column in drop)
    for (first, column), (second, other) in combinations(columns.items(), 2):
        if column == other:
            raise InputError(f"column {column!r} cannot be both the {first} and the {second}")
    if columns["target"] in dropped:
        raise InputError(f"column {columns['target']!r} cannot be both the target and dropped")
    return Roles(columns, dropped)


def read_target(series: pd.Series, conventions: Conventions = NOTHING_KNOWN) -> tuple[pd.Series, Findings]:
    """Read the column to predict: numbers as numbers, labels trimmed; NaN where missing."""
    name = str(series.name)
    findings = examine_column(series, conventions)
    refuse_infinite(f"the target {name!r}", findings, "remove these rows")
    if findings.n_unique == 0:
        raise InputError(f"the target {name!r} has no values")
    if findings.n_unique == 1:
        raise InputError(f"the target {name!r} has one value only: there is nothing to predict")
    if findings.kind == "date":
        raise InputError(f"the target {name!r} holds dates: choose a column of numbers or labels")
    is_numeric = findings.kind == "numeric" or holds_numbers(series) or bool(findings.written_as)
    if not is_numeric:
        target, note = read_labels(series)
        return target, replace(findings, kind="category", n_unique=int(target.nunique()), note=note)
    note = findings.note.replace(say_rounded(), "") if findings.kind == "numeric" else ""
    return _read_exactly(series, findings.written_as), replace(findings, kind="numeric", note=note)


def read_labels(series: pd.Series) -> tuple[pd.Series, str]:
    """Read labels, trimmed, with a note on that and on those that differ by case only."""
    labels = clean_column(series, "category")
    written = [label for label in labels.unique() if isinstance(label, str)]
    stripped = {label: label.strip() or None for label in written if label != label.strip()}
    notes = []
    if stripped:
        shown = [(say_value(label), say_value(plain)) for label, plain in stripped.items() if plain][:3]
        said = ", ".join(f"{label} as {plain}" for label, plain in shown)
        more = ", ..." if len(stripped) > 3 else ""
        notes.append(
            f"white space around labels left out: {said}{more}" if said else "blank labels are missing"
        )
        labels = labels.map(lambda label: stripped.get(label, label) if isinstance(label, str) else label)
    plain_labels = sorted({label.strip() for label in written})
    alike = Counter(label.casefold() for label in plain_labels)
    doubled = [label for label in plain_labels if alike[label.casefold()] > 1]
    if doubled:
        named = " and ".join(map(say_value, doubled[:2]))
        notes.append(f"labels such as {named} differ by case only, and are classes of their own")
    return labels, join_notes(*notes)


def _read_exactly(series: pd.Series, written_as: str) -> pd.Series:
    """Read numbers with every digit: whole ones beside missing values stay Int64."""
    from pandas.api import types

    if types.is_integer_dtype(series.dtype) and series.hasnans:
        return as_nullable(series)
    if series.dtype == "uint64":
        return series
    return clean_column(series, "numeric", written_as=written_as)


def settle_dtype(values: pd.Series) -> pd.Series:
    """Give a target or groups without missing values the plainest dtype.

    That is int64 also where missing values had made floats of whole numbers, and text where
    there are values of several types, which have no order.
    """
    import numpy as np
    import pandas as pd

    if pd.api.types.is_integer_dtype(values.dtype):
        numbers = values.to_numpy()
        return pd.Series(numbers, index=values.index, name=values.name)
    if values.dtype == np.float64 and are_whole(values.to_numpy()):
        return values.astype(np.int64)
    if values.dtype != object:
        return values
    plain = values.infer_objects()
    if plain.dtype == object and not all(isinstance(label, str) for label in plain.unique()):
        return plain.map(str)
    return plain


def read_times(series: pd.Series, conventions: Conventions = NOTHING_KNOWN) -> tuple[pd.Series, Findings]:
    """Read the column that orders the rows as datetime64[ns] or numbers; missing where there is none."""
    name = str(series.name)
    findings = examine_column(series, conventions)
    refuse_infinite(f"the time column {name!r}", findings, "remove these rows")
    if findings.kind == "constant":
        raise InputError(f"the time column {name!r} {findings.note}")
    if findings.kind == "date":
        return clean_column(series, "date", written_as=findings.written_as), findings
    if findings.kind != "numeric" and not (holds_numbers(series) or findings.written_as):
        raise InputError(
            f"the time column {name!r} holds neither dates nor numbers, such as {_example(series)!r}"
        )
    times = _read_exactly(series, findings.written_as)
    note = findings.note.replace(say_rounded(), "") if findings.kind == "numeric" else ""
    return times, replace(findings, kind="numeric", note=note)


def read_groups(series: pd.Series, conventions: Conventions = NOTHING_KNOWN) -> tuple[pd.Series, Findings]:
    """Read the column that says which rows belong together; NaN where missing."""
    name = str(series.name)
    findings = examine_column(series, conventions)
    if findings.n_unique < 2:
        raise InputError(f"the group column {name!r} {findings.note or 'has one value only'}")
    return clean_column(series, "category"), replace(findings, note="")


def read_weights(series: pd.Series, conventions: Conventions = NOTHING_KNOWN) -> tuple[pd.Series, Findings]:
    """Read the column that says how much each row counts, as float64; none may be missing."""
    import numpy as np

    name = str(series.name)
    findings = examine_column(series, conventions)
    weights = clean_column(series, "numeric", written_as=findings.written_as).astype(np.float64)
    n_missing = int(weights.isna().sum())
    if n_missing:
        is_number = "" if findings.kind in ("numeric", "constant") else f", such as {_example(series)!r}"
        raise InputError(
            f"the weight column {name!r} has no number in {say_count(n_missing, 'row')}{is_number}: "
            "fill them in, or remove these rows"
        )
    n_negative = int((weights < 0).sum())
    if n_negative:
        raise InputError(f"the weight column {name!r} is negative in {say_count(n_negative, 'row')}")
    if not weights.any():
        raise InputError(f"the weight column {name!r} is zero in every row")
    return weights, replace(findings, kind="numeric", note="")


def read_fold_labels(
    series: pd.Series, conventions: Conventions = NOTHING_KNOWN
) -> tuple[pd.Series, Findings]:
    """Read the column that says in which fold each row is tested; NaN where it never is."""
    findings = examine_column(series, conventions)
    if findings.n_unique < 2:
        raise InputError(f"the fold column {str(series.name)!r} {findings.note or 'has one value only'}")
    return clean_column(series, "category"), replace(findings, note="")


def _example(series: pd.Series) -> str:
    return str(series.dropna().iloc[0])[:40]

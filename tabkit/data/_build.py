"""A table with its roles settled, from a file or a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tabkit._core import InputError
from tabkit._core._parameters import say_parameter
from tabkit.data._clean import clean_column, find_style
from tabkit.data._day_order import settle_day_order
from tabkit.data._findings import Findings, join_notes, refuse_infinite, say_count
from tabkit.data._given_kinds import check_kinds, impose_kind
from tabkit.data._kinds import examine_column
from tabkit.data._names import guess_target
from tabkit.data._reading_options import Conventions, ReadingOptions, as_reading_options
from tabkit.data._roles import (
    Roles,
    read_fold_labels,
    read_groups,
    read_target,
    read_times,
    read_weights,
    settle_dtype,
    settle_roles,
)
from tabkit.data._sources import Source, open_source
from tabkit.data._table import Column, Table
from tabkit.data._task import ColumnKind

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_SET_ASIDE = ("identifier", "constant")
_READERS = {
    "target": read_target,
    "time": read_times,
    "group": read_groups,
    "weight": read_weights,
    "fold": read_fold_labels,
}


def build_table(
    data: Any,
    *,
    query: str | None = None,
    target: Any = None,
    time: str | None = None,
    group: str | None = None,
    weight: str | None = None,
    fold: str | None = None,
    drop: Sequence[str] = (),
    kinds: Mapping[str, ColumnKind] | None = None,
    reading: ReadingOptions | Mapping[str, Any] | None = None,
    name: str | None = None,
) -> Table:
    """Settle the role and the kind of every column.

    Rows without a target, a time or a group are left out, with a note. Identifiers and
    constants are set aside, and the group is no feature. A time column that holds dates stays
    among the features, for the parts of the calendar in it (hour, weekday, month), unless
    ``drop`` names it too. One that only counts does not stay: to a model that learned from
    earlier rows, all its later values are new.

    Parameters
    ----------
    data : str, path-like, sequence of such, or table in memory of shape (n_rows, n_columns)
        Whatever `read_table` reads; a pandas frame, an Arrow table, a frame of a library that
        hands out Arrow data (polars, DuckDB), a 2-D array, or a sparse matrix. Column labels
        become strings, those of an array are ``x0``, ``x1`` and so on; the data itself is not
        changed.
    query : str, default=None
        Of a database, see `read_table`.
    target : str or array-like of shape (n_rows,), default=None
        The column to predict, or its values; when None, the one that a published set names,
        else see `guess_target`.
    time : str, default=None
        The column that orders the rows: dates or numbers.
    group : str, default=None
        The column that says which rows belong together.
    weight : str, default=None
        The column that says how much a row counts: numbers, none missing or negative.
    fold : str, default=None
        The column that says in which fold a row is tested; a row without one never is.
    drop : sequence of str, default=()
        Columns that are no features.
    kinds : mapping of str to kind, default=None
        Kinds of features that are known better than they are found: "numeric", "category",
        "date", "text" or "identifier".
    reading : ReadingOptions or mapping, default=None
        How the table is written, as far as you know it: ``{"decimal": ","}``; the rest is found.
    name : str, default=None
        Of the table; when None, that of the file, the folder or the set, or "table".

    Returns
    -------
    table : Table

    Raises
    ------
    InputError
        If the file cannot be read, a column is not there or has two roles, the target has no
        or one value, the time is no time, a weight is missing or negative, a value is infinite, a
        column cannot be of the kind given, or no feature is left.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"size": [1.5, 2.5, 3.5], "country": "Chad", "price": [10, None, 30]})
    >>> table = build_table(frame)
    >>> table.target.tolist(), list(table.frame)
    ([10, 30], ['size'])
    >>> table.notes
    ('1 row without a target left out', "set aside: 'country' (constant)")
    """
    options = as_reading_options(reading)
    source = open_source(data, query, options)
    conventions = source.conventions if source.conventions.decimal else Conventions.of(options)
    if target is None:
        target = source.target
    elif not isinstance(target, str):
        source, target = _attach_target(source, target)
    given = {
        "target": guess_target(source.frame) if target is None else target,
        "time": time,
        "group": group,
        "weight": weight,
        "fold": fold,
    }
    roles = settle_roles(source.frame, given, drop)
    check_kinds(source.frame, kinds or {}, roles)
    special, findings = _read_special(source.frame, roles, kinds or {}, conventions)
    frame, special, kept, row_notes = _keep_complete_rows(source.frame, special)
    if special["target"].nunique() < 2:
        raise InputError(
            f"the target {roles.target!r} has one value only in the {len(frame):,} rows that are left"
        )
    findings |= _examine_others(frame, findings, kinds or {}, conventions)
    _refuse_infinite_features(findings, roles)
    for column, settled in settle_day_order(frame, findings, conventions).items():
        findings[column] = settled
        if roles.columns.get("time") == column:
            special["time"] = clean_column(frame[column], "date", written_as=settled.written_as)
    columns = tuple(_describe(column, findings[column], roles, source) for column in frame.columns)
    features = [column.name for column in columns if _is_feature(column, roles)]
    if not features:
        raise InputError(f"no feature is left beside the target {roles.target!r}: {_say_roles(columns)}")
    return Table(
        name=name or source.name,
        frame=_clean_features(frame, findings, features),
        target=special["target"],
        groups=special.get("group"),
        times=special.get("time"),
        weights=special.get("weight"),
        fold_labels=special.get("fold"),
        columns=columns,
        notes=(*source.notes, *row_notes, *_say_set_aside(columns), *_say_told(options, columns)),
        source_rows=kept,
        set_aside=_take_set_aside(frame, columns, features),
        na_values=options.na_values,
    )


def _attach_target(source: Source, target: Any) -> tuple[Source, str]:
    """Put the values to predict beside the columns, under a name that is free."""
    import numpy as np
    import pandas as pd

    if np.ndim(target) != 1 or len(target) != len(source.frame):
        raise InputError(
            f"target: expected the name of a column, or one value for each of the {len(source.frame):,} rows"
        )
    name = str(getattr(target, "name", None) or "target")
    while name in source.frame:
        name += "_"
    values = target.to_pandas() if hasattr(target, "to_pandas") else target
    column = pd.Series(values).reset_index(drop=True)
    return replace(source, frame=source.frame.assign(**{name: column})), name


def _read_special(
    frame: pd.DataFrame, roles: Roles, kinds: Mapping[str, ColumnKind], conventions: Conventions
) -> tuple[dict[str, pd.Series], dict[str, Findings]]:
    """Read the columns with a role as copies, NaN where missing, with the findings on them."""
    special, findings = {}, {}
    for role, column in roles.columns.items():
        values = frame[column].copy()
        if kinds.get(column) == "numeric":
            impose_kind(values, examine_column(values, conventions), "numeric", conventions)
            values = clean_column(values, "numeric", written_as=find_style(values, "numeric"))
        special[role], findings[column] = _READERS[role](values, conventions)
    return special, findings


def _examine_others(
    frame: pd.DataFrame,
    known: Mapping[str, Findings],
    kinds: Mapping[str, ColumnKind],
    conventions: Conventions,
) -> dict[str, Findings]:
    """Findings on the columns without a role of their own, of the kind that was given where one was."""
    findings = {}
    for column in frame.columns:
        if column not in known:
            found = examine_column(frame[column], conventions)
            if column in kinds:
                found = impose_kind(frame[column], found, kinds[column], conventions)
            findings[column] = found
    return findings


def _refuse_infinite_features(findings: Mapping[str, Findings], roles: Roles) -> None:
    for column, found in findings.items():
        if roles.role_of(column) == "feature":
            refuse_infinite(f"column {column!r}", found, "drop the column")


def _keep_complete_rows(
    frame: pd.DataFrame, special: dict[str, pd.Series]
) -> tuple[pd.DataFrame, dict[str, pd.Series], np.ndarray | None, tuple[str, ...]]:
    """Leave out the rows without target, time or group, and say which are left and how many went.

    A row without a fold is never tested, and stays.
    """
    import numpy as np

    keep = np.ones(len(frame), dtype=bool)
    notes = []
    for role, values in special.items():
        if role == "fold":
            continue
        lacks = keep & values.isna().to_numpy()
        keep &= ~lacks
        if lacks.any():
            notes.append(f"{say_count(int(lacks.sum()), 'row')} without a {role} left out")
    if not keep.all():
        frame = frame[keep].reset_index(drop=True)
        special = {role: values[keep].reset_index(drop=True) for role, values in special.items()}
    for role in special.keys() & {"target", "group", "time"}:
        special[role] = settle_dtype(special[role])
    return frame, special, None if keep.all() else np.flatnonzero(keep), tuple(notes)


def _describe(name: str, findings: Findings, roles: Roles, source: Source) -> Column:
    role = roles.role_of(name)
    if role == "feature" and findings.kind in _SET_ASIDE:
        role = "set aside"
    note = join_notes(source.column_notes.get(name, ""), findings.note)
    written_as = findings.written_as or source.written_as.get(name, "")
    return Column(name, findings.kind, role, findings.n_missing, findings.n_unique, note, written_as)


def _is_feature(column: Column, roles: Roles) -> bool:
    is_calendar = column.role == "time" and column.kind == "date" and column.name not in roles.dropped
    return column.role == "feature" or is_calendar


def _clean_features(
    frame: pd.DataFrame, findings: Mapping[str, Findings], features: Sequence[str]
) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            name: clean_column(frame[name], findings[name].kind, written_as=findings[name].written_as)
            for name in features
        }
    )


def _take_set_aside(
    frame: pd.DataFrame, columns: Sequence[Column], features: Sequence[str]
) -> pd.DataFrame | None:
    names = [column.name for column in columns if column.role in ("set aside", "dropped")]
    names = [name for name in names if name not in features]
    return frame[names] if names else None


def _say_set_aside(columns: Sequence[Column]) -> tuple[str, ...]:
    named = [f"{column.name!r} ({column.kind})" for column in columns if column.role == "set aside"]
    return (f"set aside: {', '.join(named)}",) if named else ()


def _say_told(options: ReadingOptions, columns: Sequence[Column]) -> tuple[str, ...]:
    """Say that no column has the format that was told, which is a mistake more often than not."""
    told = options.date_format
    if not told or any(column.written_as == told for column in columns):
        return ()
    return (f"no column holds dates written as {told!r} ({say_parameter('date_format')})",)


def _say_roles(columns: Sequence[Column]) -> str:
    """Say what became of the columns that are no features."""
    others = [
        f"{column.name!r} is {column.kind if column.role == 'set aside' else column.role}"
        for column in columns
        if column.role != "target"
    ]
    more = ", ..." if len(others) > 5 else ""
    return ", ".join(others[:5]) + more if others else "the table has no other column"

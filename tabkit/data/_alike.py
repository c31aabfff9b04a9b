"""A later table, read as the one that models learn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tabkit._core import InputError
from tabkit.data._clean import clean_column
from tabkit.data._dates import ISO_FORMAT
from tabkit.data._findings import say_count, say_value
from tabkit.data._number_styles import PLAIN_STYLE
from tabkit.data._reading_options import ReadingOptions, as_reading_options
from tabkit.data._roles import read_labels, read_weights, settle_dtype
from tabkit.data._sources import Source, open_source
from tabkit.data._table import Column, Table
from tabkit.data._task import ColumnKind, Task

if TYPE_CHECKING:
    import pandas as pd

# With more, the column is written otherwise rather than dirty.
_MAX_SHARE_LOST = 0.5


def read_alike(
    data: Any,
    table: Table,
    task: Task,
    *,
    query: str | None = None,
    reading: ReadingOptions | Mapping[str, Any] | None = None,
) -> Table:
    """Read rows for a last score: the same columns, of the same kinds, written the same way.

    Parameters
    ----------
    data : str, path-like, sequence of such, or table in memory
        As for `build_table`; columns that the other table set aside may be missing.
    table : Table
        What models learn from.
    task : Task
    query : str, default=None
        Of a database, see `read_table`.
    reading : ReadingOptions or mapping, default=None
        How the data is written, see `read_table`.

    Returns
    -------
    later : Table
        Without the rows that lack a target.

    Raises
    ------
    InputError
        If a column is missing, a label is none of the classes, a number of the target is none,
        a weight is missing or negative, or no row has a target.

    Examples
    --------
    >>> import pandas as pd
    >>> from tabkit.data import build_table, infer_task
    >>> table = build_table(pd.DataFrame({"size": ["1,5", "2,5", "4,25"], "y": ["a", "b", "a"]}))
    >>> later = read_alike(pd.DataFrame({"y": ["b", None], "size": ["1,234", "5"]}), table, infer_task(table))
    >>> later.frame["size"].tolist(), later.target.tolist()
    ([1.234], ['b'])
    """
    options = as_reading_options(reading)
    source = _open_alike(data, query, options, table)
    by_role = {column.role: column for column in table.columns}
    features = [column for column in table.columns if column.name in table.frame]
    roles = [by_role[role] for role in ("target", "weight", "group") if role in by_role]
    _check_columns(source.frame, source.name, [*features, *roles], table.name)
    frame = source.frame
    target = _read_target(frame[by_role["target"].name], by_role["target"], task)
    groups = clean_column(frame[by_role["group"].name], "category") if "group" in by_role else None
    is_whole = target.notna().to_numpy() & (True if groups is None else groups.notna().to_numpy())
    if not is_whole.any():
        raise InputError(f"no row of the test table {source.name!r} has a target")
    frame = frame[is_whole].reset_index(drop=True)
    target = settle_dtype(target[is_whole].reset_index(drop=True))
    cleaned, notes = _clean(frame, features, source.name, options.date_format)
    n_lost = int((~is_whole).sum())
    if n_lost:
        notes.append(f"{say_count(n_lost, 'row')} of {source.name!r} without a target or a group left out")
    return Table(
        name=source.name,
        frame=cleaned,
        target=_match_labels(target, task) if task.is_classification else target,
        groups=None if groups is None else groups[is_whole].reset_index(drop=True),
        times=_read_times(frame, by_role.get("time"), options.date_format),
        weights=read_weights(frame[by_role["weight"].name])[0] if "weight" in by_role else None,
        columns=table.columns,
        notes=(*source.notes, *notes),
    )


def _open_alike(data: Any, query: str | None, options: ReadingOptions, table: Table) -> Source:
    """Open a table whose columns of text stay text, and whose points are the decimal signs that they were."""
    as_text = _find_texts(table)
    source = open_source(data, query, options, as_text)
    found = source.conventions
    if found.decimal != "," or found.is_certain or not _has_plain_fractions(table):
        return source
    return open_source(data, query, replace(options, decimal="."), as_text)


def _find_texts(table: Table) -> set[str]:
    """Columns that were text where the other table was read."""
    parts = {str(part.name): part for part in (table.target, table.groups) if part is not None}
    parts |= {str(name): table.frame[name] for name in table.frame}
    written = {column.name for column in table.columns if column.written_as}
    return written | {
        name
        for name, values in parts.items()
        if values.dtype == object and values.notna().any() and isinstance(values.dropna().iloc[0], str)
    }


def _has_plain_fractions(table: Table) -> bool:
    written = {column.name for column in table.columns if column.written_as}
    return any(table.frame[name].dtype == "float64" and name not in written for name in table.frame)


def _check_columns(frame: pd.DataFrame, name: str, needed: list[Column], other: str) -> None:
    lacking = [column.name for column in needed if column.name not in frame]
    if lacking:
        more = f", nor {len(lacking) - 1} others of its columns" if len(lacking) > 1 else ""
        raise InputError(f"the test table {name!r} has no column {lacking[0]!r}, which {other!r} has{more}")


def _read_times(frame: pd.DataFrame, column: Column | None, date_format: str) -> pd.Series | None:
    """Times as the other table has them; None where this one has none, which a last score can do without."""
    if column is None or column.name not in frame:
        return None
    kind: ColumnKind = "date" if column.kind == "date" else "numeric"
    return clean_column(frame[column.name], kind, written_as=_style_of(column, kind, date_format))


def _style_of(column: Column, kind: ColumnKind, date_format: str) -> str:
    """How text writes the numbers or dates of a column: never guessed from the rows of this table."""
    if column.written_as:
        return column.written_as
    return {"date": date_format or ISO_FORMAT, "numeric": PLAIN_STYLE}.get(kind, "")


def _read_target(series: pd.Series, column: Column, task: Task) -> pd.Series:
    # Text that was no way to write a number is no number here either: the label "01" is not the label 1.
    is_written = series.dtype == object and not column.written_as
    if column.kind == "category" or (task.is_classification and is_written):
        return read_labels(series)[0]
    target = clean_column(series, column.kind, written_as=column.written_as or PLAIN_STYLE)
    is_lost = target.isna() & series.notna()
    if is_lost.any():
        wrong = say_value(series[is_lost].iloc[0])
        raise InputError(f"the target {column.name!r} of the test table holds {wrong}, which is no number")
    return target


def _match_labels(target: pd.Series, task: Task) -> pd.Series:
    """Labels as those of the task, also where another file made text of numbers or the other way round."""
    class_of = {str(label): label for label in task.classes}
    known = dict(zip(task.classes, task.classes, strict=True)) | class_of
    matched = target.map(lambda label: known.get(label, known.get(str(label))))
    if matched.isna().any():
        wrong = say_value(target[matched.isna()].iloc[0])
        raise InputError(
            f"the test table has {wrong} in {target.name!r}, a label that no row to learn from has"
        )
    return matched.infer_objects()


def _clean(
    frame: pd.DataFrame, features: list[Column], name: str, date_format: str
) -> tuple[pd.DataFrame, list[str]]:
    """The features as the other table has them, and what became missing on the way."""
    import pandas as pd

    cleaned, notes = {}, []
    for column in features:
        style = _style_of(column, column.kind, date_format)
        values = clean_column(frame[column.name], column.kind, written_as=style)
        is_lost = (values.isna() & frame[column.name].notna()).to_numpy()
        if is_lost.any():
            n_present = int(frame[column.name].notna().sum())
            wrong = say_value(frame[column.name][is_lost].iloc[0])
            n_lost = say_count(int(is_lost.sum()), "value")
            lost = f"{n_lost} of column {column.name!r} in {name!r}, such as {wrong},"
            if is_lost.sum() > _MAX_SHARE_LOST * n_present:
                written = f", written like {column.written_as!r}" if column.written_as else ""
                raise InputError(f"{lost} cannot be read as {column.kind}{written}: write them alike")
            notes.append(f"{lost} became missing")
        cleaned[column.name] = values
    return pd.DataFrame(cleaned, index=frame.index), notes

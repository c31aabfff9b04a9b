"""How each column of a table is read, at fit and later alike."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import pandas as pd
from pandas.api import types

from tabkit._core import InputError
from tabkit.data import ColumnKind, examine_column
from tabkit.data._clean import find_style, read_dates, read_numbers
from tabkit.data._numbers import is_duration
from tabkit.preprocessing._unreadable import Unreadable, refuse_change

_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class ColumnReading:
    """How a column is read.

    Attributes
    ----------
    label : hashable
    kind : {"numeric", "category", "date", "text", "identifier", "constant"}
    written_as : str
        How numbers or dates are written as text: as the training rows wrote them, or plainly where those had
        a dtype of their own. Empty for all other kinds.
    is_duration : bool
        Whether the numbers are seconds of what the training rows had as durations.
    """

    label: Hashable
    kind: ColumnKind
    written_as: str = ""
    is_duration: bool = False


def settle_columns(
    frame: pd.DataFrame,
    kinds: Mapping[Any, ColumnKind] | None,
    written_as: Mapping[Any, str] | None = None,
    keep: Collection[Any] = (),
) -> tuple[ColumnReading, ...]:
    """Settle how each column is read: its kind as given, else as its values have it.

    A column without any value on the training rows is constant, whatever was given, unless it is
    to be kept.

    Raises
    ------
    InputError
        If a given column or kind does not exist, or one that is to be kept is not given as numeric.
    """
    given, styles = kinds or {}, written_as or {}
    for label in keep:
        if given.get(label) != "numeric":
            raise InputError(f"keep names column {label!r}: kinds must say that it is numeric")
    for label, kind in given.items():
        if label not in frame.columns:
            raise InputError(f"kinds names column {label!r}, which X does not have")
        if kind not in get_args(ColumnKind):
            raise InputError(f"kinds: column {label!r} must be one of {get_args(ColumnKind)}, got {kind!r}")
    for label in styles:
        if label not in given:
            raise InputError(
                f"written_as names column {label!r}: kinds must say whether it is numeric or date"
            )
    return tuple(
        _settle_column(frame[label], label, given.get(label), styles.get(label, ""), is_kept=label in keep)
        for label in frame.columns
    )


def _settle_column(
    column: pd.Series, label: Hashable, given: ColumnKind | None, style: str, *, is_kept: bool
) -> ColumnReading:
    if given is None:
        findings = examine_column(column)
        kind, style = findings.kind, findings.written_as
    elif column.isna().all() and not is_kept:
        kind = "constant"
    else:
        kind = given
    if kind not in ("numeric", "date"):
        return ColumnReading(label, kind)
    holds_durations = is_duration(column.dtype)
    if (kind == "date" and holds_durations) or (kind == "numeric" and _holds_dates(column)):
        raise InputError(f"kinds: column {label!r} is {column.dtype}, and cannot be read as {kind}")
    return ColumnReading(label, kind, style or find_style(column, kind), holds_durations)


@dataclass(frozen=True)
class ReadTable:
    """The columns of a table that are used, each read once.

    Attributes
    ----------
    numbers : ndarray of float64 of shape (n_rows, n_numeric)
        The numeric columns, in their order; NaN where a value is missing, infinite or too large for float32,
        which no tree takes.
    others : dict of column to array-like of shape (n_rows,)
        Dates as datetime64[ns] in UTC, NaT where missing; all others as they came.
    """

    numbers: np.ndarray
    others: dict[Hashable, Any]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.numbers)

    def __getitem__(self, label: Hashable) -> Any:
        return self.others[label]


def read_table(frame: pd.DataFrame, columns: Sequence[ColumnReading], *, strict: bool) -> ReadTable:
    """Read the columns of a table as it was settled at fit.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
    columns : sequence of ColumnReading
        Those that are used.
    strict : bool
        Whether to refuse what cannot be read, instead of counting it as missing with a warning.

    Returns
    -------
    table : ReadTable

    Raises
    ------
    InputError
        If a column is of another kind altogether, or with ``strict`` one value is.
    """
    unreadable = Unreadable()
    numeric = [column for column in columns if column.kind == "numeric"]
    numbers = np.empty((len(frame), len(numeric)))
    for position, column in enumerate(numeric):
        numbers[:, position] = _read_numbers(frame[column.label], column, unreadable)
    _drop_too_large(numbers, numeric, unreadable)
    others: dict[Hashable, Any] = {}
    for column in columns:
        if column.kind == "date":
            others[column.label] = _read_dates(frame[column.label], column, unreadable)
        elif column.kind != "numeric":
            others[column.label] = frame[column.label]
    unreadable.report(strict=strict)
    return ReadTable(numbers, others)


def _read_numbers(values: pd.Series, column: ColumnReading, unreadable: Unreadable) -> np.ndarray:
    if _holds_dates(values):
        refuse_change(values, "durations" if column.is_duration else "numbers")
    elif column.is_duration and types.is_numeric_dtype(values.dtype):
        refuse_change(values, "durations")
    return unreadable.take(column.label, read_numbers(values, column.written_as), "number")


def _read_dates(values: pd.Series, column: ColumnReading, unreadable: Unreadable) -> np.ndarray:
    read = read_dates(values, column.written_as)
    is_other = is_duration(values.dtype) or types.is_bool_dtype(values.dtype)
    if is_other or (read.n_unreadable and types.is_numeric_dtype(values.dtype)):
        refuse_change(values, "dates")
    return unreadable.take(column.label, read, "date")


def _drop_too_large(numbers: np.ndarray, columns: Sequence[ColumnReading], unreadable: Unreadable) -> None:
    """Make missing, in place, and tell of, what float32 cannot hold."""
    is_too_large = np.abs(numbers) > _LARGEST
    if not is_too_large.any():
        return
    for position in np.flatnonzero(is_too_large.any(axis=0)).tolist():
        values = numbers[:, position]
        is_infinite = np.isinf(values)
        for noun, is_such in (
            ("finite number", is_infinite),
            ("single-precision number", is_too_large[:, position] & ~is_infinite),
        ):
            if is_such.any():
                n_such, example = int(is_such.sum()), float(values[is_such][0])
                unreadable.note(columns[position].label, n_such, noun, example)
    numbers[is_too_large] = np.nan


def _holds_dates(column: pd.Series) -> bool:
    dtype = column.dtype
    return types.is_datetime64_any_dtype(dtype) or isinstance(dtype, pd.PeriodDtype)

"""How each column of a table is read, at fit and later alike."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import pandas as pd

from tabkit._core import InputError
from tabkit.data import ColumnKind, clean_column, examine_column

_OBJECTS_THAT_ARE_NUMBERS = {"floating", "integer", "mixed-integer-float", "boolean", "empty"}


@dataclass(frozen=True)
class ColumnReading:
    """How a column is read.

    Attributes
    ----------
    label : hashable
    kind : {"numeric", "category", "date", "text", "identifier", "constant"}
    written_as : str
        How the training rows wrote numbers or dates as text, or empty.
    """

    label: Hashable
    kind: ColumnKind
    written_as: str = ""


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
        return ColumnReading(label, findings.kind, findings.written_as)
    if column.isna().all() and not is_kept:
        return ColumnReading(label, "constant")
    if style:
        return ColumnReading(label, given, style)
    is_written = given in ("numeric", "date") and not _is_native(column)
    return ColumnReading(label, given, examine_column(column).written_as if is_written else "")


def _is_native(column: pd.Series) -> bool:
    dtype = column.dtype
    return pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_datetime64_any_dtype(dtype)


def read_numbers(column: pd.Series, written_as: str = "") -> np.ndarray:
    """Read a column as float64, however its numbers are stored; what is none is NaN."""
    dtype = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "fiub":
        return column.to_numpy(np.float64)
    if isinstance(dtype, pd.CategoricalDtype):
        numbers = read_numbers(pd.Series(dtype.categories), written_as)
        return np.append(numbers, np.nan)[column.cat.codes.to_numpy()]
    if dtype.kind == "O" and pd.api.types.infer_dtype(column, skipna=True) in _OBJECTS_THAT_ARE_NUMBERS:
        column = pd.to_numeric(column, errors="coerce")
    elif not pd.api.types.is_numeric_dtype(dtype):
        column = clean_column(column, "numeric", written_as=written_as)
    return column.to_numpy(np.float64, na_value=np.nan)


def read_dates(column: pd.Series, written_as: str = "") -> np.ndarray:
    """Read a column as datetime64[ns] in UTC, however its dates are stored; what is none is NaT."""
    if column.dtype == "datetime64[ns]":
        return column.to_numpy()
    return clean_column(column, "date", written_as=written_as).to_numpy()

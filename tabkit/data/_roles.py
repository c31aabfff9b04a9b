"""The columns with a role of their own: target, time and group."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tabkit._core import InputError
from tabkit.data._clean import clean_column
from tabkit.data._findings import Findings, say_count
from tabkit.data._kinds import examine_column
from tabkit.data._numbers import are_whole, holds_numbers
from tabkit.data._task import ColumnKind

if TYPE_CHECKING:
    import pandas as pd


def read_target(series: pd.Series) -> tuple[pd.Series, Findings]:
    """Read the column to predict: numbers as numbers, labels as they came; NaN where missing."""
    import numpy as np

    name = str(series.name)
    findings = examine_column(series)
    if holds_numbers(series):
        n_infinite = int(np.isinf(series.to_numpy(dtype=np.float64, na_value=np.nan)).sum())
        if n_infinite:
            raise InputError(
                f"the target {name!r} has {say_count(n_infinite, 'infinite value')}: remove these rows"
            )
    if findings.n_unique == 0:
        raise InputError(f"the target {name!r} has no values")
    if findings.n_unique == 1:
        raise InputError(f"the target {name!r} has one value only: there is nothing to predict")
    if findings.kind == "date":
        raise InputError(f"the target {name!r} holds dates: choose a column of numbers or labels")
    is_numeric = findings.kind == "numeric" or holds_numbers(series) or bool(findings.written_as)
    kind: ColumnKind = "numeric" if is_numeric else "category"
    target = clean_column(series, kind, written_as=findings.written_as)
    return target, replace(findings, kind=kind, note=findings.note if findings.kind == kind else "")


def settle_dtype(values: pd.Series) -> pd.Series:
    """Give a target or groups without missing values the plainest dtype.

    That is int64 also where missing values had made floats of whole numbers, and text where
    there are values of several types, which have no order.
    """
    import numpy as np

    if values.dtype == np.float64 and are_whole(values.to_numpy()):
        return values.astype(np.int64)
    if values.dtype != object:
        return values
    plain = values.infer_objects()
    if plain.dtype == object and not all(isinstance(label, str) for label in plain.unique()):
        return plain.map(str)
    return plain


def read_times(series: pd.Series) -> tuple[pd.Series, Findings]:
    """Read the column that orders the rows as datetime64[ns] or numbers; missing where there is none."""
    name = str(series.name)
    findings = examine_column(series)
    if findings.kind == "constant":
        raise InputError(f"the time column {name!r} {findings.note}")
    if findings.kind == "date":
        return clean_column(series, "date", written_as=findings.written_as), findings
    if findings.kind != "numeric" and not (holds_numbers(series) or findings.written_as):
        raise InputError(
            f"the time column {name!r} holds neither dates nor numbers, such as {_example(series)!r}"
        )
    times = clean_column(series, "numeric", written_as=findings.written_as)
    return times, replace(findings, kind="numeric", note=findings.note if findings.kind == "numeric" else "")


def read_groups(series: pd.Series) -> tuple[pd.Series, Findings]:
    """Read the column that says which rows belong together; NaN where missing."""
    name = str(series.name)
    findings = examine_column(series)
    if findings.n_unique < 2:
        raise InputError(f"the group column {name!r} {findings.note or 'has one value only'}")
    return clean_column(series, "category"), replace(findings, note="")


def _example(series: pd.Series) -> str:
    return str(series.dropna().iloc[0])[:40]

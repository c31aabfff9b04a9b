"""Columns of time, where folds do not go forward in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tabkit._core import InputError
from tabkit._core._parameters import say_parameter
from tabkit.leakage._check import Check
from tabkit.leakage._copies import as_ordered_numbers
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding, Severity
from tabkit.leakage._rescored import rescore
from tabkit.leakage._times import HOLDS_TIMES, have_same_order, say_how_timed

if TYPE_CHECKING:
    import pandas as pd

_MIN_TIMES = 6
_MAX_MEASURED = 3
_LEAST_MOVED = 0.015
_MIN_KNOWN = 0.8


def find_undeclared_times(examination: Examination) -> Iterator[Finding]:
    """Yield the columns of time, with the score if folds went forward in them."""
    found = _merge_same_order(_find_candidates(examination))
    for names, times in list(found.items())[:_MAX_MEASURED]:
        finding = _measure(examination, names, times)
        if finding is not None:
            yield finding


def _why_not(examination: Examination) -> str:
    if examination.table.times is not None:
        return "a time is declared"
    return "" if _find_candidates(examination) else "no column holds times"


def _merge_same_order(candidates: dict[str, pd.Series]) -> dict[tuple[str, ...], pd.Series]:
    """Columns that order the rows alike together, the earlier one first: they would be told alike."""
    merged: list[list[str]] = []
    for name, values in candidates.items():
        alike = next((names for names in merged if have_same_order(candidates[names[0]], values)), None)
        if alike is None:
            merged.append([name])
        else:
            alike.append(name)
    found = {}
    for names in merged:
        dates = [name for name in names if str(candidates[name].dtype).startswith("datetime64")]
        dates.sort(key=lambda name: as_ordered_numbers(candidates[name])[candidates[name].notna()].mean())
        ordered = (*dates, *(name for name in names if name not in dates))
        found[ordered] = candidates[ordered[0]]
    return found


def _find_candidates(examination: Examination) -> dict[str, pd.Series]:
    """Dates, and numbers named like a time; dates first."""
    found = {}
    table = examination.table
    for column in table.columns:
        values = table.frame.get(column.name)
        if values is None and column.name in examination.set_aside:
            values = examination.set_aside[column.name]
        if values is None or column.n_unique < _MIN_TIMES:
            continue
        if _say_how(examination, column.name, values) and values.notna().mean() >= _MIN_KNOWN:
            found[column.name] = values
    return dict(sorted(found.items(), key=lambda item: examination.kinds[item[0]] != "date"))


def _say_how(examination: Examination, name: str, values: pd.Series) -> str:
    kind = examination.kinds[name]
    return HOLDS_TIMES if kind == "date" else say_how_timed(name, values) if kind == "numeric" else ""


def _measure(examination: Examination, names: tuple[str, ...], times: pd.Series) -> Finding | None:
    """Folds forward in the column against the given ones with as many training rows."""
    import numpy as np

    from tabkit.model_selection import ForwardSplit

    rows = examination.rows[times.iloc[examination.rows].notna().to_numpy()]
    groups = None if examination.table.groups is None else examination.table.groups.iloc[rows].to_numpy()
    splitter = ForwardSplit(max(2, len(examination.folds)))
    try:
        pairs = tuple(splitter.split(np.zeros(len(rows)), groups=groups, times=times.iloc[rows].to_numpy()))
    except InputError:
        return None  # too few distinct times, or groups that last from first to last
    rescored = rescore(examination, rows, pairs, same_sizes=True)
    if rescored is None:
        return None
    moved = rescored.given - rescored.other
    matters = moved >= _LEAST_MOVED and moved >= 1.5 * rescored.error
    severity: Severity = "warning" if matters else "info"
    label = examination.encoded_target.label
    effect = (
        f"Tested on later rows than it has learned from, the fast model has {label} {rescored.other:.3f}; "
        f"on the folds as they are, with as many training rows, {rescored.given:.3f}."
    )
    others = ", ".join(repr(name) for name in names[1:3])
    alike = f", in the order of {others}" if others else ""
    return Finding(
        "undeclared-time",
        severity,
        f"Column {names[0]!r} {_say_how(examination, names[0], times)}{alike}, and the "
        f"folds do not go forward in them. {effect}",
        f"If the model will predict what comes later, declare it: {say_parameter('time', names[0])}",
        names,
        evidence={
            "score": rescored.given,
            "score_forward": rescored.other,
            "moved": moved,
            "standard_error": rescored.error,
        },
    )


TIMES = Check("times that were not declared", ("undeclared-time",), find_undeclared_times, _why_not)

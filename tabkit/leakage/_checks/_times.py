"""Columns of time, where folds do not go forward in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tabkit._core import InputError
from tabkit._core._parameters import say_parameter
from tabkit.leakage._check import Check, NotApplicableError
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding, Severity
from tabkit.leakage._rescored import rescore

if TYPE_CHECKING:
    import pandas as pd

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_OF_TIME = frozenset(
    {*("year", "yr", "month", "quarter", "week", "date", "datetime", "timestamp", "time", "epoch")}
)
# The year of a birth is a property of the row, and the time of a call a duration.
_OF_SOMETHING = frozenset(
    {
        *(
            "birth",
            "born",
            "built",
            "garage",
            "per",
            "hours",
            "since",
            "spent",
            "age",
            "duration",
            "to",
            "in",
        ),
        *("experience", "remod", "founded", "full", "part", "working", "last", "first"),
    }
)
_MIN_TIMES = 6
_MAX_MEASURED = 3
_LEAST_MOVED = 0.015
_MIN_KNOWN = 0.8


def find_undeclared_times(examination: Examination) -> Iterator[Finding]:
    """Yield the columns of time, with the score if folds went forward in them."""
    if examination.table.times is not None:
        raise NotApplicableError("a time is declared")
    candidates = _find_candidates(examination)
    if not candidates:
        raise NotApplicableError("no column holds times")
    for name, times in list(candidates.items())[:_MAX_MEASURED]:
        finding = _measure(examination, name, times)
        if finding is not None:
            yield finding


def _find_candidates(examination: Examination) -> dict[str, pd.Series]:
    """Dates, and numbers named like a time; dates first."""
    found = {}
    table = examination.table
    for column in table.columns:
        values = table.frame.get(column.name)
        if values is None and column.name in examination.set_aside:
            values = examination.set_aside[column.name]
        is_time = column.kind == "date" or (column.kind == "numeric" and is_named_like_time(column.name))
        if values is None or not is_time or column.n_unique < _MIN_TIMES:
            continue
        if values.notna().mean() >= _MIN_KNOWN:
            found[column.name] = values
    return dict(sorted(found.items(), key=lambda item: examination.kinds[item[0]] != "date"))


def is_named_like_time(name: str) -> bool:
    """Whether a name says when a row came to be.

    Examples
    --------
    >>> [is_named_like_time(name) for name in ("year", "sale_month", "birth_yr", "hours_per_week")]
    [True, True, False, False]
    """
    words = {word.lower() for word in _WORD.findall(name)}
    return bool(words & _OF_TIME) and not words & _OF_SOMETHING


def _measure(examination: Examination, name: str, times: pd.Series) -> Finding | None:
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
    return Finding(
        "undeclared-time",
        severity,
        f"Column {name!r} holds times, and the folds do not go forward in them. {effect}",
        f"If the model will predict what comes later, declare it: {say_parameter('time', name)}",
        (name,),
        evidence={
            "score": rescored.given,
            "score_forward": rescored.other,
            "moved": moved,
            "standard_error": rescored.error,
        },
    )


TIMES = Check("times that were not declared", ("undeclared-time",), find_undeclared_times)

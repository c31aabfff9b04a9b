"""Copies of the declared time that stayed among the features."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tabkit._core._parameters import say_parameter
from tabkit.leakage._check import Check
from tabkit.leakage._copies import as_ordered_numbers
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# A year or a week goes with the time too, and less than this.
_SAME_ORDER = 0.999
_ROUNDINGS = ("D", "h", "min", "s")


def find_time_copies(examination: Examination) -> Iterator[Finding]:
    """Yield the features that say when a row came to be, as the declared time does."""
    declared = next((column.name for column in examination.table.columns if column.role == "time"), "")
    for name in examination.columns:
        examination.clock.check()
        values = examination.sample.frame[name]
        kind = examination.kinds.get(name)
        if name == declared or kind not in ("date", "numeric") or not _is_copy(examination, values, kind):
            continue
        moved = examination.moved([name])
        counts = kind == "numeric"
        why = (
            "a model that learns from earlier rows has seen none of its later values"
            if counts
            else "what the calendar tells, the time itself tells as well"
        )
        yield Finding(
            "copy-of-time",
            "warning" if counts else "info",
            f"Column {name!r} is a copy of the time {declared!r}, and a feature: {why}. Without it "
            f"{examination.encoded_target.label} is {examination.full.mean - moved:.3f}, with it "
            f"{examination.full.mean:.3f}.",
            f"Leave it out: {say_parameter('drop', [name])}",
            (name,),
            evidence={
                "score": examination.full.mean,
                "score_without": examination.full.mean - moved,
                "moved": moved,
            },
        )


def _why_not(examination: Examination) -> str:
    return "no time is declared" if examination.table.times is None else ""


def _is_copy(examination: Examination, values: pd.Series, kind: str) -> bool:
    """Whether numbers have the order of the time; whether dates are the time, rounded or moved."""
    import numpy as np

    times = examination.sample.times
    if times is None:
        return False
    known = values.notna().to_numpy() & times.notna().to_numpy()
    if known.sum() < 2:
        return False
    if kind == "numeric":
        return _correlate(as_ordered_numbers(values)[known], as_ordered_numbers(times)[known]) >= _SAME_ORDER
    if not str(times.dtype).startswith("datetime64"):
        return _correlate(as_ordered_numbers(values)[known], as_ordered_numbers(times)[known]) >= _SAME_ORDER
    dates, moments = (_without_zone(part)[known] for part in (values, times))
    difference = (dates - moments).to_numpy()
    if len(np.unique(difference)) == 1:
        return True
    return any((dates.to_numpy() == moments.dt.floor(unit).to_numpy()).all() for unit in _ROUNDINGS)


def _without_zone(values: pd.Series) -> pd.Series:
    return (
        values
        if getattr(values.dtype, "tz", None) is None
        else values.dt.tz_convert("UTC").dt.tz_localize(None)
    )


def _correlate(first: np.ndarray, second: np.ndarray) -> float:
    """Absolute rank correlation."""
    import pandas as pd

    return abs(float(pd.Series(first).rank().corr(pd.Series(second).rank())))


TIME_COPIES = Check("copies of the declared time", ("copy-of-time",), find_time_copies, _why_not)

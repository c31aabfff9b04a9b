"""A time that is only known afterwards: the end of what began at another one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import TYPE_CHECKING

from tabkit._core._parameters import say_parameter
from tabkit.leakage._check import Check
from tabkit.leakage._copies import as_ordered_numbers
from tabkit.leakage._encoded import values_encoded
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding, Severity

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_MAX_DATES = 5
# Both times are known in so many rows, and the later one is not the earlier in nearly all of them.
_MIN_KNOWN = 0.5
_LATER = 0.98
_NOT_EQUAL = 0.5
_LEAST_MOVED = 0.015
_WARNED_SHARE = 0.15
_LEAST_GAP = 0.02


def find_later_times(examination: Examination) -> Iterator[Finding]:
    """Yield the times that follow another one, where the time between them tells the target."""
    dates = _find_dates(examination)
    told: set[str] = set()
    for first, last in permutations(dates, 2):
        examination.clock.check()
        if last in told or last not in examination.columns:
            continue
        between = _time_between(dates[first], dates[last])
        if between is None:
            continue
        finding = _measure(examination, first, last, between)
        if finding is not None:
            told.add(last)
            yield finding


def _find_dates(examination: Examination) -> dict[str, pd.Series]:
    """Columns of dates among the features, and the declared time."""
    found = {}
    for column in examination.table.columns:
        if column.kind != "date":
            continue
        if column.name in examination.sample.frame:
            found[column.name] = examination.sample.frame[column.name]
        elif column.role == "time" and examination.sample.times is not None:
            found[column.name] = examination.sample.times
    return dict(list(found.items())[:_MAX_DATES])


def _why_not(examination: Examination) -> str:
    return "fewer than two columns of dates" if len(_find_dates(examination)) < 2 else ""


def _time_between(first: pd.Series, last: pd.Series) -> np.ndarray | None:
    """From the one to the other, NaN where either is missing; None where the other does not follow."""
    import numpy as np

    between = as_ordered_numbers(last) - as_ordered_numbers(first)
    known = between[~np.isnan(between)]
    if len(known) < _MIN_KNOWN * len(between):
        return None
    if (known >= 0).mean() < _LATER or (known > 0).mean() < _NOT_EQUAL or len(np.unique(known)) < 3:
        return None
    return between


def _measure(examination: Examination, first: str, last: str, between: np.ndarray) -> Finding | None:
    """Add to all the other columns how long after the first time the last one is."""
    import numpy as np

    encoded = examination.encoded
    names = [name for name in examination.columns if name != last]
    without = examination.score_without([last])
    extra = values_encoded("time between", between)
    both = encoded.beside(extra)
    positions = np.append(encoded.positions(names), len(encoded.owners))
    scores = examination.model.score(both, positions, examination.folds)
    if not scores.is_above(without, _LEAST_MOVED):
        return None
    moved = scores.mean - without.mean
    alone = examination.model.score(extra, np.arange(1), examination.folds).mean
    share = moved / max(scores.mean - examination.encoded_target.chance, 0.02)
    is_sure = share >= _WARNED_SHARE and moved >= 2 * scores.error_of(without)
    is_perfect = alone >= examination.nearly_perfect_score and alone - without.mean >= _LEAST_GAP
    severity: Severity = "error" if is_perfect else "warning" if is_sure else "info"
    label = examination.encoded_target.label
    return Finding(
        "time-known-afterwards",
        severity,
        f"Column {last!r} comes after {first!r}, and the time between them tells the target: with it {label} "
        f"is {scores.mean:.3f}, without {last!r} {without.mean:.3f}. When a prediction is made at {first!r}, "
        f"{last!r} is still to come: is it known then?",
        f"If it is written down later, leave it out: {say_parameter('drop', [last])}",
        (last, first),
        evidence={
            "score": scores.mean,
            "score_without": without.mean,
            "score_alone": alone,
            "moved": moved,
            "share": share,
        },
    )


LATER_TIMES = Check(
    "times that are only known afterwards", ("time-known-afterwards",), find_later_times, _why_not
)

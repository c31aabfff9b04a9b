"""Whether the place of a row in the file tells its target."""

from __future__ import annotations

from collections.abc import Iterator

from tabkit._core._parameters import say_parameter
from tabkit.leakage._check import Check
from tabkit.leakage._encoded import values_encoded
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding

_LEAST_ALONE = 0.05
_LEAST_MOVED = 0.015


def find_telling_order(examination: Examination) -> Iterator[Finding]:
    """Yield whether rows that are near one another in the file have like targets."""
    import numpy as np

    place = values_encoded("place of the row", examination.source_positions(examination.rows).astype(float))
    alone = examination.model.score(place, np.arange(1), examination.folds)
    skill = alone.mean - examination.encoded_target.chance
    if not skill >= _LEAST_ALONE:
        return
    both = examination.score_with(place)
    moved = both.mean - examination.full.mean
    adds = both.is_above(examination.full, _LEAST_MOVED) and moved >= 2 * both.error_of(examination.full)
    label = examination.encoded_target.label
    effect = (
        f"beside all features it lifts {label} from {examination.full.mean:.3f} to {both.mean:.3f}"
        if adds
        else "beside all features it adds nothing"
    )
    yield Finding(
        "row-order-carries-target",
        "warning" if adds else "info",
        f"The place of a row in the file tells its target: {label} {alone.mean:.3f} alone; {effect}. Rows "
        "that stand near one another are alike, as where they are sorted by the target, by time, or by where "
        "they come from.",
        "Find out what the rows are sorted by: a time or a group should be declared "
        f"({say_parameter('time', ...)}, {say_parameter('group', ...)}), and "
        "a row number must not become a feature.",
        evidence={
            "score_alone": alone.mean,
            "score": both.mean,
            "score_without": examination.full.mean,
            "moved": moved,
        },
    )


def _why_not(examination: Examination) -> str:
    is_timed = examination.table.times is not None
    return "the rows have times, and folds go forward in them" if is_timed else ""


ROW_ORDER = Check(
    "row order that carries the target", ("row-order-carries-target",), find_telling_order, _why_not
)

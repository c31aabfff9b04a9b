"""A column without which the score falls, so that one asks whether it is known in time."""

from __future__ import annotations

from collections.abc import Iterator

from tabkit._core._parameters import say_parameter
from tabkit.leakage._check import Check, NotApplicableError
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding

# By so much the score falls: worth knowing.
_LEAST_MOVED = 0.015
# Such a part of the score above chance hangs on one column: worth asking.
_LEAST_SHARE = 0.15


def find_dominant_columns(examination: Examination) -> Iterator[Finding]:
    """Yield the columns whose absence costs much of the score."""
    if len(examination.columns) < 2:
        raise NotApplicableError("the table has one feature")
    for name, moved in examination.suspects.items():
        if name in examination.nearly_perfect:
            continue
        without = examination.score_without([name])
        error = examination.full.error_of(without)
        share = examination.share_of_skill(moved)
        if not examination.full.is_above(without, _LEAST_MOVED):
            continue
        is_dominant = share >= _LEAST_SHARE and moved >= 2 * error
        known = "Is its value known at the moment a prediction is made?"
        yield Finding(
            "dominant-column",
            "warning" if is_dominant else "info",
            f"Without column {name!r}, {examination.encoded_target.label} falls from "
            f"{examination.full.mean:.3f} to "
            f"{without.mean:.3f}: {min(share, 1.0):.0%} of what the model knows. {known}",
            f"If it is written down later, leave it out: {say_parameter('drop', [name])}",
            (name,),
            evidence={
                "score": examination.full.mean,
                "score_without": without.mean,
                "moved": moved,
                "share": share,
                "standard_error": error,
            },
        )


DOMINANT_COLUMN = Check(
    "a column that dominates: is it known at prediction time?", ("dominant-column",), find_dominant_columns
)

"""Columns without which the score falls, so that one asks whether they are known in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tabkit._core._parameters import say_parameter
from tabkit.leakage._check import Check
from tabkit.leakage._checks._leaky_names import leak_in_name
from tabkit.leakage._copies import say_columns
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding

# By so much the score falls: worth knowing.
_LEAST_MOVED = 0.015
# Such a part of the score above chance hangs on one column: it dominates.
_LEAST_SHARE = 0.15
# Of a score that is hardly above chance no column carries a part.
_LEAST_SKILL = 0.03


def find_dominant_columns(examination: Examination) -> Iterator[Finding]:
    """Yield the columns on which much of the score hangs, and those on which some does, in a finding each."""
    if not examination.full.mean - examination.encoded_target.chance >= _LEAST_SKILL:
        return  # a part of nothing
    target = str(examination.table.target.name)
    much: dict[tuple[str, ...], float] = {}
    some: dict[tuple[str, ...], float] = {}
    for names, moved in examination.suspects.items():
        # What gives itself away by its name is told there, with the same measurement.
        if names[0] in examination.nearly_perfect or any(leak_in_name(name, target) for name in names):
            continue
        if examination.full.is_above(examination.score_without(names), _LEAST_MOVED):
            chosen = much if examination.share_of_skill(moved) >= _LEAST_SHARE else some
            chosen[names] = moved
    if much:
        yield _dominant(examination, much)
    if some:
        yield _influential(examination, some)


def _dominant(examination: Examination, falls: Mapping[tuple[str, ...], float]) -> Finding:
    """One finding for all: the question is the same."""
    full, label = examination.full, examination.encoded_target.label
    without = {names: examination.score_without(names) for names in falls}
    errors = {names: full.error_of(scores) for names, scores in without.items()}
    said = "; ".join(
        f"without {say_columns(names, 'column')} to {without[names].mean:.3f}, "
        f"{min(examination.share_of_skill(moved), 1.0):.0%} of what the model knows"
        for names, moved in falls.items()
    )
    first, moved = next(iter(falls.items()))
    columns = tuple(name for names in falls for name in names)
    known = "Is its value" if len(falls) == 1 else "Is the value of each"
    return Finding(
        "dominant-column",
        "warning" if any(falls[names] >= 2 * errors[names] for names in falls) else "info",
        f"{label} falls from {full.mean:.3f} {said}. {known} known at the moment a prediction is made?",
        "If one is written down later, leave it out: "
        f"{' or '.join(say_parameter('drop', list(names)) for names in falls)}",
        columns,
        evidence={
            "score": full.mean,
            "score_without": without[first].mean,
            "moved": moved,
            "share": examination.share_of_skill(moved),
            "standard_error": errors[first],
        },
    )


def _influential(examination: Examination, falls: Mapping[tuple[str, ...], float]) -> Finding:
    """No column dominates: one finding says which matter, and by how much."""
    said = ", ".join(f"{names[0]!r} {moved:.3f}" for names, moved in falls.items())
    return Finding(
        "influential-columns",
        "info",
        f"By so much {examination.encoded_target.label} {examination.full.mean:.3f} falls without a column: "
        f"{said}.",
        "Nothing to do where all of them are known at the moment a prediction is made.",
        tuple(names[0] for names in falls),
        evidence={
            "score": examination.full.mean,
            "moved": max(falls.values()),
            **{f"moved_{names[0]}": moved for names, moved in falls.items()},
        },
    )


def _why_not(examination: Examination) -> str:
    return "the table has one feature" if len(examination.columns) < 2 else ""


DOMINANT_COLUMN = Check(
    "a column that dominates: is it known at prediction time?",
    ("dominant-column", "influential-columns"),
    find_dominant_columns,
    _why_not,
)

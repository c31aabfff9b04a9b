"""Identifiers: set aside, and whether their numbers tell the target."""

from __future__ import annotations

from collections.abc import Iterator

from tabkit._core._parameters import say_parameter
from tabkit.data import Column
from tabkit.leakage._check import Check
from tabkit.leakage._encoded import Encoded, encode_columns
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding

_LEAST_MOVED = 0.012
_LEAST_ALONE = 0.03


def find_identifiers(examination: Examination) -> Iterator[Finding]:
    """Yield the columns that name rows, with what their order and their digits tell."""
    for column in _find_named(examination):
        if column.role not in ("set aside", "feature"):
            continue
        if column.name in examination.set_aside:
            values = examination.set_aside[column.name].iloc[examination.rows].reset_index(drop=True)
        elif column.name in examination.sample.frame:
            values = examination.sample.frame[column.name]
        else:
            yield _plain(column.name, "Its values were not given, so what they tell was not measured.", {})
            continue
        yield _measure(
            examination, column.name, encode_columns(values.to_frame(), {column.name: "identifier"})
        )


def _find_named(examination: Examination) -> list[Column]:
    return [column for column in examination.table.columns if column.kind == "identifier"]


def _why_not(examination: Examination) -> str:
    return "" if _find_named(examination) else "no column names rows"


def _measure(examination: Examination, name: str, encoded: Encoded) -> Finding:
    import numpy as np

    label = examination.encoded_target.label
    alone = examination.model.score(encoded, np.arange(len(encoded.owners)), examination.folds)
    skill = alone.mean - examination.encoded_target.chance
    evidence = {"score_alone": alone.mean, "score": examination.full.mean}
    told = f"By its order and digits alone, {label} is {alone.mean:.3f}."
    if not skill >= _LEAST_ALONE:
        return _plain(name, told, evidence)
    both = examination.score_with(encoded)
    moved = both.mean - examination.full.mean
    evidence |= {"score_with": both.mean, "score_without": examination.full.mean, "moved": moved}
    if not both.is_above(examination.full, _LEAST_MOVED):
        return _plain(name, told, evidence)
    return Finding(
        "identifier-carries-target",
        "warning",
        f"Column {name!r} names rows, and its order or digits tell the target: {label} {alone.mean:.3f} "
        f"alone, {both.mean:.3f} beside all features, {examination.full.mean:.3f} without it. It was given "
        "in the order of the outcome, of time, or of the source of the rows.",
        "Keep it out of the features. If it stands for time, declare the time "
        f"({say_parameter('time', ...)}); if rows come from several sources, that is a "
        f"group ({say_parameter('group', ...)}).",
        (name,),
        evidence=evidence,
    )


def _plain(name: str, told: str, evidence: dict[str, float]) -> Finding:
    return Finding(
        "identifier",
        "info",
        f"Column {name!r} names rows: it is no feature. {told}",
        f"Nothing to do; if several rows belong to one of them, declare it as {say_parameter('group', ...)}.",
        (name,),
        evidence=evidence,
    )


IDENTIFIERS = Check(
    "identifiers that carry the target",
    ("identifier-carries-target", "identifier"),
    find_identifiers,
    _why_not,
)

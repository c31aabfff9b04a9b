"""Columns that look like entities whose rows belong together, and were not declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tabkit._core._parameters import say_parameter
from tabkit._core._wording import agree, say_count
from tabkit.leakage._check import Check, NotApplicableError
from tabkit.leakage._copies import say_columns
from tabkit.leakage._encoded import category_codes
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding, Severity
from tabkit.leakage._rescored import Rescored, rescore

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_MIN_GROUPS = 20
_MIN_ROWS_PER_GROUP = 1.5
_MAX_MEDIAN_ROWS = 60
_MAX_MEASURED = 3
_MAX_ROWS = 3_000
_LEAST_MOVED = 0.015
_ERROR_MOVED = 0.05
# A property of an entity does not change from one of its rows to the next, but between entities.
_CONSTANT = 0.98
_VARIED = 0.8
_NAMED = "named like an identifier"


def find_undeclared_groups(examination: Examination) -> Iterator[Finding]:
    """Yield the columns whose values look like entities, with the score if they were declared."""
    candidates = _find_candidates(examination)
    if not candidates:
        raise NotApplicableError("no column repeats its values as entities do")
    for names, (values, n_constant, is_named) in candidates.items():
        rescored = _measure(examination, values)
        if rescored is None:
            continue
        moved = rescored.given - rescored.other
        if moved < _LEAST_MOVED or moved < 1.5 * rescored.error:
            if is_named:
                yield _describe(examination, names, values, rescored, n_constant, "info")
            continue
        severity: Severity = "error" if is_named and moved >= _ERROR_MOVED else "warning"
        yield _describe(examination, names, values, rescored, n_constant, severity)


def _describe(
    examination: Examination,
    names: tuple[str, ...],
    values: pd.Series,
    rescored: Rescored,
    n_constant: int,
    severity: Severity,
) -> Finding:
    moved = rescored.given - rescored.other
    n_groups = int(values.nunique())
    others = f"{say_count(n_constant, 'other column')} never {agree(n_constant, 'changes', 'change')}"
    alike = f", and {others} within one" if n_constant else ""
    effect = "With whole groups in one fold" if severity != "info" else "Even with whole groups in one fold"
    return Finding(
        "undeclared-groups",
        severity,
        f"{say_columns(names)} looks like an entity that rows belong to: {n_groups:,} values in "
        f"{len(values):,} rows{alike}. {effect}, {examination.encoded_target.label} is "
        f"{rescored.other:.3f}; on the folds as they "
        f"are, {rescored.given:.3f}.",
        f"If the model will meet new ones, declare them: {say_parameter('group', names[0])}",
        names,
        evidence={
            "score": rescored.given,
            "score_grouped": rescored.other,
            "moved": moved,
            "standard_error": rescored.error,
            "groups": float(n_groups),
            "constant_columns": float(n_constant),
        },
    )


def _why_not(examination: Examination) -> str:
    return "" if examination.table.groups is None else "groups are declared"


def _find_candidates(examination: Examination) -> dict[tuple[str, ...], tuple[pd.Series, int, bool]]:
    """Values, number of columns constant within, and whether the name says it; the likeliest first.

    Columns with one set of groups are one candidate.
    """
    found: dict[bytes, list[tuple[str, pd.Series, int, bool]]] = {}
    table = examination.table
    for column in table.columns:
        if column.name in examination.set_aside:
            values = examination.set_aside[column.name]
        elif column.name in table.frame:
            values = table.frame[column.name]
        else:
            continue
        is_named = _NAMED in column.note
        if column.kind in ("date", "text", "constant") or not _repeats(values, column.kind, is_named):
            continue
        examination.clock.check()
        codes = category_codes(values)
        n_constant = _count_constant(examination, column.name, codes)
        if is_named or n_constant >= 2 or (n_constant and column.kind == "category"):
            candidate = (column.name, values, n_constant, is_named)
            found.setdefault(codes.tobytes(), []).append(candidate)
    merged = {}
    for candidates in found.values():
        candidates.sort(key=lambda candidate: candidate[3], reverse=True)
        _, values, n_constant, is_named = candidates[0]
        # Copies of it never change within, and say nothing.
        n_constant -= len(candidates) - 1
        if is_named or n_constant > 0:
            merged[tuple(name for name, *_ in candidates)] = (values, n_constant, is_named)
    ranked = sorted(merged.items(), key=lambda item: (item[1][2], item[1][1]), reverse=True)
    return dict(ranked[:_MAX_MEASURED])


def _repeats(values: pd.Series, kind: str, is_named: bool) -> bool:
    """Whether there are many values of few rows each; numbers must be whole."""
    import numpy as np

    if kind == "numeric":
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        known = numbers[~np.isnan(numbers)]
        if not len(known) or not (known == np.round(known)).all():
            return False
    counts = values.value_counts()
    if len(counts) < _MIN_GROUPS or len(values) < _MIN_ROWS_PER_GROUP * len(counts):
        return False
    return is_named or float(counts.median()) <= _MAX_MEDIAN_ROWS


def _count_constant(examination: Examination, name: str, codes: np.ndarray) -> int:
    """Number of features that hardly ever differ between two rows of one value, and often else."""
    import numpy as np

    order = np.argsort(codes, kind="stable")
    first, second = order[:-1], order[1:]
    same = (codes[first] == codes[second]) & (codes[first] >= 0)
    first, second = first[same], second[same]
    if len(first) < _MIN_GROUPS:
        return 0
    rng = np.random.default_rng(examination.seed)
    strangers = rng.permutation(len(codes))
    n_constant = 0
    for other in examination.columns:
        if other == name:
            continue
        examination.clock.check()
        others = examination.codes_of(other)
        within = (others[first] == others[second]).mean()
        overall = (others == others[strangers]).mean()
        n_constant += bool(within >= _CONSTANT and overall <= _VARIED)
    return n_constant


def _measure(examination: Examination, values: pd.Series) -> Rescored | None:
    """Score on folds that keep the values together, and on the given ones, of the same rows."""
    import numpy as np
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    from tabkit.model_selection import ForwardSplit

    codes = category_codes(values)
    # A row without a value is on its own.
    codes = np.where(codes < 0, codes.max() + 1 + np.arange(len(codes)), codes)
    rows = _whole_groups(codes, examination.seed)
    groups, table = codes[rows], examination.table
    n_splits = max(2, len(examination.folds))
    if len(np.unique(groups)) < 2 * n_splits:
        return None
    target = table.target.to_numpy()[rows]
    times = table.times if table.label_spans is None else table.label_spans
    if times is not None:
        splits = ForwardSplit(n_splits).split(rows, groups=groups, times=times.iloc[rows])
    elif examination.task.is_classification:
        splitter = StratifiedGroupKFold(n_splits, shuffle=True, random_state=examination.seed)
        splits = splitter.split(rows, target, groups)
    else:
        splits = GroupKFold(n_splits, shuffle=True, random_state=examination.seed).split(rows, target, groups)
    return rescore(examination, rows, tuple(splits))


def _whole_groups(codes: np.ndarray, seed: int) -> np.ndarray:
    """All rows, or those of as many groups as make not too many of them."""
    import numpy as np

    if len(codes) <= _MAX_ROWS:
        return np.arange(len(codes))
    order = np.random.default_rng(seed).permutation(codes.max() + 1)
    counts = np.bincount(codes, minlength=len(order))[order]
    n_chosen = max(2, int(np.searchsorted(np.cumsum(counts), _MAX_ROWS)))
    return np.flatnonzero(np.isin(codes, order[:n_chosen]))


GROUPS = Check("groups that were not declared", ("undeclared-groups",), find_undeclared_groups, _why_not)

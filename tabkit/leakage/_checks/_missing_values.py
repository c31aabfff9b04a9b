"""A column that tells the target by being missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tabkit._core._parameters import say_parameter
from tabkit.leakage._check import Check
from tabkit.leakage._copies import say_columns
from tabkit.leakage._encoded import values_encoded
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding

if TYPE_CHECKING:
    import numpy as np

_LEAST_MISSING = 10
_LEAST_MOVED = 0.01
# A column that is missing tells that much by itself before it is measured.
_LEAST_ALONE = 0.01
_MAX_MEASURED = 5
_NEARLY_PERFECT = 0.97
_WARNED_SHARE = 0.1


def find_telling_gaps(examination: Examination) -> Iterator[Finding]:
    """Yield the columns of which it matters whether they have a value, all the others known."""
    import numpy as np

    missing = _find_gaps(examination)
    alone = {}
    for name, gaps in missing.items():
        gap = values_encoded(name, gaps)
        scores = examination.model.score(gap, np.arange(1), examination.folds[:3], is_rough=True)
        alone[name] = abs(scores.mean - examination.encoded_target.chance)
    ranked = sorted((name for name in alone if alone[name] >= _LEAST_ALONE), key=lambda name: -alone[name])
    for names in examination.merge_copies(ranked)[:_MAX_MEASURED]:
        finding = _measure(examination, names, missing[names[0]], alone[names[0]])
        if finding is not None:
            yield finding


def _find_gaps(examination: Examination) -> dict[str, np.ndarray]:
    """1 where a value is missing, of the columns in which some are, and some are not."""
    missing = {name: examination.sample.frame[name].isna().to_numpy(float) for name in examination.columns}
    n_most = len(examination.rows) - _LEAST_MISSING
    return {name: gaps for name, gaps in missing.items() if _LEAST_MISSING <= gaps.sum() <= n_most}


def _why_not(examination: Examination) -> str:
    return "" if _find_gaps(examination) else "no column has missing values in some rows"


def _measure(
    examination: Examination, names: tuple[str, ...], gap: np.ndarray, alone: float
) -> Finding | None:
    """Add to all the other columns nothing but the gaps of this one, and of its copies."""
    import numpy as np

    others = [column for column in examination.columns if column not in names]
    without = examination.score_without(names)
    encoded = examination.encoded
    both = encoded.beside(values_encoded("gap", gap))
    positions = np.append(encoded.positions(others), len(encoded.owners))
    scores = examination.model.score(both, positions, examination.folds)
    moved = scores.mean - without.mean
    if not scores.is_above(without, _LEAST_MOVED):
        return None
    n_missing = int(gap.sum())
    share = moved / max(scores.mean - examination.encoded_target.chance, 0.02)
    label = examination.encoded_target.label
    is_perfect = alone + examination.encoded_target.chance >= _NEARLY_PERFECT
    return Finding(
        "target-leak-missing",
        "error" if is_perfect else "warning" if share >= _WARNED_SHARE else "info",
        f"That {say_columns(names, 'column')} has no value ({n_missing:,} of {len(gap):,} rows) "
        f"tells the target: all the others give {label} {without.mean:.3f}, with its gaps {scores.mean:.3f}. "
        "Is it filled in only after the outcome?",
        f"If so, leave it out: {say_parameter('drop', list(names))}",
        names,
        evidence={
            "score": scores.mean,
            "score_without": without.mean,
            "moved": moved,
            "score_alone": alone + examination.encoded_target.chance,
            "missing": float(n_missing),
        },
    )


MISSING_VALUES = Check(
    "a column that tells the target by being missing", ("target-leak-missing",), find_telling_gaps, _why_not
)

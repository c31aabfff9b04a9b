"""A column that tells the target by being missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tabkit._core._parameters import say_parameter
from tabkit.leakage._check import Check, NotApplicableError
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

    missing = {name: examination.sample.frame[name].isna().to_numpy(float) for name in examination.columns}
    n_rows = len(examination.rows)
    names = [name for name in missing if _LEAST_MISSING <= missing[name].sum() <= n_rows - _LEAST_MISSING]
    if not names:
        raise NotApplicableError("no column has missing values in some rows")
    alone = {}
    for name in names:
        gap = values_encoded(name, missing[name])
        scores = examination.model.score(gap, np.arange(1), examination.folds[:3], is_rough=True)
        alone[name] = abs(scores.mean - examination.encoded_target.chance)
    ranked = sorted((name for name in names if alone[name] >= _LEAST_ALONE), key=lambda name: -alone[name])
    for name in ranked[:_MAX_MEASURED]:
        finding = _measure(examination, name, missing[name], alone[name])
        if finding is not None:
            yield finding


def _measure(examination: Examination, name: str, gap: np.ndarray, alone: float) -> Finding | None:
    """Add to all the other columns nothing but the gaps of this one."""
    import numpy as np

    others = [column for column in examination.columns if column != name]
    without = examination.score_without([name])
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
        f"That column {name!r} has no value ({n_missing:,} of {len(gap):,} rows) tells "
        f"the target: all the others give {label} {without.mean:.3f}, with its gaps {scores.mean:.3f}. Is it "
        "filled in only after the outcome?",
        f"If so, leave it out: {say_parameter('drop', [name])}",
        (name,),
        evidence={
            "score": scores.mean,
            "score_without": without.mean,
            "moved": moved,
            "score_alone": alone + examination.encoded_target.chance,
            "missing": float(n_missing),
        },
    )


MISSING_VALUES = Check(
    "a column that tells the target by being missing", ("target-leak-missing",), find_telling_gaps
)

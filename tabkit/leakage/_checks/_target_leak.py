"""A column that gives the target away by itself."""

from __future__ import annotations

from collections.abc import Iterator

from tabkit.leakage._check import Check
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding

_LEAST_GAP = 0.02


def find_target_leak(examination: Examination) -> Iterator[Finding]:
    """Yield the columns from which alone the fast model knows the target nearly perfectly."""
    perfect = examination.nearly_perfect
    if not perfect:
        return
    without = examination.score_without(perfect).mean
    label = examination.goal.label
    for name in perfect:
        alone = examination.score([name]).mean
        if alone - without < _LEAST_GAP or len(examination.columns) == 1:
            continue  # the others know the target as well, or there is nothing else to learn from
        others = " and the other such columns" if len(perfect) > 1 else ""
        yield Finding(
            "target-leak",
            "warning" if examination.kinds.get(name) == "text" else "error",
            f"Column {name!r} alone gives {label} {alone:.3f}; without it{others} all the rest give "
            f"{without:.3f}. It is the target in other words, or was written down after it was known.",
            f"Leave it out: --drop {name}",
            (name,),
            evidence={
                "score_alone": alone,
                "score": examination.full.mean,
                "score_without": without,
                "moved": examination.full.mean - without,
            },
        )


TARGET_LEAK = Check("a column that gives the target away", ("target-leak",), find_target_leak)

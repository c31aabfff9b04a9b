"""A column that gives the target away by itself."""

from __future__ import annotations

from collections.abc import Iterator

from tabkit._core._parameters import say_parameter
from tabkit.leakage._check import Check
from tabkit.leakage._copies import say_columns
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding

_LEAST_GAP = 0.02


def find_target_leak(examination: Examination) -> Iterator[Finding]:
    """Yield the columns from which alone the fast model knows the target nearly perfectly."""
    perfect = examination.nearly_perfect
    if not perfect:
        return
    without = examination.score_without(perfect).mean
    label = examination.encoded_target.label
    merged = examination.merge_copies(perfect)
    for names in merged:
        name = names[0]
        alone = examination.score([name]).mean
        if len(examination.columns) == len(names):
            continue  # there is nothing else to learn from
        if alone - without < _LEAST_GAP:
            yield _hidden(examination, names, alone, without)
            continue
        others = " and the other such columns" if len(merged) > 1 else ""
        yield Finding(
            "target-leak",
            "warning" if examination.kinds.get(name) == "text" else "error",
            f"{say_columns(names)} alone gives {label} {alone:.3f}; without it{others} all the rest give "
            f"{without:.3f}. It is the target in other words, or was written down after it was known.",
            f"Leave it out: {say_parameter('drop', list(names))}",
            names,
            evidence={
                "score_alone": alone,
                "score": examination.full.mean,
                "score_without": without,
                "moved": examination.full.mean - without,
            },
        )


def _hidden(examination: Examination, names: tuple[str, ...], alone: float, without: float) -> Finding:
    """The others know the target as well: an easy task, or leaks that hide one another."""
    return Finding(
        "target-leak",
        "info",
        f"{say_columns(names)} alone gives {examination.encoded_target.label} {alone:.3f}, and all the rest "
        f"give {without:.3f} without it: the task is easy, or something else tells the target too.",
        "Ask whether its value is known at the moment a prediction is made; then cure what else is found, "
        "and audit again.",
        names,
        evidence={"score_alone": alone, "score_without": without},
    )


TARGET_LEAK = Check("a column that gives the target away", ("target-leak",), find_target_leak)

"""Columns whose names say that they come after the target."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tabkit._core._parameters import say_parameter
from tabkit.leakage._check import Check
from tabkit.leakage._copies import say_columns
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding, Severity

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# What is only known, or only said, once the outcome is.
_AFTERWARDS = frozenset(
    {
        *("outcome", "result", "reason", "cancelled", "canceled", "cancellation", "refunded", "refund"),
        *(
            "chargeback",
            "resolution",
            "resolved",
            "verdict",
            "diagnosis",
            "settled",
            "settlement",
            "recovered",
        ),
        *("recovery", "collections", "terminated", "termination", "death", "died", "deceased", "final"),
        *("closed", "closing", "posterior", "predicted", "prediction", "predictions", "pred", "proba"),
        *("label", "target", "groundtruth", "truth", "actual", "leak", "future", "fraudulent", "defaulted"),
    }
)
_MIN_LENGTH = 3
_LEAST_MOVED = 0.012


def find_leaky_names(examination: Examination) -> Iterator[Finding]:
    """Yield the features named after the target or after what follows it."""
    target = str(examination.table.target.name)
    told = {name: why for name in examination.columns if (why := leak_in_name(name, target))}
    for names in examination.merge_copies(told):
        name, why = names[0], told[names[0]]
        if examination.kinds.get(name) == "constant" or name in examination.nearly_perfect:
            continue
        moved = examination.moved(names)
        severity: Severity = "warning" if moved >= _LEAST_MOVED else "info"
        effect = (
            f"without it {examination.encoded_target.label} falls from {examination.full.mean:.3f} to "
            f"{examination.full.mean - moved:.3f}"
            if moved >= _LEAST_MOVED
            else "the score does not depend on it"
        )
        yield Finding(
            "leaky-name",
            severity,
            f"{say_columns(names)} {why}; {effect}. Is its value known at the moment a prediction is made?",
            f"If it is written down later, leave it out: {say_parameter('drop', list(names))}",
            names,
            evidence={
                "score": examination.full.mean,
                "score_without": examination.full.mean - moved,
                "moved": moved,
            },
        )


def leak_in_name(name: str, target: str) -> str:
    """What in a name gives a leak away, in words; empty for nothing.

    Examples
    --------
    >>> leak_in_name("churn_date", "Churn")
    "is named after the target 'Churn'"
    >>> leak_in_name("cancellation reason", "churn")
    "says 'cancellation' in its name"
    >>> leak_in_name("age", "y")
    ''
    """
    words = [word.lower() for word in _WORD.findall(name)]
    wanted = [word.lower() for word in _WORD.findall(target)]
    said = "".join(wanted)
    is_long = len(said) >= _MIN_LENGTH and not said.isdigit()
    if is_long and (said in "".join(words)) and (set(wanted) <= set(words) or len(said) >= _MIN_LENGTH + 2):
        return f"is named after the target {target!r}"
    for word in words:
        if word in _AFTERWARDS:
            return f"says {word!r} in its name"
    return ""


LEAKY_NAMES = Check("names that give a leak away", ("leaky-name",), find_leaky_names)

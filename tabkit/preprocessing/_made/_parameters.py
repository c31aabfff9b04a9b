"""Parameters that the screened makers of features have in common."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from tabkit._core._constraints import COUNT, COUNT_FROM_ZERO, SHARE_OR_NONE
from tabkit._core._sklearn import make_interval, make_options
from tabkit.preprocessing._targets import TASK_KINDS

EXCLUDE: dict[str, Any] = {"exclude": ["array-like"]}
SCREENED: dict[str, Any] = {
    "max_features": [COUNT_FROM_ZERO],
    "max_pairs": [COUNT],
    "min_gain": [SHARE_OR_NONE],
    "screen_rows": [make_interval(Integral, 100, None, closed="left")],
    "task_kind": [make_options(*TASK_KINDS)],
    "random_state": ["random_state"],
    **EXCLUDE,
}


def say_gain(gain: float) -> str:
    """What the screen found of a column, as a part of a sentence."""
    return f"it explains {100 * gain:.1f} % of what the columns as they are leave unexplained in the screen"

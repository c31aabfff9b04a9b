"""The exit codes, and the one of a command that came to its end."""

from __future__ import annotations

import argparse
import math
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tabkit.comparison import Comparison

EXIT_NOTHING_RANKED = 1
EXIT_NOT_WRITTEN = 1
EXIT_BAD_INPUT = 2
EXIT_NOT_GOOD_ENOUGH = 3
EXIT_INTERRUPTED = 130


def finite_number(text: str) -> float:
    """Read the value of an option that is compared with a score.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is no number, or not a finite one.
    """
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is no number, such as 0.8")
    return number


def judge(comparison: Comparison, threshold: float | None) -> int:
    """Choose the exit code of a comparison, and say on the standard error what is not good enough.

    Parameters
    ----------
    comparison : Comparison
    threshold : float or None
        What the best of tabkit's own models has to reach.

    Returns
    -------
    code : int
    """
    from tabkit.comparison import describe_shortfall

    if comparison.interrupted:
        return EXIT_INTERRUPTED
    shortfall = describe_shortfall(comparison.leaderboard, threshold) if threshold is not None else ""
    if shortfall:
        print(f"tabkit: {shortfall} (--fail-under)", file=sys.stderr)
    if not any(row.rank for row in comparison.leaderboard.rows):
        return EXIT_NOTHING_RANKED
    return EXIT_NOT_GOOD_ENOUGH if shortfall else 0

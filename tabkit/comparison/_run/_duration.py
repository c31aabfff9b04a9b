"""Durations as people write them."""

from __future__ import annotations

import re

from tabkit._core import InputError

_SECONDS_OF = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


def parse_duration(text: str | float | None) -> float | None:
    """Read a duration.

    Parameters
    ----------
    text : str, float or None
        "90", "90s", "10m", "1h", "1.5h"; a number of seconds; None or "none" for no limit.

    Returns
    -------
    seconds : float or None

    Raises
    ------
    InputError
        If it is none of these, or not positive.

    Examples
    --------
    >>> parse_duration("10m")
    600.0
    """
    if text is None or (isinstance(text, str) and text.strip().lower() == "none"):
        return None
    match = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)\s*([smh]?)", str(text).strip().lower())
    seconds = float(match[1]) * _SECONDS_OF[match[2]] if match else 0.0
    if seconds <= 0:
        raise InputError(f"time limit {text!r} is no duration: write 90, 90s, 10m, 1h or none")
    return seconds

"""The time that an audit may take."""

from __future__ import annotations

import math
import time


class OutOfTimeError(Exception):
    """The time for the audit is up."""


class Clock:
    """Says when time is up.

    Parameters
    ----------
    seconds : float or None
        From now on; None for no limit.
    """

    def __init__(self, seconds: float | None) -> None:
        self._started = time.monotonic()
        self._end = math.inf if seconds is None else self._started + seconds

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self._end - time.monotonic()

    def check(self) -> None:
        """Raise `OutOfTimeError` when time is up."""
        if self.left <= 0:
            raise OutOfTimeError

"""Where forward folds test, and how far back they train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from tabkit._core import InputError
from tabkit._core._lengths import WindowSize
from tabkit.model_selection._time_axis import TimeAxis

_MAX_WINDOWS = 1_000_000


@dataclass(frozen=True)
class TrainingWindow:
    """The times that a fold trains on, by the time at which its test block starts.

    Attributes
    ----------
    axis : TimeAxis
    gap : number or timedelta64
        Training times are earlier than the start by this much or more.
    horizon : number or timedelta64
        Training times plus this are earlier than the start.
    size : WindowSize or None
        None trains on everything that is early enough.
    """

    axis: TimeAxis
    gap: Any
    horizon: Any
    size: WindowSize | None = None

    def find_stops(self, firsts: np.ndarray) -> np.ndarray:
        """How many distinct times are early enough for blocks that start at given numbers of times."""
        return np.searchsorted(self.axis.distinct, self._ends(firsts), side=self._side)

    def find_firsts(self, firsts: np.ndarray) -> np.ndarray:
        """The number of the first time that blocks which start at given numbers of times train on."""
        if self.size is None:
            return np.zeros(len(firsts), dtype=np.int64)
        if self.size.length is not None:
            return np.searchsorted(self.axis.distinct, self._ends(firsts) - self.size.length, side=self._side)
        stops = self.find_stops(firsts)
        cuts = self.axis.cut_nearest(self.axis.rows_before[stops] - self.size.n_rows)
        return np.maximum(np.minimum(cuts, stops - 1), 0)

    def is_full(self, firsts: np.ndarray) -> np.ndarray:
        """Whether there is something to train on, and the whole window lies on the axis."""
        stops = self.find_stops(firsts)
        is_full = stops > self.find_firsts(firsts)
        if self.size is None:
            return is_full
        if self.size.length is not None:
            return is_full & (self.axis.distinct[0] <= self._ends(firsts) - self.size.length)
        return is_full & (self.axis.rows_before[stops] >= self.size.n_rows)

    @property
    def _side(self) -> Literal["left", "right"]:
        # A row that is older by exactly the gap is trained on; one whose label ends exactly where
        # the test block starts is not.
        return "right" if self.gap > self.horizon else "left"

    def _ends(self, firsts: np.ndarray) -> np.ndarray:
        return self.axis.distinct[firsts] - max(self.gap, self.horizon)


def walk_back(axis: TimeAxis, size: WindowSize, step: WindowSize) -> tuple[np.ndarray, np.ndarray]:
    """Lay test windows on the axis, the last one at its end; those without rows are left out.

    Parameters
    ----------
    axis : TimeAxis
    size : WindowSize
        Of each window.
    step : WindowSize
        From window to window; of the same kind and no smaller.

    Returns
    -------
    firsts, stops : ndarray of int of shape (n_windows,)
        Numbers of the first time of each window, and of the time after its last one; increasing.
    """
    if size.length is not None:
        last = axis.distinct[-1]
        n_windows = int((last - axis.distinct[0]) // step.length) + 1
        if n_windows > _MAX_WINDOWS:
            raise InputError(f"a step of {step.length} makes {n_windows:,} test windows: take a longer one")
        ends = last - np.arange(n_windows + 1) * step.length
        # Windows that follow each other share their bounds to the last bit.
        lows = ends[1:] if step.length == size.length else ends[:-1] - size.length
        stops = np.searchsorted(axis.distinct, ends[:-1], side="right")
        firsts = np.searchsorted(axis.distinct, lows, side="right")
    else:
        n_rows = axis.rows_before[-1]
        ends = n_rows - np.arange(0, n_rows, step.n_rows)
        stops = axis.cut_nearest(ends)
        firsts = axis.cut_nearest(np.maximum(ends - size.n_rows, 0))
    is_kept = firsts < stops
    return firsts[is_kept][::-1], stops[is_kept][::-1]

"""Rows that have been, sorted so that what came before any moment is found at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tabkit.preprocessing._window_statistics import measure_windows


@dataclass(frozen=True)
class Delay:
    """How long ago a row must be to be seen.

    Attributes
    ----------
    length : int or float
        In the unit of the times.
    is_included : bool
        Whether a row that is older by exactly this much is seen. No row sees those of its own time.
    """

    length: int | float
    is_included: bool

    @property
    def side(self) -> Literal["left", "right"]:
        """Of `numpy.searchsorted`, to count the times that are early enough for an end."""
        return "right" if self.is_included and self.length > 0 else "left"

    def find_ends(self, times: np.ndarray) -> np.ndarray:
        """The times before which, or up to which, rows are seen."""
        ends = subtract(times, self.length)
        if self.side == "right" and ends.dtype.kind == "f":  # a small length is lost beside a large number
            ends = np.minimum(ends, np.nextafter(times, -np.inf))
        return ends


def subtract(times: np.ndarray, length: int | float) -> np.ndarray:
    """Take a length off times; those beyond the first that can be are that one."""
    if times.dtype.kind == "f":
        return times - length
    first = np.iinfo(np.int64).min
    return np.where(times < first + int(length), first, times - int(length))


@dataclass(frozen=True)
class HistoryRows:
    """Rows of entities, sorted by entity and time; of each entity the last ones, if not all.

    Attributes
    ----------
    distinct : ndarray of shape (n_times,)
        Increasing times.
    keys : ndarray of int64 of shape (n_rows,)
        Increasing: number of the entity times ``n_times + 1``, plus number of the time.
    values : ndarray of float64 of shape (n_rows, n_columns)
    firsts : ndarray of int64 of shape (n_entities + 1,)
        Position of each entity's first row; the last is ``n_rows``.
    n_dropped : ndarray of int64 of shape (n_entities,)
        Earlier rows of each entity that were, and are not here.
    dropped_until : ndarray of shape (n_entities,)
        Time of the last of these, where there are some.
    """

    distinct: np.ndarray
    keys: np.ndarray
    values: np.ndarray
    firsts: np.ndarray
    n_dropped: np.ndarray
    dropped_until: np.ndarray

    @classmethod
    def of(cls, entities: np.ndarray, times: np.ndarray, values: np.ndarray, n_entities: int) -> HistoryRows:
        """Sort rows; those of equal entity and time stay in their order.

        Parameters
        ----------
        entities : ndarray of int of shape (n_rows,)
            From 0.
        times : ndarray of shape (n_rows,)
        values : ndarray of shape (n_rows, n_columns)
        n_entities : int
        """
        distinct, numbers = np.unique(times, return_inverse=True)
        keys = entities.astype(np.int64) * (len(distinct) + 1) + numbers
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        firsts = np.searchsorted(keys, np.arange(n_entities + 1) * (len(distinct) + 1))
        none = np.zeros(n_entities, dtype=np.int64)
        return cls(distinct, keys, values[order], firsts, none, none.astype(times.dtype))

    @property
    def entities(self) -> np.ndarray:
        """Entity of each row."""
        return self.keys // (len(self.distinct) + 1)

    @property
    def times(self) -> np.ndarray:
        """Time of each row."""
        return self.distinct[self.keys % (len(self.distinct) + 1)]

    def keep_last(self, n_kept: int, delays: tuple[Delay, ...]) -> HistoryRows:
        """Drop what no row later than its entity's last one sees among ``n_kept`` rows, whatever the delay.

        Parameters
        ----------
        n_kept : int
        delays : tuple of Delay
        """
        n_entities = len(self.firsts) - 1
        counts = np.diff(self.firsts)
        present = np.flatnonzero(counts)
        last = np.zeros(n_entities, dtype=self.distinct.dtype)
        last[present] = self.times[self.firsts[present + 1] - 1]
        cuts = self.firsts[:-1].copy()
        # Seen by a row right after the last: up to and with what is older than that by the delay.
        stops = [
            self._count(np.arange(n_entities), subtract(last, delay.length), "right") for delay in delays
        ]
        cuts = np.maximum(cuts, np.minimum.reduce(stops) - n_kept)
        is_kept = np.arange(len(self.keys)) >= cuts[self.entities]
        n_dropped = cuts - self.firsts[:-1]
        until = np.zeros(n_entities, dtype=self.distinct.dtype)
        some = np.flatnonzero(n_dropped)
        until[some] = self.times[cuts[some] - 1]
        kept = HistoryRows.of(self.entities[is_kept], self.times[is_kept], self.values[is_kept], n_entities)
        return HistoryRows(kept.distinct, kept.keys, kept.values, kept.firsts, n_dropped, until)

    def add(
        self, entities: np.ndarray, times: np.ndarray, values: np.ndarray, n_entities: int
    ) -> HistoryRows:
        """Put other rows among them, but for those at times of their entity that are here, or were dropped.

        Parameters
        ----------
        entities : ndarray of int of shape (n_new,)
            Those from the number of entities on are new.
        times : ndarray of shape (n_new,)
        values : ndarray of shape (n_new, n_columns)
        n_entities : int
            With the new ones.
        """
        n_more = n_entities - (len(self.firsts) - 1)
        n_dropped = np.append(self.n_dropped, np.zeros(n_more, dtype=np.int64))
        until = np.append(self.dropped_until, np.zeros(n_more, dtype=self.dropped_until.dtype))
        is_dropped = (n_dropped[entities] > 0) & (times <= until[entities])
        is_there = self._count(entities, times, "right") > self._count(entities, times, "left")
        fresh = ~(is_dropped | is_there)
        both = HistoryRows.of(
            np.concatenate([self.entities, entities[fresh]]),
            np.concatenate([self.times, times[fresh]]),
            np.concatenate([self.values, values[fresh]]),
            n_entities,
        )
        return HistoryRows(both.distinct, both.keys, both.values, both.firsts, n_dropped, until)

    def look_back(self, entities: np.ndarray, times: np.ndarray, delay: Delay) -> Past:
        """What rows see of those that were their entity's.

        Parameters
        ----------
        entities : ndarray of int of shape (n_seeing,)
            Negative where there is none.
        times : ndarray of shape (n_seeing,)
        delay : Delay
        """
        ends = delay.find_ends(times)
        is_stranger = (entities < 0) | (entities >= len(self.firsts) - 1)
        known = np.where(is_stranger, 0, entities)
        stops = self._count(known, ends, delay.side)
        firsts = self.firsts[:-1][known] if len(self.firsts) > 1 else np.zeros_like(stops)
        stops = np.where(is_stranger, firsts, stops)
        n_dropped = np.where(is_stranger, 0, self.n_dropped[known]) if len(self.n_dropped) else firsts * 0
        return Past(self, known, firsts, stops, n_dropped, ends, delay.side)

    def _count(self, entities: np.ndarray, ends: np.ndarray, side: Literal["left", "right"]) -> np.ndarray:
        """Position after the last row of an entity that is early enough."""
        numbers = np.searchsorted(self.distinct, ends, side=side)
        return np.searchsorted(self.keys, entities.astype(np.int64) * (len(self.distinct) + 1) + numbers)


@dataclass(frozen=True)
class Past:
    """The rows of a history that each of some rows sees: those from ``firsts`` to ``stops``.

    Attributes
    ----------
    rows : HistoryRows
    entities, firsts, stops, n_dropped : ndarray of int64 of shape (n_seeing,)
    ends : ndarray of shape (n_seeing,)
        Time at which what is seen ends.
    side : {"left", "right"}
        "right" where that time is seen as well.
    """

    rows: HistoryRows
    entities: np.ndarray
    firsts: np.ndarray
    stops: np.ndarray
    n_dropped: np.ndarray
    ends: np.ndarray
    side: Literal["left", "right"]

    def count(self) -> np.ndarray:
        """Number of rows seen; NaN where those that were dropped may be some."""
        is_unsure = (self.n_dropped > 0) & (self.stops == self.firsts)
        return np.where(is_unsure, np.nan, self.stops - self.firsts + self.n_dropped)

    def since_last(self, times: np.ndarray) -> np.ndarray:
        """Time since the last row seen, NaN where there is none."""
        sees = self.stops > self.firsts
        since = np.full(len(times), np.nan)
        last = self.rows.distinct[self.rows.keys[self.stops[sees] - 1] % (len(self.rows.distinct) + 1)]
        if last.dtype.kind == "f":
            since[sees] = times[sees] - last
        else:  # more than 292 years of nanoseconds are beyond int64, not below 0
            since[sees] = times[sees].astype(np.uint64) - last.astype(np.uint64)
        return since

    def lag(self, column: int, n_rows: int) -> np.ndarray:
        """The value of the last row seen, or of one before it; NaN where there is none."""
        places = self.stops - n_rows
        is_there = places >= self.firsts
        values = np.full(len(places), np.nan)
        values[is_there] = self.rows.values[places[is_there], column]
        return values

    def find_last_rows(self, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
        """First positions of windows of the last rows, and which of them reach into what was dropped."""
        starts = self.stops - n_rows
        return np.maximum(starts, self.firsts), (starts < self.firsts) & (self.n_dropped > 0)

    def find_last_length(self, length: int | float, most: int | None) -> tuple[np.ndarray, np.ndarray]:
        """The same of windows of a length of time, of at most so many rows."""
        low = subtract(self.ends, length)
        starts = self.rows._count(self.entities, low, self.side)
        starts = np.clip(starts, self.firsts, self.stops)
        if len(self.rows.dropped_until):
            until = self.rows.dropped_until[self.entities]
            reaches = (until > low) if self.side == "right" else (until >= low)
        else:
            reaches = np.zeros(len(starts), dtype=bool)
        reaches &= self.n_dropped > 0
        if most is not None:
            reaches &= self.stops - most < self.firsts
            starts = np.maximum(starts, self.stops - most)
        return starts, reaches

    def measure(self, column: int, window: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation over windows; NaN where they reach into what was dropped."""
        starts, is_cut = window
        means, deviations = measure_windows(self.rows.values[:, column], starts, self.stops)
        return np.where(is_cut, np.nan, means), np.where(is_cut, np.nan, deviations)

"""Mean and standard deviation over many windows of one array."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Moments(NamedTuple):
    """Of several sets of values: how many, their mean, and the sum of squared deviations from it.

    Attributes
    ----------
    n, mean, squares : ndarray of float64 of shape (n_sets,)
        All 0 for an empty set.
    """

    n: np.ndarray
    mean: np.ndarray
    squares: np.ndarray

    def take(self, which: np.ndarray | slice) -> Moments:
        """Those of some sets."""
        return Moments(self.n[which], self.mean[which], self.squares[which])

    def merge(self, other: Moments) -> Moments:
        """Those of the unions, pair by pair (Chan, Golub and LeVeque, 1979): no large terms cancel."""
        count = self.n + other.n
        share = other.n / np.maximum(count, 1.0)
        difference = other.mean - self.mean
        mean = self.mean + difference * share
        squares = self.squares + other.squares + difference**2 * self.n * share
        return Moments(count, mean, squares)


def measure_windows(
    values: np.ndarray, firsts: np.ndarray, stops: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the values in each window, whatever its length.

    Each window is put together from pieces of 1, 2, 4, ... values, which all windows share: the cost grows
    with the logarithm of the longest. What comes out hangs on the values in the window alone, to the
    last bit.

    Parameters
    ----------
    values : ndarray of float64 of shape (n_values,)
        NaN is left out.
    firsts, stops : ndarray of int of shape (n_windows,)
        Windows hold ``values[first:stop]``.

    Returns
    -------
    means : ndarray of shape (n_windows,)
        NaN where a window has no value.
    deviations : ndarray of shape (n_windows,)
        With one degree of freedom less than values; NaN where a window has fewer than two.
    """
    firsts, lengths = np.asarray(firsts), np.maximum(stops - firsts, 0)
    n_needed = int(lengths.sum())
    if n_needed < len(values):  # a few windows of a long array
        offsets = np.cumsum(lengths) - lengths
        values = values[np.arange(n_needed) + np.repeat(firsts - offsets, lengths)]
        firsts = offsets
    moments = _gather(values, firsts, lengths)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(moments.n > 0, moments.mean, np.nan)
        deviations = np.sqrt(moments.squares / np.where(moments.n > 1, moments.n - 1, np.nan))
    return means, deviations


def _gather(values: np.ndarray, firsts: np.ndarray, lengths: np.ndarray) -> Moments:
    is_there = ~np.isnan(values)
    pieces = Moments(is_there.astype(np.float64), np.where(is_there, values, 0.0), np.zeros(len(values)))
    found = Moments(*(np.zeros(len(firsts)) for _ in Moments._fields))
    places = firsts.copy()
    n_levels = int(lengths.max(initial=0)).bit_length()
    for level in range(n_levels):
        width = 1 << level
        having = np.flatnonzero(lengths & width)
        merged = found.take(having).merge(pieces.take(places[having]))
        for whole, part in zip(found, merged, strict=True):
            whole[having] = part
        places[having] += width
        if level + 1 < n_levels:
            pieces = pieces.take(slice(None, -width)).merge(pieces.take(slice(width, None)))
    return found

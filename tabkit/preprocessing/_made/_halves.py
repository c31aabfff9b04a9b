"""How much of what a model leaves unexplained a made column explains, and how much by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

# Shares of rows below the edges of bins: finer at the ends, where quotients are far from the rest.
_EDGES = (0.01, 0.03, *(place / 14 for place in range(1, 14)), 0.97, 0.99)


@dataclass(frozen=True)
class Explained:
    """What bins explain, each on rows that their means are not from.

    Attributes
    ----------
    by_target : ndarray of shape (n_targets,)
        Sums of squares explained.
    by_shadow : ndarray of shape (n_shadows,)
        The same of residuals with random signs, all targets together.
    scale : float
        Standard deviation of either where there is nothing to explain.
    """

    by_target: np.ndarray
    by_shadow: np.ndarray
    scale: float


class Halves:
    """Residuals of rows in two halves.

    What the bins of a column explain is ``sum over bins of weight * mean in one half * mean in the other``:
    an unbiased estimate of the sum of squares between bins, whose mean is 0 where there is nothing, however
    many bins there are. Shadows are the same residuals with signs drawn at random, one for each unit:
    they keep how residuals spread and which rows go together, and have nothing that can be explained.

    Parameters
    ----------
    residuals : ndarray of shape (n_rows, n_targets)
    weights : ndarray of shape (n_rows,)
    is_second : ndarray of bool of shape (n_rows,)
        Which half rows are in.
    units : ndarray of int of shape (n_rows,)
        From 0; rows of one unit depend on each other.
    n_shadows : int
    seed : int
    """

    def __init__(
        self,
        residuals: np.ndarray,
        weights: np.ndarray,
        is_second: np.ndarray,
        units: np.ndarray,
        *,
        n_shadows: int,
        seed: int,
    ) -> None:
        self.residuals = residuals
        self.weights = weights
        self.is_second = is_second
        signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(int(units.max()) + 1, n_shadows))
        self.signs = signs[units]
        self.total = float((weights[:, np.newaxis] * residuals**2).sum())

    def measure(self, bins: np.ndarray, *, with_shadows: bool = True) -> Explained:
        """How much bins explain; ints from 0, shape (n_rows,)."""
        n_targets = self.residuals.shape[1]
        weighted = self.weights[:, np.newaxis] * self.residuals
        parts = [weighted, weighted**2]
        if with_shadows:
            parts += [weighted[:, [target]] * self.signs for target in range(n_targets)]
        first, second = self._sum_by_half(bins, np.hstack(parts))
        first_weight, second_weight = self._sum_by_half(bins, self.weights[:, np.newaxis])
        both = first_weight * second_weight
        factor = np.divide(first_weight + second_weight, both, out=np.zeros_like(both), where=both > 0)
        products = first * second
        explained = (factor * products).sum(axis=0)
        scale = np.sqrt((factor**2 * products[:, n_targets : 2 * n_targets]).sum())
        shadows = explained[2 * n_targets :].reshape(n_targets, -1).sum(axis=0)
        return Explained(explained[:n_targets], shadows, float(scale))

    def remove(self, bins: np.ndarray) -> None:
        """Take from each half what the bins' means in the other half explain of it."""
        first, second = self._sum_by_half(bins, self.weights[:, np.newaxis] * self.residuals)
        first_weight, second_weight = self._sum_by_half(bins, self.weights[:, np.newaxis])
        means = [
            np.divide(sums, weight, out=np.zeros_like(sums), where=weight > 0)
            for sums, weight in ((first, first_weight), (second, second_weight))
        ]
        self.residuals = self.residuals - np.where(
            self.is_second[:, np.newaxis], means[0][bins], means[1][bins]
        )

    def _sum_by_half(self, bins: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sums of values within bins, shape (n_bins, n_values), in either half."""
        n_rows, n_bins = len(bins), int(bins.max()) + 1
        spots = bins + n_bins * self.is_second
        chosen = csr_matrix((np.ones(n_rows), spots, np.arange(n_rows + 1)), shape=(n_rows, 2 * n_bins))
        sums = chosen.T @ values
        return sums[:n_bins], sums[n_bins:]


def bin_numbers(values: np.ndarray) -> np.ndarray:
    """Bins by quantiles, equal numbers in one; missing ones have a bin of their own.

    Examples
    --------
    >>> bin_numbers(np.array([1.0, 2.0, np.nan, 2.0]))
    array([0, 1, 2, 1])
    """
    is_missing = np.isnan(values)
    present = np.sort(values[~is_missing])
    if not len(present):
        return np.zeros(len(values), dtype=np.int64)
    places = (np.array(_EDGES) * len(present)).astype(np.int64)
    edges = np.unique(present[places])
    bins = np.searchsorted(edges, values, side="right")
    bins[is_missing] = len(edges) + 1
    return np.unique(bins, return_inverse=True)[1]

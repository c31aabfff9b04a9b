"""From a table as it is to the tensors that a network takes."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from tabkit.preprocessing._frame_encoder import FrameEncoder

# Of the smooth clip: scaled numbers stay between minus and plus this.
_BOUND = 3.0


class TableEncoder:
    """Learns the columns of the training rows, and encodes any rows in the same way.

    Numbers, dates and durations are centred by their median, divided by the distance of their quartiles,
    and clipped smoothly: ``x / sqrt(1 + (x / 3)**2)`` (Holzmüller et al. 2024, RealMLP). A missing one
    becomes the median, and each column with missing ones gets an indicator of them.

    Parameters
    ----------
    max_categories : int or None, default=None
        Categories kept per column, the most frequent ones; the others count as unseen. None keeps all.

    Attributes
    ----------
    cardinalities : tuple of int
        Codes of each categorical column, the two of missing and unseen included.
    n_scaled : int
        Numbers before the indicators.
    n_numbers : int
        Numbers with the indicators.
    """

    def __init__(self, max_categories: int | None = None) -> None:
        self._frame_encoder = FrameEncoder(max_categories)

    def fit_transform(self, X: np.ndarray | pd.DataFrame, *, strict: bool = False) -> tuple[Tensor, Tensor]:
        """Learn the columns and encode the rows they are learnt from.

        Parameters
        ----------
        X : ndarray or DataFrame of shape (n_rows, n_features)
        strict : bool, default=False
            As for `transform`.

        Returns
        -------
        numbers, codes : Tensor
            See `transform`.
        """
        encoder = self._frame_encoder.fit(X)
        numbers, codes = encoder.transform_apart(X, strict=strict)
        self._indicated = np.flatnonzero(np.isnan(numbers).any(axis=0))
        self._center, self._scale = _find_scale(numbers)
        self.n_scaled = numbers.shape[1]
        self.n_numbers = self.n_scaled + len(self._indicated)
        # What training never had could not be learnt: a missing category there counts as an unseen one.
        self._never_missing = np.flatnonzero((codes != 0).all(axis=0))
        self.cardinalities = tuple(
            2 + len(column.categories) for column in encoder.columns if column.kind == "category"
        )
        return self._encode(numbers, codes)

    def transform(self, X: np.ndarray | pd.DataFrame, *, strict: bool = False) -> tuple[Tensor, Tensor]:
        """Encode rows.

        Parameters
        ----------
        X : ndarray or DataFrame of shape (n_rows, n_features)
        strict : bool, default=False
            Whether to refuse what cannot be read, see `FrameEncoder.transform`.

        Returns
        -------
        numbers : Tensor of shape (n_rows, n_numbers)
            float32, the indicators last.
        codes : Tensor of shape (n_rows, n_categorical)
            int64, see `FrameEncoder.transform_apart`.
        """
        return self._encode(*self._frame_encoder.transform_apart(X, strict=strict))

    def _encode(self, numbers: np.ndarray, codes: np.ndarray) -> tuple[Tensor, Tensor]:
        encoded = np.empty((len(numbers), self.n_numbers), dtype=np.float32)
        if len(self._indicated):
            encoded[:, self.n_scaled :] = np.isnan(numbers[:, self._indicated])
        scaled = (numbers - self._center) * self._scale
        scaled /= np.sqrt(1.0 + (scaled / _BOUND) ** 2)
        encoded[:, : self.n_scaled] = np.nan_to_num(scaled, copy=False, nan=0.0)
        for column in self._never_missing:
            codes[:, column] = np.maximum(codes[:, column], 1)
        return torch.from_numpy(encoded), torch.from_numpy(codes)


def find_bins(numbers: Tensor, n_bins: int) -> tuple[tuple[float, ...], ...]:
    """Edges of the bins of each number, for piecewise linear embeddings: values at equal ranks.

    Where many rows share one value (no capital gain, a missing number's median), equal shares of the rows
    would spend their edges on it. It gets an edge, and one at the next value on either side, so that it can
    be told from them; the other edges are those of the other rows, as many as elsewhere.

    Parameters
    ----------
    numbers : Tensor of shape (n_rows, n_numbers)
    n_bins : int
        At most; a number with fewer distinct values has fewer.

    Returns
    -------
    edges : tuple of tuple of float
        Two or more per number, ascending.

    Examples
    --------
    >>> find_bins(torch.tensor([[0.0], [1.0], [2.0]]), 2)
    ((0.0, 1.0, 2.0),)
    >>> find_bins(torch.tensor([[0.0]] * 96 + [[1.0], [2.0], [3.0], [4.0]]), 4)
    ((0.0, 1.0, 2.0, 3.0, 4.0),)
    """
    return tuple(_find_edges(column, n_bins) for column in numbers.numpy().T)


def _find_edges(column: np.ndarray, n_bins: int) -> tuple[float, ...]:
    values, counts = np.unique(column, return_counts=True)
    if len(values) > n_bins + 1:
        values = _choose_edges(values, counts, n_bins)
    # A constant has one edge; a bin around it is as good as any.
    return tuple(map(float, values if len(values) > 1 else (values[0], values[0] + 1.0)))


def _choose_edges(values: np.ndarray, counts: np.ndarray, n_bins: int) -> np.ndarray:
    """Values of more rows than a bin is to hold, their neighbours, and equal shares of the other rows."""
    frequent = np.flatnonzero(counts * n_bins > counts.sum())
    # Three edges each: half of all.
    frequent = frequent[np.argsort(-counts[frequent], kind="stable")][: n_bins // 6]
    told_apart = values[(frequent[:, np.newaxis] + [-1, 0, 1]).clip(0, len(values) - 1).ravel()]
    counts = counts.copy()
    counts[frequent] = 0
    others = np.repeat(values, counts)

    def cut(n_shares: int) -> np.ndarray:
        ranks = np.linspace(0, len(others) - 1, n_shares + 1).round().astype(np.intp)
        return np.union1d(told_apart, others[ranks])

    n_left = n_bins - len(np.unique(told_apart))
    shares = range(n_left, max(n_left + 1, len(others)))
    return cut(shares[bisect_right(shares, n_bins + 1, key=lambda n_shares: len(cut(n_shares))) - 1])


def _find_scale(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Median and factor of each column; columns without spread have the factor 0."""
    if not numbers.size:
        return np.zeros(numbers.shape[1]), np.zeros(numbers.shape[1])
    has_values = ~np.isnan(numbers).all(axis=0)
    filled = np.where(has_values, numbers, 0.0)
    lowest, first, center, third, highest = np.nanquantile(filled, [0.0, 0.25, 0.5, 0.75, 1.0], axis=0)
    with np.errstate(divide="ignore"):
        scale = np.where(third > first, 1.0 / (third - first), 2.0 / (highest - lowest))
    return center, np.where(highest > lowest, scale, 0.0)

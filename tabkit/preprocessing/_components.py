"""Numeric columns as fewer: their principal components."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from sklearn.decomposition import PCA

from tabkit._core import InputError
from tabkit.preprocessing._blocks import combine_sources

_LARGEST = float(np.finfo(np.float32).max)


class Components:
    """Principal components of all columns, the widest first.

    Parameters
    ----------
    n_components : int or float
        How many, or the share of the variance that they have at least.
    seed : int
    """

    def __init__(self, n_components: float, seed: int) -> None:
        self.n_components = n_components
        self.seed = seed

    def fit(self, numbers: np.ndarray, names: Sequence[str], sources: Sequence[Hashable]) -> Components:
        """Learn the directions from the training rows.

        Raises
        ------
        InputError
            If there are fewer columns or rows than components.
        """
        n_rows, n_columns = numbers.shape
        if self.n_components >= 1 and self.n_components > min(n_rows, n_columns):
            raise InputError(
                f"n_numeric_components={self.n_components} is more than the {n_columns} numeric columns of "
                f"{n_rows} rows have: take fewer, or a share of the variance such as 0.95"
            )
        pca = PCA(self.n_components, random_state=self.seed).set_output(transform="default")
        with np.errstate(invalid="ignore"):
            pca.fit(numbers)
        self.means_, self.directions_ = pca.mean_, pca.components_
        self.names = [f"pca_{position}" for position in range(len(self.directions_))]
        self.sources = [combine_sources(sources)] * len(self.names)
        return self

    def transform(self, numbers: np.ndarray) -> np.ndarray:
        """Return the components."""
        # Not a product of matrices, whose last digits depend on how many rows there are.
        turned = np.einsum("ij,kj->ik", numbers - self.means_, self.directions_)
        return np.clip(turned, -_LARGEST, _LARGEST)

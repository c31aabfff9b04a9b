"""How numbers are scaled: smoothly clipped, or by one of scikit-learn's scalers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from sklearn.preprocessing import (
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from tabkit.preprocessing._numbers import SmoothScaler

_LARGEST = float(np.finfo(np.float32).max)
_MOST_QUANTILES = 1_000


class Scaler(Protocol):
    """Brings columns to a scale; missing values stay NaN."""

    def fit(self, numbers: np.ndarray) -> Scaler:
        """Learn from the training rows, shape (n_rows, n_columns)."""
        ...

    def transform(self, numbers: np.ndarray) -> np.ndarray:
        """Scale rows, shape (n_rows, n_columns)."""
        ...


def make_scaler(scaling: str, *, is_scaled: bool, seed: int) -> Scaler | None:
    """Make the scaler that was asked for.

    Parameters
    ----------
    scaling : {"auto", "none", "standard", "min_max", "robust", "quantile", "power", "log"}
    is_scaled : bool
        Whether the family of models has its numbers scaled by default.
    seed : int
        Draws the rows that quantiles are taken from, where there are more than 10,000.

    Returns
    -------
    scaler : Scaler or None
        None where numbers stay as they are.
    """
    if scaling == "auto":
        return SmoothScaler() if is_scaled else None
    return None if scaling == "none" else LibraryScaler(scaling, seed)


class LibraryScaler:
    """One of scikit-learn's scalers, for any numbers that float32 holds.

    Parameters
    ----------
    scaling : {"standard", "min_max", "robust", "quantile", "power", "log"}
    seed : int
    """

    def __init__(self, scaling: str, seed: int) -> None:
        self.scaling = scaling
        self.seed = seed

    def fit(self, numbers: np.ndarray) -> LibraryScaler:
        """Learn from the training rows.

        Parameters
        ----------
        numbers : ndarray of shape (n_rows, n_columns)
            NaN where missing.
        """
        numbers = np.where(np.isnan(numbers).all(axis=0), 0.0, numbers)
        self.lows_, self.highs_ = np.nanmin(numbers, axis=0), np.nanmax(numbers, axis=0)
        self.scaler_ = _MAKE[self.scaling](len(numbers), self.seed).set_output(transform="default")
        with np.errstate(all="ignore"):
            self.scaler_.fit(self._adapt(numbers))
        return self

    def transform(self, numbers: np.ndarray) -> np.ndarray:
        """Scale rows; what is missing stays NaN, and everything else is finite, in float32 too.

        Returns
        -------
        scaled : ndarray of shape (n_rows, n_columns)
        """
        with np.errstate(over="ignore"):
            return np.clip(self.scaler_.transform(self._adapt(numbers)), -_LARGEST, _LARGEST)

    def _adapt(self, numbers: np.ndarray) -> np.ndarray:
        if self.scaling == "log":
            return np.sign(numbers) * np.log1p(np.abs(numbers))
        if self.scaling == "power":
            # Its powers are those of the training rows, and soon beyond float64 outside of them.
            return np.clip(numbers, self.lows_, self.highs_)
        return numbers


def _make_quantile(n_rows: int, seed: int) -> QuantileTransformer:
    return QuantileTransformer(
        n_quantiles=min(n_rows, _MOST_QUANTILES), output_distribution="normal", random_state=seed
    )


_MAKE: dict[str, Callable[[int, int], Any]] = {
    "standard": lambda n_rows, seed: StandardScaler(),
    "min_max": lambda n_rows, seed: MinMaxScaler(),
    "robust": lambda n_rows, seed: RobustScaler(),
    "quantile": _make_quantile,
    "power": lambda n_rows, seed: PowerTransformer(),
    "log": lambda n_rows, seed: StandardScaler(),
}

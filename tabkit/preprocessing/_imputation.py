"""What fills missing numbers: what the rest of the row leads to expect, or one value for each column."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from sklearn.impute import SimpleImputer

from tabkit.preprocessing._filling import ExpectedValues

# Beyond as many standard deviations a value says no more of the rest of its row.
_FURTHEST = 1e6


class Filling(Protocol):
    """Fills missing numbers."""

    def fit(self, features: np.ndarray) -> Filling:
        """Learn from the training rows, shape (n_rows, n_features), NaN where missing."""
        ...

    def fill(self, features: np.ndarray) -> np.ndarray:
        """Fill rows, shape (n_rows, n_features), perhaps in place."""
        ...


def make_filling(imputation: str, scaling: str, *, is_scaled: bool) -> Filling | None:
    """Make what fills as was asked for.

    Parameters
    ----------
    imputation : {"auto", "mean", "median", "most_frequent", "model", "none"}
    scaling : str
        As for `make_scaler`.
    is_scaled : bool
        Whether the family of models has its numbers scaled and filled by default.

    Returns
    -------
    filling : Filling or None
        None where missing values stay NaN.
    """
    if imputation == "none" or (imputation == "auto" and not is_scaled):
        return None
    if imputation in ("auto", "model"):
        return ExpectedValues() if is_scaled and scaling == "auto" else ExpectedOnScale()
    return LibraryFilling(imputation)


class ExpectedOnScale:
    """`ExpectedValues` for features of any scale."""

    def fit(self, features: np.ndarray) -> ExpectedOnScale:
        """Learn scales, and how features go together.

        Parameters
        ----------
        features : ndarray of shape (n_rows, n_features)
            NaN where missing.
        """
        filled = np.where(np.isnan(features).all(axis=0), 0.0, features)
        self.centres_, scales = np.nanmean(filled, axis=0), np.nanstd(filled, axis=0)
        self.scales_ = np.where(scales > 1e-9 * np.abs(self.centres_), scales, 1.0)
        self.expected_ = ExpectedValues().fit(self._standardise(features))
        return self

    def fill(self, features: np.ndarray) -> np.ndarray:
        """Fill rows; what is known stays as it is to the last bit.

        Returns
        -------
        features : ndarray of shape (n_rows, n_features)
        """
        is_missing = np.isnan(features)
        if not is_missing.any():
            return features
        expected = self.expected_.fill(self._standardise(features))
        return np.where(is_missing, expected * self.scales_ + self.centres_, features)

    def _standardise(self, features: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            return ((features - self.centres_) / self.scales_).clip(-_FURTHEST, _FURTHEST)


class LibraryFilling:
    """scikit-learn's `SimpleImputer`: one value for each feature.

    Parameters
    ----------
    strategy : {"mean", "median", "most_frequent"}
    """

    def __init__(self, strategy: str) -> None:
        self.strategy = strategy

    def fit(self, features: np.ndarray) -> LibraryFilling:
        """Learn the values; 0 where a feature has none.

        Parameters
        ----------
        features : ndarray of shape (n_rows, n_features)
            NaN where missing.
        """
        imputer = SimpleImputer(strategy=self.strategy, keep_empty_features=True)
        self.values_ = imputer.fit(features).statistics_
        return self

    def fill(self, features: np.ndarray) -> np.ndarray:
        """Fill rows.

        Returns
        -------
        features : ndarray of shape (n_rows, n_features)
        """
        return np.where(np.isnan(features), self.values_, features)

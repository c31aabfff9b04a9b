"""Columns of numbers, and how linear models and nets want them scaled."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from tabkit.preprocessing._columns import ReadTable
from tabkit.preprocessing._training_target import TrainingTarget

_OUTERMOST = (0.005, 0.995)


class NumberColumns:
    """Numeric columns as they were read: missing values are NaN.

    Parameters
    ----------
    sources : sequence of hashable
        The labels of all numeric columns that are used.
    outliers : {"keep", "clip"}, default="keep"
        "clip" brings values beyond the quantiles at 0.5 % and 99.5 % of the training rows to these.
    """

    def __init__(self, sources: Sequence[Hashable], outliers: str = "keep") -> None:
        self.sources = list(sources)
        self.outliers = outliers

    @property
    def names(self) -> list[str]:
        """The labels as text."""
        return [str(label) for label in self.sources]

    def fit_transform(self, table: ReadTable, rows: TrainingTarget) -> np.ndarray:
        """Learn the quantiles if they are needed, and return the training rows."""
        if self.outliers == "clip":
            known = np.where(np.isnan(table.numbers).all(axis=0), 0.0, table.numbers)
            lows, highs = np.nanquantile(known, _OUTERMOST, axis=0)
            # What is nearly always the same is told from by the rest, such as a flag that is rarely up.
            is_clipped = lows < highs
            self.lows_ = np.where(is_clipped, lows, -np.inf)
            self.highs_ = np.where(is_clipped, highs, np.inf)
        return self.transform(table)

    def transform(self, table: ReadTable) -> np.ndarray:
        """Return the columns, shape (n_rows, n_columns)."""
        return np.clip(table.numbers, self.lows_, self.highs_) if self.outliers == "clip" else table.numbers


class SmoothScaler:
    """Scale columns so that no outlier dominates, and note which have missing values.

    A column is centred and scaled by mean and standard deviation of its values between
    the 1st and the 99th percentile, then clipped smoothly: ``z / sqrt(1 + (z / limit) ** 2)``.
    Missing values stay NaN.

    Parameters
    ----------
    limit : float, default=4.0
        What no scaled value exceeds.

    References
    ----------
    Smooth clipping after D. Holzmüller, L. Grinsztajn, I. Steinwart, "Better by Default:
    Strong Pre-Tuned MLPs and Boosted Trees on Tabular Data", NeurIPS 2024.
    """

    def __init__(self, limit: float = 4.0) -> None:
        self.limit = limit

    def fit(self, numbers: np.ndarray) -> SmoothScaler:
        """Learn centre, scale and which columns have missing values.

        Parameters
        ----------
        numbers : ndarray of shape (n_rows, n_columns)
            NaN where missing.
        """
        self.indicated_ = np.flatnonzero(np.isnan(numbers).any(axis=0))
        numbers = np.where(np.isnan(numbers).all(axis=0), 0.0, numbers)
        low, high = np.nanpercentile(numbers, [1, 99], axis=0)
        inner = np.clip(numbers, low, high)
        self.centres_ = np.nanmean(inner, axis=0)
        scales = np.nanstd(inner, axis=0)
        # More than 98 % of the values are the same: only the others tell a scale.
        narrow = ~(scales > 1e-9 * np.maximum(np.abs(self.centres_), 1e-300))
        scales[narrow] = np.nanstd(numbers[:, narrow], axis=0)
        scales[~(scales > 0)] = 1.0
        self.scales_ = scales
        return self

    def transform(self, numbers: np.ndarray) -> np.ndarray:
        """Scale rows; what is missing stays NaN.

        Returns
        -------
        scaled : ndarray of shape (n_rows, n_columns)
        """
        scaled = (numbers - self.centres_) / self.scales_
        scaled /= np.sqrt(1.0 + (scaled / self.limit) ** 2)
        return scaled

"""What a library is given to train on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Rows:
    """Encoded rows.

    Attributes
    ----------
    features : ndarray or DataFrame of shape (n_rows, n_features)
        Of `FrameEncoder`.
    target : ndarray of shape (n_rows,)
        Codes of the classes, or values.
    weight : ndarray of shape (n_rows,) or None
    """

    features: np.ndarray | pd.DataFrame
    target: np.ndarray
    weight: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> Rows:
        """Only some of the rows, in memory like all of them."""
        features: np.ndarray | pd.DataFrame
        if isinstance(self.features, pd.DataFrame):
            features = self.features.iloc[rows]
        elif self.features.flags.c_contiguous:
            features = self.features[rows]
        else:  # NumPy's result would lie row by row: picking from the transpose keeps columns together
            features = self.features.T[:, rows].T
        return Rows(features, self.target[rows], None if self.weight is None else self.weight[rows])


@dataclass(frozen=True)
class Plan:
    """How to train, in the terms that all libraries share.

    Attributes
    ----------
    n_rounds : int
        Boosting rounds at most.
    early_stopping_rounds : int
        Rounds without a better validation score after which to stop.
    n_classes : int
        0 for regression.
    categorical : sequence of int
        Positions of the category columns.
    n_threads, seed : int
    monotone : sequence of int, default=()
        For each feature 1, -1 or 0, see `constrain_features`; empty when none is constrained.
    extra_params : mapping of str, default={}
        More parameters of the library, which go before all others.
    """

    n_rounds: int
    early_stopping_rounds: int
    n_classes: int
    categorical: Sequence[int]
    n_threads: int
    seed: int
    monotone: Sequence[int] = ()
    extra_params: Mapping[str, Any] = field(default_factory=dict)

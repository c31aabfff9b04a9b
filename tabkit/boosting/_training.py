"""What a library is given to train on."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tabkit._core import InputError
from tabkit._core._processors import count_processors


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
    """

    n_rounds: int
    early_stopping_rounds: int
    n_classes: int
    categorical: Sequence[int]
    n_threads: int
    seed: int
    monotone: Sequence[int] = ()


def count_threads(n_jobs: int | None) -> int:
    """Threads for ``n_jobs``: None follows OMP_NUM_THREADS, else the processors given; -1 takes those."""
    if n_jobs is not None:
        return count_processors() if n_jobs < 0 else max(1, n_jobs)
    # A list such as "4,2" gives the threads of nested levels: the first is ours.
    first = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return int(first) if first.isdigit() and int(first) > 0 else count_processors()


def check_weight(sample_weight: Any, n_rows: int) -> np.ndarray | None:
    """Weights as an array, one finite number per row, not negative and not all zero."""
    if sample_weight is None:
        return None
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (n_rows,):
        raise InputError(f"sample_weight: expected {n_rows} values, one per row, got shape {weight.shape}")
    if not np.isfinite(weight).all() or (weight < 0).any():
        raise InputError("sample_weight: expected finite numbers that are not negative")
    if not weight.any():
        raise InputError("sample_weight: the weight of every row is zero")
    return weight


def draw_seed(random_state: int | np.random.RandomState | None) -> int:
    """A seed that every library takes; None draws a new one without touching a global generator."""
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    if random_state is None:
        return int(np.random.default_rng().integers(2**31 - 1))
    return int(random_state)

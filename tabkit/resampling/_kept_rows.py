"""Which rows stay, where rows are left out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from imblearn.under_sampling import EditedNearestNeighbours, NearMiss, RandomUnderSampler, TomekLinks

from tabkit._core._wording import say_values

_N_NEIGHBORS = 3


def keep_at_random(y: np.ndarray, targets: dict[int, int], seed: int) -> np.ndarray:
    """Positions of the rows that stay, so many of each class in ``targets``."""
    sampler = RandomUnderSampler(sampling_strategy=targets, random_state=seed)
    sampler.fit_resample(np.zeros((len(y), 1)), y)
    return np.sort(sampler.sample_indices_)


def keep_near_miss(points: Any, y: np.ndarray, targets: dict[int, int]) -> tuple[np.ndarray, list[str]]:
    """Positions of the rows that stay, those nearest to the rarest class; and what was done otherwise."""
    rarest = int(np.bincount(y).min())
    n_neighbors, notes = min(_N_NEIGHBORS, rarest), []
    if n_neighbors < _N_NEIGHBORS:
        notes.append(f"near_miss looks at {n_neighbors} neighbour(s) and not 3: the rarest class has no more")
    sampler = NearMiss(sampling_strategy=targets, n_neighbors=n_neighbors)
    sampler.fit_resample(points, y)
    return np.sort(sampler.sample_indices_), notes


def keep_without_tomek_links(points: Any, y: np.ndarray, classes: Collection[int]) -> np.ndarray:
    """Positions of the rows but those of some classes whose nearest row is of another, and it theirs."""
    sampler = TomekLinks(sampling_strategy=list(classes))
    sampler.fit_resample(points, y)
    return sampler.sample_indices_


def keep_among_their_own(points: Any, y: np.ndarray) -> np.ndarray:
    """Positions of the rows whose three nearest rows are all of their class."""
    n_neighbors = min(_N_NEIGHBORS, len(y) - 1)
    sampler = EditedNearestNeighbours(sampling_strategy="all", n_neighbors=n_neighbors)
    sampler.fit_resample(points, y)
    return np.sort(sampler.sample_indices_)


def spare_lost_classes(kept: np.ndarray, y: np.ndarray, names: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Leave a class as it is where not one row of it would stay."""
    lost = np.setdiff1d(y, y[kept])
    if not len(lost):
        return kept, []
    listed = say_values(names[lost])
    note = f"class {listed} is left as it is: cleaning would take every row of it"
    return np.sort(np.concatenate([kept, np.flatnonzero(np.isin(y, lost))])), [note]

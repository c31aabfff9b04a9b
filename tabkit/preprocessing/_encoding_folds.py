"""The folds inside the training rows that target encodings are cross-fitted on.

Beside the folds of `tabkit.model_selection._inner_folds`, which this package, its neighbour, does not import:
these never refuse, since a column without folds has an encoding too, and cost little with many groups.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

from tabkit._core._pairs import Pairs
from tabkit._core._times import Spans, are_intervals, read_times

# StratifiedGroupKFold tries every group in every fold, one after the other.
_MOST_STRATIFIED_GROUPS = 2_000


def split_for_encoding(
    n_rows: int,
    *,
    labels: np.ndarray | None = None,
    groups: Any = None,
    times: Any = None,
    n_folds: int = 5,
    seed: int = 0,
) -> Pairs:
    """Split training rows so that each is tested once.

    Parameters
    ----------
    n_rows : int
    labels : ndarray of int of shape (n_rows,), default=None
        Classes to spread evenly over the folds.
    groups : array-like of shape (n_rows,), default=None
        Rows of one group are in one fold; prevails over ``times``.
    times : array-like of shape (n_rows,), default=None
        Folds are blocks in time; rows of the same time are in one block. Of intervals, those that reach
        into a block are not used for it: then nothing may be left to use.
    n_folds : int, default=5
        Fewer when there are not as many rows, groups or times.
    seed : int, default=0

    Returns
    -------
    folds : tuple of (train, test)
        Row positions; empty where rows cannot be split.
    """
    if groups is not None:
        return _split_groups(pd.factorize(np.asarray(groups))[0], labels, n_folds, seed)
    if times is not None:
        return _split_times(read_times(times, n_rows), n_folds)
    n_folds = min(n_folds, n_rows)
    if n_folds < 2:
        return ()
    rows = np.zeros(n_rows)
    # A class with fewer rows than folds cannot be in each of them.
    if labels is not None and np.unique(labels, return_counts=True)[1].min() >= n_folds:
        return tuple(StratifiedKFold(n_folds, shuffle=True, random_state=seed).split(rows, labels))
    return tuple(KFold(n_folds, shuffle=True, random_state=seed).split(rows))


def _split_groups(groups: np.ndarray, labels: np.ndarray | None, n_folds: int, seed: int) -> Pairs:
    n_groups = len(np.unique(groups))
    n_folds = min(n_folds, n_groups)
    if n_folds < 2:
        return ()
    rows = np.zeros(len(groups))
    can_stratify = labels is not None and np.unique(labels, return_counts=True)[1].min() >= n_folds
    if can_stratify and n_groups <= _MOST_STRATIFIED_GROUPS:
        stratified = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
        return tuple(stratified.split(rows, labels, groups))
    return tuple(GroupKFold(n_folds, shuffle=True, random_state=seed).split(rows, groups=groups))


def _split_times(times: pd.Series, n_folds: int) -> Pairs:
    spans = Spans.of(times, len(times)) if are_intervals(times) else None
    if spans is not None:
        times = pd.Series(spans.starts)
    n_earlier = times.rank(method="min", na_option="bottom").to_numpy() - 1
    blocks = (n_earlier * n_folds // len(times)).astype(np.int64)
    found = np.unique(blocks)
    if len(found) < 2:
        return ()
    folds = []
    for block in found:
        is_tested = blocks == block
        is_train = ~is_tested if spans is None else ~is_tested & spans.clear_of(is_tested)
        folds.append((np.flatnonzero(is_train), np.flatnonzero(is_tested)))
    return tuple(folds)

"""Metrics of a ranking within groups: the results of a query, the offers to a customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


def compute_ndcg(
    relevance: np.ndarray, score: np.ndarray, classes: Sequence[Any], groups: np.ndarray
) -> float:
    """Normalized discounted cumulative gain of each group, averaged over the groups.

    The gain of a row is its relevance, discounted by the logarithm of its rank, and the sum
    is divided by that of the best order; rows with equal scores share their ranks. That of
    a group with one row, or with equal relevances, is 1 in any order. Groups without a
    relevant row are left out.

    Parameters
    ----------
    relevance : ndarray of float of shape (n_rows,)
        Zero or more.
    score : ndarray of float of shape (n_rows,)
        What the rows of a group are ordered by, the highest first.
    classes : sequence
        Not used.
    groups : ndarray of shape (n_rows,)

    Returns
    -------
    ndcg : float
        NaN where a relevance is negative, or no group has a relevant row.

    References
    ----------
    Järvelin, K., Kekäläinen, J.: Cumulated gain-based evaluation of IR techniques. ACM
    Transactions on Information Systems 20 (2002). Ties as in McSherry, F., Najork, M.: Computing
    Information Retrieval Performance Measures Efficiently in the Presence of Tied Scores (2008).
    """
    if (relevance < 0).any():
        return float("nan")
    gains = _discounted_gains(relevance, score, groups)
    best = _discounted_gains(relevance, relevance, groups)
    counts = best > 0
    return float((gains[counts] / best[counts]).mean()) if counts.any() else float("nan")


def compute_map(
    relevance: np.ndarray, score: np.ndarray, classes: Sequence[Any], groups: np.ndarray
) -> float:
    """Average precision of each group, averaged over the groups (MAP).

    A row is relevant where its relevance is above zero. Groups without a relevant row are
    left out; of a group without any other row the average precision is 1.

    Parameters
    ----------
    relevance : ndarray of float of shape (n_rows,)
    score : ndarray of float of shape (n_rows,)
        What the rows of a group are ordered by, the highest first.
    classes : sequence
        Not used.
    groups : ndarray of shape (n_rows,)

    Returns
    -------
    mean_average_precision : float
        NaN where no group has a relevant row.
    """
    import numpy as np

    ranked = _rank(score, groups)
    hits = np.bincount(ranked.tie, relevance[ranked.order] > 0)
    group = ranked.group_of_tie
    # Those of the same group down to this tie, itself included: the sums of all less those before the group.
    n_hits = np.cumsum(hits) - (np.cumsum(hits) - hits)[ranked.first_tie][group]
    n_rows = np.cumsum(ranked.size) - (np.cumsum(ranked.size) - ranked.size)[ranked.first_tie][group]
    relevant = np.bincount(group, hits)
    precision_at_hits = np.bincount(group, hits * n_hits / n_rows)
    counts = relevant > 0
    return float((precision_at_hits[counts] / relevant[counts]).mean()) if counts.any() else float("nan")


@dataclass(frozen=True)
class _Ranked:
    """Rows by group and falling score; rows of a group with equal scores are a tie.

    Attributes
    ----------
    order : ndarray of int of shape (n_rows,)
        Positions of the rows.
    place : ndarray of int of shape (n_rows,)
        From 0 within the group, in that order.
    tie : ndarray of int of shape (n_rows,)
        The number of the tie, in that order.
    size, group_of_tie : ndarray of int of shape (n_ties,)
        Rows of the tie, and the number of its group.
    first_tie : ndarray of int of shape (n_groups,)
    """

    order: np.ndarray
    place: np.ndarray
    tie: np.ndarray
    size: np.ndarray
    group_of_tie: np.ndarray
    first_tie: np.ndarray


def _rank(score: np.ndarray, groups: np.ndarray) -> _Ranked:
    import numpy as np

    order = np.lexsort((-score, groups))
    starts_group = np.append(True, np.diff(groups[order]) != 0)
    starts_tie = starts_group | np.append(True, np.diff(score[order]) != 0)
    group, tie = np.cumsum(starts_group) - 1, np.cumsum(starts_tie) - 1
    return _Ranked(
        order=order,
        place=np.arange(len(order)) - np.flatnonzero(starts_group)[group],
        tie=tie,
        size=np.bincount(tie),
        group_of_tie=group[starts_tie],
        first_tie=tie[starts_group],
    )


def _discounted_gains(relevance: np.ndarray, score: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Discounted cumulative gain of each group; the rows of a tie have their mean gain."""
    import numpy as np

    ranked = _rank(score, groups)
    gain = np.bincount(ranked.tie, relevance[ranked.order]) / ranked.size
    discount = np.bincount(ranked.tie, 1 / np.log2(ranked.place + 2))
    return np.bincount(ranked.group_of_tie, gain * discount)

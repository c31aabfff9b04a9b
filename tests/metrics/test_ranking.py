"""NDCG and MAP within groups against scikit-learn, one group at a time."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, ndcg_score

from tabkit.metrics import METRICS, get_metric, metrics_for

NDCG, MAP = METRICS["ndcg"].compute, METRICS["map"].compute


def made_up(*, ties: bool, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Relevance, score and group of rows in no order; some groups hold nothing relevant."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 60, 300)
    relevance = rng.integers(0, 4, 300) * (groups % 5 > 0).astype(float)
    score = rng.integers(0, 4, 300).astype(float) if ties else rng.normal(size=300)
    return relevance, score, groups


def by_group(
    score_group: Callable[[np.ndarray, np.ndarray], float],
    relevance: np.ndarray,
    score: np.ndarray,
    groups: np.ndarray,
) -> float:
    """Mean over the groups with a relevant row."""
    parts = [(relevance[groups == group], score[groups == group]) for group in np.unique(groups)]
    return float(np.mean([score_group(*part) for part in parts if part[0].any()]))


def ndcg_of_group(relevance: np.ndarray, score: np.ndarray) -> float:
    # Of one row alone scikit-learn's is not defined; any order of it is the best.
    return 1.0 if len(relevance) == 1 else ndcg_score([relevance], [score])


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_ndcg_equals_scikit_learns_group_by_group(ties: bool, seed: int) -> None:
    given = made_up(ties=ties, seed=seed)
    assert NDCG(*given[:2], (), given[2]) == pytest.approx(by_group(ndcg_of_group, *given), rel=1e-12)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_map_equals_scikit_learns_group_by_group(ties: bool, seed: int) -> None:
    given = made_up(ties=ties, seed=seed)

    def of_group(relevance: np.ndarray, score: np.ndarray) -> float:
        return average_precision_score(relevance > 0, score)

    assert MAP(*given[:2], (), given[2]) == pytest.approx(by_group(of_group, *given), rel=1e-12)


@pytest.mark.parametrize("compute", [NDCG, MAP])
def test_order_of_the_rows_does_not_count(compute: Callable[..., float]) -> None:
    relevance, score, groups = made_up(ties=True)
    order = np.random.default_rng(1).permutation(len(groups))
    moved = compute(relevance[order], score[order], (), groups[order])
    assert moved == pytest.approx(compute(relevance, score, (), groups), rel=1e-12)


@pytest.mark.parametrize("compute", [NDCG, MAP])
def test_best_order_is_1_and_scores_are_compared_within_groups_only(compute: Callable[..., float]) -> None:
    relevance, _, groups = made_up(ties=False)
    assert compute(relevance, relevance - 100.0 * groups, (), groups) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("compute", [NDCG, MAP])
def test_without_a_relevant_row_it_is_not_defined(compute: Callable[..., float]) -> None:
    assert math.isnan(compute(np.zeros(4), np.arange(4.0), (), np.array([0, 0, 1, 1])))


def test_ndcg_of_a_negative_relevance_is_not_defined() -> None:
    assert math.isnan(NDCG(np.array([1.0, -1.0]), np.array([0.2, 0.1]), (), np.array([0, 0])))


def test_they_are_listed_only_where_there_are_groups() -> None:
    assert not {"ndcg", "map"} & {metric.name for metric in metrics_for("binary")}
    assert {"ndcg", "map"} <= {metric.name for metric in metrics_for("regression", has_groups=True)}
    assert not {"ndcg", "map"} & {metric.name for metric in metrics_for("multiclass", has_groups=True)}
    assert get_metric("mean_average_precision").name == "map"

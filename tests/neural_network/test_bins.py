"""Bins of numbers: as many as asked for, wherever the values differ."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tabkit.neural_network._encoder import find_bins


def edges_of(values: np.ndarray, n_bins: int) -> np.ndarray:
    return np.array(find_bins(torch.from_numpy(values.astype(np.float32)[:, None]), n_bins)[0])


@pytest.mark.parametrize("seed", range(50))
def test_edges_are_values_and_no_more_than_asked_for(seed: int) -> None:
    generator = np.random.default_rng(seed)
    n_rows, n_bins = int(generator.integers(2, 80)), int(generator.integers(1, 12))
    values = generator.integers(0, int(generator.integers(2, 40)), n_rows) * generator.integers(0, 2, n_rows)
    distinct, edges = np.unique(values), edges_of(values, n_bins)
    if len(distinct) == 1:
        assert edges.tolist() == [distinct[0], distinct[0] + 1]
        return
    assert set(edges) <= set(distinct)
    assert (edges[0], edges[-1]) == (distinct[0], distinct[-1])
    assert (np.diff(edges) > 0).all()
    assert len(edges) <= n_bins + 1
    if len(distinct) <= n_bins + 1:
        assert len(edges) == len(distinct)


def test_bins_hold_equal_shares_where_no_value_repeats() -> None:
    values = np.random.default_rng(0).permutation(1_000).astype(float)
    counts, _ = np.histogram(values, edges_of(values, 10))
    assert set(counts) <= {99, 100, 101}


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_a_value_of_most_rows_leaves_bins_for_the_others(share: float) -> None:
    values = np.random.default_rng(0).uniform(1.0, 2.0, 10_000)
    values[: int(share * len(values))] = 0.0
    edges = edges_of(values, 32)
    assert 30 <= len(edges) <= 33
    inside, _ = np.histogram(values[values > 0], edges[1:])
    assert inside.max() <= 2 * np.median(inside) + 1


def test_a_frequent_value_is_told_from_the_next_ones() -> None:
    values = np.random.default_rng(0).normal(size=5_000)
    values[:1_000] = 0.0
    edges = edges_of(values, 32)
    place = int(np.flatnonzero(edges == 0.0)[0])
    distinct = np.unique(values.astype(np.float32))
    middle = int(np.flatnonzero(distinct == 0.0)[0])
    assert edges[place - 1 : place + 2].tolist() == distinct[middle - 1 : middle + 2].tolist()
    assert len(edges) == 33

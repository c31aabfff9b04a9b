"""Inner folds: each row is tested once, groups and times are kept together."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from tabkit.preprocessing._encoding_folds import split_for_encoding


def _tested_once(folds: tuple, n_rows: int) -> bool:
    tested = np.concatenate([test for _, test in folds])
    disjoint = all(len(np.intersect1d(train, test)) == 0 for train, test in folds)
    return disjoint and sorted(tested) == list(range(n_rows))


@pytest.mark.parametrize("labels", [None, np.arange(101) % 3])
@pytest.mark.parametrize("groups", [None, np.arange(101) % 17])
@pytest.mark.parametrize("times", [None, np.arange(101)[::-1] // 4])
def test_each_row_is_tested_once(labels: object, groups: object, times: object) -> None:
    folds = split_for_encoding(101, labels=labels, groups=groups, times=times, seed=1)
    assert len(folds) == 5
    assert _tested_once(folds, 101)


@pytest.mark.parametrize("n_groups", [7, 2500])
def test_groups_are_disjoint(n_groups: int) -> None:
    rng = np.random.default_rng(0)
    groups = np.array([f"group {number}" for number in range(n_groups)])[rng.integers(n_groups, size=4000)]
    for train, test in split_for_encoding(4000, labels=rng.integers(2, size=4000), groups=groups):
        assert not set(groups[train]) & set(groups[test])


def test_times_are_blocks_and_equal_times_stay_together() -> None:
    days = pd.Series(pd.date_range("2020-01-01", periods=30).repeat(7)).sample(frac=1, random_state=0)
    folds = split_for_encoding(210, times=days)
    ranges = sorted((days.iloc[test].min(), days.iloc[test].max()) for _, test in folds)
    assert all(earlier[1] < later[0] for earlier, later in itertools.pairwise(ranges))


def test_classes_are_spread() -> None:
    labels = (np.arange(200) < 10).astype(int)
    assert [labels[test].sum() for _, test in split_for_encoding(200, labels=labels)] == [2] * 5


@pytest.mark.parametrize(
    "roles",
    [{"groups": np.zeros(10)}, {"times": np.zeros(10)}, {"groups": [None] * 10}],
    ids=["one group", "one time", "no group known"],
)
def test_rows_that_cannot_be_split_have_no_folds(roles: dict) -> None:
    assert split_for_encoding(10, **roles) == ()


def test_few_rows_have_fewer_folds() -> None:
    assert len(split_for_encoding(3, labels=np.array([0, 1, 1]))) == 3
    assert split_for_encoding(1) == ()
    assert len(split_for_encoding(10, groups=[1, 1, 1, 2, 2, 2, 3, 3, 3, 3])) == 3


def test_seed_decides() -> None:
    first, again, other = (split_for_encoding(50, seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a[1], b[1]) for a, b in zip(first, other, strict=True))

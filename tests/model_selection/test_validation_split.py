"""`split_for_validation`: validation rows out of an estimator's own training rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tabkit import InputError
from tabkit.model_selection import TooFewRowsError, split_for_validation


def split(y: Any, **arguments: Any) -> tuple[np.ndarray, np.ndarray]:
    """Split, and check what holds for every split."""
    train, validation = split_for_validation(y, **{"random_state": 0} | arguments)
    assert len(train)
    assert len(validation)
    assert not set(train) & set(validation)
    assert (np.diff(train) > 0).all()
    assert (np.diff(validation) > 0).all()
    return train, validation


@pytest.mark.parametrize("fraction", [0.05, 0.1, 0.5])
def test_values_at_random(fraction: float) -> None:
    train, validation = split(np.arange(200.0), fraction=fraction, is_classification=False)
    assert len(validation) == round(200 * fraction)
    assert len(train) + len(validation) == 200
    assert validation.max() > 150  # not the first rows, nor
    assert validation.min() < 50  # the last


def test_each_class_has_its_share() -> None:
    y = np.repeat(["often", "some", "rare", "twice", "once"], [800, 150, 20, 2, 1])
    train, validation = split(y, is_classification=True)
    counts = pd.Series(y[validation]).value_counts().to_dict()
    assert counts == {"often": 80, "some": 15, "rare": 2, "twice": 1}
    assert set(y[train]) == set(y)


def test_whole_groups_with_about_the_share_of_every_class() -> None:
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 300, 3000)
    y = rng.choice(["a", "b", "c"], 3000, p=[0.8, 0.15, 0.05])
    train, validation = split(y, is_classification=True, groups=groups)
    assert len(train) + len(validation) == 3000
    assert not set(groups[train]) & set(groups[validation])
    assert 0.08 < len(validation) / 3000 < 0.12
    for label in "abc":
        assert 0.06 < (y[validation] == label).sum() / (y == label).sum() < 0.14


def test_a_class_of_one_group_stays_in_training() -> None:
    groups = np.repeat(np.arange(20), 5)
    y = np.where(groups == 7, "only here", np.where(np.arange(100) % 2, "a", "b"))
    for seed in range(20):
        _, validation = split(y, is_classification=True, groups=groups, random_state=seed)
        assert 7 not in groups[validation]


def test_the_last_block_in_time_with_ties_whole() -> None:
    times = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.random.default_rng(0).integers(0, 50, 400), "D")
    train, validation = split(np.zeros(400), is_classification=False, times=times)
    assert len(train) + len(validation) == 400
    assert times[train].max() < times[validation].min()
    assert 20 <= len(validation) <= 60


@pytest.mark.parametrize("n_groups", [8, 60, 600])
def test_groups_and_times_together(n_groups: int) -> None:
    rng = np.random.default_rng(0)
    times, groups = rng.integers(0, 100, 1000), rng.integers(0, n_groups, 1000)
    train, validation = split(rng.normal(size=1000), is_classification=False, groups=groups, times=times)
    assert times[train].max() < times[validation].min()
    assert not set(groups[train]) & set(groups[validation])
    # Where groups last through all times, half of the rows still train.
    assert len(train) >= 350


def test_groups_that_come_new_cost_no_training_rows() -> None:
    times = np.arange(100)
    train, validation = split(np.zeros(100), is_classification=False, groups=times // 5, times=times)
    assert (len(train), len(validation)) == (90, 10)


@pytest.mark.parametrize("gap", ["5D", pd.Timedelta(days=5)])
def test_a_gap_leaves_out_the_rows_just_before_the_last_block(gap: Any) -> None:
    days = np.random.default_rng(0).integers(0, 50, 400)
    times = pd.Timestamp("2024-01-01") + pd.to_timedelta(days, "D")
    _, last = split(np.zeros(400), is_classification=False, times=times)
    train, validation = split(np.zeros(400), is_classification=False, times=times, gap=gap)
    np.testing.assert_array_equal(validation, last)
    np.testing.assert_array_equal(train, np.flatnonzero(days <= days[last].min() - 5))


def test_groups_that_only_the_gap_holds_cost_no_training_rows() -> None:
    times, groups = np.arange(100), np.arange(100)
    groups[85:90] = groups[90:95]
    train, validation = split(np.zeros(100), is_classification=False, times=times, groups=groups, gap=6)
    assert train.tolist() == list(range(85))
    assert validation.tolist() == list(range(90, 100))


def test_the_seed_decides() -> None:
    y = np.arange(100) % 3
    first, again, other = (
        split(y, is_classification=True, random_state=seed)[1].tolist() for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("y", "arguments", "message"),
    [
        ([1.0], {}, "at least 2 are needed"),
        (["a", "b", "c"], {"is_classification": True}, "every class has a single row"),
        ([1.0, 2.0], {"groups": ["a", "a"]}, "all rows are of one group"),
        ([1.0, 2.0], {"times": [5, 5]}, "1 distinct value"),
        ([1.0, 2.0], {"times": [5, 6], "groups": ["a", "a"]}, "leave no row to train on"),
        ([1.0, 2.0], {"times": [5, 6], "gap": 2}, "gap or intervals leave no row to train on"),
    ],
)
def test_says_when_rows_run_out(y: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(TooFewRowsError, match=message):
        split_for_validation(y, **{"is_classification": False} | arguments)


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, 5])
def test_the_fraction_is_a_share(fraction: float) -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        split_for_validation([1.0, 2.0], fraction=fraction, is_classification=False)


def test_missing_times_are_no_lack_of_rows() -> None:
    with pytest.raises(InputError, match="1 of 3 rows has no time") as caught:
        split_for_validation([1.0, 2.0, 3.0], is_classification=False, times=[1.0, None, 2.0])
    assert not isinstance(caught.value, TooFewRowsError)

"""`ForwardSplit`: forward in time by timestamps, groups and ties kept whole."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_validate

from tabkit import InputError
from tabkit.model_selection import ForwardSplit


@pytest.fixture
def days() -> pd.DatetimeIndex:
    """Times of 300 rows over 60 days, in no order, many of them equal."""
    rng = np.random.default_rng(0)
    return pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 60, 300), "D")


def test_equals_scikit_learns_split_where_rows_are_sorted_and_times_distinct() -> None:
    X = np.zeros((60, 1))
    ours = list(ForwardSplit(5).split(X, times=np.arange(60)))
    theirs = list(TimeSeriesSplit(5).split(X))
    for (train, test), (expected_train, expected_test) in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(train, expected_train)
        np.testing.assert_array_equal(test, expected_test)


def test_trains_on_every_strictly_earlier_row_and_tears_no_tie(days: pd.DatetimeIndex) -> None:
    tested = []
    for train, test in ForwardSplit(5).split(np.zeros((300, 1)), times=days):
        start = days[test].min()
        np.testing.assert_array_equal(train, np.flatnonzero(days < start))
        assert not set(days[test]) & {days[row] for row in set(range(300)) - set(test)}
        tested.extend(test)
    assert len(tested) == len(set(tested))


def test_blocks_have_about_equal_numbers_of_rows_when_times_crowd_together() -> None:
    times = np.concatenate([np.arange(100), np.linspace(1000, 1e9, 500)])
    sizes = [len(test) for _, test in ForwardSplit(5).split(times, times=times)]
    assert max(sizes) - min(sizes) <= 1


def test_the_order_of_the_rows_does_not_matter(days: pd.DatetimeIndex) -> None:
    order = np.random.default_rng(1).permutation(300)
    plain = list(ForwardSplit(3).split(days, times=days))
    shuffled = list(ForwardSplit(3).split(days, times=days[order]))
    for (train, test), (other_train, other_test) in zip(plain, shuffled, strict=True):
        assert set(train) == set(order[other_train])
        assert set(test) == set(order[other_test])


def test_groups_of_the_test_block_are_left_out_of_training(days: pd.DatetimeIndex) -> None:
    groups = np.random.default_rng(2).choice([f"g{number}" for number in range(80)], 300)
    n_left_out = 0
    for train, test in ForwardSplit(4).split(days, groups=groups, times=days):
        earlier = np.flatnonzero(days < days[test].min())
        expected = [row for row in earlier if groups[row] not in set(groups[test])]
        np.testing.assert_array_equal(train, expected)
        n_left_out += len(earlier) - len(train)
    assert n_left_out > 0


@pytest.mark.parametrize(("as_dates", "gap"), [(True, "7D"), (True, pd.Timedelta(days=7)), (False, 7)])
def test_gap_keeps_training_rows_away_from_the_test_block(
    days: pd.DatetimeIndex, as_dates: bool, gap: object
) -> None:
    numbers = (days - days.min()).days.to_numpy()
    times = days if as_dates else numbers
    for train, test in ForwardSplit(3, gap=gap).split(days, times=times):  # type: ignore[arg-type]
        np.testing.assert_array_equal(train, np.flatnonzero(numbers <= numbers[test].min() - 7))


@pytest.mark.parametrize(
    "times",
    [
        pd.Series(pd.date_range("2024-01-01", periods=12, tz="Europe/Berlin")),
        pd.Series(pd.period_range("2024-01", periods=12, freq="M")),
        pd.Series(pd.date_range("2024-01-01", periods=12).astype(str)),
        list(range(12)),
        pd.Series(range(12), dtype="Int64", index=range(100, 112)),
    ],
    ids=["time zone", "periods", "text", "list", "nullable"],
)
def test_takes_times_of_many_types(times: object) -> None:
    folds = list(ForwardSplit(2).split(np.zeros((12, 1)), times=times))
    assert [(list(train), list(test)) for train, test in folds] == [
        ([0, 1, 2, 3], [4, 5, 6, 7]),
        ([0, 1, 2, 3, 4, 5, 6, 7], [8, 9, 10, 11]),
    ]


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (None, "needs times"),
        ([1, 1, 1, 2, 2, 2], "2 distinct value"),
        ([1, 2, 3, 4, 5, None], "1 of 6 rows has no time"),
        (["a", "b", "c", "d", "e", "f"], "neither numbers nor dates"),
        ([1, 2, 3], "3 values for 6 rows"),
        (np.zeros((6, 2)), "one value per row"),
    ],
)
def test_says_what_is_wrong_with_times(times: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(ForwardSplit(2).split(np.zeros((6, 1)), times=times))


@pytest.mark.parametrize(
    ("splitter", "message"),
    [
        (ForwardSplit(0), "n_splits=0"),
        (ForwardSplit(2, gap="2D"), "expected a number"),
        (ForwardSplit(2, gap=100), "no row left to train on"),
    ],
)
def test_says_what_is_wrong_with_parameters(splitter: ForwardSplit, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(splitter.split(np.zeros((6, 1)), times=range(6)))


def test_a_number_is_no_gap_between_dates(days: pd.DatetimeIndex) -> None:
    with pytest.raises(InputError, match="expected a Timedelta"):
        list(ForwardSplit(2, gap=7).split(days, times=days))


def test_times_are_routed_to_it_by_default(days: pd.DatetimeIndex) -> None:
    X = np.random.default_rng(0).normal(size=(300, 2))
    y = X[:, 0] > 0
    with config_context(enable_metadata_routing=True):
        scores = cross_validate(
            LogisticRegression(), X, y, cv=ForwardSplit(4), params={"times": days}, return_indices=True
        )
        search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=ForwardSplit(3))
        search.fit(X, y, times=days, groups=np.arange(300))
    expected = [test for _, test in ForwardSplit(4).split(X, times=days)]
    for test, wanted in zip(scores["indices"]["test"], expected, strict=True):
        np.testing.assert_array_equal(test, wanted)
    assert search.n_splits_ == 3


def test_repr_says_the_parameters() -> None:
    assert repr(clone(ForwardSplit(3, gap="1D"), safe=False)) == (
        "ForwardSplit(gap='1D', horizon=0, initial_train_size=None, n_splits=3,\n"
        "       step=None, test_size=None, train_size=None)"
    )


def test_a_share_of_the_rows_comes_before_the_first_test_block(days: pd.DatetimeIndex) -> None:
    times = np.random.default_rng(0).permutation(90)
    pairs = list(ForwardSplit(4, initial_train_size=1 / 3).split(times, times=times))
    assert [len(train) for train, _ in pairs] == [30, 45, 60, 75]
    assert [sorted(times[test]) for _, test in pairs] == [list(range(at, at + 15)) for at in (30, 45, 60, 75)]
    # Rows of equal time stay together, as always.
    for train, test in ForwardSplit(4, initial_train_size=0.5).split(days, times=days):
        assert days[train].max() < days[test].min()


@pytest.mark.parametrize("share", [0, 1, 1.5, True, "0.3"])
def test_what_is_no_share_is_refused(share: object, days: pd.DatetimeIndex) -> None:
    with pytest.raises(
        InputError, match=r"initial_train_size=.*: expected a share of the rows between 0 and 1"
    ):
        list(ForwardSplit(3, initial_train_size=share).split(days, times=days))


def test_a_first_share_is_for_blocks_of_equal_rows(days: pd.DatetimeIndex) -> None:
    with pytest.raises(InputError, match=r"initial_train_size=0.5 is for blocks of equal rows"):
        list(ForwardSplit(3, initial_train_size=0.5, test_size="7D").split(days, times=days))

"""`PurgedKFold`: a partition in time, purged and with an embargo."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_validate

from tabkit import InputError
from tabkit.model_selection import PurgedKFold


def slow_train(times: list[int], test: list[int], horizon: int, embargo: int) -> list[int]:
    """Compare the label window of every row with that of every test row."""
    last = max(times[row] for row in test)
    train = []
    for row, time in enumerate(times):
        overlaps = any(time <= times[other] + horizon and times[other] <= time + horizon for other in test)
        if not overlaps and not last + horizon < time <= last + horizon + embargo:
            train.append(row)
    return train


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("as_dates", [False, True])
def test_is_what_comparing_every_pair_of_rows_says(seed: int, as_dates: bool) -> None:
    rng = np.random.default_rng(seed)
    times = rng.integers(0, 100, 90)
    horizon, embargo, n_splits = int(rng.integers(0, 10)), int(rng.integers(0, 10)), int(rng.integers(2, 7))
    groups = rng.integers(0, 60, 90) if seed % 2 else None
    splitter: Any = PurgedKFold(n_splits, horizon=horizon, embargo=embargo)
    given: Any = times
    if as_dates:
        splitter = PurgedKFold(n_splits, horizon=f"{horizon}D", embargo=pd.Timedelta(days=embargo))
        given = pd.Timestamp("2024-01-01") + pd.to_timedelta(times, "D")
    tested: list[int] = []
    starts = []
    for train, test in splitter.split(times, groups=groups, times=given):
        expected = slow_train(times.tolist(), test.tolist(), horizon, embargo)
        if groups is not None:
            expected = [row for row in expected if groups[row] not in groups[test]]
        assert train.tolist() == expected
        # A contiguous block: what is not tested is earlier or later than all of it.
        rest = np.delete(times, test)
        assert not ((rest >= times[test].min()) & (rest <= times[test].max())).any()
        starts.append(times[test].min())
        tested.extend(test)
    assert sorted(tested) == list(range(90))
    assert starts == sorted(starts)
    assert len(starts) == splitter.get_n_splits() == n_splits


def test_the_order_of_the_rows_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    times, order = rng.integers(0, 80, 200), rng.permutation(200)
    splitter = PurgedKFold(4, horizon=3, embargo="2.5%")
    folds = zip(splitter.split(times, times=times), splitter.split(times, times=times[order]), strict=True)
    for plain, shuffled in folds:
        for rows, other_rows in zip(plain, shuffled, strict=True):
            np.testing.assert_array_equal(rows, np.sort(order[other_rows]))


@pytest.mark.parametrize(("share", "same"), [("10%", 10), ("2.5 %", 2.5), ("0%", 0)])
def test_an_embargo_may_be_a_share_of_the_axis(share: str, same: float) -> None:
    times = np.arange(101)
    folds = zip(
        PurgedKFold(4, embargo=share).split(times, times=times),
        PurgedKFold(4, embargo=same).split(times, times=times),
        strict=True,
    )
    for (train, _), (expected, _) in folds:
        np.testing.assert_array_equal(train, expected)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(times, "D")
    first, _ = next(PurgedKFold(4, embargo=share).split(times, times=days))
    np.testing.assert_array_equal(first, next(PurgedKFold(4, embargo=same).split(times, times=times))[0])


def test_serves_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 2))
    y = X[:, 0] > 0
    times, groups = rng.integers(0, 90, 120), np.arange(120)
    splitter = PurgedKFold(3, horizon=2, embargo=1)
    routed = {"times": times, "groups": groups}
    with config_context(enable_metadata_routing=True):
        predicted = cross_val_predict(
            LogisticRegression(), X, y, cv=splitter, params=routed, method="predict_proba"
        )
        search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=splitter).fit(X, y, **routed)
        result = cross_validate(LogisticRegression(), X, y, cv=splitter, params=routed, return_indices=True)
    for fold, (train, test) in enumerate(splitter.split(X, **routed)):
        by_hand = LogisticRegression().fit(X[train], y[train]).predict_proba(X[test])
        np.testing.assert_array_equal(predicted[test], by_hand)
        np.testing.assert_array_equal(result["indices"]["train"][fold], train)
    assert search.n_splits_ == 3


@pytest.mark.parametrize(
    ("parameters", "times", "message"),
    [
        ({"n_splits": 1}, range(10), "n_splits=1: at least 2"),
        ({}, None, "PurgedKFold needs times"),
        ({}, [1, 2] * 5, "2 distinct value"),
        ({}, [*range(9), None], "1 of 10 rows has no time"),
        ({}, [*range(9), np.inf], "1 of 10 rows has an infinite time"),
        ({"horizon": -1}, range(10), "horizon=-1: a length of time is never negative"),
        ({"horizon": "5D"}, range(10), "horizon='5D': expected a number"),
        ({"horizon": 5}, pd.date_range("2024", periods=10), "horizon=5: expected a Timedelta"),
        ({"embargo": "5"}, pd.date_range("2024", periods=10), "embargo='5': expected a Timedelta"),
        ({"embargo": "120%"}, range(10), "embargo='120%': expected a share such as '1%'"),
        ({"embargo": "much%"}, range(10), "embargo='much%': expected a share"),
        ({"embargo": "-1%"}, range(10), "embargo='-1%': expected a share"),
        ({"horizon": 9}, range(10), "fold 0, tested from 0, has no row left to train on"),
    ],
)
def test_says_what_is_wrong(parameters: dict[str, Any], times: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        list(PurgedKFold(**parameters).split(np.zeros((10, 1)), times=times))
    assert "\n" not in str(caught.value)


def test_a_single_group_leaves_nothing_to_train_on() -> None:
    with pytest.raises(InputError, match="leave the groups out"):
        list(PurgedKFold(2).split(np.zeros((10, 1)), groups=["a"] * 10, times=range(10)))

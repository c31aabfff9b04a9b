"""`RoleAwareKFold`: inner folds that follow the roles that arrive."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.linear_model import ElasticNetCV, LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.preprocessing import TargetEncoder

from tabkit import InputError
from tabkit.model_selection import RoleAwareKFold, TooFewRowsError

N_ROWS = 120


@pytest.fixture
def roles() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "X": rng.normal(size=(N_ROWS, 3)),
        "y": rng.choice(["no", "yes"], N_ROWS, p=[0.7, 0.3]),
        "groups": rng.integers(0, 25, N_ROWS),
        "times": rng.integers(0, 40, N_ROWS),
    }


def is_partition(pairs: list[tuple[np.ndarray, np.ndarray]]) -> bool:
    return sorted(np.concatenate([test for _, test in pairs])) == list(range(N_ROWS))


def test_without_roles_it_is_the_stratified_k_fold_of_scikit_learn(roles: dict[str, Any]) -> None:
    ours = RoleAwareKFold(5, random_state=3).split(roles["X"], roles["y"])
    theirs = StratifiedKFold(5, shuffle=True, random_state=3).split(roles["X"], roles["y"])
    for (train, test), (expected_train, expected_test) in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(train, expected_train)
        np.testing.assert_array_equal(test, expected_test)


def test_whole_numbers_are_labels_and_floats_are_values() -> None:
    y = np.arange(40) % 2
    shares = [y[test].mean() for _, test in RoleAwareKFold(5, random_state=0).split(y, y)]
    assert shares == [0.5] * 5
    shares = [y[test].mean() for _, test in RoleAwareKFold(5, random_state=0).split(y, y.astype(float))]
    assert shares != [0.5] * 5
    shares = [
        y[test].mean()
        for _, test in RoleAwareKFold(5, random_state=0, stratify=True).split(y, y.astype(float))
    ]
    assert shares == [0.5] * 5


@pytest.mark.parametrize("partition", [False, True])
@pytest.mark.parametrize("as_labels", [False, True])
def test_groups_stay_together(roles: dict[str, Any], partition: bool, as_labels: bool) -> None:
    y = roles["y"] if as_labels else roles["X"][:, 0]
    splitter = RoleAwareKFold(5, random_state=0, partition=partition)
    # With a partition groups decide, whether or not times arrive.
    times = roles["times"] if partition else None
    pairs = list(splitter.split(roles["X"], y, groups=roles["groups"], times=times))
    assert len(pairs) == 5
    assert is_partition(pairs)
    for train, test in pairs:
        assert not set(roles["groups"][train]) & set(roles["groups"][test])


@pytest.mark.parametrize("with_groups", [False, True])
def test_forward_when_times_arrive(roles: dict[str, Any], with_groups: bool) -> None:
    groups = roles["groups"] if with_groups else None
    for train, test in RoleAwareKFold(4).split(roles["X"], roles["y"], groups=groups, times=roles["times"]):
        assert roles["times"][train].max() < roles["times"][test].min()
        if with_groups:
            assert not set(roles["groups"][train]) & set(roles["groups"][test])


def test_blocks_in_time_when_a_partition_is_asked_for(roles: dict[str, Any]) -> None:
    pairs = list(RoleAwareKFold(4, partition=True).split(roles["X"], roles["y"], times=roles["times"]))
    assert len(pairs) == 4
    assert is_partition(pairs)
    ends = [-1]
    for train, test in pairs:
        assert roles["times"][test].min() > ends[-1]
        ends.append(roles["times"][test].max())
        assert len(train) + len(test) == N_ROWS


@pytest.mark.parametrize("as_dates", [False, True])
@pytest.mark.parametrize("partition", [False, True])
def test_a_gap_keeps_training_away_from_the_test_block(
    roles: dict[str, Any], partition: bool, as_dates: bool
) -> None:
    times = roles["times"]
    given = pd.Timestamp("2024-01-01") + pd.to_timedelta(times, "D") if as_dates else times
    plain = RoleAwareKFold(4, partition=partition).split(roles["X"], roles["y"], times=given)
    splitter = RoleAwareKFold(4, partition=partition, gap="3D" if as_dates else 3)
    n_left_out = 0
    for (train, test), (all_earlier, block) in zip(
        splitter.split(roles["X"], roles["y"], times=given), plain, strict=True
    ):
        np.testing.assert_array_equal(test, block)
        distance = np.abs(times[all_earlier][:, None] - times[test]).min(axis=1)
        np.testing.assert_array_equal(train, all_earlier[distance >= 3])
        n_left_out += len(all_earlier) - len(train)
    assert n_left_out > 0


def test_a_gap_that_leaves_nothing_is_named() -> None:
    with pytest.raises(TooFewRowsError, match="leave a fold without a row to train on"):
        list(RoleAwareKFold(2, partition=True, gap=9).split(np.zeros((6, 1)), times=range(6)))
    with pytest.raises(TooFewRowsError, match="keeps the gap"):
        list(RoleAwareKFold(2, gap=9).split(np.zeros((6, 1)), times=range(6)))
    with pytest.raises(InputError, match="gap='9D': expected a number"):
        list(RoleAwareKFold(2, gap="9D").split(np.zeros((6, 1)), times=range(6)))


@pytest.mark.parametrize(
    ("arguments", "n_splits"),
    [
        ({"groups": [0, 0, 1, 1, 2, 2]}, 3),
        ({"times": [0, 0, 1, 1, 2, 2]}, 2),
        ({"y": list("aaabbb")}, 3),
        ({"y": list("aaaabb")}, 2),
        ({"y": list("aaaabc")}, 5),
        ({"y": list("abcdef")}, 5),
        ({}, 5),
    ],
)
def test_fewer_folds_where_there_is_too_little(arguments: dict[str, Any], n_splits: int) -> None:
    X = np.zeros((6, 1))
    splitter = RoleAwareKFold(5, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pairs = list(splitter.split(X, **arguments))
    assert len(pairs) == splitter.get_n_splits(X, **arguments) == n_splits
    assert all(len(train) and len(test) for train, test in pairs)


def test_forward_folds_that_would_train_without_a_class_are_left_out() -> None:
    y = np.array(["a", "b"] * 10 + ["c"] * 10)
    pairs = list(RoleAwareKFold(5).split(y, y, times=np.arange(30)))
    assert pairs
    assert all(set(y[train]) == {"a", "b", "c"} for train, _ in pairs)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"groups": [1] * 6}, "1 group cannot be divided"),
        ({"times": [1] * 6}, "all rows have the same time"),
        ({"times": range(6), "groups": [1] * 6}, "rows left to train on"),
    ],
)
def test_says_when_not_even_two_folds_can_be_made(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(TooFewRowsError, match=message):
        list(RoleAwareKFold(3).split(np.zeros((6, 1)), **arguments))


def test_one_split_is_no_cross_validation() -> None:
    with pytest.raises(InputError, match="n_splits=1"):
        list(RoleAwareKFold(1).split(np.zeros((6, 1))))


def test_the_global_generator_is_not_touched(roles: dict[str, Any]) -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    list(RoleAwareKFold(3).split(roles["X"], roles["y"], groups=roles["groups"]))
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_serves_estimators_with_a_cross_validation_inside(roles: dict[str, Any]) -> None:
    X, y = roles["X"], roles["y"]
    routed = {"groups": roles["groups"], "times": roles["times"]}
    with config_context(enable_metadata_routing=True):
        logistic = LogisticRegressionCV(
            cv=RoleAwareKFold(3), l1_ratios=(0.0,), scoring="neg_log_loss", use_legacy_attributes=False
        )
        assert set(logistic.fit(X, y, **routed).classes_) == {"no", "yes"}
        assert ElasticNetCV(cv=RoleAwareKFold(3)).fit(X, X[:, 0], **routed).alpha_ > 0
        encoder = TargetEncoder(cv=RoleAwareKFold(3, partition=True, random_state=0))
        assert encoder.fit_transform(roles["groups"][:, None], y, **routed).shape == (N_ROWS, 1)
        cv = RoleAwareKFold(3, partition=True, random_state=0)
        assert len(cross_val_predict(LogisticRegression(), X, y, cv=cv, params=routed)) == N_ROWS

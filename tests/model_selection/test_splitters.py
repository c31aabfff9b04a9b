"""Splitters against invariants that hold for any rows, and their place in scikit-learn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_validate,
)

from tabkit._core import InputError
from tabkit.data import Task
from tabkit.model_selection import (
    ForwardSplit,
    RoleAwareKFold,
    choose_splitter,
    describe_splitter,
    split_for_validation,
)

SEEDS = range(20)


def made_up(seed: int, n_rows: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Features, labels with a rare class, groups, and times with many ties, in no order."""
    rng = np.random.default_rng(seed)
    y = rng.choice(["a", "b", "rare"], n_rows, p=[0.5, 0.4, 0.1])
    return rng.normal(size=(n_rows, 2)), y, rng.integers(0, 15, n_rows), rng.integers(0, 25, n_rows)


@pytest.mark.parametrize("seed", SEEDS)
def test_forward_trains_on_the_strictly_earlier_and_tears_no_tie(seed: int) -> None:
    X, _, _, times = made_up(seed)
    pairs = list(ForwardSplit(4).split(X, times=times))
    assert len(pairs) == 4
    for train, test in pairs:
        assert times[train].max() < times[test].min()
        assert set(np.flatnonzero(times < times[test].min())) == set(train)
    tested = np.concatenate([test for _, test in pairs])
    assert len(tested) == len(set(tested))
    assert set(tested) | set(pairs[0][0]) == set(range(len(X)))


@pytest.mark.parametrize("seed", SEEDS)
def test_forward_keeps_groups_apart(seed: int) -> None:
    X, _, groups, times = made_up(seed, n_rows=200)
    labels = groups + 20 * (times // 4)  # a group lasts for some of the times only
    for train, test in ForwardSplit(3).split(X, groups=labels, times=times):
        assert not set(labels[train]) & set(labels[test])
        assert times[train].max() < times[test].min()


def test_forward_equals_scikit_learn_where_rows_are_sorted_and_distinct() -> None:
    X = np.zeros((60, 1))
    ours = list(ForwardSplit(5).split(X, times=np.arange(60)))
    for (train, test), (expected_train, expected_test) in zip(ours, TimeSeriesSplit(5).split(X), strict=True):
        np.testing.assert_array_equal(train, expected_train)
        np.testing.assert_array_equal(test, expected_test)


def test_order_of_the_rows_changes_nothing() -> None:
    times = np.random.default_rng(0).integers(0, 30, 100)
    order = np.random.default_rng(1).permutation(100)
    plain = ForwardSplit(3).split(np.zeros((100, 1)), times=times)
    shuffled = ForwardSplit(3).split(np.zeros((100, 1)), times=times[order])
    for (train, test), (other_train, other_test) in zip(plain, shuffled, strict=True):
        assert set(order[other_train]) == set(train)
        assert set(order[other_test]) == set(test)


@pytest.mark.parametrize(
    ("times", "gap"), [(np.arange(40), 5), (pd.date_range("2024-01-01", periods=40), pd.Timedelta("5D"))]
)
def test_gap_leaves_out_the_newest_training_rows(times, gap) -> None:
    for train, test in ForwardSplit(3, gap=gap).split(np.zeros((40, 1)), times=times):
        assert times[test[0]] - times[train[-1]] >= gap
        assert test[0] - train[-1] == 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "ForwardSplit needs times"),
        ({"times": [1, 1, 1, 1, 1, 1]}, "1 distinct value"),
        ({"times": [1, 2, 3, 4, 5, None]}, "1 of 6 rows have no time"),
        ({"times": ["2024-01-01", "b", "c", "d", "e", "f"]}, "neither numbers nor dates"),
        ({"times": [1, 2]}, "2 values for 6 rows"),
    ],
)
def test_times_that_cannot_be_used_are_refused(arguments, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(ForwardSplit(2).split(np.zeros((6, 1)), **arguments))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("roles", ["", "groups", "times", "groups times"])
@pytest.mark.parametrize("partition", [False, True])
def test_inner_folds_honour_what_arrives(seed: int, roles: str, partition: bool) -> None:
    X, y, groups, times = made_up(seed, n_rows=120)
    arriving = {"groups": groups, "times": times} if roles == "groups times" else {}
    arriving |= {"groups": groups} if roles == "groups" else {}
    arriving |= {"times": times} if roles == "times" else {}
    if roles == "groups times" and not partition:
        arriving["groups"] = groups + 20 * (times // 4)
    splitter = RoleAwareKFold(4, random_state=seed, partition=partition)
    pairs = list(splitter.split(X, y, **arriving))
    assert len(pairs) == splitter.get_n_splits(X, y, **arriving) >= 1
    for train, test in pairs:
        assert not set(train) & set(test)
        if "groups" in arriving:
            assert not set(arriving["groups"][train]) & set(arriving["groups"][test])
        if "times" in arriving and not partition:
            assert times[train].max() < times[test].min()
    if partition:
        assert sorted(np.concatenate([test for _, test in pairs])) == list(range(120))


def test_same_seed_same_folds_and_global_generator_untouched() -> None:
    X, y, _, _ = made_up(0)
    state = np.random.get_state()[1].copy()  # noqa: NPY002 - to see that nobody touches it
    for random_state in (0, None):
        list(RoleAwareKFold(3, random_state=random_state).split(X, y))
    np.testing.assert_array_equal(state, np.random.get_state()[1])  # noqa: NPY002
    first, second = (list(RoleAwareKFold(3, random_state=5).split(X, y)) for _ in range(2))
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(first, second, strict=True))


def test_roles_reach_inner_folds_through_routing() -> None:
    X, y, groups, times = made_up(3, n_rows=120)
    seen: list[tuple[set, set]] = []

    class Noted(RoleAwareKFold):
        def split(self, X, y=None, groups=None, times=None):
            for train, test in super().split(X, y, groups, times):
                seen.append((set(groups[train]), set(groups[test])))
                yield train, test

    search = LogisticRegressionCV(
        Cs=[1.0], cv=Noted(3, random_state=0), scoring="accuracy", l1_ratios=(0,), use_legacy_attributes=False
    )
    with config_context(enable_metadata_routing=True):
        search.fit(X, y, groups=groups)
        outer = cross_validate(LogisticRegression(), X, y, cv=ForwardSplit(3), params={"times": times})
    assert seen
    assert all(not train & test for train, test in seen)
    assert len(outer["test_score"]) == 3


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (Task("binary", (0, 1)), StratifiedKFold),
        (Task("multiclass", (0, 1, 2)), StratifiedKFold),
        (Task("regression"), KFold),
        (Task("binary", (0, 1), has_groups=True), StratifiedGroupKFold),
        (Task("regression", has_groups=True), GroupKFold),
        (Task("regression", has_times=True), ForwardSplit),
        (Task("binary", (0, 1), has_groups=True, has_times=True), ForwardSplit),
    ],
)
def test_task_and_roles_choose_the_splitter(task: Task, expected: type) -> None:
    splitter = choose_splitter(task, n_splits=4)
    assert type(splitter) is expected
    assert describe_splitter(splitter).startswith("4 ")


@pytest.mark.parametrize("seed", SEEDS)
def test_validation_split_is_stratified(seed: int) -> None:
    _, y, _, _ = made_up(seed, n_rows=200)
    train, validation = split_for_validation(y, fraction=0.2, is_classification=True, random_state=seed)
    assert sorted([*train, *validation]) == list(range(200))
    for label, count in zip(*np.unique(y, return_counts=True), strict=True):
        assert abs((y[validation] == label).sum() - 0.2 * count) <= 1


@pytest.mark.parametrize("seed", SEEDS)
def test_validation_split_keeps_groups_whole_and_near_its_size(seed: int) -> None:
    _, y, groups, _ = made_up(seed, n_rows=200)
    train, validation = split_for_validation(
        y, fraction=0.2, is_classification=True, groups=groups, random_state=seed
    )
    assert not set(groups[train]) & set(groups[validation])
    assert 0.1 < len(validation) / 200 < 0.35


@pytest.mark.parametrize("seed", SEEDS)
def test_validation_split_is_the_last_block_in_time(seed: int) -> None:
    _, y, _, times = made_up(seed, n_rows=200)
    train, validation = split_for_validation(y, is_classification=True, times=times)
    assert times[train].max() < times[validation].min()
    assert len(train) + len(validation) == 200


def test_class_with_one_row_stays_in_training() -> None:
    y = np.array(["a"] * 20 + ["b"] * 20 + ["once"])
    for seed in SEEDS:
        train, _ = split_for_validation(y, fraction=0.3, is_classification=True, random_state=seed)
        assert 40 in train


@pytest.mark.parametrize("roles", [{"groups": [1, 1, 1, 1]}, {"times": [1, 1, 1, 1]}])
def test_nothing_to_split_is_refused(roles) -> None:
    with pytest.raises(InputError, match=r"group|distinct"):
        split_for_validation([0, 1, 0, 1], is_classification=True, **roles)

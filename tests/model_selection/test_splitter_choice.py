"""`choose_splitter` and `describe_splitter`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit, StratifiedGroupKFold, StratifiedKFold

from tabkit import InputError
from tabkit.data import Task
from tabkit.model_selection import (
    ForwardSplit,
    PurgedKFold,
    RoleAwareKFold,
    choose_splitter,
    describe_splitter,
)


@pytest.mark.parametrize(
    ("kind", "has_groups", "has_times", "expected", "description"),
    [
        ("binary", False, False, StratifiedKFold, "4 stratified folds, shuffled"),
        ("multiclass", False, False, StratifiedKFold, "4 stratified folds, shuffled"),
        ("regression", False, False, KFold, "4 folds, shuffled"),
        (
            "binary",
            True,
            False,
            StratifiedGroupKFold,
            "4 stratified folds that keep groups together, shuffled",
        ),
        ("regression", True, False, GroupKFold, "4 folds that keep groups together, shuffled"),
        (
            "binary",
            False,
            True,
            ForwardSplit,
            "4 folds forward in time, the first 33 % of the rows only trained on",
        ),
        (
            "regression",
            True,
            True,
            ForwardSplit,
            "4 folds forward in time, the first 33 % of the rows only trained on",
        ),
    ],
)
def test_task_and_roles_decide(
    kind: str, has_groups: bool, has_times: bool, expected: type, description: str
) -> None:
    task = Task(kind, has_groups=has_groups, has_times=has_times)  # type: ignore[arg-type]
    splitter = choose_splitter(task, n_splits=4, random_state=7)
    assert type(splitter) is expected
    assert splitter.n_splits == 4
    assert getattr(splitter, "random_state", 7) == 7
    assert describe_splitter(splitter) == description


def test_other_splitters_are_described_too() -> None:
    assert describe_splitter(KFold(3)) == "3 folds"
    assert describe_splitter(ForwardSplit(3, gap="7D")) == "3 folds forward in time, with a gap of 7D"
    assert describe_splitter(RoleAwareKFold(3, gap="2D")).endswith("rows, shuffled, with a gap of 2D")
    assert describe_splitter(RoleAwareKFold(3)).startswith("up to 3 folds that follow the roles")
    assert describe_splitter(ShuffleSplit(2)).startswith("ShuffleSplit(n_splits=2")


@pytest.mark.parametrize(
    ("splitter", "description"),
    [
        (ForwardSplit(3, train_size=1000), "3 folds forward in time, trained on 1,000 rows each"),
        (
            ForwardSplit(None, train_size=pd.Timedelta(days=90), test_size="30D", step="60D", horizon="5D"),
            "walk forward in time, trained on 90 days each, tested on 30D each, every 60D, purged of labels "
            "that look 5D ahead",
        ),
        (
            ForwardSplit(2, test_size=0.125, gap=1.5),
            "2 folds forward in time, tested on 12.5% of the rows each, with a gap of 1.5",
        ),
        (PurgedKFold(4), "4 contiguous folds in time, trained on earlier and later rows"),
        (
            PurgedKFold(4, horizon=np.timedelta64(36, "h"), embargo=2),
            "4 contiguous folds in time, trained on earlier and later rows, purged of labels that look "
            "1 days 12:00:00 ahead, with an embargo of 2",
        ),
    ],
)
def test_windows_and_what_is_purged_are_described(splitter: Any, description: str) -> None:
    assert describe_splitter(splitter) == description


def test_gap_and_horizon_reach_the_folds_of_a_task_with_times() -> None:
    splitter = choose_splitter(Task("binary", has_times=True), gap="7D", horizon="30D")
    assert isinstance(splitter, ForwardSplit)
    assert (splitter.gap, splitter.horizon) == ("7D", "30D")


@pytest.mark.parametrize("name", ["gap", "horizon"])
def test_without_times_there_is_no_gap(name: str) -> None:
    with pytest.raises(InputError, match=f"{name}='7D' needs times"):
        choose_splitter(Task("binary"), **{name: "7D"})


def test_an_embargo_takes_folds_that_train_on_both_sides() -> None:
    task = Task("regression", has_times=True)
    splitter = choose_splitter(task, n_splits=4, horizon="3D", embargo="7D")
    assert isinstance(splitter, PurgedKFold)
    assert (splitter.n_splits, splitter.horizon, splitter.embargo) == (4, "3D", "7D")
    with pytest.raises(InputError, match=r"^gap is for folds that train on earlier rows only"):
        choose_splitter(task, gap="1D", embargo="7D")
    with pytest.raises(InputError, match=r"^embargo='7D' needs times"):
        choose_splitter(Task("regression"), embargo="7D")

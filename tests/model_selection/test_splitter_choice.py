"""`choose_splitter` and `describe_splitter`."""

from __future__ import annotations

import pytest
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit, StratifiedGroupKFold, StratifiedKFold

from tabkit.data import Task
from tabkit.model_selection import ForwardSplit, RoleAwareKFold, choose_splitter, describe_splitter


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
        ("binary", False, True, ForwardSplit, "4 folds forward in time"),
        ("regression", True, True, ForwardSplit, "4 folds forward in time"),
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
    assert describe_splitter(RoleAwareKFold(3)).startswith("up to 3 folds that follow the roles")
    assert describe_splitter(ShuffleSplit(2)).startswith("ShuffleSplit(n_splits=2")

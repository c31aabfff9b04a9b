"""The splitter that fits a task, and how to name it to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.model_selection import (
    BaseCrossValidator,
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
)

from tabkit.model_selection._forward_split import ForwardSplit
from tabkit.model_selection._role_aware_kfold import RoleAwareKFold

if TYPE_CHECKING:
    from tabkit.data import Task


def choose_splitter(task: Task, *, n_splits: int = 5, random_state: int = 0) -> BaseCrossValidator:
    """Choose the outer folds that fit a task.

    Parameters
    ----------
    task : Task
        Its kind and its roles decide.
    n_splits : int, default=5
    random_state : int, default=0
        Seed of the shuffling; folds forward in time need none.

    Returns
    -------
    splitter : cross-validator
        `ForwardSplit` when rows have times; else `StratifiedGroupKFold` or `GroupKFold` when
        they have groups; else `StratifiedKFold` or `KFold`. All but the first shuffle.

    Examples
    --------
    >>> from tabkit.data import Task
    >>> choose_splitter(Task("binary", classes=("no", "yes")))
    StratifiedKFold(n_splits=5, random_state=0, shuffle=True)
    """
    if task.has_times:
        return ForwardSplit(n_splits)
    if task.has_groups:
        kind = StratifiedGroupKFold if task.is_classification else GroupKFold
    else:
        kind = StratifiedKFold if task.is_classification else KFold
    return kind(n_splits, shuffle=True, random_state=random_state)


def describe_splitter(splitter: BaseCrossValidator) -> str:
    """Name a splitter to people.

    Parameters
    ----------
    splitter : cross-validator

    Returns
    -------
    description : str
        Its ``repr`` for a kind that is not one of `choose_splitter`.

    Examples
    --------
    >>> from sklearn.model_selection import StratifiedKFold
    >>> describe_splitter(StratifiedKFold(5, shuffle=True))
    '5 stratified folds, shuffled'
    """
    if isinstance(splitter, ForwardSplit):
        gap = f", with a gap of {splitter.gap}" if splitter.gap else ""
        return f"{splitter.n_splits} folds forward in time{gap}"
    shuffled = ", shuffled" if getattr(splitter, "shuffle", False) else ""
    if isinstance(splitter, StratifiedGroupKFold):
        return f"{splitter.n_splits} stratified folds that keep groups together{shuffled}"
    if isinstance(splitter, GroupKFold):
        return f"{splitter.n_splits} folds that keep groups together{shuffled}"
    if isinstance(splitter, StratifiedKFold):
        return f"{splitter.n_splits} stratified folds{shuffled}"
    if isinstance(splitter, KFold):
        return f"{splitter.n_splits} folds{shuffled}"
    if isinstance(splitter, RoleAwareKFold):
        return f"up to {splitter.n_splits} folds that follow the roles of the rows{shuffled}"
    return repr(splitter)

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

from tabkit._core import InputError
from tabkit._core._lengths import Length, name_length, name_size
from tabkit._core._parameters import say_parameter
from tabkit._core._wording import say_count
from tabkit.model_selection._forward_split import ForwardSplit
from tabkit.model_selection._purged_kfold import PurgedKFold
from tabkit.model_selection._role_aware_kfold import RoleAwareKFold

if TYPE_CHECKING:
    from tabkit.data import Task

# From so many rows on, folds after the first third tell better than folds after a block of six: their mean is
# nearer to the error on what comes next (15 % at 190 rows, 28 % at 1,500), and they differ less. See
# benchmarks/forward_folds.py.
_ROWS_FOR_A_THIRD = 200


def choose_splitter(
    task: Task,
    *,
    n_splits: int = 5,
    random_state: int = 0,
    gap: Length = 0,
    horizon: Length = 0,
    embargo: Length = 0,
) -> BaseCrossValidator:
    """Choose the outer folds that fit a task.

    Parameters
    ----------
    task : Task
        Its kind and its roles decide.
    n_splits : int, default=5
    random_state : int, default=0
        Seed of the shuffling; folds forward in time need none.
    gap, horizon : number, str or Timedelta, default=0
        Of `ForwardSplit`; for a task whose rows have times.
    embargo : number, str or Timedelta, default=0
        Of `PurgedKFold`, which also trains on later rows and takes no gap.

    Returns
    -------
    splitter : cross-validator
        `ForwardSplit` when rows have times, after the first third of them where they are 200 or more,
        or `PurgedKFold` with an embargo; else
        `StratifiedGroupKFold` or `GroupKFold` when they have groups; else `StratifiedKFold` or
        `KFold`. Those not in time shuffle.

    Raises
    ------
    InputError
        If there is a gap, a horizon or an embargo, and rows have no times; or a gap and an embargo.

    Examples
    --------
    >>> from tabkit.data import Task
    >>> choose_splitter(Task("binary", classes=("no", "yes")))
    StratifiedKFold(n_splits=5, random_state=0, shuffle=True)
    """
    if task.has_times and embargo:
        if gap:
            raise InputError(
                f"{say_parameter('gap')} is for folds that train on earlier rows only, and "
                f"{say_parameter('embargo')} for those that train on later ones too: pass one of them, or "
                f"{say_parameter('horizon')} with it"
            )
        return PurgedKFold(n_splits, horizon=horizon, embargo=embargo)
    if task.has_times:
        is_long = n_splits > 2 and (task.n_rows is None or task.n_rows >= _ROWS_FOR_A_THIRD)
        return ForwardSplit(n_splits, initial_train_size=1 / 3 if is_long else None, gap=gap, horizon=horizon)
    for name, value in (("gap", gap), ("horizon", horizon), ("embargo", embargo)):
        if value:
            raise InputError(
                f"{name}={value!r} needs times, and the rows have none: name the column of times"
            )
    if task.has_groups:
        kind = StratifiedGroupKFold if task.is_classification else GroupKFold
    else:
        kind = StratifiedKFold if task.is_classification else KFold
    return kind(n_splits, shuffle=True, random_state=random_state)


def describe_splitter(splitter: BaseCrossValidator, *, groups: str = "groups") -> str:
    """Name a splitter to people.

    Parameters
    ----------
    splitter : cross-validator
    groups : str, default="groups"
        What they are called.

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
        return _describe_forward(splitter)
    if isinstance(splitter, PurgedKFold):
        embargo = f", with an embargo of {name_length(splitter.embargo)}" if splitter.embargo else ""
        sides = "trained on earlier and later rows"
        purge = _describe_horizon(splitter.horizon) + embargo
        return f"{splitter.n_splits} contiguous folds in time, {sides}{purge}"
    shuffled = ", shuffled" if getattr(splitter, "shuffle", False) else ""
    if isinstance(splitter, StratifiedGroupKFold):
        return f"{splitter.n_splits} stratified folds that keep {groups} together{shuffled}"
    if isinstance(splitter, GroupKFold):
        return f"{splitter.n_splits} folds that keep {groups} together{shuffled}"
    if isinstance(splitter, StratifiedKFold):
        return f"{splitter.n_splits} stratified folds{shuffled}"
    if isinstance(splitter, KFold):
        return f"{splitter.n_splits} folds{shuffled}"
    if isinstance(splitter, RoleAwareKFold):
        gap = _describe_gap(splitter.gap)
        return f"up to {splitter.n_splits} folds that follow the roles of the rows{shuffled}{gap}"
    return repr(splitter)


def _describe_forward(splitter: ForwardSplit) -> str:
    name = "walk forward" if splitter.n_splits is None else f"{say_count(splitter.n_splits, 'fold')} forward"
    window = f", trained on {name_size(splitter.train_size)} each" if splitter.train_size is not None else ""
    tested = f", tested on {name_size(splitter.test_size)} each" if splitter.test_size is not None else ""
    step = f", every {name_size(splitter.step)}" if splitter.step is not None else ""
    purge = _describe_gap(splitter.gap) + _describe_horizon(splitter.horizon)
    if splitter.initial_train_size is not None:
        window = f", the first {100 * splitter.initial_train_size:.0f} % of the rows only trained on"
    return f"{name} in time{window}{tested}{step}{purge}"


def _describe_gap(gap: Length) -> str:
    return f", with a gap of {name_length(gap)}" if gap else ""


def _describe_horizon(horizon: Length) -> str:
    return f", purged of labels that look {name_length(horizon)} ahead" if horizon else ""

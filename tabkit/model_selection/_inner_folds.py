"""The folds that an estimator divides its own training rows into."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.model_selection import check_cv

from tabkit._core import InputError
from tabkit._core._pairs import Pairs
from tabkit._core._warnings import level_of_user
from tabkit._core._weights import find_counting
from tabkit.model_selection._role_aware_kfold import RoleAwareKFold
from tabkit.model_selection._roles import TooFewRowsError
from tabkit.model_selection._row_roles import RowRoles
from tabkit.model_selection._share_aside import ShareAside
from tabkit.model_selection._split_rows import call_splitter, find_taken
from tabkit.model_selection._training_rows import TrainingRows


def draw_inner_folds(cv: Any, rows: TrainingRows, *, seed: int, owner: str) -> Pairs:
    """Divide training rows as their groups and times demand, or as the splitter of a user does.

    Parameters
    ----------
    cv : int, cross-validator or iterable of (train, test)
        A number asks for that many folds of `RoleAwareKFold`, among the rows that have weight. Folds of a
        user's own are positions among all rows, and need not test each.
    rows : TrainingRows
    seed : int
        Of `RoleAwareKFold`.
    owner : str
        The estimator that divides, for messages.

    Returns
    -------
    folds : list of (train, test)
        Positions. Rows without weight are in no fold, and folds that have no others left, to train on or to
        test, are left out.

    Raises
    ------
    TooFewRowsError
        If `RoleAwareKFold` cannot make even two folds, or none has weight to train on; a subclass
        of `InputError`.
    InputError
        If ``cv`` is no splitter, there is no fold, or one tests rows that it trains on.
    """
    # Classes of several outputs are not kept in proportion.
    splitter = _choose_splitter(cv, isinstance(rows.classes, np.ndarray), seed)
    _warn_of_deafness(splitter, rows.roles, owner)
    counting = find_counting(rows.roles.sample_weight, len(rows.y))
    is_ours = isinstance(splitter, RoleAwareKFold | ShareAside)
    among = counting if is_ours else np.arange(len(rows.y))
    known = rows.take(among) if is_ours else rows
    try:
        drawn = call_splitter(splitter, known.X, known.y, known.roles.groups, known.roles.times)
    except TooFewRowsError:
        raise
    except InputError as error:
        raise InputError(f"cv={cv!r}: {error}") from error
    folds = [(among[train], among[test]) for train, test in drawn]
    for number, (train, test) in enumerate(folds):
        if not len(train) or not len(test):
            raise InputError(f"cv={cv!r}: fold {number} has {len(train)} training and {len(test)} test rows")
        if len(np.intersect1d(train, test)):
            raise InputError(f"cv={cv!r}: fold {number} trains on rows that it tests")
    weighty = [tuple(part[np.isin(part, counting)] for part in fold) for fold in folds]
    usable = [(train, test) for train, test in weighty if len(train) and len(test)]
    if not usable:
        raise TooFewRowsError("no fold has rows with weight to train on and to test")
    return usable


def hand_to_splitter(cv: Any, rows: TrainingRows, requested: Mapping[str, Any]) -> Any:
    """A user's splitter, or the folds that it draws with the metadata that it requests.

    Parameters
    ----------
    cv : int, cross-validator or iterable of (train, test)
    rows : TrainingRows
    requested : mapping of str to object
        By metadata routing, beside groups and times; empty for what is no splitter.

    Returns
    -------
    cv : int, cross-validator or iterable of (train, test)
        For `draw_inner_folds`.
    """
    if not requested:
        return cv
    known = {name: rows.roles.division[name] for name in find_taken(cv, rows.roles.division)}
    return list(cv.split(rows.X, rows.y, **known, **requested))


def _choose_splitter(cv: Any, is_classification: bool, seed: int) -> Any:
    if isinstance(cv, Integral) and not isinstance(cv, bool):
        return RoleAwareKFold(int(cv), random_state=seed, stratify=is_classification)
    if isinstance(cv, bool | str | type) or not (hasattr(cv, "split") or isinstance(cv, Iterable)):
        raise InputError(f"cv={cv!r}: expected a number of folds or a splitter, such as RoleAwareKFold()")
    return check_cv(cv)


def _warn_of_deafness(splitter: Any, roles: RowRoles, owner: str) -> None:
    """Say which of groups and times a splitter does not take."""
    taken = find_taken(splitter, roles.division)
    if lacking := [name for name in roles.division if name not in taken]:
        warnings.warn(
            f"{' and '.join(lacking)} do not reach the split inside {owner}: "
            "pass cv=tabkit.model_selection.RoleAwareKFold() or a number",
            stacklevel=level_of_user(),
        )

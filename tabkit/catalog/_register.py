"""The ordered list of candidates: a new model is one more name here."""

from __future__ import annotations

from collections.abc import Iterable

from tabkit._core import InputError, suggest
from tabkit.catalog._boosting import CATBOOST, HIST_GRADIENT_BOOSTING, LIGHTGBM, XGBOOST
from tabkit.catalog._candidate import Candidate
from tabkit.catalog._dummy import DUMMY
from tabkit.catalog._linear import ELASTIC_NET, LASSO, LINEAR
from tabkit.catalog._neighbors import KNN
from tabkit.catalog._svm import SVM
from tabkit.catalog._trees import ADABOOST, BAGGING, EXTRA_TREES, RANDOM_FOREST, TREE

CATALOG: tuple[Candidate, ...] = (
    DUMMY,
    LINEAR,
    ELASTIC_NET,
    LASSO,
    KNN,
    SVM,
    TREE,
    RANDOM_FOREST,
    EXTRA_TREES,
    BAGGING,
    ADABOOST,
    HIST_GRADIENT_BOOSTING,
    LIGHTGBM,
    XGBOOST,
    CATBOOST,
)


def get_candidate(name: str) -> Candidate:
    """Look a candidate up by its name.

    Parameters
    ----------
    name : str

    Returns
    -------
    candidate : Candidate

    Raises
    ------
    InputError
        If there is none of that name; the message has the nearest.
    """
    by_name = {candidate.name: candidate for candidate in CATALOG}
    if name not in by_name:
        raise InputError(f"unknown model {name!r}: {suggest(name, by_name, 'choose one of')}")
    return by_name[name]


def select_candidates(
    names: Iterable[str] | None = None, *, exclude: Iterable[str] = ()
) -> tuple[Candidate, ...]:
    """Choose candidates by name.

    Parameters
    ----------
    names : iterable of str, default=None
        The default ones when None.
    exclude : iterable of str, default=()
        Names to leave out.

    Returns
    -------
    candidates : tuple of Candidate

    Raises
    ------
    InputError
        If a name is unknown.
    """
    left_out = {get_candidate(name).name for name in exclude}
    if names is None:
        chosen = [candidate for candidate in CATALOG if candidate.by_default]
    else:
        chosen = [get_candidate(name) for name in dict.fromkeys(names)]
    return tuple(candidate for candidate in chosen if candidate.name not in left_out)

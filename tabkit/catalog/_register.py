"""The ordered list of candidates: a new model is one more name here."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tabkit._core import InputError
from tabkit._core._parameters import say_call
from tabkit._core._suggest import suggest_near
from tabkit.catalog._balanced import BALANCED_RANDOM_FOREST, EASY_ENSEMBLE
from tabkit.catalog._boosting import CATBOOST, EBM, HIST_GRADIENT_BOOSTING, LIGHTGBM, XGBOOST
from tabkit.catalog._candidate import Candidate
from tabkit.catalog._dummy import DUMMY
from tabkit.catalog._ensembles import GREEDY, STACKING
from tabkit.catalog._imbalance import (
    FOCAL,
    SMOTE,
    SMOTE_CALIBRATED,
    UNDERSAMPLED,
    UNDERSAMPLED_CALIBRATED,
    WEIGHTED,
)
from tabkit.catalog._imported import import_candidate
from tabkit.catalog._linear import ELASTIC_NET, LASSO, LINEAR, LINEAR_SPLINES
from tabkit.catalog._made_features import CATBOOST_FEATURES, LIGHTGBM_FEATURES, XGBOOST_FEATURES
from tabkit.catalog._neighbors import KNN
from tabkit.catalog._neural_network import FT_TRANSFORMER, MLP, TABM
from tabkit.catalog._plugins import find_plugins, load_plugin, load_plugins
from tabkit.catalog._selected import LIGHTGBM_SELECTED
from tabkit.catalog._svm import SVM
from tabkit.catalog._trees import ADABOOST, BAGGING, EXTRA_TREES, RANDOM_FOREST, TREE

CATALOG: tuple[Candidate, ...] = (
    DUMMY,
    LINEAR,
    ELASTIC_NET,
    LASSO,
    LINEAR_SPLINES,
    KNN,
    SVM,
    TREE,
    RANDOM_FOREST,
    EXTRA_TREES,
    BAGGING,
    ADABOOST,
    BALANCED_RANDOM_FOREST,
    EASY_ENSEMBLE,
    HIST_GRADIENT_BOOSTING,
    LIGHTGBM,
    XGBOOST,
    CATBOOST,
    EBM,
    MLP,
    TABM,
    FT_TRANSFORMER,
    STACKING,
    GREEDY,
    WEIGHTED,
    SMOTE,
    SMOTE_CALIBRATED,
    UNDERSAMPLED,
    UNDERSAMPLED_CALIBRATED,
    FOCAL,
    LIGHTGBM_SELECTED,
    LIGHTGBM_FEATURES,
    XGBOOST_FEATURES,
    CATBOOST_FEATURES,
)


# What AutoGluon's row is called.
_RESERVED = frozenset({"autogluon", *(candidate.name for candidate in CATALOG)})


def get_candidate(name: str) -> Candidate:
    """Look a candidate up by its name, or import it.

    Parameters
    ----------
    name : str
        Of the catalog or of an installed package's entry point; or the place of its code,
        "module:Class" or "name=module:Class".

    Returns
    -------
    candidate : Candidate

    Raises
    ------
    InputError
        If there is none of that name (the message has the nearest), or it cannot be imported.
    """
    if ":" in name:
        return import_candidate(name)
    own = next((candidate for candidate in CATALOG if candidate.name == name), None)
    return own or load_plugin(find_plugins()[_check_name(name)])


def select_candidates(
    names: Iterable[str] | None = None, *, exclude: Iterable[str] = ()
) -> tuple[Candidate, ...]:
    """Choose candidates by name.

    Parameters
    ----------
    names : iterable of str, default=None
        As `get_candidate` takes them; the default ones when None, with those of installed packages
        that are a `Candidate` by default.
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
    left_out = {_check_name(name) for name in exclude}
    if names is None:
        chosen = [*CATALOG, *_load_other_plugins(left_out)[0]]
        return tuple(c for c in chosen if c.by_default and c.name not in left_out)
    return tuple(get_candidate(name) for name in dict.fromkeys(names) if name not in left_out)


def find_broken_plugins(*, exclude: Iterable[str] = ()) -> tuple[str, ...]:
    """Say which models of installed packages cannot be had, and why.

    Parameters
    ----------
    exclude : iterable of str, default=()
        Names not to look at.

    Returns
    -------
    complaints : tuple of str
        A sentence each.
    """
    return _load_other_plugins(frozenset(exclude))[1]


def list_candidates() -> tuple[Candidate, ...]:
    """Everything that has a name: the catalog in its order, then what installed packages add.

    Returns
    -------
    candidates : tuple of Candidate
        Without those of packages that cannot be had, see `find_broken_plugins`.
    """
    return (*CATALOG, *_load_other_plugins(())[0])


def _load_other_plugins(left_out: Collection[str]) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    plugins = {name: entries for name, entries in find_plugins().items() if name not in left_out}
    return load_plugins(plugins, reserved=_RESERVED)


def _check_name(name: str) -> str:
    """The same name, when there is such a model; nothing is imported."""
    own = [candidate.name for candidate in CATALOG]
    if name not in own and name not in (known := [*own, *find_plugins()]):
        listed = f"{say_call('tabkit.list_models()', 'tabkit models')} lists them"
        raise InputError(
            f"unknown model {name!r}: {' '.join(filter(None, [suggest_near(name, known), listed]))}"
        )
    return name

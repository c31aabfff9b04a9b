"""Training that starts from a network that is fitted already."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from torch import Tensor

from tabkit._core import InputError
from tabkit.neural_network._encoder import TableEncoder
from tabkit.neural_network._modules import Network
from tabkit.neural_network._packing import PackedNetwork
from tabkit.neural_network._settings import SettingsType
from tabkit.neural_network._targets import Target
from tabkit.neural_network._training._freezing import is_of

_HEAD = "head."


def take_over(
    estimator: BaseEstimator, start_from: Any, target: Target
) -> tuple[TableEncoder, dict[str, Tensor]]:
    """What a fitted network knows of a table, for another one with the same columns.

    Parameters
    ----------
    estimator : estimator
        That is being fitted, its columns known.
    start_from : estimator
        A fitted network of tabkit.
    target : Target
        Of the estimator that is being fitted.

    Returns
    -------
    encoder : TableEncoder
    weights : dict of str to Tensor
        Those of the head only where the targets mean the same.

    Raises
    ------
    InputError
        If it is no such network, or its columns are others.
    """
    known: Any = _unwrap(start_from)
    own: Any = estimator
    if not isinstance(known, PackedNetwork):
        raise InputError(f"start_from: expected a fitted network of tabkit, got {known!r}")
    if "network_" not in vars(known):
        raise InputError(
            "start_from is not fitted. Where estimators are cloned, as in cross-validation, a clone of it is "
            "not either: pass sklearn.frozen.FrozenEstimator(start_from)"
        )
    names, own_names = (getattr(model, "feature_names_in_", None) for model in (known, own))
    if known.n_features_in_ != own.n_features_in_ or not _are_equal(names, own_names):
        raise InputError(
            f"start_from was fitted on the columns {_list_some(names, known.n_features_in_)}, "
            f"and X has {_list_some(own_names, own.n_features_in_)}: they must be the same"
        )
    weights = dict(known.network_.state_dict())
    other = getattr(known, "_target", None)
    if other is None or not target.means_the_same(other):
        weights = {name: weight for name, weight in weights.items() if not name.startswith(_HEAD)}
    return known._encoder, weights


def adopt_architecture(settings: SettingsType, start_from: Any, given: Mapping[str, Any]) -> SettingsType:
    """The settings with the architecture of a fitted network, but for what is given.

    Parameters
    ----------
    settings : TrainingSettings
    start_from : estimator
        A fitted network of tabkit.
    given : mapping of str to object
        Parameters; None takes over.

    Returns
    -------
    settings : TrainingSettings
    """
    known = _unwrap(start_from)
    source = known.settings_
    if not isinstance(source, type(settings)):
        raise InputError(f"start_from: {type(known).__name__} has another architecture than this network")
    names = {field.name for field in fields(known.network_.spec)} & {field.name for field in fields(settings)}
    return replace(
        settings, **{name: getattr(source, name) for name in names - {"dropout"} if given.get(name) is None}
    )


def load_fitting(network: Network, weights: Mapping[str, Tensor], frozen: Collection[str]) -> None:
    """Give a network the weights that have a place in it, and leave the others as they were drawn.

    Parameters
    ----------
    network : Network
    weights : mapping of str to Tensor
    frozen : collection of {"embeddings", "trunk"}
        Parts that are not trained, and so have to have a place.

    Raises
    ------
    InputError
        If a frozen part would keep weights that nobody trained.
    """
    own = network.state_dict()
    fitting = {
        name: weight for name, weight in weights.items() if name in own and own[name].shape == weight.shape
    }
    network.load_state_dict(own | fitting)
    unknown = [name for name in own if name not in fitting and not name.startswith(_HEAD)]
    if not unknown:
        return
    for part in frozen:
        if any(is_of(name, part) for name in unknown):
            raise InputError(
                f"frozen has {part!r}, whose layers are others than those of start_from: leave the "
                "architecture to start_from, or do not freeze it"
            )
    warnings.warn(
        f"start_from has other layers: {len(unknown)} of {len(own)} weights are drawn anew",
        UserWarning,
        stacklevel=2,
    )


def _unwrap(start_from: Any) -> Any:
    return start_from.estimator if isinstance(start_from, FrozenEstimator) else start_from


def _are_equal(first: np.ndarray | None, second: np.ndarray | None) -> bool:
    if first is None or second is None:
        return first is second
    return np.array_equal(first, second)


def _list_some(names: np.ndarray | None, n_columns: int) -> str:
    return f"({n_columns})" if names is None else f"{list(names[:5])}{', ...' if len(names) > 5 else ''}"

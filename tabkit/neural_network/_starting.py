"""Training that starts from a network that is fitted already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from tabkit._core import InputError
from tabkit.neural_network._encoder import TableEncoder
from tabkit.neural_network._modules import TabularNetwork
from tabkit.neural_network._packing import PackedNetwork
from tabkit.neural_network._targets import Target

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
    if not isinstance(start_from, PackedNetwork):
        raise InputError(f"start_from: expected a fitted network of tabkit, got {start_from!r}")
    known: Any = start_from
    own: Any = estimator
    check_is_fitted(known)
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


def load_fitting(network: TabularNetwork, weights: Mapping[str, Tensor]) -> None:
    """Give a network the weights that have a place in it, and leave the others as they were drawn.

    Parameters
    ----------
    network : TabularNetwork
    weights : mapping of str to Tensor
    """
    own = network.state_dict()
    fitting = {
        name: weight for name, weight in weights.items() if name in own and own[name].shape == weight.shape
    }
    network.load_state_dict(own | fitting)


def _are_equal(first: np.ndarray | None, second: np.ndarray | None) -> bool:
    if first is None or second is None:
        return first is second
    return np.array_equal(first, second)


def _list_some(names: np.ndarray | None, n_columns: int) -> str:
    return f"({n_columns})" if names is None else f"{list(names[:5])}{', ...' if len(names) > 5 else ''}"

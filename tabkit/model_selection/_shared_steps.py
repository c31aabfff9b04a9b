"""Pipelines that begin with the same transformer: it is fitted once for all of them."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import config_context
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import MetadataRouter, get_routing_for_object

from tabkit.model_selection._row_roles import choose_roles, find_asked, fit_with_roles
from tabkit.model_selection._training_rows import TrainingRows

# Whose Pipelines do in `fit` what is done here: a subclass of somebody else's may do anything.
_KNOWN = ("sklearn.", "tabkit.")
_PLAIN = (type(None), bool, int, float, str, bytes)


@dataclass(frozen=True)
class Fitted:
    """An estimator, and what predicts the rows that were transformed on the way.

    Attributes
    ----------
    estimator : estimator
        Fitted, and with nothing in it that another one holds.
    predictor : estimator
        What follows a shared first step, or the estimator itself.
    tested : DataFrame, ndarray or sparse matrix of shape (n_tested, n_columns)
        Rows to predict, as the predictor takes them.
    """

    estimator: Any
    predictor: Any
    tested: Any


def group_by_first_step(estimators: Sequence[Any]) -> list[list[int]]:
    """Put together those whose first step is the same, setting by setting.

    A step is shared where its class and its parameters say all of it: numbers, text, and lists, mappings and
    arrays of them. Estimators and functions among them may hold more than they show, and a step without
    a seed is to draw anew for each: ``random_state=None`` is not shared.

    Parameters
    ----------
    estimators : sequence of estimator
        Unfitted.

    Returns
    -------
    groups : list of list of int
        Positions, each in one group; those that share nothing are alone.
    """
    groups: dict[Any, list[int]] = {}
    for position, estimator in enumerate(estimators):
        key = _describe_first_step(estimator)
        groups.setdefault(position if key is None else key, []).append(position)
    return list(groups.values())


def fit_together(estimators: Sequence[Any], rows: TrainingRows, tested: Any) -> Iterator[Fitted]:
    """Fit clones of estimators that begin with the same step, which is fitted once.

    Parameters
    ----------
    estimators : sequence of estimator
        One, or a group of `group_by_first_step`.
    rows : TrainingRows
    tested : DataFrame, ndarray or sparse matrix of shape (n_tested, n_features), or None
        Rows to predict; transformed once.

    Yields
    ------
    fitted : Fitted
        In the order of the estimators, each fitted when it is asked for.
    """
    if len(estimators) == 1:
        model = fit_with_roles(clone(estimators[0]), rows.X, rows.y, rows.roles)
        yield Fitted(model, model, tested)
        return
    # By the weights, groups and times that reach the step: what stands behind it can keep them all out.
    prepared: dict[frozenset[str], tuple[Any, Any, Any]] = {}
    for estimator in estimators:
        whole = clone(estimator)
        given = rows.roles.present
        wanted = choose_roles(whole, given)
        (name, step), *_ = whole.steps
        asked = frozenset(find_asked(step, wanted, "fit_transform"))
        if asked not in prepared:
            train = _fit_transform(step, rows, {role: given[role] for role in asked})
            prepared[asked] = step, train, None if tested is None else step.transform(tested)
        # Copies: a model may write into its rows, and a step may be fitted again by whoever holds it.
        step, train, held_out = copy.deepcopy(prepared[asked])
        rest = _without_first_step(whole)
        with config_context(enable_metadata_routing=bool(wanted)):
            rest.fit(train, rows.y, **{role: given[role] for role in find_asked(rest, wanted)})
        whole.steps = [(name, step), *rest.steps]
        yield Fitted(whole, rest, held_out)


def find_first_step(estimator: Any) -> Any:
    """What a Pipeline begins with, where it can be fitted apart from the rest.

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    step : transformer, str or None
        None of what is no plain Pipeline of several steps; text or None of one that begins with nothing.
    """
    if not isinstance(estimator, Pipeline) or not type(estimator).__module__.startswith(_KNOWN):
        return None
    if len(estimator.steps) < 2 or estimator.memory is not None or estimator.transform_input is not None:
        return None
    return estimator.steps[0][1]


def _describe_first_step(estimator: Any) -> Any:
    """What is equal for equal first steps; None where none can be shared."""
    step = find_first_step(estimator)
    if not all(hasattr(step, method) for method in ("fit_transform", "transform", "get_params")):
        return None
    settings = step.get_params(deep=False)
    if settings.get("random_state", 0) is None or isinstance(get_routing_for_object(step), MetadataRouter):
        return None
    beside = [vars(step).get(name) for name in ("_sklearn_output_config", "_metadata_request")]
    try:
        return type(step), _freeze(settings), _freeze(beside[0]), str(beside[1])
    except TypeError:
        return None


def _freeze(value: Any) -> Any:
    """A plain value as one that can be looked up; a TypeError where it is none."""
    if type(value) in _PLAIN:
        # 1, 1.0 and True are equal, and NaN is not equal to itself.
        return type(value), repr(value)
    if isinstance(value, type | np.dtype):
        return value
    if type(value) in (list, tuple):
        return type(value), tuple(_freeze(item) for item in value)
    if isinstance(value, Mapping):
        return "mapping", tuple((_freeze(key), _freeze(item)) for key, item in value.items())
    if type(value) in (set, frozenset):
        return "set", frozenset(_freeze(item) for item in value)
    if isinstance(value, np.generic) or (type(value) is np.ndarray and value.dtype != object):
        return value.dtype, value.shape, value.tobytes()
    raise TypeError(f"{type(value).__name__} may hold more than it shows")


def _without_first_step(pipeline: Pipeline) -> Pipeline:
    """The same Pipeline, its other parameters and requests included, from the second step on."""
    rest = copy.copy(pipeline)
    rest.steps = pipeline.steps[1:]
    return rest


def _fit_transform(step: Any, rows: TrainingRows, roles: Mapping[str, Any]) -> Any:
    with config_context(enable_metadata_routing=bool(roles)):
        return step.fit_transform(rows.X, rows.y, **roles)

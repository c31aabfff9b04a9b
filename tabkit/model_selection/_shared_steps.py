"""Pipelines that begin with the same transformer: it is fitted once for all of them."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sklearn import config_context
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from tabkit._core._describe import describe
from tabkit.model_selection._row_roles import choose_roles, find_asked, fit_with_roles
from tabkit.model_selection._training_rows import TrainingRows

# Whose Pipelines do in `fit` what is done here: a subclass of somebody else's may do anything.
_KNOWN = ("sklearn.", "tabkit.")


@dataclass(frozen=True)
class Fitted:
    """An estimator, and what predicts the rows that were transformed on the way.

    Attributes
    ----------
    estimator : estimator
        Fitted. Pipelines that shared the fit of their first step hold the same object.
    predictor : estimator
        What follows a shared first step, or the estimator itself.
    tested : DataFrame, ndarray or sparse matrix of shape (n_tested, n_columns)
        Rows to predict, as the predictor takes them.
    """

    estimator: Any
    predictor: Any
    tested: Any


def find_first_step(estimator: Any) -> Any:
    """The transformer that a Pipeline begins with, where it can be fitted apart from the rest.

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    step : transformer or None
    """
    if not isinstance(estimator, Pipeline) or not type(estimator).__module__.startswith(_KNOWN):
        return None
    if len(estimator.steps) < 2 or estimator.memory is not None or estimator.transform_input is not None:
        return None
    step = estimator.steps[0][1]
    return step if hasattr(step, "fit") and hasattr(step, "transform") else None


def group_by_first_step(estimators: Sequence[Any]) -> list[list[int]]:
    """Put together those whose first step is the same, setting by setting.

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
        step = find_first_step(estimator)
        groups.setdefault(position if step is None else describe(step), []).append(position)
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
    step = prepared = transformed = None
    for number, estimator in enumerate(estimators):
        whole = clone(estimator)
        given = rows.roles.present
        wanted = choose_roles(whole, given)
        (step_name, own_step), *_ = whole.steps
        if step is None:
            step = own_step
            prepared = _fit_transform(step, rows, {name: given[name] for name in wanted})
            transformed = None if tested is None else step.transform(tested)
        rest = _without_first_step(whole)
        is_last = number == len(estimators) - 1
        # A model may write into its rows.
        taken, held_out = (prepared, transformed) if is_last else copy.deepcopy((prepared, transformed))
        with config_context(enable_metadata_routing=bool(wanted)):
            asked = find_asked(rest, wanted)
            rest.fit(taken, rows.y, **{name: given[name] for name in asked})
        whole.steps = [(step_name, step), *rest.steps]
        yield Fitted(whole, rest, held_out)


def transform_together(estimators: Sequence[Any], X: Any) -> list[tuple[Any, Any]]:
    """What predicts in each of some fitted estimators, with the rows as it takes them.

    A first step that several hold, the same object, transforms the rows once.

    Parameters
    ----------
    estimators : sequence of estimator
        Fitted.
    X : DataFrame, ndarray or sparse matrix of shape (n_rows, n_features)

    Returns
    -------
    pairs : list of (estimator, DataFrame or ndarray or sparse matrix)
        Rows that another predictor takes also are not to be written into.
    """
    steps = [find_first_step(estimator) for estimator in estimators]
    n_holders = [sum(step is other for other in steps) for step in steps]
    done: dict[int, Any] = {}
    pairs = []
    for estimator, step, count in zip(estimators, steps, n_holders, strict=True):
        if step is None or count == 1:
            pairs.append((estimator, X))
            continue
        if id(step) not in done:
            done[id(step)] = step.transform(X)
        pairs.append((_without_first_step(estimator), copy.deepcopy(done[id(step)])))
    return pairs


def _without_first_step(pipeline: Pipeline) -> Pipeline:
    """The same Pipeline, its other parameters and requests included, from the second step on."""
    rest = copy.copy(pipeline)
    rest.steps = pipeline.steps[1:]
    return rest


def _fit_transform(step: Any, rows: TrainingRows, given: Mapping[str, Any]) -> Any:
    with config_context(enable_metadata_routing=bool(given)):
        if hasattr(step, "fit_transform"):
            asked = find_asked(step, given, "fit_transform")
            return step.fit_transform(rows.X, rows.y, **{name: given[name] for name in asked})
        asked = find_asked(step, given)
        return step.fit(rows.X, rows.y, **{name: given[name] for name in asked}).transform(rows.X)

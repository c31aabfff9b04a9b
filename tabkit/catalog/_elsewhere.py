"""Estimators that come from elsewhere: of the user's modules, of other packages."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tabkit._core import InputError, describe_error
from tabkit._core._parameters import say_parameter
from tabkit.catalog._candidate import Candidate
from tabkit.catalog._finish import finish_model
from tabkit.catalog._prepared import prepared
from tabkit.data import Task

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

# They come after the cheap ones of the catalog: their cost is not known.
COST_IF_UNKNOWN = 7.0


def build_elsewhere(found: Any, origin: str, task: Task, random_state: int) -> BaseEstimator:
    """Make an estimator that takes a table out of what a module or a package offers.

    A Pipeline, or an estimator around one, such as a search, is taken as it is. Any other gets the
    preparation before it that its tags call for: "boosting" where it takes missing values,
    categories and text, "tree" where it takes missing values, else "linear"; see
    `tabkit.preprocessing.TablePreprocessor`.

    Parameters
    ----------
    found : object
        An estimator, its class, a function that returns one, or a `Candidate`. A class is called
        without arguments and seeded; a function may have the parameters ``task`` and
        ``random_state``.
    origin : str
        What messages call it.
    task : Task
    random_state : int

    Returns
    -------
    estimator : estimator

    Raises
    ------
    InputError
        If it is none of these, cannot be made, or is not for the task.
    """
    model = _make(found, origin, task, random_state)
    check_model(model, origin, task)
    if _holds_pipeline(model):
        return finish_model(model, task, random_state)
    return prepared(model, _find_family(model), task, random_state)


def check_model(model: Any, origin: str, task: Task) -> None:
    """Check that something is an estimator for a task.

    Parameters
    ----------
    model : object
    origin : str
        What messages call it.
    task : Task

    Raises
    ------
    InputError
        If it is no estimator, or one for another kind of task.
    """
    from sklearn.utils import get_tags

    if isinstance(model, type):
        raise InputError(f"{origin} is no scikit-learn estimator but a class: pass {model.__name__}()")
    if not all(hasattr(model, method) for method in ("fit", "predict", "get_params")):
        raise InputError(
            f"{origin} is no scikit-learn estimator that predicts, but of class {type(model).__name__}"
        )
    try:
        kind = get_tags(model).estimator_type
    except AttributeError as error:
        raise InputError(
            f"{origin} has no tags that say what it is: let {type(model).__name__} inherit from "
            "sklearn.base.BaseEstimator"
        ) from error
    if kind not in (None, "classifier" if task.is_classification else "regressor"):
        article = "an" if kind[0] in "aeiou" else "a"
        raise InputError(
            f"{origin} is {article} {kind.replace('_', ' ')}, and the task is {task.kind}: "
            f"pass another, or {say_parameter('task', ...)}"
        )


def _make(found: Any, origin: str, task: Task, random_state: int) -> Any:
    from sklearn.base import clone

    if isinstance(found, Candidate):
        return _call(found.build, (task, random_state), {}, origin)
    if isinstance(found, type):
        made = _call(found, (), _fill_arguments(found, origin, {}), origin)
        return tell_positive(seed_model(made, random_state), task)
    if hasattr(found, "fit") and hasattr(found, "get_params"):
        return _call(clone, (found,), {}, origin)
    if callable(found):
        known = {"task": task, "random_state": random_state}
        return _call(found, (), _fill_arguments(found, origin, known), origin)
    raise InputError(
        f"{origin} is no scikit-learn estimator, nor a function that returns one, but {found!r:.80}"
    )


def _fill_arguments(function: Callable[..., Any], origin: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the known arguments that a function takes; all that it needs must be among them."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (ValueError, TypeError):  # written in C, without a signature
        return {}
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    needed = [
        p.name
        for p in parameters
        if p.default is p.empty
        and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        and not (p in named and p.name in known)
    ]
    if needed:
        raise InputError(
            f"{origin} cannot be made without {', '.join(needed)}: "
            "name a function that returns it, with no parameters but task and random_state"
        )
    return {p.name: known[p.name] for p in named if p.name in known}


def _call(
    function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any], origin: str
) -> Any:
    try:
        return function(*arguments, **named)
    except Exception as error:
        raise InputError(f"{origin} cannot be made: {describe_error(error)}") from error


def seed_model(model: Any, random_state: int) -> Any:
    """Give every part that leaves its randomness open the seed of the run.

    Parameters
    ----------
    model : estimator
        Never changed.
    random_state : int

    Returns
    -------
    seeded : estimator
        A clone; the model itself where nothing is open.
    """
    return _fill_open(model, "random_state", random_state)


def tell_positive(model: Any, task: Task) -> Any:
    """Give every part that asks for the positive class, and was not told one, that of the task.

    Parameters
    ----------
    model : estimator
        Never changed.
    task : Task
        A positive class that is only the rarer one is not handed on: the part refuses it by itself, or not.

    Returns
    -------
    told : estimator
        A clone; the model itself where nothing is open.
    """
    return _fill_open(model, "pos_label", task.positive) if task.is_positive_told else model


def _fill_open(model: Any, parameter: str, given: Any) -> Any:
    """A clone whose every part has a value for a parameter that was None."""
    from sklearn.base import clone

    if not hasattr(model, "get_params"):
        return model
    is_open = {
        name: given
        for name, value in model.get_params(deep=True).items()
        if value is None and name.rpartition("__")[2] == parameter
    }
    return clone(model).set_params(**is_open) if is_open else model


def _holds_pipeline(model: Any) -> bool:
    """Whether it says itself how a table is prepared."""
    from sklearn.pipeline import Pipeline

    return any(isinstance(part, Pipeline) for part in (model, *model.get_params(deep=True).values()))


def _find_family(model: Any) -> str:
    """The family of preparation that hands a model no more than it says it takes."""
    from sklearn.utils import get_tags

    tags = get_tags(model).input_tags
    if tags.allow_nan and tags.categorical and tags.string:
        return "boosting"
    return "tree" if tags.allow_nan else "linear"

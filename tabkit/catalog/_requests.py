"""What is asked of every model, checked before the first fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tabkit._core import InputError, suggest
from tabkit.catalog._finish import check_class_decisions
from tabkit.data import Task
from tabkit.data._positive_class import check_told

if TYPE_CHECKING:
    import pandas as pd

OBJECTIVES = ("squared_error", "absolute_error", "poisson", "gamma", "tweedie")
TARGET_TRANSFORMS = ("log",)

# Their models predict the logarithm of the mean.
_WITH_LOG_LINK = ("poisson", "gamma", "tweedie")
_DEFAULT_POWER = 1.5


def add_requests(
    task: Task,
    *,
    objective: str | None = None,
    target_transform: str | None = None,
    monotone: Mapping[str, int] | None = None,
    calibration: str | None = None,
    threshold: str | float | None = None,
    target: pd.Series | None = None,
) -> Task:
    """Add to a task what is asked of every model that has it.

    What is None stays as it is in the task.

    Parameters
    ----------
    task : Task
    objective : str, default=None
        "squared_error", "absolute_error", "poisson", "gamma", "tweedie" or, with another power
        than 1.5, "tweedie:1.3".
    target_transform : {"log"}, default=None
        "log" fits on the logarithm of 1 + target.
    monotone : mapping of str to {1, -1}, default=None
        Numeric columns in which predictions never fall (1) or never rise (-1); of two classes,
        the probability of the positive one.
    calibration : str, default=None
        How the probabilities of classifiers are calibrated: "auto", "temperature", "sigmoid", "beta" or
        "isotonic".
    threshold : str or float, default=None
        What the threshold of class predictions is chosen by: see `parse_threshold`.
    target : Series of shape (n_rows,), default=None
        Checked to suit, where it is known.

    Returns
    -------
    task : Task

    Raises
    ------
    InputError
        If something asked for does not exist, does not suit the task, the target or the rest, or hangs on
        which class is positive and nothing says so.

    Examples
    --------
    >>> add_requests(Task("regression"), objective="tweedie:1.3").objective
    'tweedie:1.3'
    """
    asked = replace(
        task,
        objective=objective or task.objective,
        target_transform=target_transform or task.target_transform,
        monotone=_check_monotone(task, task.monotone if monotone is None else monotone),
        calibration=calibration or task.calibration,
        threshold=task.threshold if threshold is None else str(threshold),
    )
    check_class_decisions(asked)
    if asked.monotone:
        check_told(asked, "a monotone column")
    name = _check_objective(asked)
    _check_transform(asked, name)
    if name == "absolute_error" and asked.monotone:
        raise InputError(
            "the objective absolute_error sets leaves to medians, which keeps no column monotone: "
            "choose one of the two"
        )
    if target is not None:
        _check_target(asked, name, target)
    return asked


def split_objective(objective: str) -> tuple[str, float]:
    """Name of an objective, and the power of a Tweedie distribution.

    Examples
    --------
    >>> split_objective("tweedie:1.3"), split_objective("poisson")
    (('tweedie', 1.3), ('poisson', 1.5))
    """
    name, _, power = objective.partition(":")
    return name, float(power) if power else _DEFAULT_POWER


def monotone_constraints(task: Task) -> dict[str, int] | None:
    """The monotone columns as scikit-learn takes them, whose positive class is the one that sorts last.

    Returns
    -------
    constraints : dict of str to {1, -1} or None
        Of the value, or of the probability of the class that sorts last.

    Raises
    ------
    InputError
        If the classes are not known.
    """
    if task.monotone and task.kind == "binary" and not task.classes:
        raise InputError(
            "monotone columns of this model need the classes beforehand: pass task=tabkit.data.infer_task(y)"
        )
    is_last = not task.classes or list(task.classes) == sorted(task.classes)
    sign = 1 if task.kind == "regression" or is_last else -1
    return {column: sign * direction for column, direction in task.monotone.items()} or None


def _check_objective(task: Task) -> str:
    """Name of the objective, without a power."""
    name, has_power, power = task.objective.partition(":")
    if not name:
        return name
    if name not in OBJECTIVES:
        raise InputError(f"unknown objective {name!r}: {suggest(name, OBJECTIVES, 'choose one of')}")
    if task.is_classification:
        raise InputError(f"the objective {name} is for regression, and the task is {task.kind}")
    if has_power and (name != "tweedie" or not _is_between_one_and_two(power)):
        raise InputError(
            f"the objective {task.objective!r} has no meaning: a number belongs to tweedie alone, "
            "between 1 and 2, as in tweedie:1.5"
        )
    return name


def _is_between_one_and_two(text: str) -> bool:
    try:
        return 1 < float(text) < 2
    except ValueError:
        return False


def _check_transform(task: Task, objective: str) -> None:
    transform = task.target_transform
    if not transform:
        return
    if transform not in TARGET_TRANSFORMS:
        choices = ", ".join(TARGET_TRANSFORMS)
        raise InputError(f"unknown target transform {transform!r}: choose one of {choices}")
    if task.is_classification:
        raise InputError(f"the target transform {transform} is for regression, and the task is {task.kind}")
    if objective in _WITH_LOG_LINK:
        raise InputError(
            f"the objective {objective} has a logarithm of its own: drop the target transform {transform}"
        )


def _check_monotone(task: Task, monotone: Mapping[str, int]) -> dict[str, int]:
    if not isinstance(monotone, Mapping):
        raise InputError(f"monotone={monotone!r}: expected a mapping of columns to 1 or -1")
    if monotone and task.kind == "multiclass":
        raise InputError("monotone columns are for regression and two classes, and the task is multiclass")
    for column, direction in monotone.items():
        if direction not in (1, -1):
            raise InputError(
                f"monotone: column {column!r} must have 1 (predictions rise) or -1 (they fall), "
                f"got {direction!r}"
            )
        if not task.kinds:  # not known yet
            continue
        if column not in task.kinds:
            raise InputError(
                f"no column {column!r} to be monotone in is among the features: "
                f"{suggest(str(column), task.kinds, 'they are')}"
            )
        if task.kinds[column] != "numeric":
            raise InputError(
                f"predictions cannot be monotone in column {column!r} of kind {task.kinds[column]}: "
                "name numeric columns"
            )
    return {column: int(direction) for column, direction in monotone.items()}


def _check_target(task: Task, objective: str, target: pd.Series) -> None:
    from tabkit.preprocessing._values import check_domain

    check_domain(target, task.target_transform or objective)

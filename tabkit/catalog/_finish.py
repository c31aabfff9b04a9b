"""What a task asks of every model, put around it: a transformed target, calibration, a threshold."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

from tabkit._core import InputError, suggest
from tabkit._core._parameters import say_parameter
from tabkit.data import Task
from tabkit.data._positive_class import check_told

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

CALIBRATIONS = ("auto", "temperature", "sigmoid", "beta", "isotonic")

_SCORES = ("accuracy", "balanced_accuracy", "f1", "precision", "recall")
# With these it does not matter which class is the positive one.
_ALIKE_FOR_BOTH_CLASSES = ("accuracy", "balanced_accuracy", 0.5)
_COSTS = {"fp": "false_positive", "fn": "false_negative", "tp": "true_positive", "tn": "true_negative"}
_FORMS = "0.3, f1, recall@precision=0.9, precision@recall=0.8 or costs:fp=5,fn=100"
# Each is a fit of its own, and one of them may hold the other.
_FOLDS, _FOLDS_OF_BOTH = 5, 3


def finish_model(model: Any, task: Task, random_state: int) -> BaseEstimator:
    """Put around a model what a task asks of every one: a transformed target, calibration, a threshold.

    Parameters
    ----------
    model : estimator
        Handed back as it is where nothing is asked for.
    task : Task
    random_state : int

    Returns
    -------
    model : estimator
    """
    model = _with_target_transform(model, task)
    n_folds = _count_folds(task)
    if task.calibration:
        from tabkit.calibration import CalibratedClassifier

        model = CalibratedClassifier(model, method=task.calibration, cv=n_folds, random_state=random_state)
    if not task.threshold:
        return model
    wanted = parse_threshold(task.threshold)
    if isinstance(wanted, float):
        from tabkit.calibration._fixed_threshold import FixedThreshold

        return FixedThreshold(
            model, threshold=wanted, pos_label=task.positive, response_method="predict_proba"
        )
    from tabkit.calibration import TunedThresholdClassifier

    return TunedThresholdClassifier(
        model, objective=wanted, cv=n_folds, pos_label=task.positive, random_state=random_state
    )


def count_fits(task: Task) -> int:
    """How often a model is fitted on a fold for what is asked of it.

    Parameters
    ----------
    task : Task

    Returns
    -------
    n_fits : int
    """
    n_folds = _count_folds(task)
    return (1 + n_folds * bool(task.calibration)) * (1 + n_folds * _needs_search(task))


def _count_folds(task: Task) -> int:
    """Folds inside calibration, and inside the search for a threshold."""
    return _FOLDS_OF_BOTH if task.calibration and _needs_search(task) else _FOLDS


def _needs_search(task: Task) -> bool:
    """Whether the threshold is searched for on rows held out."""
    return bool(task.threshold) and not isinstance(parse_threshold(task.threshold), float)


def check_class_decisions(task: Task) -> None:
    """Refuse a calibration or a threshold that there is not, or that the task has no use for.

    A threshold is also refused where nothing says which class is the positive one.

    Raises
    ------
    InputError
    """
    if task.calibration and task.calibration not in CALIBRATIONS:
        hint = suggest(task.calibration, CALIBRATIONS, "choose one of")
        raise InputError(f"unknown calibration {task.calibration!r}: {hint}")
    if task.calibration and not task.is_classification:
        raise InputError("calibration is of the probabilities of classes, and the task is regression")
    if task.threshold and task.kind != "binary":
        raise InputError(f"a threshold decides between two classes, and the task is {task.kind}")
    if task.threshold and parse_threshold(task.threshold) not in _ALIKE_FOR_BOTH_CLASSES:
        check_told(task, say_parameter("threshold", task.threshold))


def parse_threshold(text: str) -> Any:
    """Read what a threshold is chosen by.

    Parameters
    ----------
    text : str
        A probability, the name of a score, a score with the least of another one, or costs.

    Returns
    -------
    wanted : float, str, MaxRecall, MaxPrecision or Costs
        As `tabkit.calibration.TunedThresholdClassifier` takes it; a float is the threshold itself.

    Raises
    ------
    InputError
        If it can be read as none of these.

    Examples
    --------
    >>> parse_threshold("0.3"), parse_threshold("recall@precision=0.9")
    (0.3, MaxRecall(min_precision=0.9))
    """
    from tabkit.calibration import Costs, MaxPrecision, MaxRecall

    given = text.strip()
    if given in _SCORES:
        return given
    head, _, rest = given.partition(":")
    if head in ("cost", "costs") and rest:
        pairs = _read_numbers(text, rest.split(","))
        unknown = set(pairs) - set(_COSTS)
        if unknown:
            raise InputError(f"threshold {text!r}: {min(unknown)!r} is none of {', '.join(_COSTS)}")
        return Costs(**{_COSTS[name]: value for name, value in pairs.items()})
    wanted, at, bound = given.partition("@")
    if at:
        (name, least), *more = _read_numbers(text, [bound]).items()
        if not more and 0.0 < least <= 1.0 and (wanted, name) == ("recall", "precision"):
            return MaxRecall(min_precision=least)
        if not more and 0.0 < least <= 1.0 and (wanted, name) == ("precision", "recall"):
            return MaxPrecision(min_recall=least)
        raise InputError(f"threshold {text!r}: expected {_FORMS}")
    try:
        fixed = float(given)
    except ValueError:
        raise InputError(f"threshold {text!r}: expected {_FORMS}") from None
    if not 0.0 < fixed < 1.0:
        raise InputError(f"threshold {text!r}: a probability between 0 and 1 is needed")
    return fixed


def _with_target_transform(model: Any, task: Task) -> Any:
    """Let a regressor be fitted on the transformed target, and predict in its unit; once, if at all."""
    import numpy as np
    from sklearn.compose import TransformedTargetRegressor

    from tabkit.preprocessing._table_pipeline import LogTargetRegressor

    if not task.target_transform or isinstance(model, TransformedTargetRegressor):
        return model
    return LogTargetRegressor(model, func=np.log1p, inverse_func=np.expm1, check_inverse=False)


def _read_numbers(text: str, parts: list[str]) -> Mapping[str, float]:
    """Pairs of NAME=NUMBER."""
    found: dict[str, float] = {}
    for part in parts:
        name, equals, number = part.partition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            equals = ""
        if not equals or not isfinite(found[name.strip()]):
            raise InputError(f"threshold {text!r}: expected {_FORMS}")
    return found

"""Losses by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, cast

from torch import Tensor

from tabkit._core import InputError, suggest
from tabkit.neural_network._training._classification_loss import ClassificationLoss
from tabkit.neural_network._training._custom_loss import CustomLoss
from tabkit.neural_network._training._loss import Loss
from tabkit.neural_network._training._regression_losses import (
    AbsoluteError,
    HuberLoss,
    QuantileLoss,
    SquaredError,
)
from tabkit.neural_network._training._several_losses import SeveralLosses

CLASSIFICATION_LOSSES = ("cross_entropy", "focal")
REGRESSION_LOSSES = ("squared_error", "absolute_error", "huber", "quantile")


@dataclass(frozen=True)
class TargetLoss:
    """The loss of one target, in plain values.

    Attributes
    ----------
    options : mapping of str
        Arguments of `make_loss`.
    n_columns : int
        Classes, or 1 for values.
    weight : float
        Beside those of other targets.
    """

    options: Mapping[str, Any]
    n_columns: int
    weight: float = 1.0


def build_loss(described: TargetLoss | Sequence[TargetLoss]) -> Loss:
    """Make the loss of a target, or of several together.

    Parameters
    ----------
    described : TargetLoss, or a sequence of them for several targets

    Returns
    -------
    loss : Loss
    """
    if isinstance(described, TargetLoss):
        return make_loss(**described.options)
    return SeveralLosses(
        [make_loss(**one.options) for one in described],
        [one.n_columns for one in described],
        [one.weight for one in described],
    )


def make_loss(
    loss: str | Loss | Callable[[Tensor, Tensor], Tensor],
    *,
    is_classification: bool,
    n_classes: int = 0,
    class_weights: Sequence[float] | None = None,
    class_counts: Sequence[float] | None = None,
    label_smoothing: float = 0.0,
    focal_gamma: float = 2.0,
    focal_alpha: float | str | Sequence[float] | None = None,
    quantiles: Sequence[float] = (0.5,),
    huber_delta: float = 1.0,
) -> Loss:
    """Make the loss that a network is trained with.

    Parameters
    ----------
    loss : str, Loss or callable
        For classes "cross_entropy" or "focal"; for values "squared_error", "absolute_error", "huber" or
        "quantile"; a torch module or a function, see `CustomLoss`.
    is_classification : bool
    n_classes : int, default=0
        Not used for regression.
    class_weights : sequence of float or None, default=None
        One per class.
    class_counts : sequence of float or None, default=None
        Rows (or the sum of their weights) per class in training, for ``focal_alpha="balanced"``.
    label_smoothing : float, default=0.0
        In ``[0, 1)``.
    focal_gamma : float, default=2.0
        How much weight is taken off the rows that are right already; 0 is cross-entropy.
    focal_alpha : float, "balanced", sequence of float or None, default=None
        A number is the weight of code 1 of two classes, and 1 less it that of code 0; "balanced"
        weighs classes by the inverse of their counts, with mean 1 over the rows; or one weight per class.
    quantiles : sequence of float, default=(0.5,)
    huber_delta : float, default=1.0

    Returns
    -------
    loss : Loss

    Raises
    ------
    InputError
        If there is no such loss for the task, or one of its numbers is out of its range.

    Examples
    --------
    >>> make_loss("quantile", is_classification=False, quantiles=(0.1, 0.9)).n_outputs(1)
    2
    """
    if isinstance(loss, Loss):
        return loss
    if not isinstance(loss, str):
        if not callable(loss):
            raise InputError(f"loss: expected a name, a torch module or a function, got {loss!r}")
        return CustomLoss(loss, is_classification=is_classification)
    names = CLASSIFICATION_LOSSES if is_classification else REGRESSION_LOSSES
    if loss not in names:
        task = "classes" if is_classification else "values"
        raise InputError(f"loss={loss!r} is no loss for {task}: {suggest(loss, names, 'choose one of')}")
    if not is_classification:
        return _regression_loss(loss, quantiles, huber_delta)
    _check(0.0 <= label_smoothing < 1.0, "label_smoothing", label_smoothing, "at least 0 and less than 1")
    gamma = 0.0
    weights = _check_weights("class_weight", class_weights, n_classes)
    if loss == "focal":
        _check(focal_gamma >= 0.0, "focal_gamma", focal_gamma, "at least 0")
        gamma = focal_gamma
        weights = _multiply(weights, _alpha_by_class(focal_alpha, n_classes, class_counts))
    return ClassificationLoss(n_classes, gamma=gamma, class_weights=weights, label_smoothing=label_smoothing)


def _regression_loss(loss: str, quantiles: Sequence[float], huber_delta: float) -> Loss:
    if loss == "squared_error":
        return SquaredError()
    if loss == "absolute_error":
        return AbsoluteError()
    if loss == "huber":
        _check(huber_delta > 0.0, "huber_delta", huber_delta, "more than 0")
        return HuberLoss(huber_delta)
    levels = tuple(quantiles)
    is_valid = bool(levels) and all(0.0 < level < 1.0 for level in levels) and len(set(levels)) == len(levels)
    _check(is_valid, "quantiles", levels, "numbers between 0 and 1, each once")
    return QuantileLoss(levels)


def _alpha_by_class(
    alpha: float | str | Sequence[float] | None, n_classes: int, counts: Sequence[float] | None
) -> list[float] | None:
    """Alpha of the focal loss as one weight per class."""
    if alpha is None:
        return None
    if isinstance(alpha, str):
        _check(alpha == "balanced", "focal_alpha", alpha, "'balanced', a number or one number per class")
        known = _check_weights("class_counts", counts, n_classes)
        if known is None or not all(known):
            raise InputError("focal_alpha='balanced' needs rows of every class: pass one number per class")
        return [sum(known) / (n_classes * count) for count in known]
    if isinstance(alpha, Real):
        alpha = float(alpha)
        if n_classes != 2:
            raise InputError(
                f"focal_alpha={alpha!r} is for two classes, and there are {n_classes}: "
                "pass 'balanced' or one number per class"
            )
        _check(0.0 < alpha < 1.0, "focal_alpha", alpha, "between 0 and 1")
        return [1.0 - alpha, alpha]
    return _check_weights("focal_alpha", cast(Sequence[float], alpha), n_classes)


def _check_weights(name: str, weights: Sequence[float] | None, n_classes: int) -> list[float] | None:
    if weights is None:
        return None
    try:
        numbers = [float(weight) for weight in weights]
    except (TypeError, ValueError):
        numbers = []
    is_valid = len(numbers) == n_classes and all(0.0 <= number < float("inf") for number in numbers)
    _check(is_valid, name, weights, f"{n_classes} finite numbers that are not negative, one per class")
    return numbers


def _multiply(first: list[float] | None, second: list[float] | None) -> list[float] | None:
    if first is None or second is None:
        return first if second is None else second
    return [a * b for a, b in zip(first, second, strict=True)]


def _check(is_valid: bool, name: str, value: object, expected: str) -> None:
    if not is_valid:
        raise InputError(f"{name}={value!r}: expected {expected}")

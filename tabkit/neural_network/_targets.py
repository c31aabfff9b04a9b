"""What is predicted: how it becomes tensors, what a network is trained by and chosen by."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch import Tensor

from tabkit._core import InputError
from tabkit._core._wording import say_count, say_value, say_values
from tabkit.data._positive_class import find_evident
from tabkit.neural_network._scoring import Score, score_log_loss, score_with
from tabkit.neural_network._settings import TrainingSettings
from tabkit.neural_network._training._losses import TargetLoss
from tabkit.neural_network._training._rows import TensorRows
from tabkit.preprocessing._labels import find_labels
from tabkit.preprocessing._values import as_values


class Target(ABC):
    """The target of a network, learnt from training rows.

    Attributes
    ----------
    n_classes : int
        0 for values.
    n_columns : int
        Of a prediction: a probability for each class, or a value for each target.
    """

    n_classes: int
    n_columns: int

    @abstractmethod
    def encode(self, y: Any) -> Tensor:
        """Codes or standardised values, of shape (n_rows,) or (n_rows, n_targets)."""

    @abstractmethod
    def stratify(self, encoded: Tensor) -> np.ndarray:
        """What the split for early stopping is stratified by, of shape (n_rows,)."""

    @abstractmethod
    def describe_loss(
        self, settings: TrainingSettings, training: TensorRows
    ) -> TargetLoss | list[TargetLoss]:
        """What it is trained by, in plain values; a list for several targets."""

    @abstractmethod
    def make_score(
        self, scoring: Any, validation: TensorRows, loss: TargetLoss | list[TargetLoss]
    ) -> Score | None:
        """From predictions of the validation rows to a score, greater is better; None for the loss.

        Parameters
        ----------
        scoring : object
            As the estimator takes it.
        validation : TensorRows
        loss : TargetLoss or list of TargetLoss
            That it is trained by.

        Returns
        -------
        score : callable or None
        """

    @abstractmethod
    def means_the_same(self, other: Target) -> bool:
        """Whether a network's outputs for this target can be taken for the other's."""

    def draw_chances(self, training: TensorRows) -> Tensor | None:
        """Chances of the rows to be drawn; None takes each once per epoch."""
        return None


@dataclass
class ClassTarget(Target):
    """Labels of classes.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        Sorted.
    class_weight : dict, "balanced" or None
    balanced_sampling : bool
        Whether rows are drawn so that all classes come equally often.
    """

    classes: np.ndarray
    class_weight: Mapping[Any, float] | str | None = None
    balanced_sampling: bool = False

    @property
    def n_classes(self) -> int:  # type: ignore[override]
        """Number of labels."""
        return len(self.classes)

    @property
    def n_columns(self) -> int:  # type: ignore[override]
        """One per class."""
        return len(self.classes)

    def encode(self, y: Any) -> Tensor:
        """Codes, int64 of shape (n_rows,)."""
        return torch.from_numpy(find_labels(y, self.classes))

    def stratify(self, encoded: Tensor) -> np.ndarray:
        """The codes."""
        return encoded.numpy()

    def describe_loss(self, settings: TrainingSettings, training: TensorRows) -> TargetLoss:
        """A loss for classes, with weights and counts of these rows."""
        codes, weight = _take_arrays(training)
        by_class = self._weigh_classes(codes)
        if by_class is not None and not isinstance(settings.loss, str | None):
            raise InputError("class_weight: not for a loss of one's own, which can weigh the classes itself")
        counts = np.bincount(codes, weights=weight, minlength=self.n_classes)
        options = {
            "loss": settings.loss or "cross_entropy",
            "is_classification": True,
            "n_classes": self.n_classes,
            "class_weights": None if by_class is None else by_class.tolist(),
            "class_counts": np.maximum(counts, 1e-12).tolist(),
            "label_smoothing": settings.label_smoothing,
            "focal_gamma": settings.focal_gamma,
            "focal_alpha": self._read_focal_alpha(settings.focal_alpha),
        }
        return TargetLoss(options, self.n_columns)

    def _read_focal_alpha(self, alpha: Any) -> Any:
        """A number as one weight per class: it is that of the positive class."""
        if (
            not isinstance(alpha, int | float | np.number)
            or self.n_classes != 2
            or not 0.0 < alpha < 1.0
            or alpha == 0.5
        ):
            return alpha
        positive = find_evident(self.classes)
        if positive is None:
            first, second = map(say_value, self.classes)
            raise InputError(
                f"focal_alpha={alpha!r} is the weight of the positive class, and neither {first} nor {second}"
                f" says that it is: pass one weight per class, focal_alpha=(of {first}, of {second})"
            )
        return (1.0 - float(alpha), float(alpha)) if positive == 1 else (float(alpha), 1.0 - float(alpha))

    def make_score(self, scoring: Any, validation: TensorRows, loss: TargetLoss | list[TargetLoss]) -> Score:
        """The scorer given, or minus the log loss, with the weights of the classes in training."""
        codes, weight = _take_arrays(validation)
        if scoring is not None:
            return score_with(scoring, self.classes[codes], weight, self.classes)
        by_class = loss.options["class_weights"] if isinstance(loss, TargetLoss) else None
        if by_class is not None:
            weight = np.asarray(by_class)[codes] * (1.0 if weight is None else weight)
        return score_log_loss(codes, weight)

    def means_the_same(self, other: Target) -> bool:
        """Whether the other has these classes."""
        return isinstance(other, ClassTarget) and np.array_equal(self.classes, other.classes)

    def draw_chances(self, training: TensorRows) -> Tensor | None:
        """The inverse of how often the class of a row occurs, where sampling is balanced."""
        if not self.balanced_sampling:
            return None
        assert training.target is not None
        chances = 1.0 / torch.bincount(training.target, minlength=self.n_classes).clamp(min=1).float()
        return chances[training.target]

    def _weigh_classes(self, codes: np.ndarray) -> np.ndarray | None:
        """A weight for each class; of those without rows, which a part of a stream may lack, it is 1."""
        if self.class_weight is None:
            return None
        weights = np.ones(self.n_classes)
        if isinstance(self.class_weight, Mapping):
            for label, weight in self.class_weight.items():
                position = np.flatnonzero(self.classes == label)
                if not len(position):
                    raise InputError(
                        f"class_weight has {say_value(label)}: the classes are {say_values(self.classes)}"
                    )
                weights[position] = weight
            return weights
        if self.class_weight != "balanced":
            raise InputError(
                f"class_weight={self.class_weight!r}: expected 'balanced' or weights such as {{label: 2.0}}"
            )
        present = np.unique(codes)
        weights[present] = compute_class_weight("balanced", classes=present, y=codes)
        return weights


@dataclass
class ValueTarget(Target):
    """One or several columns of values.

    Attributes
    ----------
    center, scale : ndarray of shape (n_targets,)
        Mean and standard deviation in training.
    loss_options : mapping of str
        Arguments of `make_loss`.
    """

    center: np.ndarray
    scale: np.ndarray
    loss_options: Mapping[str, Any]
    n_classes = 0

    @classmethod
    def learn(cls, y: Any, weight: np.ndarray | None, loss_options: Mapping[str, Any]) -> ValueTarget:
        """Learn mean and standard deviation.

        Parameters
        ----------
        y : array-like of shape (n_rows,) or (n_rows, n_targets)
        weight : ndarray of shape (n_rows,) or None
        loss_options : mapping of str

        Returns
        -------
        target : ValueTarget
        """
        values = _check_values(y)
        center = np.average(values, axis=0, weights=weight)
        scale = np.sqrt(np.average((values - center) ** 2, axis=0, weights=weight))
        return cls(center, np.where(scale > 0.0, scale, 1.0), loss_options)

    @property
    def n_columns(self) -> int:  # type: ignore[override]
        """One per target."""
        return len(self.center)

    def encode(self, y: Any) -> Tensor:
        """Standardised values, float32 of shape (n_rows, n_targets)."""
        values = _check_values(y)
        if values.shape[1] != self.n_columns:
            raise InputError(
                f"y has {say_count(values.shape[1], 'column')}, and {self.n_columns} when they were learnt"
            )
        return torch.from_numpy(((values - self.center) / self.scale).astype(np.float32))

    def decode(self, prediction: np.ndarray) -> np.ndarray:
        """From standardised values to values; one column alone is flat.

        Parameters
        ----------
        prediction : ndarray of shape (n_rows, n_targets) or (n_rows, n_targets * n_quantiles)

        Returns
        -------
        values : ndarray of that shape, or (n_rows,)
        """
        n_each = prediction.shape[1] // self.n_columns
        values = prediction * np.repeat(self.scale, n_each) + np.repeat(self.center, n_each)
        return values[:, 0] if values.shape[1] == 1 else values

    def stratify(self, encoded: Tensor) -> np.ndarray:
        """The values, of several columns the first."""
        return encoded[:, 0].numpy()

    def describe_loss(self, settings: TrainingSettings, training: TensorRows) -> TargetLoss:
        """A loss for values."""
        options = {"loss": settings.loss or "squared_error", "is_classification": False, **self.loss_options}
        return TargetLoss(options, self.n_columns)

    def make_score(
        self, scoring: Any, validation: TensorRows, loss: TargetLoss | list[TargetLoss]
    ) -> Score | None:
        """The scorer given, or None for the loss."""
        if scoring is None:
            return None
        standardised, weight = _take_arrays(validation)
        return score_with(scoring, self.decode(standardised.astype(np.float64)), weight, decode=self.decode)

    def means_the_same(self, other: Target) -> bool:
        """Whether the other is as many values."""
        return isinstance(other, ValueTarget) and self.n_columns == other.n_columns


def _take_arrays(rows: TensorRows) -> tuple[np.ndarray, np.ndarray | None]:
    """Target and weights."""
    assert rows.target is not None
    return rows.target.numpy(), None if rows.weight is None else rows.weight.numpy()


def _check_values(y: Any) -> np.ndarray:
    """Values of shape (n_rows, n_targets)."""
    values = as_values(y)
    return values.reshape(len(values), -1)

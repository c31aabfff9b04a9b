"""The loss of an ensemble after one more of the candidates, for all candidates at once."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tabkit.metrics import METRICS, Metric, compute_own

_SQUARED = ("rmse", "brier", "r2")


@dataclass(frozen=True)
class Judged:
    """Predictions of candidates, and what they are judged by.

    Attributes
    ----------
    predictions : ndarray of shape (n_candidates, n_rows) or (n_candidates, n_rows, n_classes)
    target : ndarray of shape (n_rows,)
        Values, or positions in the classes.
    metric : Metric
    classes : tuple
        Empty for regression.
    weight : ndarray of shape (n_rows,) or None
    groups : ndarray of int of shape (n_rows,) or None
    """

    predictions: np.ndarray
    target: np.ndarray
    metric: Metric
    classes: tuple[Any, ...]
    weight: np.ndarray | None
    groups: np.ndarray | None

    @property
    def row_weights(self) -> np.ndarray:
        """Share of each row in a mean over the rows."""
        weight = np.ones(len(self.target)) if self.weight is None else self.weight
        return weight / weight.sum()


class CandidateLosses(ABC):
    """Keeps an ensemble, and finds the loss after each candidate that could be added; less is better."""

    def __init__(self, n_candidates: int) -> None:
        self.n_candidates = n_candidates
        self.members: list[int] = []

    def start(self, members: Sequence[int]) -> None:
        """Begin again with these members."""
        self.members = []
        self._reset()
        for candidate in members:
            self.add(candidate)

    def add(self, candidate: int) -> None:
        """Add a candidate to the ensemble."""
        self.members.append(candidate)
        self._add(candidate)

    @abstractmethod
    def _reset(self) -> None:
        """Forget the members."""

    @abstractmethod
    def _add(self, candidate: int) -> None:
        """Bring the sums up to date."""

    @abstractmethod
    def current(self) -> float:
        """Loss of the ensemble as it is."""

    @abstractmethod
    def after_each(self) -> np.ndarray:
        """Loss of the ensemble with each candidate added, shape (n_candidates,)."""


class SquaredLosses(CandidateLosses):
    """Mean squared error, from the products of the candidates' errors alone.

    The error of a mean of m members with counts c is ``c' G c / m²``, where G holds the mean products of
    the errors of each two candidates: no round looks at a row.
    """

    def __init__(self, judged: Judged) -> None:
        super().__init__(len(judged.predictions))
        weights = judged.row_weights
        self._products = np.zeros((self.n_candidates, self.n_candidates))
        for errors in _errors_by_column(judged):
            self._products += (errors * weights) @ errors.T
        self._reset()

    def _reset(self) -> None:
        self._counts = np.zeros(self.n_candidates)

    def _add(self, candidate: int) -> None:
        self._counts[candidate] += 1

    def current(self) -> float:
        """Loss of the ensemble as it is."""
        return float(self._counts @ self._products @ self._counts / self._counts.sum() ** 2)

    def after_each(self) -> np.ndarray:
        """Loss of the ensemble with each candidate added."""
        with_each = self._products @ self._counts
        total = self._counts @ with_each + 2 * with_each + np.diag(self._products)
        return total / (self._counts.sum() + 1) ** 2


def _errors_by_column(judged: Judged) -> list[np.ndarray] | Any:
    """Errors of all candidates, shape (n_candidates, n_rows), for each column that counts."""
    if not judged.classes:
        return [judged.predictions - judged.target]
    columns = [1] if len(judged.classes) == 2 else range(len(judged.classes))
    return (judged.predictions[:, :, code] - (judged.target == code) for code in columns)


class RowLosses(CandidateLosses):
    """A mean over the rows of a loss of one number each: absolute error, or log loss."""

    def __init__(self, judged: Judged) -> None:
        super().__init__(len(judged.predictions))
        self._weights, self._is_log = judged.row_weights, bool(judged.classes)
        if self._is_log:
            # Of the probabilities only that of the true class counts.
            index = judged.target[np.newaxis, :, np.newaxis]
            self._numbers = np.take_along_axis(judged.predictions, index, axis=2)[:, :, 0]
        else:
            self._numbers = judged.predictions - judged.target
        self._reset()

    def _reset(self) -> None:
        self._sum = np.zeros(self._numbers.shape[1])

    def _add(self, candidate: int) -> None:
        self._sum += self._numbers[candidate]

    def current(self) -> float:
        """Loss of the ensemble as it is."""
        return self._loss(self._sum / len(self.members))

    def after_each(self) -> np.ndarray:
        """Loss of the ensemble with each candidate added."""
        n_members = len(self.members) + 1
        return np.array([self._loss((self._sum + numbers) / n_members) for numbers in self._numbers])

    def _loss(self, mean: np.ndarray) -> float:
        if self._is_log:
            return float(-self._weights @ np.log(np.clip(mean, 1e-15, 1.0)))
        return float(self._weights @ np.abs(mean))


class MetricLosses(CandidateLosses):
    """Any metric, computed for one ensemble after the other."""

    def __init__(self, judged: Judged) -> None:
        super().__init__(len(judged.predictions))
        counted = np.arange(len(judged.target)) if judged.weight is None else np.flatnonzero(judged.weight)
        if judged.weight is not None and len(np.unique(judged.weight[counted])) > 1:
            warnings.warn(
                f"metric {judged.metric.name!r} takes no weights: every row of more than 0 counts alike",
                stacklevel=4,
            )
        self._predictions, self._target = judged.predictions[:, counted], judged.target[counted]
        self._groups = None if judged.groups is None else judged.groups[counted]
        self._metric, self._classes = judged.metric, judged.classes
        self._reset()

    def _reset(self) -> None:
        self._sum = np.zeros(self._predictions.shape[1:])

    def _add(self, candidate: int) -> None:
        self._sum += self._predictions[candidate]

    def current(self) -> float:
        """Loss of the ensemble as it is."""
        return self._loss(self._sum / len(self.members))

    def after_each(self) -> np.ndarray:
        """Loss of the ensemble with each candidate added."""
        n_members = len(self.members) + 1
        return np.array([self._loss((self._sum + one) / n_members) for one in self._predictions])

    def _loss(self, mean: np.ndarray) -> float:
        """The metric turned so that less is better; infinite where it is not defined."""
        score = score_mean(self._metric, self._target, mean, self._classes, self._groups)
        if np.isnan(score):
            return np.inf
        return -score if self._metric.greater_is_better else score


def score_mean(
    metric: Metric, target: np.ndarray, mean: np.ndarray, classes: Sequence[Any], groups: np.ndarray | None
) -> float:
    """Value of a metric for predictions.

    Parameters
    ----------
    metric : Metric
    target : ndarray of shape (n_rows,)
        Values, or positions in the classes.
    mean : ndarray of shape (n_rows,) or (n_rows, n_classes)
    classes : sequence
        Empty for regression.
    groups : ndarray of shape (n_rows,) or None

    Returns
    -------
    score : float
    """
    predicted = mean
    if metric.needs == "labels":
        predicted = mean.argmax(axis=1)
    elif metric.needs == "scores" and len(classes):
        target, predicted = (target == 1).astype(np.float64), mean[:, 1]
    return compute_own(metric, target, predicted, classes, *((groups,) if metric.needs_groups else ()))


def choose_losses(judged: Judged) -> CandidateLosses:
    """The quickest way to compute the metric.

    Parameters
    ----------
    judged : Judged

    Returns
    -------
    losses : CandidateLosses
    """
    metric = judged.metric
    if metric == METRICS.get(metric.name):
        if metric.name in _SQUARED:
            return SquaredLosses(judged)
        if metric.name in ("log_loss", "mae"):
            return RowLosses(judged)
    return MetricLosses(judged)

"""What a threshold is chosen for."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer

from tabkit._core import InputError
from tabkit._core._sklearn import read_scorer

_MIN_PREDICTED = 10


@dataclass(frozen=True)
class Outcomes:
    """Weights of the four outcomes at each of several thresholds.

    Attributes
    ----------
    true_positive, false_positive, false_negative, true_negative : ndarray of shape (n_thresholds,)
    n_predicted : ndarray of int of shape (n_thresholds,)
        Rows, and not their weights, that are predicted positive.
    """

    true_positive: np.ndarray
    false_positive: np.ndarray
    false_negative: np.ndarray
    true_negative: np.ndarray
    n_predicted: np.ndarray

    @property
    def precision(self) -> np.ndarray:
        """Share of the predicted positives that are; NaN where there are none."""
        predicted = self.true_positive + self.false_positive
        return np.divide(
            self.true_positive, predicted, out=np.full(len(predicted), np.nan), where=predicted > 0
        )

    @property
    def measured_precision(self) -> np.ndarray:
        """Precision where there are rows enough to measure it: one of one says nothing."""
        return np.where(self.n_predicted >= _MIN_PREDICTED, self.precision, np.nan)

    @property
    def recall(self) -> np.ndarray:
        """Share of the positives that are found."""
        return self.true_positive / (self.true_positive + self.false_negative)

    @property
    def total(self) -> np.ndarray:
        """Weight of all rows."""
        return self.true_positive + self.false_positive + self.false_negative + self.true_negative


@dataclass(frozen=True)
class Choice:
    """The threshold that an objective picks.

    Attributes
    ----------
    position : int
        Among the thresholds.
    curve : mapping of str to ndarray
        What it went by at each threshold, beside precision and recall.
    problem : str
        In words why the objective is not met; empty where it is.
    """

    position: int
    curve: dict[str, np.ndarray]
    problem: str = ""


@dataclass(frozen=True)
class MaxRecall:
    """The highest recall at a precision of at least so much.

    A precision counts where ten held-out rows or more are predicted positive.

    Attributes
    ----------
    min_precision : float
        Between 0 and 1.

    Examples
    --------
    >>> MaxRecall(min_precision=0.9)
    MaxRecall(min_precision=0.9)
    """

    min_precision: float

    def choose(self, outcomes: Outcomes) -> Choice:
        """Pick a threshold.

        Parameters
        ----------
        outcomes : Outcomes

        Returns
        -------
        choice : Choice
        """
        _check_share("min_precision", self.min_precision)
        return _constrained(outcomes.recall, outcomes.measured_precision, self.min_precision, "precision")


@dataclass(frozen=True)
class MaxPrecision:
    """The highest precision at a recall of at least so much.

    A precision counts where ten held-out rows or more are predicted positive.

    Attributes
    ----------
    min_recall : float
        Between 0 and 1.

    Examples
    --------
    >>> MaxPrecision(min_recall=0.8)
    MaxPrecision(min_recall=0.8)
    """

    min_recall: float

    def choose(self, outcomes: Outcomes) -> Choice:
        """Pick a threshold.

        Parameters
        ----------
        outcomes : Outcomes

        Returns
        -------
        choice : Choice
        """
        _check_share("min_recall", self.min_recall)
        return _constrained(outcomes.measured_precision, outcomes.recall, self.min_recall, "recall")


@dataclass(frozen=True)
class Costs:
    """The lowest cost, from what each outcome costs in money; a gain is a negative cost.

    For calibrated probabilities the best threshold is ``(false_positive - true_negative) /
    (false_positive - true_negative + false_negative - true_positive)`` (Elkan 2001).

    Attributes
    ----------
    false_positive, false_negative : float
        Of a row.
    true_positive, true_negative : float

    References
    ----------
    Elkan, C.: The Foundations of Cost-Sensitive Learning. IJCAI (2001).

    Examples
    --------
    >>> Costs(false_positive=5.0, false_negative=100.0)
    Costs(false_positive=5.0, false_negative=100.0, true_positive=0.0, true_negative=0.0)
    """

    false_positive: float = 1.0
    false_negative: float = 1.0
    true_positive: float = 0.0
    true_negative: float = 0.0

    def choose(self, outcomes: Outcomes) -> Choice:
        """Pick a threshold.

        Parameters
        ----------
        outcomes : Outcomes

        Returns
        -------
        choice : Choice
            Its curve has the mean cost of a row.
        """
        named = ("false_positive", "false_negative", "true_positive", "true_negative")
        if not np.isfinite([getattr(self, name) for name in named]).all():
            raise InputError(f"objective={self!r}: expected finite amounts of money")
        cost = sum(getattr(self, name) * getattr(outcomes, name) for name in named) / outcomes.total
        return Choice(_last_best(-cost), {"cost": cost})


Objective = MaxRecall | MaxPrecision | Costs


@dataclass(frozen=True)
class HighestScore:
    """The highest score of a metric of labels.

    Attributes
    ----------
    name : str
        Of one of scikit-learn's scorers.
    """

    name: str

    def choose(self, outcomes: Outcomes) -> Choice:
        """Pick a threshold.

        A metric of two classes sees nothing but the weights of the four outcomes: it is computed on one row
        of each.

        Parameters
        ----------
        outcomes : Outcomes

        Returns
        -------
        choice : Choice
        """
        score = self._read()
        cells = np.column_stack(
            [
                outcomes.true_positive,
                outcomes.false_negative,
                outcomes.false_positive,
                outcomes.true_negative,
            ]
        )
        with warnings.catch_warnings():
            # Precision where nothing is predicted positive: 0, as the metric says.
            warnings.simplefilter("ignore")
            values = np.array([score(row) for row in cells])
        if np.isnan(values).all():
            raise InputError(f"objective={self.name!r}: it is not defined at any threshold")
        return Choice(_last_best(values), {self.name: values})

    def _read(self) -> Callable[[np.ndarray], float]:
        try:
            parts = read_scorer(get_scorer(self.name))
        except ValueError:
            parts = None
        if parts is None or "predict" not in parts.response_methods:
            raise InputError(
                f"objective={self.name!r}: expected MaxRecall, MaxPrecision, Costs, or the name of a scorer "
                "of labels, such as 'balanced_accuracy' or 'f1'"
            )

        def score(cells: np.ndarray) -> float:
            counts = cells > 0
            truth, said = np.array([1, 1, 0, 0])[counts], np.array([1, 0, 1, 0])[counts]
            return parts.sign * float(
                parts.function(truth, said, sample_weight=cells[counts], **parts.options)
            )

        return score


def as_objective(given: Any) -> Objective | HighestScore:
    """Take the parameter ``objective``; a string is the name of a scorer."""
    if isinstance(given, MaxRecall | MaxPrecision | Costs):
        return given
    if isinstance(given, str):
        return HighestScore(given)
    raise InputError(f"objective={given!r}: expected MaxRecall, MaxPrecision, Costs or the name of a scorer")


def _constrained(wanted: np.ndarray, bound: np.ndarray, minimum: float, name: str) -> Choice:
    """The highest of what is wanted where the other reaches its minimum, else the nearest to it."""
    wanted, bound = (np.nan_to_num(values, nan=-1.0) for values in (wanted, bound))
    is_met = bound >= minimum
    if is_met.any():
        best = is_met & (wanted == wanted[is_met].max())
        return Choice(int(np.flatnonzero(best)[bound[best].argmax()]), {})
    nearest = bound == bound.max()
    position = int(np.flatnonzero(nearest)[wanted[nearest].argmax()])
    return Choice(
        position, {}, f"the highest {name} at any threshold is {bound.max():.3g}, below {minimum:g}"
    )


def _last_best(values: np.ndarray) -> int:
    """Of equally good thresholds, which rise, the highest: it predicts the fewest positives."""
    best = np.flatnonzero(values == np.nanmax(values))
    return int(best[-1])


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise InputError(f"{name}={value!r}: expected a share between 0 and 1")

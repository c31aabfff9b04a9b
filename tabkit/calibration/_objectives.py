"""What a threshold is chosen for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tabkit._core import InputError
from tabkit._core._wording import say_value
from tabkit.calibration._outcomes import Outcomes


@dataclass(frozen=True)
class Choice:
    """The threshold that an objective picks.

    Attributes
    ----------
    position : int
        Among the thresholds.
    scores : ndarray of shape (n_thresholds,)
        What is to be as high as it can.
    curve : mapping of str to ndarray
        What it went by at each threshold, beside precision and recall.
    problem : str
        In words why the objective is not met; empty where it is.
    """

    position: int
    scores: np.ndarray
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
        return Choice(find_last_best(-cost), -cost, {"cost": cost})


Objective = MaxRecall | MaxPrecision | Costs


def describe_problem(
    goal: str, outcomes: Outcomes, choice: Choice, classes: np.ndarray, positive: int
) -> str:
    """Say what is wrong with a chosen threshold: a minimum that is missed, or one class for every row.

    Parameters
    ----------
    goal : str
        What it was chosen for, as it was given.
    outcomes : Outcomes
    choice : Choice
    classes : ndarray of shape (2,)
    positive : int
        Position of the positive class.

    Returns
    -------
    problem : str
        Empty where there is none.
    """
    missed = f"{goal} is not met on held-out rows: {choice.problem}; took that threshold"
    n_found = outcomes.n_predicted[choice.position]
    if 0 < n_found < len(outcomes.rows.scores):
        return missed if choice.problem else ""
    everywhere = say_value(classes[positive if n_found else 1 - positive])
    one_class = f"threshold_={outcomes.thresholds[choice.position]:.3g} predicts {everywhere} for every row"
    if choice.problem:
        return f"{missed}, and {one_class}"
    which = f"the positive class is {say_value(classes[positive])}, see pos_label"
    return f"{one_class}: no threshold that tells rows apart is better by {goal} on held-out rows; {which}"


def _constrained(wanted: np.ndarray, bound: np.ndarray, minimum: float, name: str) -> Choice:
    """The highest of what is wanted where the other reaches its minimum, else the nearest to it."""
    scores = wanted
    wanted, bound = (np.nan_to_num(values, nan=-1.0) for values in (wanted, bound))
    is_met = bound >= minimum
    if is_met.any():
        best = is_met & (wanted == wanted[is_met].max())
        return Choice(int(np.flatnonzero(best)[bound[best].argmax()]), scores, {})
    nearest = bound == bound.max()
    position = int(np.flatnonzero(nearest)[wanted[nearest].argmax()])
    return Choice(
        position,
        scores,
        {},
        f"the highest {name} at any threshold is {bound.max():.3g}, below {minimum:g}",
    )


def find_last_best(values: np.ndarray) -> int:
    """Of equally good thresholds, which rise, the highest: it predicts the fewest positives."""
    best = np.flatnonzero(values == np.nanmax(values))
    return int(best[-1])


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise InputError(f"{name}={value!r}: expected a share between 0 and 1")

"""Maps from log-odds to probabilities that never turn a ranking around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, log_expit, softmax
from sklearn.isotonic import IsotonicRegression

from tabkit.calibration._likelihood import count_rows, fit_inverse_temperature, fit_logistic
from tabkit.calibration._log_odds import as_proba, proba_of

# The simplest first: of two that are equally good it is kept.
METHODS: tuple[str, ...] = ("none", "temperature", "sigmoid", "beta", "isotonic")


@dataclass(frozen=True)
class Temperature:
    """Log-odds times one number for all classes.

    Attributes
    ----------
    temperature : float
        Above 1 where the probabilities were too sure.
    """

    temperature: float

    @classmethod
    def fit(cls, log_odds: np.ndarray, codes: np.ndarray, weight: np.ndarray) -> Temperature:
        """Find the temperature that makes the labels most likely."""
        return cls(1.0 / fit_inverse_temperature(_logits(log_odds), codes, weight))

    def predict_proba(self, log_odds: np.ndarray) -> np.ndarray:
        """Probability of each class."""
        return softmax(_logits(log_odds) / self.temperature, axis=1)


@dataclass(frozen=True)
class Sigmoid:
    """``1 / (1 + exp(-(slope * log_odds + intercept)))``.

    Attributes
    ----------
    slope : float
        Not negative.
    intercept : float
    """

    slope: float
    intercept: float

    @classmethod
    def fit(cls, log_odds: np.ndarray, is_positive: np.ndarray, weight: np.ndarray) -> Sigmoid:
        """Find the most likely slope and intercept."""
        (slope,), intercept = fit_logistic(log_odds.reshape(-1, 1), is_positive, weight, nonnegative=True)
        return cls(slope, intercept)

    def predict(self, log_odds: np.ndarray) -> np.ndarray:
        """Probability of the class."""
        return expit(self.slope * log_odds + self.intercept)


@dataclass(frozen=True)
class Beta:
    """``1 / (1 + exp(-(a * log(p) - b * log(1 - p) + c)))`` of a probability p.

    Attributes
    ----------
    a, b : float
        Not negative.
    c : float
    """

    a: float
    b: float
    c: float

    @classmethod
    def fit(cls, log_odds: np.ndarray, is_positive: np.ndarray, weight: np.ndarray) -> Beta:
        """Find the most likely a, b and c."""
        (a, b), c = fit_logistic(cls._features(log_odds), is_positive, weight, nonnegative=True)
        return cls(a, b, c)

    def predict(self, log_odds: np.ndarray) -> np.ndarray:
        """Probability of the class."""
        return expit(self._features(log_odds) @ (self.a, self.b) + self.c)

    @staticmethod
    def _features(log_odds: np.ndarray) -> np.ndarray:
        return np.column_stack([log_expit(log_odds), -log_expit(-log_odds)])


def fit_isotonic(log_odds: np.ndarray, is_positive: np.ndarray, weight: np.ndarray) -> IsotonicRegression:
    """Steps that never fall; of n rows none says less than 1 / (n + 2), nor more than the rest of it."""
    smallest = 1.0 / (count_rows(weight).sum() + 2.0)
    steps = IsotonicRegression(y_min=smallest, y_max=1.0 - smallest, out_of_bounds="clip")
    return steps.fit(log_odds, is_positive.astype(float), weight)


_FIT_ONE = {"sigmoid": Sigmoid.fit, "beta": Beta.fit, "isotonic": fit_isotonic}


def fit_calibrators(
    method: str, log_odds: np.ndarray, codes: np.ndarray, weight: np.ndarray
) -> tuple[Any, ...]:
    """Fit one calibrator for all classes, one for two classes, or one for each of several.

    Parameters
    ----------
    method : {"none", "temperature", "sigmoid", "beta", "isotonic"}
    log_odds : ndarray of shape (n_rows, n_classes), or (n_rows, 1) for two classes
    codes : ndarray of int of shape (n_rows,)
    weight : ndarray of shape (n_rows,)
        Positive.

    Returns
    -------
    calibrators : tuple
        Empty for "none".
    """
    if method == "none":
        return ()
    if method == "temperature":
        return (Temperature.fit(log_odds, codes, weight),)
    positives = [1] if log_odds.shape[1] == 1 else range(log_odds.shape[1])
    columns = zip(positives, log_odds.T, strict=True)
    return tuple(_FIT_ONE[method](column, codes == code, weight) for code, column in columns)


def calibrate(calibrators: Sequence[Any], log_odds: np.ndarray) -> np.ndarray:
    """Apply what `fit_calibrators` returned.

    Parameters
    ----------
    calibrators : sequence
    log_odds : ndarray of shape (n_rows, n_classes), or (n_rows, 1) for two classes

    Returns
    -------
    proba : ndarray of shape (n_rows, n_classes)
    """
    if not calibrators:
        return proba_of(log_odds)
    if isinstance(calibrators[0], Temperature):
        return calibrators[0].predict_proba(log_odds)
    columns = zip(calibrators, log_odds.T, strict=True)
    return as_proba(np.column_stack([calibrator.predict(column) for calibrator, column in columns]))


def _logits(log_odds: np.ndarray) -> np.ndarray:
    """What softmax turns into the probabilities that the log-odds say, before they are made to sum to 1."""
    return np.hstack([-log_odds / 2, log_odds / 2]) if log_odds.shape[1] == 1 else log_expit(log_odds)

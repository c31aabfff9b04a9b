"""Maps from log-odds to probabilities that never turn a ranking around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy.special import expit, log_expit, logit, softmax
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from tabkit._core._sklearn import fit_inverse_temperature
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
        (slope,), intercept = fit_logistic(log_odds.reshape(-1, 1), is_positive, weight)
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
        (a, b), c = fit_logistic(cls._features(log_odds), is_positive, weight)
        return cls(a, b, c)

    def predict(self, log_odds: np.ndarray) -> np.ndarray:
        """Probability of the class."""
        return expit(self._features(log_odds) @ (self.a, self.b) + self.c)

    @staticmethod
    def _features(log_odds: np.ndarray) -> np.ndarray:
        return np.column_stack([log_expit(log_odds), -log_expit(-log_odds)])


def fit_isotonic(log_odds: np.ndarray, is_positive: np.ndarray, weight: np.ndarray) -> IsotonicRegression:
    """Steps that never fall; of n rows none says less than 1 / (n + 2), nor more than the rest of it."""
    smallest = 1.0 / (len(log_odds) + 2.0)
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
    weight = weight / weight.mean()
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


def fit_logistic(
    features: np.ndarray, is_positive: np.ndarray, weight: np.ndarray
) -> tuple[tuple[float, ...], float]:
    """Logistic regression with no negative slope, on the smoothed targets of Platt (1999, eq. 2).

    Where the most likely slopes are negative, the best without lies on the edge: some slopes are 0.

    Parameters
    ----------
    features : ndarray of shape (n_rows, n_features)
    is_positive : ndarray of bool of shape (n_rows,)
    weight : ndarray of shape (n_rows,)
        With mean 1.

    Returns
    -------
    slopes : tuple of float of length n_features
    intercept : float
    """
    n_features = features.shape[1]
    n_positive, n_negative = float(weight[is_positive].sum()), float(weight[~is_positive].sum())
    target = np.where(is_positive, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    flat = float(logit(np.average(target, weights=weight)))
    if not n_positive or not n_negative:
        return (0.0,) * n_features, flat
    center, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    scaled = (features - center) / scale
    best, best_loss = ((0.0,) * n_features, flat), np.inf
    for n_used in range(n_features, 0, -1):
        for used in combinations(range(n_features), n_used):
            slopes, intercept = _fit_unbounded(scaled[:, used], target, weight)
            loss = _loss(scaled[:, used] @ slopes + intercept, target, weight)
            if (slopes >= 0).all() and loss < best_loss:
                raw = np.zeros(n_features)
                raw[list(used)] = slopes / scale[list(used)]
                best = tuple(raw.tolist()), float(intercept - raw @ center)
                best_loss = loss
        if best_loss < np.inf:
            break
    return best


def _fit_unbounded(features: np.ndarray, target: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, float]:
    """Each row counts as positive with its target and as negative with the rest.

    The penalty is too small to be seen, and keeps the slopes finite where two features are the same.
    """
    logistic = LogisticRegression(C=1e6, solver="newton-cholesky").fit(
        np.tile(features, (2, 1)),
        np.repeat([1, 0], len(features)),
        sample_weight=np.concatenate([weight * target, weight * (1 - target)]),
    )
    return logistic.coef_[0], float(logistic.intercept_[0])


def _loss(log_odds: np.ndarray, target: np.ndarray, weight: np.ndarray) -> float:
    return float(-(weight * (target * log_expit(log_odds) + (1 - target) * log_expit(-log_odds))).sum())


def _logits(log_odds: np.ndarray) -> np.ndarray:
    """What softmax turns into the probabilities that the log-odds say, before they are made to sum to 1."""
    return np.hstack([-log_odds / 2, log_odds / 2]) if log_odds.shape[1] == 1 else log_expit(log_odds)

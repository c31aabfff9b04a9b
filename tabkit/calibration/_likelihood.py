"""Most likely parameters of calibrators, to machine precision.

A solver that stops at a tolerance stops elsewhere on another processor, on other rows in the same order, or
with a weight of 2 in place of a row that comes twice. These problems have up to three parameters and are
convex: Newton's method solves them to the end.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy.special import expit, log_expit, softmax

# A last full step of this size, in log-odds, leaves an error of its square: less than doubles resolve.
_LAST_STEP = 1e-9
# From here on the method converges by itself, and losses differ by less than their rounding.
_SMALL_STEP = 1e-3
_MAX_STEPS = 1000
# Squared sine of an angle between features that rounding alone makes.
_SAME = 1e-13
_LOG_BOUND = 10.0


def count_rows(weight: np.ndarray) -> np.ndarray:
    """How many rows each row stands for, where a number of rows matters.

    Whole weights are repetitions. Weights with a mean below 1 say how rows compare: were they counts,
    weights that sum to 1 would turn a table into less than one row.

    Parameters
    ----------
    weight : ndarray of shape (n_rows,)

    Returns
    -------
    counts : ndarray of shape (n_rows,)
    """
    return weight / min(weight.mean(), 1.0)


def fit_logistic(
    features: np.ndarray, is_positive: np.ndarray, weight: np.ndarray, *, nonnegative: bool
) -> tuple[tuple[float, ...], float]:
    """Logistic regression on the smoothed targets of Platt (1999, eq. 2).

    Parameters
    ----------
    features : ndarray of shape (n_rows, n_features)
    is_positive : ndarray of bool of shape (n_rows,)
    weight : ndarray of shape (n_rows,)
    nonnegative : bool
        Whether slopes may not be negative. Where the most likely ones are, the best without lie on the
        edge: some slopes are 0.

    Returns
    -------
    slopes : tuple of float of length n_features
        0 for a constant feature; of features that say the same, those of the shortest steps.
    intercept : float
    """
    n_features = features.shape[1]
    positive, negative = _smooth(is_positive, weight)
    flat = (0.0,) * n_features, float(np.log(positive.sum()) - np.log(negative.sum()))
    if not weight[is_positive].any() or not weight[~is_positive].any():
        return flat
    # Ends, not moments: neither the order of the rows nor their weights round them.
    low, width = features.min(axis=0), np.ptp(features, axis=0)
    width = np.where(width > 0, width, 1.0)
    scaled = (features - low) / width
    for n_used in range(n_features, 0, -1):
        best, best_loss = flat, np.inf
        for used in map(list, combinations(range(n_features), n_used)):
            slopes, intercept = _fit_unbounded(scaled[:, used], positive, negative)
            loss = _loss(scaled[:, used] @ slopes + intercept, positive, negative)
            if loss < best_loss and not (nonnegative and (slopes < 0).any()):
                raw = np.zeros(n_features)
                raw[used] = slopes / width[used]
                best, best_loss = (tuple(raw.tolist()), float(intercept - raw @ low)), loss
        if best_loss < np.inf:
            return best
    return flat


def fit_inverse_temperature(logits: np.ndarray, codes: np.ndarray, weight: np.ndarray) -> float:
    """The number, between exp(-10) and exp(10), that logits times it make the labels most likely.

    Parameters
    ----------
    logits : ndarray of shape (n_rows, n_classes)
    codes : ndarray of int of shape (n_rows,)
    weight : ndarray of shape (n_rows,)

    Returns
    -------
    inverse_temperature : float
        1 where every row has one logit for all classes.
    """
    gaps = logits - logits[np.arange(len(codes)), codes][:, np.newaxis]
    share = weight / weight.sum()
    if not gaps.any():
        return 1.0
    low, high, at, last_step = -_LOG_BOUND, _LOG_BOUND, 0.0, np.inf
    # First: where logits separate the classes by far the derivative is 0 at either end.
    if _temperature_slopes(high, gaps, share)[0] <= 0:
        return float(np.exp(high))
    if _temperature_slopes(low, gaps, share)[0] >= 0:
        return float(np.exp(low))
    # Newton's method where it at least halves its steps, else half of what is left between the bounds.
    while True:
        slope, curvature = _temperature_slopes(at, gaps, share)
        low, high = (low, at) if slope > 0 else (at, high)
        step = -slope / curvature if curvature > 0 else np.inf
        if abs(step) <= _LAST_STEP / 10 or high - low <= np.spacing(_LOG_BOUND):
            return float(np.exp(np.clip(at + step, low, high)))
        if not low < at + step < high or abs(step) > last_step / 2:
            step = (low + high) / 2 - at
        at, last_step = at + step, abs(step)


def _smooth(is_positive: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How much of the weight of all each row gives to either side, neither of them none."""
    counts = count_rows(weight)
    n_positive, n_negative = counts[is_positive].sum(), counts[~is_positive].sum()
    share = counts / counts.sum()
    # Each written out: 1 minus the other one rounds to 0 where there are very many rows.
    positive = np.where(is_positive, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    negative = np.where(is_positive, 1 / (n_positive + 2), (n_negative + 1) / (n_negative + 2))
    return share * positive, share * negative


def _fit_unbounded(
    features: np.ndarray, positive: np.ndarray, negative: np.ndarray
) -> tuple[np.ndarray, float]:
    """Slopes and intercept by Newton's method, its steps halved where they are too long."""
    slopes = np.zeros(features.shape[1])
    intercept = float(np.log(positive.sum()) - np.log(negative.sum()))
    last_size = np.inf
    for _ in range(_MAX_STEPS):
        log_odds = features @ slopes + intercept
        step, shift, gain = _newton_step(features, log_odds, positive, negative)
        change = features @ step + shift
        size, part = float(np.abs(change).max()), 1.0
        if size > _SMALL_STEP:
            part = _shorten(log_odds, change, gain, positive, negative)
        slopes, intercept = slopes + part * step, intercept + part * shift
        # Steps so small shrink to their square, or are rounding.
        if size <= _LAST_STEP or (size <= _SMALL_STEP and size >= last_size):
            break
        last_size = size
    return slopes, intercept


def _newton_step(
    features: np.ndarray, log_odds: np.ndarray, positive: np.ndarray, negative: np.ndarray
) -> tuple[np.ndarray, float, float]:
    """Steps of the slopes and of the intercept, and twice what they gain where the loss is a parabola."""
    proba, rest = expit(log_odds), expit(-log_odds)
    residual, curvature = negative * proba - positive * rest, (positive + negative) * proba * rest
    total = curvature.sum()
    # About this center slopes and intercept do not depend on one another.
    center = curvature @ features / total
    centered = features - center
    gradient, hessian = residual @ centered, centered.T @ (curvature[:, np.newaxis] * centered)
    unit = np.sqrt(np.diag(hessian))
    unit = np.where(unit > 0, unit, 1.0)
    inverse = np.linalg.pinv(hessian / np.outer(unit, unit), rcond=_SAME, hermitian=True)
    step, shift = -(inverse @ (gradient / unit)) / unit, -residual.sum() / total
    return step, float(shift - center @ step), float(total * shift**2 - gradient @ step)


def _shorten(
    log_odds: np.ndarray, change: np.ndarray, gain: float, positive: np.ndarray, negative: np.ndarray
) -> float:
    """The part of a step that gains what it promises, by Armijo's rule."""
    loss, part, size = _loss(log_odds, positive, negative), 1.0, np.abs(change).max()
    while part * size > _SMALL_STEP:
        if _loss(log_odds + part * change, positive, negative) <= loss - part * gain / 4:
            break
        part /= 2
    return part


def _loss(log_odds: np.ndarray, positive: np.ndarray, negative: np.ndarray) -> float:
    return float(-(positive * log_expit(log_odds) + negative * log_expit(-log_odds)).sum())


def _temperature_slopes(log_factor: float, gaps: np.ndarray, share: np.ndarray) -> tuple[float, float]:
    """Derivative of the mean log loss by the factor, and how fast it grows with the factor's logarithm."""
    factor = np.exp(log_factor)
    proba = softmax(factor * gaps, axis=1)
    mean = (proba * gaps).sum(axis=1)
    variance = (proba * (gaps - mean[:, np.newaxis]) ** 2).sum(axis=1)
    return float(share @ mean), float(factor * (share @ variance))

"""Intervals and tests for scores on folds that share training rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tabkit.evaluation import Folds
from tabkit.metrics import Metric

CONFIDENCE = 0.95
MIN_FITS_FOR_TEST = 5


@dataclass(frozen=True)
class MeanEstimate:
    """The mean of a figure over the folds, with how far it can be trusted.

    Attributes
    ----------
    mean : float
    interval : tuple of two floats, or None
        At 95 %; None with fewer than two values.
    p_value : float or None
        Two-sided, of the mean being zero; None below five values, where a figure only describes.
    n_values : int
    """

    mean: float
    interval: tuple[float, float] | None
    p_value: float | None
    n_values: int


def mean_ratio_of_rows(folds: Folds) -> float:
    """Test rows per training row, averaged over the folds."""
    ratios = [len(test) / len(train) for train, test in folds.pairs]
    return sum(ratios) / len(ratios)


def estimate_mean(values: Sequence[float], ratio: float) -> MeanEstimate:
    """Mean over folds by the corrected resampled t-test.

    Scores of folds are correlated, since their training rows overlap, and the plain t-test
    finds differences that are not there. The correction replaces the variance of the mean,
    ``s² / k``, by ``s² (1 / k + n_test / n_train)``.

    Parameters
    ----------
    values : sequence of float
        A score, or a difference of two scores, per fold; NaN is left out.
    ratio : float
        ``n_test / n_train``.

    Returns
    -------
    estimate : MeanEstimate

    References
    ----------
    Nadeau, C., Bengio, Y.: Inference for the Generalization Error. Machine Learning 52 (2003).

    Examples
    --------
    >>> estimate = estimate_mean([0.1, 0.2, 0.15, 0.1, 0.2], ratio=0.25)
    >>> round(estimate.mean, 3), [round(end, 3) for end in estimate.interval]
    (0.15, [0.057, 0.243])
    """
    import numpy as np
    from scipy import stats

    kept = np.asarray(values, dtype=float)
    kept = kept[~np.isnan(kept)]
    n_values = len(kept)
    mean = float(kept.mean()) if n_values else float("nan")
    if n_values < 2:
        return MeanEstimate(mean, None, None, n_values)
    standard_error = float(np.sqrt(kept.var(ddof=1) * (1.0 / n_values + ratio)))
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, n_values - 1)) * standard_error
    p_value = None
    if n_values >= MIN_FITS_FOR_TEST:
        if standard_error > 0:
            p_value = float(2 * stats.t.sf(abs(mean) / standard_error, n_values - 1))
        else:
            p_value = 1.0 if mean == 0 else 0.0
    return MeanEstimate(mean, (mean - half, mean + half), p_value, n_values)


def estimate_gap(
    scores: Sequence[float], best_scores: Sequence[float], metric: Metric, ratio: float
) -> MeanEstimate:
    """How much worse one candidate is than the best, fold by fold.

    Parameters
    ----------
    scores, best_scores : sequence of float
        Of the same folds, in the metric's own sign.
    metric : Metric
    ratio : float
        ``n_test / n_train``.

    Returns
    -------
    estimate : MeanEstimate
        Positive where the candidate is worse.
    """
    sign = 1.0 if metric.greater_is_better else -1.0
    gaps = [sign * (best - score) for score, best in zip(scores, best_scores, strict=True)]
    return estimate_mean(gaps, ratio)

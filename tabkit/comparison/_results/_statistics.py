"""Intervals and tests for scores on folds that share training rows, and whose rows are known one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tabkit.comparison._results._spread import Spread
from tabkit.evaluation import Folds
from tabkit.metrics import Metric

CONFIDENCE = 0.95
MIN_FITS_FOR_TEST = 5
# Of the correction of Nadeau and Bengio, what is added to the variance of the rows for other training rows
# that there could have been: the least that covers in 93 to 97 of 100 repeats of `benchmarks/intervals.py`.
_SHARE_OF_CORRECTION = 1 / 3


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


def estimate_mean(values: Sequence[float], ratio: float, spread: Spread | None = None) -> MeanEstimate:
    """Mean over folds, by what the rows say where that is known, else by the folds alone.

    Parameters
    ----------
    values : sequence of float
        A score, or a difference of two scores, per fold; NaN is left out.
    ratio : float
        ``n_test / n_train``.
    spread : Spread, default=None
        Of the same score or difference: what each row did to it. Without it, the corrected resampled
        t-test.

    Returns
    -------
    estimate : MeanEstimate

    References
    ----------
    Nadeau, C., Bengio, Y.: Inference for the Generalization Error. Machine Learning 52 (2003). Bayle, P.,
    Bayle, A., Janson, L., Mackey, L.: Cross-validation Confidence Intervals for Test Error. Advances in
    Neural Information Processing Systems 33 (2020). Welch, B. L.: The Generalization of 'Student's'
    Problem when Several Different Population Variances are Involved. Biometrika 34 (1947).

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
    between = float(kept.var(ddof=1))
    if spread is None:
        variance, degrees = _variance_by_folds(between, n_values, ratio)
    else:
        variance, degrees = variance_by_rows(between, ratio, spread)
    standard_error = variance**0.5
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, degrees)) * standard_error
    p_value = None
    if n_values >= MIN_FITS_FOR_TEST:
        if standard_error > 0:
            p_value = float(2 * stats.t.sf(abs(mean) / standard_error, degrees))
        else:
            p_value = 1.0 if mean == 0 else 0.0
    return MeanEstimate(mean, (mean - half, mean + half), p_value, n_values)


def _variance_by_folds(between: float, n_values: int, ratio: float) -> tuple[float, float]:
    """Of the mean, and its degrees of freedom, from the variance of the folds alone.

    Scores of folds are correlated, since their training rows overlap, and the plain t-test finds differences
    that are not there. The correction replaces the variance of the mean, ``s² / k``, by
    ``s² (1 / k + n_test / n_train)``.
    """
    return between * (1.0 / n_values + ratio), n_values - 1


def variance_by_rows(between: float, ratio: float, spread: Spread) -> tuple[float, float]:
    """Of the mean over the folds, and its degrees of freedom, from what each row did to it.

    With ``v`` the variance of the mean over the rows, ``s²`` that of the scores of the folds and ``w`` what
    the rows of a fold explain of it, this is ``v (1 + k n_test / n_train / 3) + max(s² - w, 0) / k``.
    The first factor is for the training rows, which are a draw too; the second term for folds that differ by
    more than their rows, as those that go forward in time may. The degrees of freedom of the sum are Welch's.

    Parameters
    ----------
    between : float
        Variance of the scores of the folds.
    ratio : float
        ``n_test / n_train``.
    spread : Spread

    Returns
    -------
    variance, degrees_of_freedom : float
    """
    n_folds = spread.n_distinct_folds
    rows = spread.variance * (1 + _SHARE_OF_CORRECTION * n_folds * ratio)
    degrees = spread.degrees_of_freedom
    excess = max(between - spread.variance_of_a_fold, 0.0) / n_folds
    if excess == 0:
        return rows, degrees
    return rows + excess, (rows + excess) ** 2 / (rows**2 / degrees + excess**2 / max(n_folds - 1, 1))


def estimate_gap(
    scores: Sequence[float],
    best_scores: Sequence[float],
    metric: Metric,
    ratio: float,
    spread: Spread | None = None,
    best_spread: Spread | None = None,
) -> MeanEstimate:
    """How much worse one candidate is than the best, fold by fold.

    Parameters
    ----------
    scores, best_scores : sequence of float
        Of the same folds, in the metric's own sign.
    metric : Metric
    ratio : float
        ``n_test / n_train``.
    spread, best_spread : Spread, default=None
        Of the two scores: rows are pairs too where both are known.

    Returns
    -------
    estimate : MeanEstimate
        Positive where the candidate is worse.
    """
    sign = 1.0 if metric.greater_is_better else -1.0
    gaps = [sign * (best - score) for score, best in zip(scores, best_scores, strict=True)]
    paired = None if spread is None or best_spread is None else best_spread - spread
    return estimate_mean(gaps, ratio, paired)

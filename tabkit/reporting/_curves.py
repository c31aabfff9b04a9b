"""The figures behind the report's curves: arithmetic on the kept out-of-fold predictions.

Nothing is fitted again, and nothing is drawn here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tabkit.comparison import Comparison, LeaderboardRow
from tabkit.evaluation import ClassPredictions, ValuePredictions
from tabkit.metrics import ReliabilityCurve, reliability_curve

if TYPE_CHECKING:
    import numpy as np

N_CURVE_POINTS = 200
N_BINS = 10
SAMPLE_SEED = 0


@dataclass(frozen=True)
class Curve:
    """A line through points.

    Attributes
    ----------
    x, y : ndarray of shape (n_points,)
    """

    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class ResidualBins:
    """Quantiles of the residuals (actual minus predicted) in bins with as many rows each.

    Attributes
    ----------
    predicted : ndarray of shape (n_bins,)
        Mean prediction.
    quantiles : ndarray of shape (n_bins, 5)
        At 5, 25, 50, 75 and 95 %.
    """

    predicted: np.ndarray
    quantiles: np.ndarray


def select_leaders(comparison: Comparison, n_leaders: int = 3) -> tuple[LeaderboardRow, ...]:
    """The best ranked candidates whose predictions are kept."""
    ranked = [row for row in comparison.leaderboard.rows if row.rank is not None]
    return tuple(row for row in ranked[:n_leaders] if comparison.evaluation(row.name).folder is not None)


def compute_roc(predictions: ClassPredictions) -> Curve | None:
    """ROC curve of a binary task, averaged over the folds.

    The true positive rates of the folds are averaged at the same false positive rates, so
    that the area is the mean of the folds' areas, which is what the leaderboard shows;
    pooled predictions of different fits would not give that.

    Parameters
    ----------
    predictions : ClassPredictions

    Returns
    -------
    curve : Curve or None
        None when no fold has both classes.
    """
    import numpy as np
    from sklearn.metrics import roc_curve

    grid = np.linspace(0.0, 1.0, N_CURVE_POINTS + 1)
    rates = []
    for fold in np.unique(predictions.fold):
        in_fold = predictions.fold == fold
        truth = predictions.truth[in_fold]
        if 0 < truth.sum() < len(truth):
            false_positive, true_positive, _ = roc_curve(truth, predictions.proba[in_fold, 1])
            rates.append(np.interp(grid, false_positive, true_positive))
    if not rates:
        return None
    mean = np.mean(rates, axis=0)
    return Curve(np.concatenate([[0.0], grid]), np.concatenate([[0.0], mean]))


def compute_reliability(predictions: ClassPredictions) -> ReliabilityCurve:
    """Whether probabilities can be taken at their word, in tenths of the rows.

    Parameters
    ----------
    predictions : ClassPredictions

    Returns
    -------
    curve : ReliabilityCurve
        Equal probabilities share a bin, so that there can be fewer than ten.
    """
    n_classes = predictions.proba.shape[1]
    return reliability_curve(
        predictions.truth, predictions.proba, n_bins=N_BINS, strategy="quantile", labels=range(n_classes)
    )


def count_confusion(predictions: ClassPredictions) -> np.ndarray:
    """Rows of each true class (rows) by predicted class (columns).

    Returns
    -------
    counts : ndarray of int, shape (n_classes, n_classes)
    """
    import numpy as np

    n_classes = predictions.proba.shape[1]
    cells = predictions.truth * n_classes + predictions.label
    return np.bincount(cells, minlength=n_classes**2).reshape(n_classes, n_classes)


def rank_confusions(counts: np.ndarray, n_pairs: int) -> list[tuple[int, int, int]]:
    """The most frequent errors.

    Parameters
    ----------
    counts : ndarray of shape (n_classes, n_classes)
    n_pairs : int
        How many to return at most.

    Returns
    -------
    pairs : list of (true code, predicted code, count)
        The most frequent first.
    """
    import numpy as np

    errors = counts.copy()
    np.fill_diagonal(errors, 0)
    order = np.argsort(-errors, axis=None, kind="stable")[:n_pairs]
    pairs = [(*divmod(int(cell), len(counts)), int(errors.flat[cell])) for cell in order]
    return [pair for pair in pairs if pair[2] > 0]


def bin_residuals(predictions: ValuePredictions) -> ResidualBins:
    """How large the errors are, and which way, from low to high predictions."""
    import numpy as np

    residuals = predictions.truth - predictions.predicted
    bins = _equal_bins(predictions.predicted)
    groups = [bins == index for index in range(bins.max() + 1)]
    return ResidualBins(
        predicted=np.array([predictions.predicted[group].mean() for group in groups]),
        quantiles=np.array(
            [np.quantile(residuals[group], [0.05, 0.25, 0.5, 0.75, 0.95]) for group in groups]
        ),
    )


def sample_rows(n_rows: int, n_sample: int) -> np.ndarray:
    """Positions of at most `n_sample` rows, drawn without replacement with a fixed seed."""
    import numpy as np

    if n_rows <= n_sample:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(SAMPLE_SEED).choice(n_rows, n_sample, replace=False))


def central_range(values: Sequence[np.ndarray], tail: float = 0.002) -> tuple[float, float]:
    """The range of values without its extremes, so that one outlier does not flatten a chart."""
    import numpy as np

    low, high = np.quantile(np.concatenate(values), [tail, 1 - tail])
    return float(low), float(high)


def _equal_bins(values: np.ndarray) -> np.ndarray:
    """Bin of each value, numbered without gaps; equal values share one."""
    import numpy as np

    edges = np.unique(np.quantile(values, np.linspace(0.0, 1.0, N_BINS + 1)[1:-1]))
    return np.unique(np.searchsorted(edges, values, side="left"), return_inverse=True)[1]

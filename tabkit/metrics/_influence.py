"""How much each row moves a metric: the first term of its expansion over the rows it is computed on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tabkit.metrics._metric import METRICS, Metric

if TYPE_CHECKING:
    import numpy as np


def row_influence(
    metric: Metric, y_true: np.ndarray, predicted: np.ndarray, classes: Sequence[Any]
) -> np.ndarray | None:
    """Influence of each row on a metric.

    A metric of many rows differs from its value on all rows there could be by about the mean of their
    influences, so that the squares of these say how much it varies over the rows it happens to have. For a
    mean of losses the influence of a row is its loss less the mean; that of ROC AUC is the one of DeLong.

    Parameters
    ----------
    metric : Metric
    y_true : ndarray of shape (n_rows,)
    predicted : ndarray of shape (n_rows,) or (n_rows, n_classes)
        As `Metric.compute` takes them.
    classes : sequence
        Empty for regression.

    Returns
    -------
    influence : ndarray of shape (n_rows,) or None
        With mean zero; NaN where the metric is not defined on the rows. None where it is not known for the
        metric, as for one of the user's own.

    References
    ----------
    Hampel, F. R.: The Influence Curve and its Role in Robust Estimation. Journal of the American
    Statistical Association 69 (1974). DeLong, E. R., DeLong, D. M., Clarke-Pearson, D. L.: Comparing the
    Areas under Two or More Correlated Receiver Operating Characteristic Curves. Biometrics 44 (1988).

    Examples
    --------
    >>> import numpy as np
    >>> truth, predicted = np.array([0, 1, 1, 1]), np.array([0, 0, 1, 1])
    >>> row_influence(METRICS["accuracy"], truth, predicted, ("no", "yes")).tolist()
    [0.25, -0.75, 0.25, 0.25]
    """
    function = _INFLUENCES.get(metric.name)
    if function is None or METRICS[metric.name] is not metric:
        return None
    return function(y_true, predicted, len(classes))


def _of_mean(losses: np.ndarray) -> np.ndarray:
    centred: np.ndarray = losses - losses.mean()
    return centred


def _log_loss(y_true: np.ndarray, proba: np.ndarray, n_classes: int) -> np.ndarray:
    import numpy as np

    return _of_mean(-np.log(np.clip(proba[np.arange(len(y_true)), y_true], 1e-15, 1.0)))


def _brier(y_true: np.ndarray, proba: np.ndarray, n_classes: int) -> np.ndarray:
    import numpy as np

    if n_classes == 2:
        return _of_mean((proba[:, 1] - y_true) ** 2)
    return _of_mean(((proba - np.eye(n_classes)[y_true]) ** 2).sum(axis=1))


def _accuracy(y_true: np.ndarray, label: np.ndarray, n_classes: int) -> np.ndarray:
    return _of_mean((y_true == label).astype(float))


def _mae(y_true: np.ndarray, value: np.ndarray, n_classes: int) -> np.ndarray:
    return _of_mean(abs(y_true - value))


def _rmse(y_true: np.ndarray, value: np.ndarray, n_classes: int) -> np.ndarray:
    squares = (y_true - value) ** 2
    rmse = squares.mean() ** 0.5
    return _of_mean(squares) / (2 * rmse if rmse > 0 else 1.0)


def _r2(y_true: np.ndarray, value: np.ndarray, n_classes: int) -> np.ndarray:
    import numpy as np

    squares, spread = (y_true - value) ** 2, (y_true - y_true.mean()) ** 2
    if not spread.any():
        return np.full(len(y_true), np.nan)
    return _of_mean(squares.mean() / spread.mean() * spread - squares) / spread.mean()


def _of_shares(hits: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Of a share, the sum of hits over the sum of what is counted; 0 where nothing is."""
    import numpy as np

    total = counted.mean()
    if total == 0:
        return np.zeros(len(hits))
    shares: np.ndarray = (hits - hits.mean() / total * counted) / total
    return shares


def _mean_over_classes(
    y_true: np.ndarray, label: np.ndarray, n_classes: int, one: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> np.ndarray:
    import numpy as np

    if n_classes == 2:
        return one(y_true == 1, label == 1)
    return np.mean([one(y_true == code, label == code) for code in range(n_classes)], axis=0)


def _balanced_accuracy(y_true: np.ndarray, label: np.ndarray, n_classes: int) -> np.ndarray:
    import numpy as np

    parts = [_recall_of(y_true == code, label == code) for code in np.unique(y_true)]
    return np.mean(parts, axis=0)


def _recall_of(is_true: np.ndarray, is_named: np.ndarray) -> np.ndarray:
    return _of_shares((is_true & is_named).astype(float), is_true.astype(float))


def _precision_of(is_true: np.ndarray, is_named: np.ndarray) -> np.ndarray:
    return _of_shares((is_true & is_named).astype(float), is_named.astype(float))


def _f_beta_of(is_true: np.ndarray, is_named: np.ndarray, beta: float) -> np.ndarray:
    both = (1 + beta**2) * (is_true & is_named)
    return _of_shares(both, beta**2 * is_true + is_named)


def _recall(y_true: np.ndarray, label: np.ndarray, n_classes: int) -> np.ndarray:
    return _mean_over_classes(y_true, label, n_classes, _recall_of)


def _precision(y_true: np.ndarray, label: np.ndarray, n_classes: int) -> np.ndarray:
    return _mean_over_classes(y_true, label, n_classes, _precision_of)


def _f1(y_true: np.ndarray, label: np.ndarray, n_classes: int) -> np.ndarray:
    return _mean_over_classes(y_true, label, n_classes, lambda true, named: _f_beta_of(true, named, 1.0))


def _f2(y_true: np.ndarray, label: np.ndarray, n_classes: int) -> np.ndarray:
    return _mean_over_classes(y_true, label, n_classes, lambda true, named: _f_beta_of(true, named, 2.0))


def _one_against_rest(
    y_true: np.ndarray, proba: np.ndarray, one: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> np.ndarray:
    """Mean over the classes that occur and do not fill the rows, as the metrics take it."""
    import numpy as np

    codes = (1,) if proba.shape[1] == 2 else range(proba.shape[1])
    parts = [
        one(y_true == code, proba[:, code]) for code in codes if 0 < (y_true == code).sum() < len(y_true)
    ]
    return np.mean(parts, axis=0) if parts else np.full(len(y_true), np.nan)


def _auc_of(is_true: np.ndarray, score: np.ndarray) -> np.ndarray:
    """How each row stands to those of the other class, less the mean, by the share of its own class."""
    import numpy as np
    from scipy.stats import rankdata

    n_true, n_other = int(is_true.sum()), int((~is_true).sum())
    overall = rankdata(score)
    influence = np.empty(len(score))
    # Of the rows of the other class, how many lie below; half of those with the same score.
    above = (overall[is_true] - rankdata(score[is_true])) / n_other
    below = 1 - (overall[~is_true] - rankdata(score[~is_true])) / n_true
    influence[is_true] = _of_mean(above) * len(score) / n_true * _small_sample(n_true)
    influence[~is_true] = _of_mean(below) * len(score) / n_other * _small_sample(n_other)
    return influence


def _small_sample(n_rows: int) -> float:
    """What makes the mean square of centred values an unbiased variance."""
    return (n_rows / (n_rows - 1)) ** 0.5 if n_rows > 1 else 1.0


def _average_precision_of(is_true: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Of the rows that are true, the precision at their score; and what each row does to that of others."""
    import numpy as np

    order = np.argsort(-score, kind="stable")
    true = is_true[order].astype(float)
    falling = score[order]
    # Rows of equal score are taken at once: the last of them, and the first.
    last = np.searchsorted(-falling, -falling, side="right") - 1
    first = np.searchsorted(-falling, -falling, side="left")
    n_named = last + 1.0
    precision = np.cumsum(true)[last] / n_named
    share = true.mean()
    mean = (true * precision).sum() / true.sum()
    # A row counts in the precision of every true row at its score or below it.
    at_or_below = np.cumsum((true / n_named)[::-1])[::-1][first]
    lost = np.cumsum((true * precision / n_named)[::-1])[::-1][first]
    influence = np.empty(len(score))
    influence[order] = true / share * (precision - mean) + (true * at_or_below - lost) / share
    return influence


def _roc_auc(y_true: np.ndarray, proba: np.ndarray, n_classes: int) -> np.ndarray:
    return _one_against_rest(y_true, proba, _auc_of)


def _average_precision(y_true: np.ndarray, proba: np.ndarray, n_classes: int) -> np.ndarray:
    return _one_against_rest(y_true, proba, _average_precision_of)


_INFLUENCES: dict[str, Callable[[np.ndarray, np.ndarray, int], np.ndarray]] = {
    "roc_auc": _roc_auc,
    "average_precision": _average_precision,
    "log_loss": _log_loss,
    "brier": _brier,
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "precision": _precision,
    "recall": _recall,
    "f1": _f1,
    "f2": _f2,
    "rmse": _rmse,
    "mae": _mae,
    "r2": _r2,
}

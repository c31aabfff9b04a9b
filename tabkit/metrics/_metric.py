"""Metrics by name, computed from kept predictions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any, Literal

from tabkit._core import InputError, suggest
from tabkit.metrics._calibration import compute_calibration_error
from tabkit.metrics._ranking import compute_map, compute_ndcg

if TYPE_CHECKING:
    import numpy as np

Needs = Literal["probabilities", "labels", "values", "scores"]


@dataclass(frozen=True)
class Metric:
    """One way to judge predictions.

    Attributes
    ----------
    name : str
        As given to ``metric``: "roc_auc", "log_loss", "rmse".
    label : str
        As shown: "ROC AUC".
    greater_is_better : bool
    task_kinds : tuple of str
        Tasks it applies to.
    needs : {"probabilities", "labels", "values", "scores"}
        What `compute` gets.
    compute : callable
        ``compute(y_true, predicted, classes) -> float``. With "probabilities", ``y_true`` holds
        codes 0 to n_classes - 1 and ``predicted`` is an array of shape (n_rows, n_classes);
        with "labels" both are codes of shape (n_rows,); with "values" both are floats. With
        "scores" ``y_true`` is a relevance, the value of the target or 1 for the positive class
        and else 0, and ``predicted`` is what rows are ordered by, the predicted value or the
        probability of the positive class. NaN says that the metric is not defined on the rows.
    lowest, highest : float
        Values it cannot pass.
    needs_groups : bool
        Whether `compute` gets a fourth argument: the group of each row, as codes of shape
        (n_rows,). Such a metric is computed where a table has a group column.
    on_request : bool
        Whether it is computed only where it was asked for by name.
    needs_positive : bool
        Whether its value, of two classes, hangs on which of them is the positive one: `tabkit.compare` then
        refuses labels that do not say so, until it is told. False for a metric such as the accuracy.

    Examples
    --------
    >>> cost = Metric("cost", "cost", False, ("binary",), "labels", lambda y, p, _: 5.0 * (y > p).mean())
    >>> cost.greater_is_better
    False
    """

    name: str
    label: str
    greater_is_better: bool
    task_kinds: tuple[str, ...]
    needs: Needs
    compute: Callable[..., float]
    lowest: float = 0.0
    highest: float = 1.0
    needs_groups: bool = False
    on_request: bool = False
    needs_positive: bool = True


@dataclass(frozen=True)
class _Macro:
    """Precision, recall, F1 or F-beta: of the positive class, or the mean over classes."""

    name: str
    options: tuple[tuple[str, float], ...] = ()

    def __call__(self, y_true: np.ndarray, predicted: np.ndarray, classes: Sequence[Any]) -> float:
        import sklearn.metrics

        function = partial(
            getattr(sklearn.metrics, f"{self.name}_score"), zero_division=0, **dict(self.options)
        )
        if len(classes) == 2:
            return float(function(y_true, predicted, pos_label=1))
        return float(function(y_true, predicted, labels=range(len(classes)), average="macro"))


def _accuracy(y_true: np.ndarray, predicted: np.ndarray, classes: Sequence[Any]) -> float:
    return float((y_true == predicted).mean())


def _balanced_accuracy(y_true: np.ndarray, predicted: np.ndarray, classes: Sequence[Any]) -> float:
    """Mean recall over the classes that occur among the rows."""
    import numpy as np

    return float(np.mean([(predicted[y_true == code] == code).mean() for code in np.unique(y_true)]))


def _one_against_rest(
    y_true: np.ndarray, proba: np.ndarray, score: Callable[[np.ndarray, np.ndarray], float]
) -> float:
    """Mean over the classes that occur, and do not fill the fold; NaN when there are none."""
    import numpy as np

    if proba.shape[1] == 2:
        return float(score(y_true == 1, proba[:, 1])) if 0 < y_true.sum() < len(y_true) else float("nan")
    scores = [
        score(y_true == code, proba[:, code])
        for code in range(proba.shape[1])
        if 0 < (y_true == code).sum() < len(y_true)
    ]
    return float(np.mean(scores)) if scores else float("nan")


def _roc_auc(y_true: np.ndarray, proba: np.ndarray, classes: Sequence[Any]) -> float:
    """Area under the ROC curve; for several classes the mean of one against the rest."""
    from sklearn.metrics import roc_auc_score

    return _one_against_rest(y_true, proba, roc_auc_score)


def _average_precision(y_true: np.ndarray, proba: np.ndarray, classes: Sequence[Any]) -> float:
    from sklearn.metrics import average_precision_score

    return _one_against_rest(y_true, proba, average_precision_score)


def _log_loss(y_true: np.ndarray, proba: np.ndarray, classes: Sequence[Any]) -> float:
    """Mean negative log-likelihood, probabilities clipped at 1e-15."""
    import numpy as np

    given = proba[np.arange(len(y_true)), y_true]
    return float(-np.log(np.clip(given, 1e-15, 1.0)).mean())


def _brier(y_true: np.ndarray, proba: np.ndarray, classes: Sequence[Any]) -> float:
    """Mean squared error of the probabilities: of the positive class, or summed over classes."""
    import numpy as np

    if proba.shape[1] == 2:
        return float(((proba[:, 1] - y_true) ** 2).mean())
    return float(((proba - np.eye(proba.shape[1])[y_true]) ** 2).sum(axis=1).mean())


def _rmse(y_true: np.ndarray, predicted: np.ndarray, classes: Sequence[Any]) -> float:
    return float(((y_true - predicted) ** 2).mean() ** 0.5)


def _mae(y_true: np.ndarray, predicted: np.ndarray, classes: Sequence[Any]) -> float:
    return float(abs(y_true - predicted).mean())


def _r2(y_true: np.ndarray, predicted: np.ndarray, classes: Sequence[Any]) -> float:
    """Share of the variance of the fold that is explained; NaN when it has none."""
    total = ((y_true - y_true.mean()) ** 2).sum()
    return float(1.0 - ((y_true - predicted) ** 2).sum() / total) if total > 0 else float("nan")


_CLASSIFICATION = ("binary", "multiclass")
_REGRESSION = ("regression",)
_RELEVANCE = ("binary", "regression")

# Of these the value stays when the two classes change places.
_ALIKE_FOR_BOTH_CLASSES = (
    "roc_auc",
    "log_loss",
    "brier",
    "accuracy",
    "balanced_accuracy",
    "calibration_error",
)

METRICS: dict[str, Metric] = {
    metric.name: replace(
        metric,
        needs_positive="binary" in metric.task_kinds and metric.name not in _ALIKE_FOR_BOTH_CLASSES,
    )
    for metric in (
        Metric("roc_auc", "ROC AUC", True, _CLASSIFICATION, "probabilities", _roc_auc),
        Metric(
            "average_precision",
            "average precision",
            True,
            _CLASSIFICATION,
            "probabilities",
            _average_precision,
        ),
        Metric("log_loss", "log loss", False, _CLASSIFICATION, "probabilities", _log_loss, highest=inf),
        Metric("brier", "Brier score", False, _CLASSIFICATION, "probabilities", _brier, highest=2.0),
        Metric("accuracy", "accuracy", True, _CLASSIFICATION, "labels", _accuracy),
        Metric("balanced_accuracy", "balanced accuracy", True, _CLASSIFICATION, "labels", _balanced_accuracy),
        Metric("precision", "precision", True, _CLASSIFICATION, "labels", _Macro("precision")),
        Metric("recall", "recall", True, _CLASSIFICATION, "labels", _Macro("recall")),
        Metric("f1", "F1", True, _CLASSIFICATION, "labels", _Macro("f1")),
        Metric(
            "f2", "F2", True, _CLASSIFICATION, "labels", _Macro("fbeta", (("beta", 2.0),)), on_request=True
        ),
        Metric("rmse", "RMSE", False, _REGRESSION, "values", _rmse, highest=inf),
        Metric("mae", "MAE", False, _REGRESSION, "values", _mae, highest=inf),
        Metric("r2", "R²", True, _REGRESSION, "values", _r2, lowest=-inf),
        Metric(
            "calibration_error",
            "calibration error",
            False,
            _CLASSIFICATION,
            "probabilities",
            compute_calibration_error,
            on_request=True,
        ),
        Metric("ndcg", "NDCG", True, _RELEVANCE, "scores", compute_ndcg, needs_groups=True),
        Metric("map", "MAP", True, _RELEVANCE, "scores", compute_map, needs_groups=True),
    )
}

_SCIKIT_LEARN_NAMES = {
    "neg_log_loss": "log_loss",
    "neg_brier_score": "brier",
    "neg_root_mean_squared_error": "rmse",
    "neg_mean_absolute_error": "mae",
    "roc_auc_ovr": "roc_auc",
    "precision_macro": "precision",
    "recall_macro": "recall",
    "f1_macro": "f1",
    "auc": "roc_auc",
    "mean_average_precision": "map",
}


def get_metric(name: str) -> Metric:
    """Look a metric up by its name, or by the name of scikit-learn's scorer.

    Parameters
    ----------
    name : str
        Such as "roc_auc", "rmse" or "neg_root_mean_squared_error".

    Returns
    -------
    metric : Metric

    Raises
    ------
    InputError
        If there is no such metric; the message lists all.

    Examples
    --------
    >>> get_metric("neg_log_loss").label
    'log loss'
    """
    key = name.strip().lower()
    key = _SCIKIT_LEARN_NAMES.get(key, key)
    if key not in METRICS:
        raise InputError(f"unknown metric {name!r}: {suggest(key, METRICS, 'choose one of')}")
    return METRICS[key]


def metrics_for(
    task_kind: str, *, has_groups: bool = False, requested: Collection[str] = ()
) -> tuple[Metric, ...]:
    """List the metrics that apply to a kind of task.

    Parameters
    ----------
    task_kind : {"binary", "multiclass", "regression"}
    has_groups : bool, default=False
        Whether to list those that need groups too.
    requested : collection of str, default=()
        Names of those that are computed on request only, to be listed too.

    Returns
    -------
    metrics : tuple of Metric
        In the order they are shown.
    """
    return tuple(
        metric
        for metric in METRICS.values()
        if task_kind in metric.task_kinds
        and (has_groups or not metric.needs_groups)
        and (metric.name in requested or not metric.on_request)
    )

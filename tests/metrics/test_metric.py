"""Every metric against scikit-learn's, and where it is not defined."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sklearn.metrics as reference

from tabkit._core import InputError
from tabkit.metrics import METRICS, get_metric, metrics_for


def made_up(n_classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n_classes)
    y = rng.integers(0, n_classes, 200)
    proba = rng.dirichlet(np.ones(n_classes), 200)
    return y, proba, proba.argmax(axis=1)


def expected(name: str, y: np.ndarray, proba: np.ndarray, labels: np.ndarray) -> float:
    binary = proba.shape[1] == 2
    average = {"average": "binary" if binary else "macro"}
    score = proba[:, 1] if binary else proba
    one_hot = y if binary else np.eye(proba.shape[1])[y]
    return {
        "roc_auc": lambda: reference.roc_auc_score(y, score, **({} if binary else {"multi_class": "ovr"})),
        "average_precision": lambda: reference.average_precision_score(one_hot, score),
        "log_loss": lambda: reference.log_loss(y, proba),
        "brier": lambda: reference.brier_score_loss(y, score, **({} if binary else {"scale_by_half": False})),
        "accuracy": lambda: reference.accuracy_score(y, labels),
        "balanced_accuracy": lambda: reference.balanced_accuracy_score(y, labels),
        "precision": lambda: reference.precision_score(y, labels, **average),
        "recall": lambda: reference.recall_score(y, labels, **average),
        "f1": lambda: reference.f1_score(y, labels, **average),
    }[name]()


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("metric", metrics_for("binary"), ids=lambda metric: metric.name)
def test_classification_metric_equals_scikit_learns(metric, n_classes: int) -> None:
    y, proba, labels = made_up(n_classes)
    given = proba if metric.needs == "probabilities" else labels
    value = metric.compute(y, given, range(n_classes))
    assert value == pytest.approx(expected(metric.name, y, proba, labels), rel=1e-12)
    assert metric.lowest <= value <= metric.highest


@pytest.mark.parametrize(
    ("name", "function"),
    [("rmse", "root_mean_squared_error"), ("mae", "mean_absolute_error"), ("r2", "r2_score")],
)
def test_regression_metric_equals_scikit_learns(name: str, function: str) -> None:
    rng = np.random.default_rng(0)
    y, predicted = rng.normal(size=(2, 100))
    assert METRICS[name].compute(y, predicted, ()) == pytest.approx(
        getattr(reference, function)(y, predicted)
    )


@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_ranking_is_not_defined_on_one_class(name: str) -> None:
    assert math.isnan(METRICS[name].compute(np.zeros(5, dtype=int), np.full((5, 2), 0.5), (0, 1)))


def test_class_without_rows_does_not_count() -> None:
    y, proba, _ = made_up(3)
    wider = np.hstack([proba, np.zeros((len(y), 1))])
    narrow, wide = (METRICS["roc_auc"].compute(y, p, range(p.shape[1])) for p in (proba, wider))
    assert narrow == pytest.approx(wide, rel=1e-12)


def test_names_of_scikit_learns_scorers_are_understood() -> None:
    assert get_metric("neg_root_mean_squared_error").name == "rmse"
    assert get_metric("ROC_AUC").name == "roc_auc"


def test_unknown_name_lists_the_known() -> None:
    with pytest.raises(InputError, match="unknown metric 'rms': did you mean 'rmse'"):
        get_metric("rms")
    with pytest.raises(InputError, match="unknown metric 'gini': choose one of 'roc_auc'"):
        get_metric("gini")

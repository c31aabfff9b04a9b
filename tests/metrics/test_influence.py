"""Influences of rows against leaving each row out, and against the variance that they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tabkit.metrics import METRICS, Metric, row_influence

N_ROWS = 120
KNOWN = [
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier",
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "f1",
    "f2",
    "rmse",
    "mae",
    "r2",
]


def draw(metric: Metric, kind: str, n_rows: int = N_ROWS, seed: int = 0) -> tuple[Any, Any, tuple[int, ...]]:
    """Truth, predictions and classes; probabilities are rounded, so that some are equal."""
    rng = np.random.default_rng(seed)
    if kind == "regression":
        y_true = rng.normal(size=n_rows)
        return y_true, y_true + rng.normal(size=n_rows), ()
    classes = tuple(range(2 if kind == "binary" else 3))
    y_true = rng.integers(0, len(classes), n_rows)
    proba = np.exp(rng.normal(size=(n_rows, len(classes))) + np.eye(len(classes))[y_true])
    proba = np.round(proba / proba.sum(axis=1, keepdims=True), 1) + 0.01
    return y_true, proba if metric.needs == "probabilities" else proba.argmax(axis=1), classes


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name in KNOWN for kind in METRICS[name].task_kinds]
)
def test_follows_the_metric_without_the_row(name: str, kind: str) -> None:
    metric = METRICS[name]
    y_true, predicted, classes = draw(metric, kind)
    whole = metric.compute(y_true, predicted, classes)
    without = [
        metric.compute(np.delete(y_true, row), np.delete(predicted, row, axis=0), classes)
        for row in range(N_ROWS)
    ]
    jackknife = (N_ROWS - 1) * (whole - np.array(without))
    influence = row_influence(metric, y_true, predicted, classes)
    assert influence is not None
    assert influence.mean() == pytest.approx(0, abs=1e-12)
    # They differ in the second order, by about one in the number of rows of a class.
    assert np.corrcoef(influence, jackknife)[0, 1] > 0.999
    assert influence.std() == pytest.approx(jackknife.std(), rel=0.08)


def test_variance_of_roc_auc_is_that_of_delong() -> None:
    y_true, proba, classes = draw(METRICS["roc_auc"], "binary", 40)
    positive, negative = proba[y_true == 1, 1], proba[y_true == 0, 1]
    wins = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    expected = wins.mean(axis=1).var(ddof=1) / len(positive) + wins.mean(axis=0).var(ddof=1) / len(negative)
    influence = row_influence(METRICS["roc_auc"], y_true, proba, classes)
    assert influence is not None
    assert (influence**2).sum() / 40**2 == pytest.approx(expected, rel=1e-9)


def test_metric_that_is_not_defined_has_no_numbers() -> None:
    one_class = np.zeros(5, dtype=int), np.full((5, 2), 0.5), ("no", "yes")
    for influence in (
        row_influence(METRICS["roc_auc"], *one_class),
        row_influence(METRICS["r2"], np.ones(5), np.zeros(5), ()),
    ):
        assert influence is not None
        assert np.isnan(influence).all()


def test_own_metric_is_not_known_even_by_a_name_of_ours() -> None:
    own = Metric("rmse", "mine", False, ("regression",), "values", lambda y, p, _: 0.0)
    assert row_influence(own, np.ones(3), np.ones(3), ()) is None
    assert row_influence(METRICS["calibration_error"], np.ones(3, dtype=int), np.ones((3, 2)), (0, 1)) is None


def test_nothing_named_positive_moves_no_precision() -> None:
    influence = row_influence(METRICS["precision"], np.array([0, 1, 1]), np.zeros(3, dtype=int), (0, 1))
    assert influence is not None
    assert influence.tolist() == [0, 0, 0]

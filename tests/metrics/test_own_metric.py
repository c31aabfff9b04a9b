"""Metrics of the user's own: functions, scorers of scikit-learn's, and Metric objects."""

from __future__ import annotations

import math
import pickle
from functools import partial

import numpy as np
import pytest
import sklearn.metrics as reference
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer, make_scorer

from tabkit._core import InputError
from tabkit.metrics import METRICS, Metric, as_metric, compute_own


def share_of_yes(y_true, y_pred) -> float:
    return np.mean((y_true == "yes") & (y_pred == "yes"))


def rmse(y_true, y_pred) -> float:
    return 2.0


def squared_loss(y_true, y_pred) -> float:
    return np.mean((y_true - y_pred) ** 2)


def test_name_and_metric_of_tabkits_own_are_found() -> None:
    assert as_metric("neg_log_loss", "binary") is METRICS["log_loss"]
    assert as_metric(METRICS["f1"], "binary") is METRICS["f1"]


def test_function_gets_the_labels_of_the_table() -> None:
    metric = as_metric(share_of_yes, "binary")
    assert (metric.name, metric.label, metric.needs) == ("share_of_yes", "share of yes", "labels")
    assert metric.greater_is_better
    codes = np.array([0, 1, 1, 1]), np.array([1, 1, 0, 1])
    assert compute_own(metric, *codes, ("no", "yes")) == 0.5
    assert compute_own(metric, *codes, ("yes", "no")) == 0.0


def test_function_gets_values_in_a_regression() -> None:
    metric = as_metric(squared_loss, "regression")
    assert (metric.needs, metric.greater_is_better) == ("values", False)
    assert compute_own(metric, np.array([1.0, 2.0]), np.array([1.0, 4.0]), ()) == 2.0


@pytest.mark.parametrize(
    ("function", "greater"),
    [
        (reference.mean_absolute_error, False),
        (reference.hinge_loss, False),
        (reference.mean_poisson_deviance, False),
        (reference.accuracy_score, True),
        (reference.r2_score, True),
        (lambda y_true, y_pred: 0.0, True),
    ],
)
def test_name_of_a_function_says_the_direction_as_scikit_learns_do(function, greater: bool) -> None:
    assert as_metric(function, "regression").greater_is_better is greater


def test_names_that_tabkit_has_get_a_prefix_and_lambdas_a_name() -> None:
    assert as_metric(rmse, "regression").name == "own_rmse"
    assert as_metric(lambda y_true, y_pred: 0.0, "regression").name == "own_metric"
    assert as_metric(partial(reference.fbeta_score, beta=2), "binary").name == "fbeta_score"


@pytest.mark.parametrize("name", ["roc_auc", "neg_log_loss", "f1_macro", "balanced_accuracy", "accuracy"])
@pytest.mark.parametrize("classes", [("no", "yes"), ("yes", "no")])
def test_scorer_says_what_it_says_of_the_fitted_model(name: str, classes: tuple[str, str]) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 2))
    labels = np.where(X[:, 0] + rng.normal(size=80) > 0, "yes", "no")
    fitted = LogisticRegression().fit(X, labels)
    metric = as_metric(get_scorer(name), "binary")
    code_of = {label: code for code, label in enumerate(classes)}
    y_true = np.array([code_of[label] for label in labels])
    if metric.needs == "probabilities":
        columns = [list(fitted.classes_).index(label) for label in classes]
        predicted = fitted.predict_proba(X)[:, columns]
    else:
        predicted = np.array([code_of[label] for label in fitted.predict(X)])
    sign = 1 if metric.greater_is_better else -1
    expected = get_scorer(name)(fitted, X, labels)
    assert sign * compute_own(metric, y_true, predicted, classes) == pytest.approx(expected, rel=1e-12)


def test_scorer_that_is_to_be_small_is_shown_as_a_positive_error() -> None:
    metric = as_metric(make_scorer(reference.mean_absolute_error, greater_is_better=False), "regression")
    assert not metric.greater_is_better
    assert compute_own(metric, np.array([1.0, 2.0]), np.array([2.0, 4.0]), ()) == 1.5


def test_pos_label_of_a_scorer_counts() -> None:
    metric = as_metric(make_scorer(reference.recall_score, pos_label="no"), "binary")
    codes = np.array([0, 0, 1]), np.array([0, 1, 1])
    assert compute_own(metric, *codes, ("no", "yes")) == 0.5


@pytest.mark.parametrize("classes", [("good", "bad"), ("bad", "good")])
def test_function_and_scorer_that_ask_get_the_positive_class(classes: tuple[str, str]) -> None:
    codes = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 1, 1, 0])  # 1 is positive: precision 1/3, recall 1/2
    for function, expected in ((reference.precision_score, 1 / 3), (reference.recall_score, 1 / 2)):
        for given in (function, make_scorer(function)):
            metric = as_metric(given, "binary")
            assert metric.needs_positive
            assert compute_own(metric, *codes, classes) == pytest.approx(expected)
    scorer = make_scorer(reference.average_precision_score, response_method="predict_proba")
    proba = np.array([0.9, 0.4, 0.3, 0.8, 0.2])
    value = compute_own(as_metric(scorer, "binary"), codes[0], np.column_stack([1 - proba, proba]), classes)
    assert value == pytest.approx(reference.average_precision_score(codes[0], proba))


def test_metrics_that_hang_on_the_positive_class() -> None:
    hang = {name for name, metric in METRICS.items() if metric.needs_positive}
    assert hang == {"average_precision", "precision", "recall", "f1", "f2", "ndcg", "map"}
    told = partial(reference.f1_score, pos_label="no")
    assert not as_metric(told, "binary").needs_positive
    assert not as_metric(partial(reference.f1_score, average="macro"), "binary").needs_positive
    assert not as_metric(reference.accuracy_score, "binary").needs_positive


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        (3, "binary", "expected a name"),
        (LogisticRegression, "binary", "expected a name"),
        ("gini", "binary", "unknown metric"),
        (make_scorer(rmse, response_method="decision_function"), "binary", "needs decision_function"),
        (get_scorer("roc_auc"), "regression", "needs probabilities, and the task is regression"),
        (Metric("rmse", "RMSE", True, ("regression",), "values", rmse), "regression", "is taken by"),
        (Metric(" ", "", True, ("regression",), "values", rmse), "regression", "needs a name"),
    ],
)
def test_what_cannot_be_a_metric_is_refused(given, kind: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        as_metric(given, kind)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda y, p: 1 / 0, "metric 'own_metric' fails: ZeroDivisionError: division by zero"),
        (lambda y, p: y, "metric 'own_metric' returned .* and one number is needed"),
        (lambda y, p: None, "metric 'own_metric' returned 'None', and one number is needed"),
        (lambda y, p: math.inf, "returned inf: return NaN where it is not defined"),
    ],
)
def test_metric_that_fails_says_so(function, message: str) -> None:
    with pytest.raises(InputError, match=message):
        compute_own(as_metric(function, "regression"), np.ones(3), np.ones(3), ())


def test_label_that_is_none_of_the_classes_is_no_other_label() -> None:
    with pytest.raises(InputError, match="a predicted label is not among the classes"):
        compute_own(as_metric(share_of_yes, "binary"), np.array([0, 1]), np.array([-1, 1]), ("no", "yes"))


def test_metric_of_an_importable_function_can_be_pickled() -> None:
    metric = as_metric(reference.max_error, "regression")
    again = pickle.loads(pickle.dumps(metric))
    assert compute_own(again, np.array([1.0, 2.0]), np.array([2.0, 5.0]), ()) == 3.0

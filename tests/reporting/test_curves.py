from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, roc_auc_score

from tabkit.comparison import Comparison
from tabkit.evaluation import ClassPredictions, ValuePredictions, align_classes, align_values
from tabkit.metrics import METRICS
from tabkit.reporting._curves import (
    bin_residuals,
    central_range,
    compute_reliability,
    compute_roc,
    count_confusion,
    rank_confusions,
    sample_rows,
    select_leaders,
)

MakeUp = Callable[..., Comparison]


def make_predictions(n_rows: int = 2000, n_classes: int = 2, n_folds: int = 4) -> ClassPredictions:
    generator = np.random.default_rng(0)
    proba = generator.dirichlet(np.ones(n_classes), n_rows)
    truth = np.array([generator.choice(n_classes, p=row) for row in proba])
    return ClassPredictions(generator.integers(0, n_folds, n_rows), truth, proba.argmax(axis=1), proba)


def test_predictions_are_aligned_with_the_truth_of_their_rows(made_up: MakeUp) -> None:
    comparison = made_up(kind="multiclass", models={"linear": 1.0})
    aligned = align_classes(comparison.evaluation("linear"), comparison.table, comparison.task)
    frame = comparison.evaluation("linear").predictions()
    for position in (0, 17, 599):
        row = int(frame["row"].iloc[position])
        assert comparison.task.classes[aligned.truth[position]] == comparison.table.target[row]
        assert comparison.task.classes[aligned.label[position]] == frame["prediction"].iloc[position]
    np.testing.assert_allclose(aligned.proba.sum(axis=1), 1.0, atol=1e-9)


@pytest.mark.parametrize("classes", [(0, 1), (False, True), (1.5, 2.5), ("a", "b")])
def test_labels_of_any_type_survive(made_up: MakeUp, classes: tuple[object, object]) -> None:
    comparison = made_up(classes=classes, models={"linear": 0.2}, failures=())
    aligned = align_classes(comparison.evaluation("linear"), comparison.table, comparison.task)
    assert (aligned.truth == aligned.label).mean() > 0.95


def test_values_are_aligned(made_up: MakeUp) -> None:
    comparison = made_up(kind="regression", models={"linear": 0.0})
    aligned = align_values(comparison.evaluation("linear"), comparison.table)
    np.testing.assert_allclose(aligned.predicted, aligned.truth, rtol=0.2)  # the noise is 2 %


def test_leaders_are_the_ranked_whose_predictions_are_kept(made_up: MakeUp) -> None:
    comparison = made_up(models={"a": 1.0, "b": 1.5})
    assert [row.name for row in select_leaders(comparison)] == ["a", "b"]
    without = replace(comparison, evaluations=tuple(replace(e, folder=None) for e in comparison.evaluations))
    assert select_leaders(without) == ()


def test_area_below_the_roc_curve_is_the_mean_of_the_folds_areas() -> None:
    predictions = make_predictions()
    curve = compute_roc(predictions)
    assert curve is not None
    folds = [predictions.fold == fold for fold in range(4)]
    expected = np.mean([roc_auc_score(predictions.truth[f], predictions.proba[f, 1]) for f in folds])
    # The curve is read at 201 false positive rates.
    assert np.trapezoid(curve.y, curve.x) == pytest.approx(expected, abs=0.003)
    assert (np.diff(curve.y) >= 0).all()
    assert len(curve.x) <= 300
    assert (curve.x[0], curve.y[0], curve.x[-1], curve.y[-1]) == (0.0, 0.0, 1.0, 1.0)


def test_roc_leaves_out_folds_of_one_class() -> None:
    predictions = make_predictions()
    in_one = predictions.fold == 2
    one_class = replace(predictions, truth=np.where(in_one, 1, predictions.truth))
    rest = ClassPredictions(
        *(getattr(predictions, name)[~in_one] for name in ("fold", "truth", "label", "proba"))
    )
    with_it, without_it = compute_roc(one_class), compute_roc(rest)
    assert with_it is not None
    assert without_it is not None
    np.testing.assert_array_equal(with_it.y, without_it.y)
    assert compute_roc(replace(predictions, truth=np.ones_like(predictions.truth))) is None


@pytest.mark.parametrize("n_classes", [2, 4])
def test_reliability_of_honest_probabilities_lies_on_the_diagonal(n_classes: int) -> None:
    reliability = compute_reliability(make_predictions(n_rows=20_000, n_classes=n_classes))
    assert len(reliability.weight) == 10
    assert reliability.weight.sum() == 20_000
    np.testing.assert_allclose(reliability.weight, 2000, atol=1)
    # Four standard errors of a share of 2,000 rows.
    np.testing.assert_allclose(reliability.observed, reliability.predicted, atol=4 * 0.5 / 2000**0.5)
    assert reliability.error < 0.02


def test_reliability_of_the_same_probability_everywhere_is_one_point() -> None:
    predictions = make_predictions(n_rows=100)
    same = replace(predictions, proba=np.full((100, 2), 0.5), truth=np.arange(100) % 4 // 3)
    reliability = compute_reliability(same)
    assert reliability.predicted.tolist() == pytest.approx([0.5], rel=1e-12)
    assert reliability.observed.tolist() == pytest.approx([0.25], rel=1e-12)
    assert reliability.error == pytest.approx(0.25)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_error_of_the_picture_is_that_of_the_metric(n_classes: int) -> None:
    predictions = make_predictions(n_rows=95, n_classes=n_classes)
    tied = replace(
        predictions, proba=np.round(predictions.proba, 1) / np.round(predictions.proba, 1).sum(1)[:, None]
    )
    metric = METRICS["calibration_error"]
    expected = metric.compute(tied.truth, tied.proba, tuple(range(n_classes)))
    assert compute_reliability(tied).error == pytest.approx(expected, rel=1e-12)


def test_confusion_is_that_of_scikit_learn() -> None:
    predictions = make_predictions(n_classes=4)
    expected = confusion_matrix(predictions.truth, predictions.label, labels=range(4))
    np.testing.assert_array_equal(count_confusion(predictions), expected)


def test_most_frequent_confusions_come_first_and_right_ones_not_at_all() -> None:
    counts = np.array([[90, 3, 0], [7, 80, 3], [0, 0, 70]])
    assert rank_confusions(counts, 10) == [(1, 0, 7), (0, 1, 3), (1, 2, 3)]
    assert rank_confusions(counts, 1) == [(1, 0, 7)]
    assert counts[0, 0] == 90


def test_residual_bins_are_quantiles_of_tenths() -> None:
    generator = np.random.default_rng(0)
    predicted = generator.uniform(0, 100, 1000)
    truth = predicted + generator.normal(5, 2, 1000)
    bins = bin_residuals(ValuePredictions(truth, predicted))
    order = np.argsort(predicted)
    for index in range(10):
        tenth = order[100 * index : 100 * (index + 1)]
        assert bins.predicted[index] == pytest.approx(predicted[tenth].mean(), abs=1.0)
        # A bin may differ by a row from the slow version at its edges.
        assert bins.quantiles[index, 2] == pytest.approx(np.median((truth - predicted)[tenth]), abs=0.2)
    assert (np.diff(bins.quantiles, axis=1) > 0).all()


def test_rows_are_sampled_the_same_way_each_time() -> None:
    rows = sample_rows(1_000_000, 2000)
    np.testing.assert_array_equal(rows, sample_rows(1_000_000, 2000))
    assert len(np.unique(rows)) == 2000
    assert sample_rows(10, 2000).tolist() == list(range(10))


def test_an_outlier_does_not_set_the_range() -> None:
    values = np.append(np.linspace(0, 1, 10_000), 1e9)
    assert central_range([values])[1] < 1.1

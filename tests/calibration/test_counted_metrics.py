"""Metrics of labels from counts: the numbers of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from tabkit.calibration._counted_metrics import find_counted
from tabkit.calibration._outcomes import ScoredRows, count_outcomes

_AVERAGES = [{}, {"average": "binary"}, {"average": "macro"}, {"average": "weighted"}]
KNOWN = [
    (metrics.accuracy_score, {}),
    (metrics.balanced_accuracy_score, {}),
    (metrics.matthews_corrcoef, {}),
    *[
        (function, options)
        for function in (
            metrics.f1_score,
            metrics.precision_score,
            metrics.recall_score,
            metrics.jaccard_score,
        )
        for options in _AVERAGES
    ],
    *[(metrics.fbeta_score, {"beta": beta, **options}) for beta in (0.5, 2.0) for options in _AVERAGES],
]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("function", "options"), KNOWN, ids=lambda value: getattr(value, "__name__", None))
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_counts_give_what_scikit_learn_does(function, options, weighted):
    rng = np.random.default_rng(3)
    is_positive = rng.random(60) < 0.3
    scores = np.round(rng.random(60) + 0.3 * is_positive, 1)
    weight = rng.random(60) if weighted else None
    outcomes = count_outcomes(ScoredRows(scores, is_positive, weight))
    expected = [
        function(is_positive.astype(int), (scores >= threshold).astype(int), sample_weight=weight, **options)
        for threshold in outcomes.thresholds
    ]
    counted = find_counted(function, options, 1)
    assert len(expected) > 10
    np.testing.assert_allclose(counted(outcomes), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("function", "options"),
    [
        (metrics.f1_score, {"pos_label": 0}),
        (metrics.f1_score, {"average": "micro"}),
        (metrics.f1_score, {"average": None}),
        (metrics.f1_score, {"zero_division": 1.0}),
        (metrics.balanced_accuracy_score, {"adjusted": True}),
        (metrics.accuracy_score, {"normalize": False}),
        (metrics.zero_one_loss, {}),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_what_is_not_known_is_left_to_scikit_learn(function, options):
    assert find_counted(function, options, 1) is None

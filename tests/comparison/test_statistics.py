"""Intervals and tests against the formula written out, and against what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from tabkit.comparison._results._statistics import estimate_gap, estimate_mean
from tabkit.metrics import get_metric


def test_equals_the_formula_of_nadeau_and_bengio() -> None:
    values, ratio = [0.02, 0.01, 0.03, 0.015, 0.025], 0.25
    estimate = estimate_mean(values, ratio)
    t = np.mean(values) / math.sqrt((1 / 5 + ratio) * np.var(values, ddof=1))
    assert estimate.p_value == pytest.approx(2 * (1 - stats.t.cdf(t, df=4)), rel=1e-9)


def test_without_overlap_equals_the_plain_t_test() -> None:
    values = np.random.default_rng(0).normal(0.1, 1.0, 12)
    estimate = estimate_mean(values, ratio=0.0)
    plain = stats.ttest_1samp(values, 0.0)
    assert estimate.p_value == pytest.approx(plain.pvalue, rel=1e-9)
    assert estimate.interval == pytest.approx(tuple(plain.confidence_interval(0.95)), rel=1e-9)


def test_interval_holds_zero_exactly_when_the_test_does_not_reject() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        estimate = estimate_mean(rng.normal(0.5, 1.0, 5), ratio=0.25)
        assert estimate.interval is not None
        assert estimate.p_value is not None
        assert (estimate.interval[0] < 0 < estimate.interval[1]) == (estimate.p_value > 0.05)


def test_below_five_fits_it_only_describes() -> None:
    estimate = estimate_mean([0.1, 0.2, 0.3, 0.2], ratio=0.25)
    assert estimate.p_value is None
    assert estimate.interval is not None


def test_one_fit_has_no_interval() -> None:
    assert estimate_mean([0.1], ratio=0.25).interval is None


def test_undefined_folds_are_left_out() -> None:
    with_nan = estimate_mean([0.1, math.nan, 0.2, 0.3, 0.1, 0.2], ratio=0.2)
    assert with_nan == estimate_mean([0.1, 0.2, 0.3, 0.1, 0.2], ratio=0.2)


@pytest.mark.parametrize(("values", "p_value"), [([0.0] * 5, 1.0), ([0.1] * 5, 0.0)])
def test_differences_without_spread(values: list[float], p_value: float) -> None:
    assert estimate_mean(values, ratio=0.25).p_value == p_value


@pytest.mark.parametrize(("metric", "scores", "best"), [("roc_auc", [0.8], [0.9]), ("rmse", [3.0], [2.9])])
def test_gap_is_positive_for_the_worse(metric: str, scores: list[float], best: list[float]) -> None:
    assert estimate_gap(scores, best, get_metric(metric), 0.25).mean == pytest.approx(0.1)

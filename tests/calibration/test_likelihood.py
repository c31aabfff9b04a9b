"""The solver of the calibrators: closed forms, scipy, and the conditions of an optimum, to rounding."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq, root
from scipy.special import expit, logit, softmax

from tabkit.calibration._calibrators import Beta, calibrate, fit_calibrators
from tabkit.calibration._likelihood import fit_inverse_temperature, fit_logistic


def made_up(seed: int, n_rows: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-odds, labels and weights that sum to the number of rows."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-1, 2, n_rows)
    is_positive = rng.random(n_rows) < expit(0.4 * log_odds + 1)
    weight = rng.random(n_rows) + 0.1
    return log_odds, is_positive, weight / weight.mean()


def features_of(log_odds: np.ndarray, n_features: int) -> np.ndarray:
    return log_odds[:, np.newaxis] if n_features == 1 else Beta._features(log_odds)


def masses(is_positive: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Platt's smoothed targets and the rest of them, times the weights."""
    n_positive, n_negative = weight[is_positive].sum(), weight[~is_positive].sum()
    toward = np.where(is_positive, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    against = np.where(is_positive, 1 / (n_positive + 2), (n_negative + 1) / (n_negative + 2))
    return weight * toward, weight * against


def assert_optimal(
    features: np.ndarray,
    is_positive: np.ndarray,
    weight: np.ndarray,
    *,
    nonnegative: bool,
    rounding: float = 1e-12,
) -> None:
    """Derivatives vanish; of a slope on the edge it may point outwards. Both suffice for a convex loss."""
    slopes, intercept = fit_logistic(features, is_positive, weight, nonnegative=nonnegative)
    positive, negative = masses(is_positive, weight)
    log_odds = features @ slopes + intercept
    residual = negative * expit(log_odds) - positive * expit(-log_odds)
    assert abs(residual.sum()) <= rounding * abs(residual).sum()
    for slope, feature in zip(slopes, features.T, strict=True):
        derivative, size = residual @ feature, abs(residual) @ abs(feature)
        if nonnegative and slope == 0:
            assert derivative >= -rounding * size
        else:
            assert abs(derivative) <= rounding * size
            assert slope > 0 or not nonnegative


@pytest.mark.parametrize("n_features", [1, 2])
@pytest.mark.parametrize("seed", range(5))
def test_it_finds_what_scipy_finds(seed: int, n_features: int) -> None:
    log_odds, is_positive, weight = made_up(seed)
    features = features_of(log_odds, n_features)
    design = np.column_stack([features, np.ones(len(features))])
    positive, negative = masses(is_positive, weight)

    def gradient(parameters: np.ndarray) -> np.ndarray:
        said = design @ parameters
        return design.T @ (negative * expit(said) - positive * expit(-said))

    def hessian(parameters: np.ndarray) -> np.ndarray:
        said = design @ parameters
        return design.T @ ((weight * expit(said) * expit(-said))[:, np.newaxis] * design)

    expected = root(gradient, np.zeros(n_features + 1), jac=hessian, tol=1e-14).x
    slopes, intercept = fit_logistic(features, is_positive, weight, nonnegative=False)
    np.testing.assert_allclose([*slopes, intercept], expected, rtol=1e-10)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("n_features", [1, 2])
@pytest.mark.parametrize("n_rows", [10, 300, 100_000])
def test_nothing_is_left_to_gain(n_rows: int, n_features: int, sign: int) -> None:
    log_odds, is_positive, weight = made_up(0, n_rows)
    for nonnegative in (True, False):
        features = sign * features_of(log_odds, n_features)
        assert_optimal(features, is_positive, weight, nonnegative=nonnegative)


@pytest.mark.parametrize("n_features", [1, 2])
def test_nothing_is_left_to_gain_where_scores_separate_the_classes(n_features: int) -> None:
    log_odds, _, weight = made_up(0)
    features = features_of(log_odds, n_features)
    # Large slopes and rows near the step: the rounding of the log-odds weighs more.
    assert_optimal(features, log_odds > 0, weight, nonnegative=True, rounding=1e-10)
    assert_optimal(-features, log_odds > 0, weight, nonnegative=True, rounding=1e-10)


@pytest.mark.parametrize("n_features", [1, 2])
def test_nothing_is_left_to_gain_from_extreme_log_odds(n_features: int) -> None:
    log_odds, is_positive, weight = made_up(0)
    sure = np.where(is_positive, 1e3, -1e3) * np.where(np.arange(300) % 10 > 0, 1, -1)
    outlier = log_odds.copy()
    outlier[0] = 1e8
    for extreme in (sure, sure + log_odds, outlier, -outlier, 1e6 + log_odds):
        # Of features around 1e6 six digits are gone before the solver sees them.
        assert_optimal(features_of(extreme, n_features), is_positive, weight, nonnegative=True, rounding=1e-9)


@pytest.mark.parametrize("count", [1.0, 1e3, 1e6, 1e16])
def test_two_scores_have_a_closed_form_even_where_they_separate(count: float) -> None:
    scores, is_positive = np.array([-1.0, 3.0]), np.array([False, True])
    (slope,), intercept = fit_logistic(
        scores[:, np.newaxis], is_positive, np.full(2, count), nonnegative=True
    )
    assert slope == pytest.approx(2 * np.log(count + 1) / 4, rel=1e-12)
    assert intercept == pytest.approx(-np.log(count + 1) / 2, rel=1e-12)


def test_two_scores_with_both_labels_have_a_closed_form() -> None:
    scores, is_positive = np.repeat([0.5, 2.0], 30), np.arange(60) % 30 < np.repeat([7, 21], 30)
    positive, negative = masses(is_positive, np.ones(60))
    low, high = np.log(positive.reshape(2, 30).sum(axis=1) / negative.reshape(2, 30).sum(axis=1))
    (slope,), intercept = fit_logistic(scores[:, np.newaxis], is_positive, np.ones(60), nonnegative=True)
    assert slope == pytest.approx((high - low) / 1.5, rel=1e-12)
    assert intercept == pytest.approx(low - 0.5 * (high - low) / 1.5, rel=1e-12)


@pytest.mark.parametrize("n_features", [1, 2])
def test_a_constant_feature_and_a_single_class_leave_an_intercept(n_features: int) -> None:
    log_odds, is_positive, weight = made_up(0, 60)
    positive, negative = masses(is_positive, weight)
    slopes, intercept = fit_logistic(np.full((60, n_features), 0.1), is_positive, weight, nonnegative=True)
    assert slopes == (0.0,) * n_features
    assert intercept == pytest.approx(np.log(positive.sum() / negative.sum()), rel=1e-12)
    for one_class, sign in ((np.ones(60, bool), 1), (np.zeros(60, bool), -1)):
        slopes, intercept = fit_logistic(
            features_of(log_odds, n_features), one_class, weight, nonnegative=False
        )
        assert slopes == (0.0,) * n_features
        assert intercept == pytest.approx(sign * np.log(61), rel=1e-12)


def test_features_that_say_the_same_share_what_one_would_say() -> None:
    log_odds, is_positive, weight = made_up(0)
    (slope,), intercept = fit_logistic(log_odds[:, np.newaxis], is_positive, weight, nonnegative=True)
    both = np.column_stack([log_odds, 5 - 2 * log_odds])
    slopes, offset = fit_logistic(both, is_positive, weight, nonnegative=False)
    np.testing.assert_allclose(both @ slopes + offset, slope * log_odds + intercept, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("method", ["temperature", "sigmoid", "beta", "isotonic"])
class TestWeights:
    """Predictions for the same rows, from calibrators that must be the same up to rounding."""

    def proba_by_columns(
        self, method: str, n_classes: int, rows: np.ndarray, weight: np.ndarray
    ) -> np.ndarray:
        rng = np.random.default_rng(0)
        log_odds = rng.normal(-1, 2, (80, 1 if n_classes == 2 else n_classes))
        codes = np.where(rng.random(80) < 0.6, log_odds.argmax(axis=1), rng.integers(0, n_classes, 80))
        return calibrate(fit_calibrators(method, log_odds[rows], codes[rows], weight), log_odds)

    def test_whole_weights_are_repetitions(self, method: str, n_classes: int) -> None:
        counts = np.random.default_rng(1).integers(1, 5, 80)
        weighted = self.proba_by_columns(method, n_classes, np.arange(80), counts.astype(float))
        repeated = self.proba_by_columns(
            method, n_classes, np.repeat(np.arange(80), counts), np.ones(counts.sum())
        )
        np.testing.assert_allclose(weighted, repeated, rtol=1e-11)

    def test_small_weights_say_how_rows_compare(self, method: str, n_classes: int) -> None:
        weight = np.random.default_rng(1).random(80) + 0.1
        shares = self.proba_by_columns(method, n_classes, np.arange(80), weight / weight.sum())
        counts = self.proba_by_columns(method, n_classes, np.arange(80), weight / weight.mean())
        np.testing.assert_allclose(shares, counts, rtol=1e-11)

    def test_the_order_of_the_rows_does_not_matter(self, method: str, n_classes: int) -> None:
        rng = np.random.default_rng(1)
        weight, order = rng.random(80) + 0.1, rng.permutation(80)
        as_they_come = self.proba_by_columns(method, n_classes, np.arange(80), weight)
        shuffled = self.proba_by_columns(method, n_classes, order, weight[order])
        np.testing.assert_allclose(as_they_come, shuffled, rtol=1e-11)


@pytest.mark.parametrize("n_right", [31, 45, 59])
def test_the_temperature_of_one_gap_has_a_closed_form(n_right: int) -> None:
    codes = np.arange(60) % 2
    gap = np.where(np.arange(60) < n_right, 2.5, -2.5) * (2 * codes - 1)
    found = fit_inverse_temperature(np.column_stack([-gap / 2, gap / 2]), codes, np.ones(60))
    assert found == pytest.approx(logit(n_right / 60) / 2.5, rel=1e-12)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("n_classes", [2, 5])
def test_the_temperature_is_where_the_derivative_vanishes(n_classes: int, scale: float) -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(size=(500, n_classes))
    codes = np.array([rng.choice(n_classes, p=proba) for proba in softmax(true, axis=1)])
    weight = rng.random(500)

    def derivative(factor: float) -> float:
        mean = (softmax(factor * scale * true, axis=1) * scale * true).sum(axis=1)
        return float(weight @ (mean - scale * true[np.arange(500), codes]))

    expected = brentq(derivative, 0.1 / scale, 10 / scale, xtol=1e-14 / scale, rtol=1e-14)
    assert fit_inverse_temperature(scale * true, codes, weight) == pytest.approx(expected, rel=1e-11)


def test_the_temperature_stays_within_its_bounds() -> None:
    codes = np.arange(60) % 2
    right = np.eye(2)[codes]
    assert fit_inverse_temperature(right, codes, np.ones(60)) == np.exp(10.0)
    assert fit_inverse_temperature(1e8 * right, codes, np.ones(60)) == np.exp(10.0)
    assert fit_inverse_temperature(-right, codes, np.ones(60)) == np.exp(-10.0)
    assert fit_inverse_temperature(np.full((60, 2), 3.0), codes, np.ones(60)) == 1.0

"""Calibrators against general-purpose optimisers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, log_expit, softmax

from tabkit.calibration._calibrators import Beta, Sigmoid, Temperature, calibrate, fit_calibrators


def made_up(seed: int, n_rows: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-1, 2, n_rows)
    is_positive = rng.random(n_rows) < expit(0.4 * log_odds + 1)
    weight = rng.random(n_rows) + 0.1
    return log_odds, is_positive, weight / weight.mean()


def best(loss: Callable[[np.ndarray], float], n: int, bounds: list) -> float:
    return min(
        minimize(loss, start, bounds=bounds, method="L-BFGS-B", options={"ftol": 1e-14, "gtol": 1e-9}).fun
        for start in (np.zeros(n), np.ones(n))
    )


def smoothed(is_positive: np.ndarray, weight: np.ndarray) -> np.ndarray:
    positive, negative = weight[is_positive].sum(), weight[~is_positive].sum()
    return np.where(is_positive, (positive + 1) / (positive + 2), 1 / (negative + 2))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("seed", range(5))
def test_sigmoid_and_beta_are_most_likely_within_their_bounds(seed: int, sign: int) -> None:
    """With the sign turned the best slopes are on the edge."""
    log_odds, is_positive, weight = made_up(seed)
    log_odds = sign * log_odds
    target = smoothed(is_positive, weight)

    def loss_of(said: np.ndarray) -> float:
        return float(-(weight * (target * log_expit(said) + (1 - target) * log_expit(-said))).sum())

    sigmoid = Sigmoid.fit(log_odds, is_positive, weight)
    found = loss_of(sigmoid.slope * log_odds + sigmoid.intercept)
    expected = best(lambda p: loss_of(p[0] * log_odds + p[1]), 2, [(0, None), (None, None)])
    assert found == pytest.approx(expected, rel=1e-6)
    assert sigmoid.slope >= 0

    beta = Beta.fit(log_odds, is_positive, weight)
    features = log_expit(log_odds), -log_expit(-log_odds)
    found = loss_of(beta.a * features[0] + beta.b * features[1] + beta.c)
    bounds = [(0, None), (0, None), (None, None)]
    expected = best(lambda p: loss_of(p[0] * features[0] + p[1] * features[1] + p[2]), 3, bounds)
    assert found == pytest.approx(expected, rel=1e-6)
    assert min(beta.a, beta.b) >= 0
    np.testing.assert_allclose(
        beta.predict(log_odds), expit(beta.a * features[0] + beta.b * features[1] + beta.c)
    )


@pytest.mark.parametrize("n_classes", [2, 4])
def test_temperature_is_most_likely(n_classes: int) -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(size=(500, n_classes))
    codes = np.array([rng.choice(n_classes, p=p) for p in softmax(true, axis=1)])
    proba = softmax(2.5 * true, axis=1)
    log_odds = np.log(proba / (1 - proba))
    log_odds = log_odds[:, 1:] if n_classes == 2 else log_odds
    found = Temperature.fit(log_odds, codes, np.ones(500))

    def loss(parameter: np.ndarray) -> float:
        scaled = softmax(np.log(proba) / parameter[0], axis=1)
        return float(-np.log(scaled[np.arange(500), codes]).mean())

    expected = minimize(loss, [1.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12})
    assert found.temperature == pytest.approx(expected.x[0], rel=1e-4)
    same = Temperature(1.0).predict_proba(log_odds)
    np.testing.assert_allclose(same, proba, atol=1e-12)


def test_the_temperature_stays_positive_where_the_ranking_is_upside_down() -> None:
    log_odds, is_positive, weight = made_up(0)
    found = Temperature.fit(-log_odds.reshape(-1, 1), is_positive.astype(int), weight)
    assert 1 < found.temperature < np.exp(10.1)


@pytest.mark.parametrize("method", ["temperature", "sigmoid", "beta", "isotonic"])
def test_extreme_and_constant_scores_give_finite_probabilities(method: str) -> None:
    codes = np.arange(60) % 2
    for log_odds in (
        np.zeros((60, 1)),
        np.where(codes, 1e8, -1e8)[:, None],
        np.where(codes, 1e-8, 0.0)[:, None],
    ):
        proba = calibrate(fit_calibrators(method, log_odds, codes, np.ones(60)), log_odds)
        assert np.isfinite(proba).all()
        np.testing.assert_allclose(proba.sum(axis=1), 1)


@pytest.mark.parametrize("method", ["sigmoid", "beta", "isotonic"])
def test_a_class_that_never_came_true_is_unlikely_and_possible(method: str) -> None:
    log_odds = np.random.default_rng(0).normal(size=(90, 3))
    codes = np.arange(90) % 2
    proba = calibrate(fit_calibrators(method, log_odds, codes, np.ones(90)), log_odds)
    assert ((proba[:, 2] > 0) & (proba[:, 2] < 0.05)).all()

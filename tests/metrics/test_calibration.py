"""Calibration error and the parts of the Brier score, against slow plain versions and closed forms."""

from __future__ import annotations

import dataclasses
import itertools
import warnings

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from tabkit import InputError
from tabkit.metrics import (
    METRICS,
    bootstrap_interval,
    brier_decomposition,
    class_calibration_errors,
    expected_calibration_error,
    metrics_for,
)


def made_up(n_classes: int, n_rows: int = 500) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n_classes)
    proba = rng.dirichlet(np.ones(n_classes), n_rows).round(2)
    proba[:, -1] = 1 - proba[:, :-1].sum(axis=1)
    return rng.integers(0, n_classes, n_rows), np.clip(proba, 0, 1)


def slow_error(came_true: np.ndarray, proba: np.ndarray, edges: np.ndarray) -> float:
    """Bins from one edge, left out, to the next."""
    error = 0.0
    for low, high in itertools.pairwise(edges):
        inside = (proba > low) & (proba <= high)
        if inside.any():
            error += inside.mean() * abs(proba[inside].mean() - came_true[inside].mean())
    return error


EDGES = np.linspace(0, 1, 11)
EDGES[0] = -1


def test_binary_error_equals_the_slow_one() -> None:
    y, proba = made_up(2)
    expected = slow_error(y == 1, proba[:, 1], EDGES)
    assert expected_calibration_error(y, proba) == pytest.approx(expected, rel=1e-12)
    assert expected_calibration_error(y, proba[:, 1]) == pytest.approx(expected, rel=1e-12)


def test_bins_are_those_of_scikit_learns_curve() -> None:
    y, proba = made_up(2)
    true, said = calibration_curve(y, proba[:, 1], n_bins=10)
    _, counts = np.unique(np.searchsorted(np.linspace(0, 1, 11)[1:-1], proba[:, 1]), return_counts=True)
    expected = (counts / counts.sum()) @ abs(true - said)
    assert expected_calibration_error(y, proba) == pytest.approx(expected, rel=1e-12)


def test_kinds_of_error_with_several_classes() -> None:
    y, proba = made_up(3)
    top = slow_error(proba.argmax(axis=1) == y, proba.max(axis=1), EDGES)
    by_class = [slow_error(y == code, proba[:, code], EDGES) for code in range(3)]
    assert expected_calibration_error(y, proba) == pytest.approx(top, rel=1e-12)
    assert expected_calibration_error(y, proba, kind="classwise") == pytest.approx(np.mean(by_class))
    names = np.array(["x", "y", "z"])
    errors = class_calibration_errors(names[y], proba)
    assert errors == pytest.approx(dict(zip(names.tolist(), by_class, strict=True)))


def test_bins_of_equal_mass_hold_equal_numbers() -> None:
    rng = np.random.default_rng(0)
    p = rng.beta(0.5, 20, 1000)
    y = (rng.random(1000) < p).astype(int)
    blocks = np.argsort(p).reshape(10, 100)
    expected = np.mean([abs(p[block].mean() - y[block].mean()) for block in blocks])
    assert expected_calibration_error(y, p, strategy="quantile") == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
def test_weights_are_repetitions(strategy: str) -> None:
    y, proba = made_up(3, 200)
    weight = np.random.default_rng(0).integers(0, 4, 200)
    rows = np.repeat(np.arange(200), weight)
    weighted = expected_calibration_error(y, proba, strategy=strategy, sample_weight=weight)
    assert weighted == pytest.approx(expected_calibration_error(y[rows], proba[rows], strategy=strategy))
    parts = brier_decomposition(y, proba, strategy=strategy, sample_weight=weight)
    repeated = brier_decomposition(y[rows], proba[rows], strategy=strategy)
    assert dataclasses.asdict(parts) == pytest.approx(dataclasses.asdict(repeated))


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
@pytest.mark.parametrize("n_bins", [1, 3, 10])
def test_parts_sum_to_the_brier_score(n_classes: int, strategy: str, n_bins: int) -> None:
    y, proba = made_up(n_classes)
    parts = brier_decomposition(y, proba, n_bins=n_bins, strategy=strategy)
    assert parts.brier == pytest.approx(METRICS["brier"].compute(y, proba, range(n_classes)), abs=1e-12)
    assert min(parts.reliability, parts.resolution, parts.uncertainty, parts.within_variance) >= 0


def test_parts_are_murphys_where_each_bin_holds_one_probability() -> None:
    said = np.repeat([0.1, 0.3, 0.8], [50, 30, 20])
    y = np.concatenate([np.arange(50) < 10, np.arange(30) < 6, np.arange(20) < 19]).astype(int)
    share = 35 / 100
    true = np.array([0.2, 0.2, 0.95])
    weight = np.array([0.5, 0.3, 0.2])
    parts = brier_decomposition(y, said)
    assert parts.reliability == pytest.approx(weight @ (np.array([0.1, 0.3, 0.8]) - true) ** 2)
    assert parts.resolution == pytest.approx(weight @ (true - share) ** 2)
    assert parts.uncertainty == pytest.approx(share * (1 - share))
    assert parts.within_variance == pytest.approx(0, abs=1e-15)
    assert parts.within_covariance == pytest.approx(0, abs=1e-15)


def test_a_constant_of_the_right_share_is_reliable_and_tells_nothing_apart() -> None:
    parts = brier_decomposition([0, 0, 0, 1] * 10, np.full(40, 0.25))
    assert (parts.reliability, parts.resolution) == pytest.approx((0, 0), abs=1e-15)
    assert (parts.brier, parts.uncertainty) == pytest.approx((0.1875, 0.1875))


def test_interval_of_a_mean_is_that_of_theory() -> None:
    y = (np.arange(1000) < 300).astype(float)
    low, high = bootstrap_interval(
        lambda truth, _, sample_weight: np.average(truth, weights=sample_weight), y, y, n_resamples=2000
    )
    half = 1.96 * np.sqrt(0.3 * 0.7 / 1000)
    assert (low, high) == pytest.approx((0.3 - half, 0.3 + half), abs=0.003)


def test_whole_groups_are_drawn() -> None:
    """Ten groups of a hundred equal rows say as little as ten rows."""
    y = np.repeat(np.arange(10) % 2, 100).astype(float)

    def mean(truth: np.ndarray, _: np.ndarray, sample_weight: np.ndarray) -> float:
        assert (sample_weight.reshape(10, 100) == sample_weight[::100, None]).all(), "a group was torn"
        return float(np.average(truth, weights=sample_weight))

    low, high = bootstrap_interval(mean, y, y, groups=np.repeat(list("abcdefghij"), 100))
    assert high - low > 0.4
    low, high = bootstrap_interval(lambda t, _, sample_weight: np.average(t, weights=sample_weight), y, y)
    assert high - low < 0.1


def test_intervals_of_the_parts_hold_the_parts_and_survive_a_rare_class() -> None:
    y, proba = made_up(3, 200)
    y[y == 2] = 1
    y[0] = 2
    parts = brier_decomposition(y, proba, n_resamples=300)
    assert parts.intervals is not None
    for name in ("uncertainty", "within_variance", "brier"):
        low, high = parts.intervals[name]
        assert low < getattr(parts, name) < high
    assert parts.intervals == brier_decomposition(y, proba, n_resamples=300).intervals
    assert brier_decomposition(y, proba).intervals is None


def test_probabilities_that_labels_were_drawn_from_have_a_small_error() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(50_000)
    y = (rng.random(50_000) < p).astype(int)
    assert expected_calibration_error(y, p) < 0.01
    assert expected_calibration_error(y, p**2) == pytest.approx(1 / 6, abs=0.01)  # the integral of p - p²


def test_metric_is_known_by_name_and_shown_on_request_only() -> None:
    y, proba = made_up(3)
    metric = METRICS["calibration_error"]
    assert not metric.greater_is_better
    value = metric.compute(y, proba, ("a", "b", "c"))
    assert value == expected_calibration_error(y, proba, strategy="quantile")
    assert metric not in metrics_for("binary")
    assert metric in metrics_for("binary", requested=("calibration_error",))
    assert metric not in metrics_for("regression", requested=("calibration_error",))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 1], [[0.5, 0.5]]), "1 row for 2 labels"),
        (([0, 1], [0.5, 1.5]), "expected probabilities from 0 to 1"),
        (([0, 1], [0.5, np.nan]), "expected probabilities from 0 to 1"),
        (([0, 1], [[0.9, 0.9], [0.1, 0.1]]), "rows summing to 1"),
        (([0, 1, 2], [0.5, 0.5, 0.5]), "2 columns for 3 labels: pass labels=model.classes_"),
        (([], []), "0 rows"),
    ],
)
def test_what_does_not_fit_together_is_named(arguments: tuple, message: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for function in (expected_calibration_error, class_calibration_errors, brier_decomposition):
            with pytest.raises(InputError, match=message):
                function(*arguments)


def test_options_that_do_not_exist_are_named() -> None:
    with pytest.raises(InputError, match=r"kind='top': choose one of 'auto'"):
        expected_calibration_error([0, 1], [0.5, 0.5], kind="top")
    with pytest.raises(InputError, match="strategy='even': expected at least 1 bin"):
        brier_decomposition([0, 1], [0.5, 0.5], strategy="even")
    with pytest.raises(InputError, match="label 'c' is not among labels"):
        expected_calibration_error(["a", "c"], [0.5, 0.5], labels=["a", "b"])
    with pytest.raises(InputError, match="n_resamples=0"):
        bootstrap_interval(expected_calibration_error, [0, 1], [0.5, 0.5], n_resamples=0)

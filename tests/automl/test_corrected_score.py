"""Weights, the score that they may be believed for, and who is given up after a fold."""

from __future__ import annotations

import numpy as np
import pytest

from tabkit.automl._out_of_fold import OutOfFold, row_losses
from tabkit.automl._portfolio import PORTFOLIOS
from tabkit.automl._weights import blend, choose_weights, correct_score, score_of
from tabkit.data import Task
from tabkit.metrics import get_metric

VALUES = Task("regression", metric="rmse")
CLASSES = Task("binary", classes=("no", "yes"), metric="log_loss")


def make_noise(n_candidates: int, n_rows: int, spread: float = 0.3) -> OutOfFold:
    """Candidates that know nothing of the target."""
    rng = np.random.default_rng(0)
    predicted = spread * rng.normal(size=(n_candidates, n_rows, 1))
    names = tuple(f"c{number}" for number in range(n_candidates))
    return OutOfFold(names, np.arange(n_rows), predicted, rng.normal(size=n_rows))


def test_the_score_is_that_of_rows_which_did_not_choose() -> None:
    noise, metric = make_noise(40, 120), get_metric("rmse")
    weights = choose_weights(noise, VALUES, metric, n_kept=40)
    flattering = score_of(metric, noise.truth, blend(noise, weights), VALUES)
    corrected = correct_score(noise, VALUES, metric)
    # On other rows the error is that of the target and of the noise that the weights let through.
    truly = np.sqrt(noise.truth.var() + 0.09 * sum(weight**2 for weight in weights.values()))
    assert flattering < truly
    assert abs(corrected.score - truly) < abs(flattering - truly)
    assert corrected.optimism > 0
    assert corrected.interval[0] < corrected.score < corrected.interval[1]


def test_the_interval_holds_whole_groups_apart() -> None:
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(30), 20)
    truth = rng.normal(size=30)[groups]
    alone = OutOfFold(("zero",), np.arange(600), np.zeros((1, 600, 1)), truth)
    metric = get_metric("rmse")
    wide = correct_score(alone, VALUES, metric, groups=groups).interval
    narrow = correct_score(alone, VALUES, metric).interval
    # Thirty values tell less than six hundred.
    assert np.diff(wide) > 2.5 * np.diff(narrow)


@pytest.mark.parametrize(("n_rows", "most"), [(100, 3), (1000, 9), (5000, 18)])
def test_few_rows_choose_among_few(n_rows: int, most: int) -> None:
    weights = choose_weights(make_noise(30, n_rows), VALUES, get_metric("rmse"))
    assert 0 < sum(weight > 0 for weight in weights.values()) <= most
    assert sum(weights.values()) == pytest.approx(1)


def test_a_metric_of_labels_and_one_of_ranks_choose_too() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(2, size=300)
    good = np.clip(0.5 + 0.3 * (2 * truth - 1) + 0.3 * rng.normal(size=300), 0.01, 0.99)
    bad = rng.uniform(0.01, 0.99, 300)
    predicted = np.stack([np.column_stack([1 - p, p]) for p in (bad, good)])
    both = OutOfFold(("bad", "good"), np.arange(300), predicted, truth)
    for name in ("accuracy", "roc_auc", "log_loss"):
        metric = get_metric(name)
        weights = choose_weights(both, CLASSES, metric)
        assert weights["good"] > weights["bad"]
        own = score_of(metric, truth, blend(both, {"bad": 0.0, "good": 1.0}), CLASSES)
        got = score_of(metric, truth, blend(both, weights), CLASSES)
        assert got >= own if metric.greater_is_better else got <= own


def test_losses_of_rows_are_log_loss_and_squared_error() -> None:
    predicted = np.array([[[0.2, 0.8], [0.6, 0.4]]])
    found = row_losses(OutOfFold(("a",), np.arange(2), predicted, np.array([1, 1])), CLASSES)
    np.testing.assert_allclose(found, -np.log([[0.8, 0.4]]))
    values = OutOfFold(("a",), np.arange(2), np.array([[[1.0], [3.0]]]), np.array([2.0, 5.0]))
    np.testing.assert_allclose(row_losses(values, VALUES), [[1.0, 4.0]])


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_every_entry_of_every_portfolio_can_be_built(kind: str) -> None:
    task = Task(kind, classes=("a", "b", "c")[: {"binary": 2, "multiclass": 3, "regression": 0}[kind]])
    for entries in PORTFOLIOS.values():
        names = [entry.name for entry in entries]
        assert len(set(names)) == len(names)
        for entry in entries:
            model = entry.build(task, 0)["model"]
            assert {name: model.get_params()[name] for name in entry.settings} == entry.settings

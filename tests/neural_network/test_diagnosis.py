"""What is said about a training, and the learning rate that is suggested."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tabkit.neural_network import TabularMLPClassifier
from tabkit.neural_network._diagnosis import diagnose_history
from tabkit.neural_network._learning_rate_curve import smooth_curve

EPOCHS = np.arange(60)
FALLING = 0.3 + 0.7 * 0.9**EPOCHS


@pytest.mark.parametrize(
    ("train", "valid", "verdict"),
    [
        (FALLING, FALLING + 0.01, "healthy"),
        (0.98**EPOCHS, 0.4 + 0.0005 * (EPOCHS - 15) ** 2, "overfits"),
        (1 - 0.01 * EPOCHS, 1 - 0.009 * EPOCHS, "stopped too soon"),
        (0.69 + 0.0001 * FALLING, np.full(60, 0.69), "underfits"),
        (1 + 0.3 * (-1.0) ** EPOCHS, FALLING, "unsteady"),
        (0.5 + 0.002 * EPOCHS**2, 0.5 + 0.003 * EPOCHS**2, "diverges"),
        (np.where(EPOCHS, 0.9**EPOCHS, 1e4), np.where(EPOCHS, FALLING, 1e4), "healthy"),
        (1e-6 + 0.8**EPOCHS + 4e-6 * (EPOCHS > 55), FALLING, "healthy"),
        (FALLING[:3], FALLING[:3], "unknown"),
        (FALLING, np.full(60, np.nan), "unknown"),
    ],
)
def test_verdict(train: np.ndarray, valid: np.ndarray, verdict: str) -> None:
    diagnosis = diagnose_history(pd.DataFrame({"train_loss": train, "valid_loss": valid}))
    assert diagnosis.verdict == verdict
    assert str(diagnosis).startswith(f"{verdict}: ")
    assert (diagnosis.advice == "") == (verdict == "healthy")


def test_suggestion_is_where_the_loss_falls() -> None:
    rates = np.geomspace(1e-6, 10, 120)
    losses = 1.0 - 0.8 / (1 + np.exp(-3 * (np.log10(rates) + 3))) + np.where(rates > 0.5, 50 * rates, 0)
    curve = smooth_curve(rates.tolist(), losses.tolist())
    assert 1e-3 < curve.suggestion < 1e-1
    assert max(curve.learning_rates) < 1.5
    assert list(curve.frame()) == ["learning_rate", "loss"]


def test_learning_rate_of_a_model() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 4))
    y = (X[:, 0] > 0).astype(int)
    model = TabularMLPClassifier(random_state=0, n_jobs=1)
    curve = model.find_learning_rate(X, y, highest=100.0)
    assert 1e-5 < curve.suggestion < 1.0
    assert not hasattr(model, "network_")
    assert (
        TabularMLPClassifier(learning_rate=curve.suggestion, max_epochs=15, random_state=0, n_jobs=1)
        .fit(X, y)
        .score(X, y)
        > 0.9
    )


def test_a_rate_too_high_is_told() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 3)), rng.integers(0, 2, 400)
    model = TabularMLPClassifier(learning_rate=1.0, max_epochs=10, patience=20, refit=False, random_state=0)
    assert model.fit(X, y).diagnose().verdict in ("diverges", "unsteady")


@pytest.mark.parametrize("seed", range(3))
def test_suggestion_is_one_of_the_rates(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(200, 3)), rng.integers(0, 2, 200)
    model = TabularMLPClassifier(batch_size=32, random_state=seed, n_jobs=1)
    curve = model.find_learning_rate(X, y, lowest=1e-5, n_steps=20)
    assert 1e-5 <= curve.suggestion <= 1.0


def test_a_rate_that_is_scaled_with_the_batch_is_found_before_scaling() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 4))
    y = (X[:, 0] > 0).astype(int)
    settings = {"batch_size": 64, "random_state": 0, "n_jobs": 1}
    plain = TabularMLPClassifier(**settings).find_learning_rate(X, y, lowest=1e-4, highest=1e-2)
    scaled = TabularMLPClassifier(**settings, scale_learning_rate=True)
    curve = scaled.find_learning_rate(X, y, lowest=2e-4, highest=2e-2)
    assert np.allclose(curve.losses, plain.losses)
    assert curve.suggestion == pytest.approx(2 * plain.suggestion)

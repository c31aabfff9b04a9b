"""What can be learnt from rows without a target."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from tabkit import InputError
from tabkit.neural_network import TabularMLPClassifier, TabularPretrainer
from tabkit.neural_network._training._pretraining import corrupt
from tabkit.neural_network._training._rows import TensorRows

SETTINGS: dict[str, Any] = {"hidden_sizes": (64, 64), "n_jobs": 1, "random_state": 0}


def table(n_rows: int, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Columns that all come from two hidden factors; the target is one of them."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n_rows, 2))
    noise = rng.normal(size=(n_rows, 8))
    mixed = np.sin(hidden @ np.random.default_rng(1).normal(size=(2, 8))) + 0.5 * noise
    frame = pd.DataFrame(mixed, columns=[f"x{column}" for column in range(8)])
    frame["kind"] = np.where(hidden[:, 0] + 0.5 * noise[:, 0] > 0, "u", "v")
    return frame, np.where(hidden[:, 1] > 0, "yes", "no")


@pytest.mark.parametrize("method", ["vime", "scarf"])
def test_losses_fall_and_the_weights_can_be_started_from(method: str) -> None:
    X, y = table(600)
    pretrained = TabularPretrainer(method=method, max_epochs=15, **SETTINGS).fit(X)
    # The contrast begins near the logarithm of the batch, and cannot fall far in so few epochs.
    assert pretrained.losses_[-1] < {"vime": 0.95, "scarf": 0.96}[method] * pretrained.losses_[0]
    loaded = pickle.loads(pickle.dumps(pretrained))
    quick: dict[str, Any] = {"max_epochs": 1, "learning_rate": 1e-9, "early_stopping": False}
    for start in (pretrained, loaded):
        model = TabularMLPClassifier(**SETTINGS, **quick, start_from=start).fit(X, y)
        own, given = model.network_.state_dict(), pretrained.network_.state_dict()
        torch.testing.assert_close(own["trunk.blocks.0.linear.weight"], given["trunk.blocks.0.linear.weight"])


def test_corruption_takes_values_of_other_rows_at_its_share() -> None:
    generator = torch.Generator().manual_seed(0)
    numbers = torch.arange(4_000.0).reshape(1_000, 4)
    codes = torch.arange(1_000).reshape(-1, 1)
    corrupted, mask = corrupt(TensorRows(numbers, codes), 0.3, generator)
    changed = torch.cat([corrupted.numbers != numbers, corrupted.codes != codes], dim=1)
    assert torch.equal(changed.float(), mask)
    assert mask.mean().item() == pytest.approx(0.3, abs=0.03)  # 5,000 draws: standard deviation 0.0065
    assert set(corrupted.numbers[:, 2].tolist()) <= set(numbers[:, 2].tolist())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "mae"}, "'method' parameter of TabularPretrainer"),
        ({"corruption": 1.0}, "'corruption' parameter"),
        ({"max_epochs": 0}, "'max_epochs' parameter"),
    ],
)
def test_parameters_that_cannot_be_used(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        TabularPretrainer(**options).fit(table(20)[0])

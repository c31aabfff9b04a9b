"""Training that starts from another network's weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from tabkit import InputError
from tabkit.neural_network import TabularMLPClassifier, TabularMLPRegressor

SETTINGS: dict[str, Any] = {"hidden_sizes": (32, 32), "n_jobs": 1, "random_state": 0}


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(1_500, 6)), columns=list("abcdef"))
    frame["kind"] = rng.choice(["u", "v", "w"], 1_500)
    return frame, (frame["a"] * frame["b"] + (frame["kind"] == "v") + np.sin(3 * frame["c"])).to_numpy()


@pytest.fixture(scope="module")
def source(table: Any) -> TabularMLPRegressor:
    X, y = table
    return TabularMLPRegressor(**SETTINGS, max_epochs=60).fit(X[:1_200], y[:1_200])


@pytest.mark.slow
def test_few_rows_of_a_related_target_learn_more_from_a_start(source: Any, table: Any) -> None:
    X, y = table
    few, labels = slice(1_200, 1_240), np.where(y > 0.5, "high", "low")
    quick: dict[str, Any] = {"max_epochs": 100, "early_stopping": False, "learning_rate": 0.02}
    plain = TabularMLPClassifier(**SETTINGS, **quick).fit(X[few], labels[few])
    parts = ("embeddings", "trunk")
    started = TabularMLPClassifier(**SETTINGS, **quick, start_from=source, frozen=parts).fit(
        X[few], labels[few]
    )
    assert started.score(X[1_240:], labels[1_240:]) > plain.score(X[1_240:], labels[1_240:]) + 0.05


@pytest.mark.parametrize(("frozen", "moves"), [(("embeddings", "trunk"), False), (("embeddings",), True)])
def test_frozen_parts_keep_their_weights(frozen: Any, moves: bool, source: Any, table: Any) -> None:
    X, y = table
    model = TabularMLPRegressor(**SETTINGS, max_epochs=3, start_from=source, frozen=frozen).fit(X, -y)
    before, after = source.network_.state_dict(), model.network_.state_dict()
    for name in before:
        if name.startswith(("numeric", "categorical", "input_scale")):
            assert torch.equal(before[name], after[name]), name
        elif name.startswith("trunk") and name.endswith("weight"):
            assert torch.equal(before[name], after[name]) != moves, name
    assert not torch.equal(before["head.weight"], after["head.weight"])
    assert all(parameter.requires_grad for parameter in model.network_.parameters())


def test_parts_are_unfrozen_one_after_the_other(source: Any, table: Any) -> None:
    X, y = table
    both = ("embeddings", "trunk")
    settings = SETTINGS | {"max_epochs": 3, "early_stopping": False, "schedule": "constant"}
    model = TabularMLPRegressor(**settings, start_from=source, frozen=both, unfreeze_after=1).fit(X, -y)
    before, after = source.network_.state_dict(), model.network_.state_dict()
    names = [name for name in after if name.startswith("numeric") or name == "trunk.blocks.0.linear.weight"]
    assert len(names) >= 2
    assert not any(torch.equal(before[name], after[name]) for name in names)


def test_start_from_other_columns_is_refused(source: Any, table: Any) -> None:
    X, y = table
    with pytest.raises(InputError, match="start_from was fitted on the columns"):
        TabularMLPRegressor(**SETTINGS, start_from=source).fit(X.rename(columns={"a": "z"}), y)
    with pytest.raises(InputError, match="expected a fitted network of tabkit"):
        TabularMLPRegressor(**SETTINGS, start_from="a file").fit(X, y)
    with pytest.raises(InputError, match="frozen has 'head'"):
        TabularMLPRegressor(**SETTINGS, frozen=("head",)).fit(X, y)


@pytest.mark.parametrize("normalization", ["none", "batch"])
@pytest.mark.parametrize("frozen", [("trunk",), ("embeddings",), ("embeddings", "trunk")])
def test_nothing_of_a_frozen_part_moves(frozen: tuple[str, ...], normalization: str, table: Any) -> None:
    X, y = table
    settings = {"hidden_sizes": (16,), "max_epochs": 3, "random_state": 0, "normalization": normalization}
    first = TabularMLPRegressor(**settings).fit(X, y)
    second = TabularMLPRegressor(**settings, start_from=first, frozen=frozen).fit(X, -y)
    before, after = first.network_.state_dict(), second.network_.state_dict()
    kept = {"trunk": ("trunk",), "embeddings": ("numeric", "categorical", "input_scale")}
    still = tuple(name for part in frozen for name in kept[part])
    moved = {name for name in after if not torch.equal(before[name], after[name])}
    assert moved
    assert not [name for name in moved if name.startswith(still)]

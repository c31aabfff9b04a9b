"""The transformer among the columns of a row."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch.nn import functional

import tabkit
from tabkit._core import InputError
from tabkit.neural_network import (
    TabularMLPClassifier,
    TabularTransformerClassifier,
    TabularTransformerRegressor,
)
from tabkit.neural_network._modules import TransformerNetwork, TransformerSpec

SMALL: dict[str, Any] = {"token_size": 16, "n_heads": 2, "n_blocks": 2, "random_state": 0, "n_jobs": 1}


def make_network(**options: Any) -> TransformerNetwork:
    torch.manual_seed(0)
    spec = {"n_numbers": 3, "cardinalities": (4, 3), "n_outputs": 2, "token_size": 8, "n_heads": 2}
    return TransformerNetwork(TransformerSpec(**(spec | options))).eval()


def make_rows(n_rows: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    return torch.randn(n_rows, 3), torch.randint(0, 3, (n_rows, 2))


def attend(block: Any, tokens: torch.Tensor) -> torch.Tensor:
    """One row's tokens through a block, written out head by head."""
    layer = block.attention
    normed = block.attention_norm(tokens)
    queries, keys, values = functional.linear(normed, layer.in_proj_weight, layer.in_proj_bias).chunk(3, -1)
    heads = []
    for head in range(2):
        part = slice(4 * head, 4 * head + 4)
        scores = queries[:, part] @ keys[:, part].T / 4**0.5
        heads.append(scores.exp() / scores.exp().sum(dim=1, keepdim=True) @ values[:, part])
    tokens = tokens + layer.out_proj(torch.cat(heads, dim=1))
    inner, gate = block.ffn.first(block.ffn_norm(tokens)).chunk(2, -1)
    return tokens + block.ffn.second(inner * gate.clamp(min=0))


def test_forward_is_attention_written_out() -> None:
    network = make_network()
    numbers, codes = make_rows()
    tokenizer = network.tokenizer
    with torch.no_grad():
        for row in range(len(numbers)):
            tokens = [network.trunk.row_token]
            for column in range(3):
                linear: Any = tokenizer.numeric
                tokens.append(numbers[row, column] * linear.weight[column] + linear.bias[column])
            for column, first in enumerate((0, 4)):
                table = tokenizer.categorical.tables[0]
                bias = tokenizer.categorical_bias[8 * column : 8 * column + 8]
                tokens.append(table[first + codes[row, column]] + bias)
            stacked = torch.stack(tokens)
            for block in network.trunk.blocks:
                stacked = attend(block, stacked)
            torch.testing.assert_close(network(numbers, codes)[row, 0], network.head(stacked[0]))


def test_the_order_of_columns_does_not_matter() -> None:
    network = make_network(cardinalities=())
    numbers, codes = make_rows()
    before = network(numbers, codes[:, :0])
    order = torch.tensor([2, 0, 1])
    tokens: Any = network.tokenizer.numeric
    with torch.no_grad():
        tokens.weight.copy_(tokens.weight[order])
        tokens.bias.copy_(tokens.bias[order])
    torch.testing.assert_close(network(numbers[:, order], codes[:, :0]), before)
    assert not torch.allclose(network(numbers, codes[:, :0]), before)


def test_every_parameter_has_a_role_and_only_matrices_decay() -> None:
    network = make_network(n_plain_numbers=1)
    groups = network.parameter_groups()
    assert set(groups) == {"tokenizer", "weights", "biases", "normalization", "head"}
    listed = [id(parameter) for group in groups.values() for parameter in group]
    assert sorted(listed) == sorted(id(parameter) for parameter in network.parameters())
    X, y = make_table(40)
    model = TabularTransformerClassifier(**SMALL, max_epochs=1).fit(X, y)
    decayed = [
        parameter
        for group in model._net.optimizer_.param_groups
        if group["weight_decay"] > 0
        for parameter in group["params"]
    ]
    roles = model.network_.parameter_groups()
    assert {id(p) for p in decayed} == {id(p) for p in [*roles["weights"], *roles["head"]]}


def make_table(n_rows: int = 300) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(n_rows, 3)), columns=["a", "b", "c"])
    X["kind"] = rng.choice(["u", "v", None], n_rows)
    X.loc[3, "a"] = np.nan
    return X, np.where(X["b"] * X["c"] > 0, "yes", "no")


@pytest.mark.slow
def test_learns_what_a_linear_model_cannot_and_comes_back_from_files(tmp_path: Any) -> None:
    X, y = make_table()
    model = TabularTransformerClassifier(**SMALL, max_epochs=30).fit(X, y)
    rest, truth = make_table(500)
    rest, truth = rest[300:], truth[300:]
    linear = LogisticRegression().fit(X[["b", "c"]], y)
    assert linear.score(rest[["b", "c"]], truth) < 0.65
    assert model.score(rest, truth) > 0.8
    rest.loc[rest.index[:5], "kind"] = "new"
    proba = model.predict_proba(rest)
    assert np.isfinite(proba).all()
    alone = np.concatenate([model.predict_proba(rest[i : i + 1]) for i in range(10)])
    np.testing.assert_array_equal(alone, proba[:10])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(rest), proba)
    tabkit.save(model, tmp_path / "model.skops")
    np.testing.assert_array_equal(tabkit.load(tmp_path / "model.skops").predict_proba(rest), proba)


@pytest.mark.parametrize("columns", [["a", "b"], ["kind"]])
@pytest.mark.parametrize("embedding", ["linear", "piecewise_linear"])
def test_columns_of_one_kind_and_the_same_seed(columns: list[str], embedding: str) -> None:
    X, _ = make_table(60)
    y = np.arange(60.0)
    options = SMALL | {"max_epochs": 2, "numeric_embedding": embedding}
    first, second = (TabularTransformerRegressor(**options).fit(X[columns], y) for _ in range(2))
    np.testing.assert_array_equal(first.predict(X[columns]), second.predict(X[columns]))
    missing = pd.DataFrame(np.nan, index=X.index, columns=columns).astype(X[columns].dtypes)
    assert np.isfinite(first.predict(missing)).all()


def test_heads_divide_the_token_and_other_architectures_give_no_weights() -> None:
    X, y = make_table(40)
    with pytest.raises(InputError, match=r"token_size=10, n_heads=4: the heads"):
        TabularTransformerClassifier(token_size=10, n_heads=4).fit(X, y)
    other = TabularMLPClassifier(max_epochs=1, hidden_sizes=(4,), random_state=0).fit(X, y)
    with pytest.raises(InputError, match="another architecture"):
        TabularTransformerClassifier(**SMALL, max_epochs=1, start_from=other).fit(X, y)
    before = TabularTransformerClassifier(**SMALL, max_epochs=1).fit(X, y)
    after = TabularTransformerClassifier(
        max_epochs=1, start_from=before, frozen=("embeddings", "trunk"), random_state=1
    ).fit(X, y)
    assert after.settings_.token_size == 16
    torch.testing.assert_close(after.network_.trunk.row_token, before.network_.trunk.row_token)

"""Embeddings against slow versions: row by row, column by column."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor

from tabkit.neural_network._modules._categorical import CategoricalEmbedding, choose_embedding_size
from tabkit.neural_network._modules._numeric import PeriodicEmbedding, PiecewiseLinearEmbedding

# Few, many, only missing values, many again of the same and of another size, none but special codes.
CARDINALITIES = (4, 40, 2, 11, 40, 300, 12)
BINS = ((-1.0, 0.0, 0.5, 2.0), (-3.0, 3.0), (0.0, 0.1, 0.2, 0.3, 0.4, 5.0))
# Single precision: sums of some tens of values of about one.
CLOSE = {"rtol": 1e-5, "atol": 1e-5}


def draw_codes(n_rows: int, cardinalities: tuple[int, ...] = CARDINALITIES) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.stack([torch.randint(n, (n_rows,), generator=generator) for n in cardinalities], dim=1)


def encode_slowly(embedding: CategoricalEmbedding, codes: Tensor, cardinalities: tuple[int, ...]) -> Tensor:
    tables = {table.shape[1]: list(table) for table in embedding.tables}
    columns = []
    for column in dict.fromkeys(embedding.output_columns):
        cardinality = cardinalities[column]
        if cardinality - 2 <= 9:
            vectors = list(torch.eye(cardinality)[:, [code for code in range(cardinality) if code != 1]])
        else:
            table = tables[choose_embedding_size(cardinality)]
            vectors = [table.pop(0) for _ in range(cardinality)]
        columns.append(torch.stack([vectors[code] for code in codes[:, column].tolist()]))
    return torch.cat(columns, dim=1)


@pytest.mark.parametrize("cardinalities", [CARDINALITIES, (4, 5), (40,), (40, 41)])
def test_categories_against_a_table_per_column(cardinalities: tuple[int, ...]) -> None:
    embedding = CategoricalEmbedding(cardinalities)
    codes = draw_codes(50, cardinalities)
    before = codes.clone()
    encoded = embedding(codes)
    assert encoded.dtype == torch.float32
    assert torch.equal(encoded, encode_slowly(embedding, codes, cardinalities))
    assert torch.equal(codes, before)
    assert set(embedding.output_columns) == set(range(len(cardinalities)))
    assert encoded.shape[1] == len(embedding.output_columns)


@pytest.mark.parametrize("cardinality", [2, 5, 11, 12, 100])
def test_missing_unseen_and_every_category_differ(cardinality: int) -> None:
    encoded = CategoricalEmbedding([cardinality])(torch.arange(cardinality)[:, None])
    assert len(torch.unique(encoded, dim=0)) == cardinality
    assert not encoded[1].any()


def test_a_row_teaches_its_own_code_alone() -> None:
    embedding = CategoricalEmbedding([40, 40])
    embedding(torch.tensor([[0, 7]])).sum().backward()
    (table,) = embedding.tables
    touched = table.grad.abs().sum(dim=1).nonzero().flatten().tolist()
    assert touched == [0, 47]


def test_first_vectors_are_as_long_as_one_hot_ones() -> None:
    torch.manual_seed(0)
    for size in (2, 16, 64):
        (table,) = CategoricalEmbedding([2000], embedding_size=size).tables
        # The mean of 2000 squared lengths of standard error 0.02.
        assert table.square().sum(dim=1).mean().item() == pytest.approx(1, abs=0.1)
        (table,) = CategoricalEmbedding([2000], embedding_size=size, scale=3.0).tables
        assert table.std().item() == pytest.approx(3, rel=0.1)


@pytest.mark.parametrize(
    ("cardinality", "given", "size"), [(3, "auto", 3), (100, "auto", 21), (10**6, "auto", 50), (100, 7, 7)]
)
def test_embedding_size(cardinality: int, given: int | str, size: int) -> None:
    assert choose_embedding_size(cardinality, given) == size


def test_max_one_hot_counts_categories_without_missing_and_unseen() -> None:
    assert CategoricalEmbedding([5, 6], max_one_hot=3, embedding_size=2).output_columns == [0, 0, 0, 0, 1, 1]
    assert CategoricalEmbedding([3], max_one_hot=0, embedding_size=2).output_columns == [0, 0]


@pytest.mark.parametrize("kind", ["pbld", "plr"])
def test_periodic_embedding_against_one_number_at_a_time(kind: str) -> None:
    torch.manual_seed(0)
    embedding = PeriodicEmbedding(3, 4, n_frequencies=5, frequency_scale=0.5, kind=kind)
    parameters = {name: values.detach().numpy() for name, values in embedding.named_parameters()}
    numbers = torch.randn(7, 3)
    embedded = embedding(numbers).detach().numpy()
    for (row, number), x in np.ndenumerate(numbers.numpy()):
        angles = 2 * math.pi * parameters["frequencies"][number, :, 0] * x
        if kind == "pbld":
            waves, first = np.cos(angles + parameters["phases"][number, :, 0]), [x]
        else:
            waves, first = np.concatenate([np.cos(angles), np.sin(angles)]), []
        linear = parameters["weight"][number] @ waves + parameters["bias"][number, :, 0]
        expected = [*first, *(linear if kind == "pbld" else np.maximum(linear, 0))]
        own = np.array(embedding.output_columns) == number
        np.testing.assert_allclose(embedded[row, own], expected, **CLOSE)


@pytest.mark.parametrize("kind", ["pbld", "plr"])
def test_gradients_of_the_periodic_embedding(kind: str) -> None:
    torch.manual_seed(0)
    embedding = PeriodicEmbedding(2, 3, n_frequencies=2, frequency_scale=0.5, kind=kind).double()
    numbers = torch.randn(4, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda numbers, *_: embedding(numbers), (numbers, *embedding.parameters())
    )


def pieces_slowly(x: float, edges: tuple[float, ...]) -> list[float]:
    return [min(max((x - lower) / (upper - lower), 0.0), 1.0) for lower, upper in pairwise(edges)]


def test_piecewise_linear_embedding_against_one_number_at_a_time() -> None:
    torch.manual_seed(0)
    embedding = PiecewiseLinearEmbedding(BINS, 4)
    with torch.no_grad():
        embedding.weight.normal_()
    numbers = 3 * torch.randn(40, 3)
    expected = np.empty((40, 3, 4))
    for (row, number), x in np.ndenumerate(numbers.numpy()):
        places = np.array([x, *pieces_slowly(float(x), BINS[number])])
        weight = embedding.weight[number, : len(places)].detach().numpy()
        expected[row, number] = places @ weight + embedding.bias[number, 0].detach().numpy()
    np.testing.assert_allclose(embedding(numbers).detach(), expected.reshape(40, 12), rtol=1e-4, atol=1e-4)


def test_piecewise_linear_embedding_starts_linear() -> None:
    torch.manual_seed(0)
    embedding = PiecewiseLinearEmbedding(BINS, 4)
    low, middle, high = embedding(torch.tensor([-4.0, 1.0, 6.0])[:, None].expand(3, 3))
    torch.testing.assert_close(low + high, 2 * middle, **CLOSE)
    assert (low != high).all()


def test_piecewise_linear_embedding_interpolates_like_numpy() -> None:
    edges, values = np.array([-1.0, 0.0, 0.5, 2.0]), np.array([3.0, -1.0, 4.0, 0.0])
    embedding = PiecewiseLinearEmbedding([edges.tolist()], 1)
    with torch.no_grad():
        embedding.weight[0, :, 0] = torch.tensor([0.0, *np.diff(values)])
        embedding.bias.fill_(values[0])
    numbers = np.linspace(-1, 2, 31)
    embedded = embedding(torch.tensor(numbers, dtype=torch.float32)[:, None]).detach()
    np.testing.assert_allclose(embedded[:, 0], np.interp(numbers, edges, values), **CLOSE)


def test_bins_of_the_wrong_length_do_not_leak_into_a_number() -> None:
    torch.manual_seed(0)
    alone, beside = PiecewiseLinearEmbedding([BINS[1]], 2), PiecewiseLinearEmbedding(BINS, 2)
    beside(torch.randn(20, 3)).square().sum().backward()
    # Number 1 has one bin: only its first two places are used.
    assert not beside.weight.grad[1, 2:].any()
    assert beside.weight.grad[1, :2].all()
    assert alone.weight.shape == (1, 2, 2)

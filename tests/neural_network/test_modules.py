"""The whole network: against plain networks, member by member, and in every configuration."""

from __future__ import annotations

import copy
import json
import pickle
from collections import OrderedDict
from dataclasses import asdict, replace
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tabkit import InputError
from tabkit.neural_network._modules import NetworkSpec, TabularNetwork, initialize_from_data
from tabkit.neural_network._modules._activations import ACTIVATIONS, make_activation
from tabkit.neural_network._modules._initialization import INITIALIZATIONS
from tabkit.neural_network._modules._members import MemberLinear

N_ROWS = 20
BINS = ((-1.0, 0.0, 0.5, 2.0), (-3.0, 3.0))
SPEC = NetworkSpec(
    n_numbers=3, cardinalities=(4, 30), n_outputs=2, hidden_sizes=(16, 16, 8), n_plain_numbers=1
)
# Single precision through a few layers.
CLOSE = {"rtol": 1e-4, "atol": 1e-5}


def make_network(**changes: Any) -> TabularNetwork:
    torch.manual_seed(0)
    return TabularNetwork(replace(SPEC, **changes))


def draw_rows(n_rows: int = N_ROWS, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    codes = [torch.randint(n, (n_rows,), generator=generator) for n in SPEC.cardinalities]
    return torch.randn(n_rows, SPEC.n_numbers, generator=generator), torch.stack(codes, dim=1)


def shake(network: TabularNetwork) -> None:
    """Move every parameter away from its first value, as training does."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape))


OPTIONS: list[dict[str, Any]] = [
    {},
    *({"activation": name} for name in ACTIVATIONS),
    *({"normalization": name} for name in ("batch", "layer", "group")),
    *({"initialization": name} for name in INITIALIZATIONS),
    {"numeric_embedding": "periodic"},
    {"numeric_embedding": "plr"},
    {"numeric_embedding": "periodic", "numeric_embedding_size": 2},
    {"numeric_embedding": "plr", "numeric_embedding_size": 1},
    {"numeric_embedding": "piecewise_linear", "numeric_bins": BINS},
    {"n_numbers": 0, "n_plain_numbers": 0, "numeric_embedding": "periodic"},
    {"n_plain_numbers": 3, "numeric_embedding": "periodic"},
    {"cardinalities": ()},
    {"cardinalities": (), "numeric_embedding": "periodic", "n_plain_numbers": 0},
    {"embedding_size": 3, "max_one_hot": 0},
    {"residual": True},
    {"dropout": 0.5},
    {"input_scale": True},
    {"checkpoint_gradients": True, "dropout": 0.2},
    {"hidden_sizes": ()},
    {"hidden_sizes": (1,)},
    {
        "activation": "parametric_mish",
        "normalization": "batch",
        "residual": True,
        "dropout": 0.1,
        "input_scale": True,
        "numeric_embedding": "periodic",
        "initialization": "realmlp",
        "checkpoint_gradients": True,
    },
]
MEMBERS = [(1, "all"), (4, "all"), (4, "input")]
members = pytest.mark.parametrize(("n_members", "member_adapters"), MEMBERS)


@members
@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: ",".join(map(str, option)) or "default")
def test_every_option_trains(option: dict[str, Any], n_members: int, member_adapters: str) -> None:
    network = make_network(**option, n_members=n_members, member_adapters=member_adapters)
    numbers, codes = draw_rows()
    numbers, codes = numbers[:, : network.spec.n_numbers], codes[:, : len(network.spec.cardinalities)]
    if network.spec.initialization == "realmlp":
        initialize_from_data(network, numbers, codes)
    before = [parameter.clone() for parameter in network.parameters()]
    for _ in range(2):
        network.zero_grad()
        output = network(numbers, codes)
        assert output.shape == (N_ROWS, n_members, 2)
        output.square().mean().backward()
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.sub_(0.1 * parameter.grad)
    for (name, parameter), first in zip(network.named_parameters(), before, strict=True):
        assert parameter.isfinite().all(), name
        # A bias in front of batch normalisation is subtracted again.
        if network.spec.normalization == "none":
            assert (parameter != first).any(), name
    network.eval()
    with torch.no_grad():
        alone = torch.cat([network(numbers[i : i + 1], codes[i : i + 1]) for i in range(3)])
        torch.testing.assert_close(network(numbers, codes)[:3], alone, **CLOSE)


@members
@pytest.mark.parametrize("normalization", ["none", "batch", "layer"])
def test_half_precision(n_members: int, member_adapters: str, normalization: str) -> None:
    network = make_network(
        n_members=n_members,
        member_adapters=member_adapters,
        normalization=normalization,
        activation="parametric_silu",
        numeric_embedding="periodic",
        input_scale=True,
    )
    network.eval()
    numbers, codes = draw_rows()
    expected = network(numbers, codes)
    with torch.autocast("cpu", torch.bfloat16):
        output = network(numbers, codes)
    output.float().sum().backward()
    # bfloat16 has 8 bits.
    torch.testing.assert_close(output.float(), expected, rtol=0.1, atol=0.05)
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_one_member_is_a_plain_network() -> None:
    torch.manual_seed(1)
    network = TabularNetwork(replace(SPEC, activation="relu", cardinalities=()))
    torch.manual_seed(1)
    sizes = [3, 16, 16, 8]
    layers = [
        layer for size, next_size in pairwise(sizes) for layer in (nn.Linear(size, next_size), nn.ReLU())
    ]
    plain = nn.Sequential(*layers, nn.Linear(8, 2))
    numbers, codes = draw_rows()
    output, expected = network(numbers, codes[:, :0]), plain(numbers)
    assert torch.equal(output[:, 0], expected)
    output.square().sum().backward()
    expected.square().sum().backward()
    for own, other in zip(network.parameters(), plain.parameters(), strict=True):
        assert torch.equal(own, other)
        torch.testing.assert_close(own.grad, other.grad, **CLOSE)


def extract_member(network: TabularNetwork, member: int) -> TabularNetwork:
    """A plain network that has the weights of one member with its adapters multiplied in."""
    spec, state = network.spec, network.state_dict()
    plain = TabularNetwork(replace(spec, n_members=1))
    for position, block in enumerate(network.trunk.blocks):
        prefix = f"trunk.blocks.{position}."
        if isinstance(block.linear, MemberLinear):
            weight = state[prefix + "linear.weight"] * state.pop(prefix + "linear.input_adapter")[member]
            if spec.member_adapters == "all":
                weight = weight * state.pop(prefix + "linear.output_adapter")[member][:, None]
                state[prefix + "linear.bias"] = state[prefix + "linear.bias"][member]
            state[prefix + "linear.weight"] = weight
        if spec.normalization == "batch":
            for name in ("weight", "bias", "running_mean", "running_var"):
                values = state[prefix + f"normalization.{name}"]
                state[prefix + f"normalization.{name}"] = values.view(spec.n_members, -1)[member]
    state["head.weight"] = state["head.weight"][member].T
    state["head.bias"] = state["head.bias"][member]
    plain.load_state_dict(OrderedDict(state))
    return plain.train(network.training)


@pytest.mark.parametrize("n_rows", [4, 200])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("normalization", ["none", "batch", "layer", "group"])
@pytest.mark.parametrize("member_adapters", ["all", "input"])
def test_each_member_is_a_plain_network(
    member_adapters: str, normalization: str, training: bool, n_rows: int
) -> None:
    network = make_network(
        n_members=3,
        member_adapters=member_adapters,
        normalization=normalization,
        residual=True,
        input_scale=True,
        numeric_embedding="periodic",
        activation="parametric_selu",
    )
    shake(network)
    network.train(training)
    numbers, codes = draw_rows(n_rows)
    expected = [extract_member(network, member)(numbers, codes)[:, 0] for member in range(3)]
    torch.testing.assert_close(network(numbers, codes), torch.stack(expected, dim=1), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("n_rows", [4, 200])
@pytest.mark.parametrize("normalization", ["none", "batch", "layer"])
@pytest.mark.parametrize("member_adapters", ["all", "input"])
def test_members_are_independent(member_adapters: str, normalization: str, n_rows: int) -> None:
    network = make_network(n_members=3, member_adapters=member_adapters, normalization=normalization)
    shake(network)
    # Of each member's rows the sum of one class: a constant would not reach what batch norm removes.
    network(*draw_rows(n_rows))[:, 1, 0].square().sum().backward()
    for name, parameter in network.named_parameters():
        gradient = parameter.grad
        by_member = gradient.view(3, -1) if len(gradient) in (3, 3 * 16, 3 * 8) else None
        if name.startswith("head") or "adapter" in name or ("linear.bias" in name and gradient.ndim == 2):
            assert by_member is not None, name
        if by_member is not None:
            assert not by_member[[0, 2]].any(), name


@pytest.mark.parametrize("sees_own_rows", [False, True])
@pytest.mark.parametrize("settings", [{}, {"normalization": "batch", "checkpoint_gradients": True}])
@pytest.mark.parametrize("member_adapters", ["all", "input"])
def test_groups_of_members_compute_what_all_do(
    member_adapters: str, settings: dict[str, Any], sees_own_rows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "tabkit.neural_network._modules._tabular_network"
    monkeypatch.setattr(f"{module}._CACHES_WORTH_SPLITTING", 1)
    outputs, states, gradients = [], [], []
    for n_in_cache, n_groups in ((5, 1), (2, 3), (1, 5)):
        n_bytes = 4 * N_ROWS * 16 * n_in_cache // torch.get_num_threads()
        monkeypatch.setattr(f"{module}._BYTES_IN_CACHE", n_bytes)
        network = make_network(n_members=5, member_adapters=member_adapters, **settings)
        embedded = network.embed(*draw_rows())
        assert len(network._group_members(embedded)) == n_groups
        if sees_own_rows:
            embedded = torch.stack([embedded.roll(i, 0) for i in range(5)], dim=1)
        outputs.append(network.decide(embedded))
        outputs[-1].square().sum().backward()
        states.append(network.state_dict())
        gradients.append({name: parameter.grad for name, parameter in network.named_parameters()})
    for values in (outputs, states, gradients):
        torch.testing.assert_close(values[1:], values[:1] * 2, **CLOSE)


def test_members_may_see_rows_of_their_own() -> None:
    network = make_network(n_members=3, input_scale=True)
    batches = [draw_rows(seed=seed) for seed in range(3)]
    embedded = torch.stack([network.embed(*batch) for batch in batches], dim=1)
    expected = torch.stack([network(*batch)[:, i] for i, batch in enumerate(batches)], dim=1)
    torch.testing.assert_close(network.decide(embedded), expected, **CLOSE)
    plain = make_network()
    embedded = plain.embed(*batches[0])
    assert torch.equal(plain.decide(embedded[:, None]), plain.decide(embedded))


@members
def test_output_is_decided_on_what_is_embedded(n_members: int, member_adapters: str) -> None:
    network = make_network(n_members=n_members, member_adapters=member_adapters, numeric_embedding="periodic")
    numbers, codes = draw_rows()
    embedded = network.embed(numbers, codes)
    assert embedded.shape == (N_ROWS, network.n_inputs)
    assert network.input_columns == [0, 1, 0, 0, 0, 1, 1, 1, 2, 3, 3, 3, *[4] * 11]
    assert torch.equal(embedded[:, 8], numbers[:, 2])
    assert torch.equal(network.decide(embedded), network(numbers, codes))


@members
@pytest.mark.parametrize("normalization", ["none", "batch", "layer"])
def test_checkpointed_gradients_equal_plain_ones(
    n_members: int, member_adapters: str, normalization: str
) -> None:
    settings = {
        "n_members": n_members,
        "member_adapters": member_adapters,
        "normalization": normalization,
        "dropout": 0.3,
        "residual": True,
    }
    plain, checkpointed = make_network(**settings), make_network(**settings, checkpoint_gradients=True)
    for network in (plain, checkpointed):
        torch.manual_seed(3)
        network(*draw_rows()).square().sum().backward()
    for own, other in zip(plain.parameters(), checkpointed.parameters(), strict=True):
        torch.testing.assert_close(own.grad, other.grad, rtol=1e-6, atol=1e-6)
    for (name, own), other in zip(plain.named_buffers(), checkpointed.buffers(), strict=True):
        if "num_batches" not in name:
            torch.testing.assert_close(own, other, rtol=1e-6, atol=1e-6, msg=name)


@members
def test_every_parameter_has_one_role(n_members: int, member_adapters: str) -> None:
    network = make_network(
        n_members=n_members,
        member_adapters=member_adapters,
        normalization="batch",
        activation="parametric_silu",
        numeric_embedding="periodic",
        input_scale=True,
    )
    groups = network.parameter_groups()
    grouped = [id(parameter) for parameters in groups.values() for parameter in parameters]
    assert sorted(grouped) == sorted(id(parameter) for parameter in network.parameters())
    expected = {
        "numeric_embedding": 4,
        "categorical_embedding": 1,
        "input_scale": 1,
        "weights": 3,
        "biases": 4,
        "normalization": 6,
        "activation": 3,
        "head": 1,
    }
    if n_members > 1:
        expected["member_adapters"] = 6 if member_adapters == "all" else 1
    assert {role: len(parameters) for role, parameters in groups.items()} == expected
    sizes = [network.n_inputs, 16, 16]
    assert [weight.shape[1] for weight in groups["weights"]] == sizes
    assert [weight.shape[1] for weight in groups["head"]] == [8]
    assert set(make_network().parameter_groups()) == {"categorical_embedding", "weights", "biases", "head"}


@members
@pytest.mark.parametrize("cardinalities", [(4, 30), ()])
def test_units_vary_by_one_on_the_data(
    n_members: int, member_adapters: str, cardinalities: tuple[int, ...]
) -> None:
    network = make_network(
        n_members=n_members,
        member_adapters=member_adapters,
        cardinalities=cardinalities,
        initialization="realmlp",
        numeric_embedding="periodic",
        input_scale=True,
        dropout=0.5,
    )
    numbers, codes = draw_rows(500)
    codes = codes[:, : len(cardinalities)]
    outputs = {}

    def keep(layer: nn.Module, _: Any, output: Tensor) -> None:
        outputs[layer] = output

    layers = [block.linear for block in network.trunk.blocks] + [network.head]
    for layer in layers:
        layer.register_forward_hook(keep)
    global_state = torch.random.get_rng_state()
    initialize_from_data(network, numbers, codes, generator=torch.Generator().manual_seed(0))
    assert torch.equal(global_state, torch.random.get_rng_state())
    assert network.training
    network.eval()(numbers, codes)
    for layer in layers:
        units = outputs[layer].reshape(-1, N_ROWS * 25, outputs[layer].shape[-1])
        own_weights = layer is network.head
        deviation = units.std(dim=1 if own_weights else (0, 1), correction=0)
        shared_bias = layer.bias.ndim == 1
        if n_members == 1 or own_weights or shared_bias:
            torch.testing.assert_close(deviation, torch.ones_like(deviation), rtol=1e-3, atol=1e-3)
        # Each unit is negative on some rows and positive on others.
        sample = units.flatten(0, 1)[None] if shared_bias else units
        assert (sample.amin(dim=1) < 0).all()
        assert (sample.amax(dim=1) > 0).all()


def test_a_constant_unit_keeps_finite_weights() -> None:
    network = make_network(cardinalities=(), initialization="realmlp")
    initialize_from_data(network, torch.zeros(10, 3), torch.empty(10, 0, dtype=torch.int64))
    assert all(parameter.isfinite().all() for parameter in network.parameters())


def test_spec_survives_json_and_pickle() -> None:
    spec = replace(SPEC, numeric_embedding="piecewise_linear", numeric_bins=BINS, n_members=4)
    assert NetworkSpec(**json.loads(json.dumps(asdict(spec)))) == spec
    assert pickle.loads(pickle.dumps(spec)) == spec
    network = TabularNetwork(spec)
    restored = TabularNetwork(spec)
    restored.load_state_dict(network.state_dict())
    rows = draw_rows()
    assert torch.equal(network(*rows), restored(*rows))
    assert torch.equal(network(*rows), copy.deepcopy(network)(*rows))
    assert torch.equal(network(*rows), pickle.loads(pickle.dumps(network))(*rows))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"activation": "rely"}, "unknown activation 'rely': did you mean 'relu'"),
        ({"normalization": "instance"}, "unknown normalization 'instance': choose one of 'batch'"),
        ({"initialization": None}, "unknown initialization None"),
        ({"n_members": 0}, "n_members: expected 1 or more, got 0"),
        ({"n_outputs": 0}, "n_outputs: expected 1 or more, got 0"),
        ({"dropout": 1.0}, "dropout: expected a share from 0 to below 1, got 1.0"),
        ({"hidden_sizes": (8, 0)}, r"hidden_sizes: expected 1 or more each, got \(8, 0\)"),
        ({"n_numbers": 0, "n_plain_numbers": 0, "cardinalities": ()}, "expected at least one column"),
        ({"cardinalities": (1,)}, "cardinalities: expected 2 or more each, for missing and unseen"),
        ({"embedding_size": 0}, "embedding_size: expected 'auto', 1 or more, got 0"),
        ({"n_plain_numbers": 4}, "n_plain_numbers: 4 of n_numbers=3"),
        ({"numeric_embedding": "periodic", "numeric_embedding_size": 1}, "'periodic' needs 2 or more"),
        ({"numeric_embedding": "piecewise_linear"}, "numeric_bins: expected edges for 2 numbers, got 0"),
        (
            {"numeric_embedding": "piecewise_linear", "numeric_bins": ((0.0, 1.0), (2.0, 2.0))},
            r"ascending edges, two or more, number 1 has \(2.0, 2.0\)",
        ),
    ],
)
def test_wrong_values_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(SPEC, **changes)


def test_an_unknown_activation_is_refused() -> None:
    with pytest.raises(InputError, match="unknown activation 'swish'"):
        make_activation("swish", 3)

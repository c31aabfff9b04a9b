"""Layers of many members against one member at a time."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tabkit.neural_network._modules._initialization import draw_first_adapter, initialize_linear
from tabkit.neural_network._modules._members import MemberHead, MemberLinear

# Single precision: sums of some tens of products of about one, in another order.
CLOSE = {"rtol": 1e-5, "atol": 1e-5}


def make_layer(
    adapters: str = "all", n_inputs: int = 6, n_outputs: int = 5, n_members: int = 3
) -> MemberLinear:
    """A layer whose adapters are as far from one as training could bring them."""
    torch.manual_seed(0)
    layer = MemberLinear(n_inputs, n_outputs, n_members, adapters=adapters)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_()
    return layer


def apply_slowly(layer: MemberLinear, values: Tensor) -> Tensor:
    members = []
    for member in range(layer.n_members):
        own = values if values.ndim == 2 else values[member]
        linear = (own * layer.input_adapter[member]) @ layer.weight.T
        if layer.output_adapter is not None:
            linear = linear * layer.output_adapter[member]
        members.append(linear + (layer.bias[member] if layer.bias.ndim == 2 else layer.bias))
    return torch.stack(members)


# Few rows and many: the layer has two ways to compute the same.
shapes = pytest.mark.parametrize("shape", [(2, 6), (40, 6), (3, 2, 6), (3, 40, 6)], ids=str)


@shapes
@pytest.mark.parametrize("adapters", ["all", "input"])
def test_shared_layer_against_one_member_at_a_time(adapters: str, shape: tuple[int, ...]) -> None:
    layer = make_layer(adapters)
    values = torch.randn(shape, requires_grad=True)
    weights = torch.randn(3, shape[-2], 5)
    inputs = [values, *layer.parameters()]
    gradients = torch.autograd.grad((layer(values) * weights).sum(), inputs)
    expected = torch.autograd.grad((apply_slowly(layer, values) * weights).sum(), inputs)
    torch.testing.assert_close(layer(values), apply_slowly(layer, values), **CLOSE)
    # Sums over up to 120 rows.
    torch.testing.assert_close(gradients, expected, rtol=1e-4, atol=1e-4)


@shapes
@pytest.mark.parametrize("adapters", ["all", "input"])
def test_gradients_of_the_shared_layer(adapters: str, shape: tuple[int, ...]) -> None:
    if shape[-2] == 40:
        shape = (*shape[:-2], 4, 6)
    layer = make_layer(adapters).double()
    values = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda values, *_: layer(values), (values, *layer.parameters()))


def test_heads_against_one_member_at_a_time() -> None:
    torch.manual_seed(0)
    head = MemberHead(6, 2, 3)
    for values in (torch.randn(3, 7, 6), torch.randn(7, 6)):
        own = values.expand(3, 7, 6)
        expected = torch.stack([own[i] @ head.weight[i] + head.bias[i] for i in range(3)])
        torch.testing.assert_close(head(values), expected, **CLOSE)


def test_members_that_share_weights_start_from_the_same_biases() -> None:
    torch.manual_seed(0)
    layer, head = MemberLinear(6, 50, 3), MemberHead(6, 50, 3)
    assert (layer.bias == layer.bias[0]).all()
    assert layer.bias.abs().max() <= 6**-0.5
    assert (head.bias[1] != head.bias[0]).any()


@pytest.mark.parametrize("distribution", ["signs", "normal"])
def test_first_adapter_has_one_factor_per_column(distribution: str) -> None:
    torch.manual_seed(0)
    adapter = torch.empty(400, 6)
    draw_first_adapter(adapter, [0, 2, 2, 2, 1, 1], distribution)
    assert (adapter[:, 1:4] == adapter[:, 1:2]).all()
    assert (adapter[:, 4:] == adapter[:, 4:5]).all()
    assert (adapter[:, 0] != adapter[:, 1]).any()
    assert (set(adapter.flatten().tolist()) == {-1.0, 1.0}) is (distribution == "signs")
    # Means of 400 of deviation one.
    assert adapter.mean(dim=0).abs().max() < 0.2
    assert adapter.square().mean() == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize(
    ("initialization", "deviation"),
    # Of uniform numbers within b: b / sqrt(3).
    [
        ("default", (1 / 3 / 400) ** 0.5),
        ("xavier", (2 / (400 + 200)) ** 0.5),
        ("kaiming", 3 * 400**-0.5),
        ("orthogonal", 3 * 400**-0.5),
        ("realmlp", 400**-0.5),
    ],
)
@pytest.mark.parametrize("own", [False, True])
def test_deviation_of_first_weights(initialization: str, deviation: float, own: bool) -> None:
    torch.manual_seed(0)
    weight = torch.empty(2, 400, 200) if own else torch.empty(200, 400)
    bias = torch.empty(2, 200)
    initialize_linear(weight, bias, initialization, n_inputs=400, gain=3.0)
    assert weight.std() == pytest.approx(deviation, rel=0.02)
    assert bias.any() == (initialization == "default")
    if initialization == "orthogonal" and not own:
        torch.testing.assert_close(weight @ weight.T, 9 * torch.eye(200), rtol=1e-4, atol=1e-4)

"""First weights and biases that depend on the data (RealMLP)."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from tabkit.neural_network._modules._members import MemberHead, MemberLinear
from tabkit.neural_network._modules._tabular_network import TabularNetwork
from tabkit.neural_network._modules._trunk import Block

# A unit that is constant on the rows keeps its weights.
_LEAST_DEVIATION = 1e-6
_N_CORNERS = 5


@torch.no_grad()
def initialize_from_data(
    network: TabularNetwork, numbers: Tensor, codes: Tensor, *, generator: torch.Generator | None = None
) -> None:
    """Draw weights and biases so that each unit varies by one on the data and bends amid it.

    Layer by layer, in the order of the network: normal weights, scaled so that the standard deviation of
    each unit over the rows is one (over the rows of all members where these share the weights); then
    biases that move to zero, where the activation bends, a random point amid the unit's own values: the
    mean of five of them with random weights. RealMLP's ``weight_init_mode="std"`` and
    ``bias_init_mode="he+5"``, Holzmüller et al. 2024 (arXiv:2407.04491). Embeddings, member adapters and
    scales stay as they are.

    Parameters
    ----------
    network : TabularNetwork
        Changed in place.
    numbers : Tensor of shape (n_rows, n_numbers)
        Some thousand training rows do.
    codes : Tensor of shape (n_rows, n_categorical)
    generator : torch.Generator or None, default=None
        On the processor; None draws from torch's global one.
    """
    was_training = network.training
    network.eval()
    values = network.embed(numbers, codes)
    if network.input_scale is not None:
        values = values * network.input_scale
    for module in network.trunk.blocks:
        block = cast("Block", module)
        _initialize_layer(block.linear, values, generator)
        values = block(values)
    _initialize_layer(network.head, values, generator)
    network.train(was_training)


def _initialize_layer(
    layer: nn.Linear | MemberLinear | MemberHead, values: Tensor, generator: torch.Generator | None
) -> None:
    weight, bias = layer.weight, layer.bias
    weight.copy_(torch.randn(weight.shape, generator=generator))
    bias.zero_()
    units = layer(values)
    units = units if units.ndim == 3 else units.unsqueeze(0)
    own_weights = isinstance(layer, MemberHead)
    deviation = units.std(dim=1 if own_weights else (0, 1), correction=0, keepdim=True)
    deviation = torch.where(deviation < _LEAST_DEVIATION, 1.0, deviation)
    weight.div_(deviation if own_weights else deviation.reshape(-1, 1))
    units = units / deviation
    # Members that share a bias share its point too: all their rows are one sample then.
    sample = units if bias.ndim == 2 else units.flatten(0, 1).unsqueeze(0)
    bias.copy_(-_draw_inner_points(sample, generator).view_as(bias))


def _draw_inner_points(units: Tensor, generator: torch.Generator | None) -> Tensor:
    """For each unit the mean of some of its values, with weights drawn evenly from the simplex.

    Parameters
    ----------
    units : Tensor of shape (n_members, n_rows, size)
    generator : torch.Generator or None

    Returns
    -------
    points : Tensor of shape (n_members, size)
    """
    n_members, n_rows, size = units.shape
    shape = (n_members, _N_CORNERS, size)
    rows = torch.randint(n_rows, shape, generator=generator).to(units.device)
    shares = torch.empty(shape).exponential_(generator=generator).to(units.device)
    return (units.gather(1, rows) * shares).sum(dim=1) / shares.sum(dim=1)

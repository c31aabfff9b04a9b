"""First values of the weights and biases of linear layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

Initialization: TypeAlias = Literal["default", "xavier", "kaiming", "orthogonal", "realmlp"]
INITIALIZATIONS: tuple[Initialization, ...] = ("default", "xavier", "kaiming", "orthogonal", "realmlp")

# Keeps the variance where an activation lets half of it through, as ReLU does.
HIDDEN_GAIN = math.sqrt(2)


@torch.no_grad()
def initialize_linear(
    weight: Tensor, bias: Tensor, initialization: Initialization, *, n_inputs: int, gain: float = 1.0
) -> None:
    """Draw weights and biases in place.

    Parameters
    ----------
    weight : Tensor of shape (n_outputs, n_inputs) or (n_members, n_inputs, n_outputs)
    bias : Tensor of shape (n_outputs,) or (n_members, n_outputs)
        Members that share the weights start from the same biases.
    initialization : {"default", "xavier", "kaiming", "orthogonal", "realmlp"}
        "default" is torch's: both uniform, within 1 / sqrt(n_inputs). The others have zero biases, and
        weights that are uniform (Glorot and Bengio 2010), normal (He et al. 2015), orthogonal (Saxe et
        al. 2014), or normal and to be scaled by `initialize_from_data`.
    n_inputs : int
    gain : float, default=1.0
        Factor on the weights of "kaiming" and "orthogonal".
    """
    bound = n_inputs**-0.5
    nn.init.zeros_(bias)
    if initialization == "default":
        weight.uniform_(-bound, bound)
        draws = bias if weight.ndim == 3 else bias.new_empty(bias.shape[-1])
        bias.copy_(draws.uniform_(-bound, bound))
    elif initialization == "xavier":
        n_outputs = weight.numel() // (n_inputs * (len(weight) if weight.ndim == 3 else 1))
        widest = math.sqrt(6 / (n_inputs + n_outputs))
        weight.uniform_(-widest, widest)
    elif initialization == "orthogonal":
        for matrix in weight if weight.ndim == 3 else [weight]:
            nn.init.orthogonal_(matrix, gain)
    else:
        weight.normal_(std=bound * (gain if initialization == "kaiming" else 1.0))


@torch.no_grad()
def draw_first_adapter(
    adapter: Tensor, input_columns: Sequence[int], distribution: Literal["signs", "normal"]
) -> None:
    """Draw in place the factors that first tell the members apart: one per member and column.

    All inputs that stem from one column of the table share its factor, as in the code of the TabM paper
    (Gorishniy et al. 2025), which found normal factors to suit embedded numbers and signs the others.

    Parameters
    ----------
    adapter : Tensor of shape (n_members, n_inputs)
    input_columns : sequence of int
        The column that each input stems from.
    distribution : {"signs", "normal"}
        -1 or 1 with the same chance, or standard normal.
    """
    factors = torch.randn(len(adapter), max(input_columns) + 1)
    if distribution == "signs":
        factors = torch.where(factors < 0, -1.0, 1.0)
    adapter.copy_(factors[:, torch.tensor(input_columns)])

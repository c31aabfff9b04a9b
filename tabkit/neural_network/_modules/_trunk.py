"""The hidden layers."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from tabkit.neural_network._modules._activations import KEEPS_OUTPUT, make_activation
from tabkit.neural_network._modules._dropout import Dropout
from tabkit.neural_network._modules._initialization import (
    HIDDEN_GAIN,
    draw_first_adapter,
    initialize_linear,
)
from tabkit.neural_network._modules._members import ALL, MemberLinear, take_members
from tabkit.neural_network._modules._network_spec import NetworkSpec

_MAX_GROUPS = 8


class MemberBatchNorm(nn.Module):
    """Batch normalisation of each member's units over the rows.

    The members differ in the distribution of their units, and one that saw the others' rows in its
    statistics would no longer be a network of its own: mean, variance, factor and shift belong to one
    unit of one member.

    Parameters
    ----------
    n_members, size : int
    momentum : float, default=0.1
        Share of a new batch in the running statistics.

    Attributes
    ----------
    weight, bias : Parameter of shape (n_members, size)
    running_mean, running_var : Tensor of shape (n_members, size)

    Examples
    --------
    >>> MemberBatchNorm(3, 8)(torch.randn(3, 5, 8)).shape
    torch.Size([3, 5, 8])
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, n_members: int, size: int, *, momentum: float = 0.1) -> None:
        super().__init__()
        self.momentum = momentum
        self.weight = nn.Parameter(torch.ones(n_members, size))
        self.bias = nn.Parameter(torch.zeros(n_members, size))
        self.register_buffer("running_mean", torch.zeros(n_members, size))
        self.register_buffer("running_var", torch.ones(n_members, size))

    def forward(self, values: Tensor, members: slice = ALL) -> Tensor:
        """Normalise the units of every member, or of some.

        Parameters
        ----------
        values : Tensor of shape (n_members, n_rows, size)
        members : slice, default=ALL
            Those that the values belong to.

        Returns
        -------
        normalised : Tensor of shape (n_members, n_rows, size)
        """
        by_row = functional.batch_norm(
            values.transpose(0, 1).flatten(1),
            take_members(self.running_mean, members).flatten(),
            take_members(self.running_var, members).flatten(),
            take_members(self.weight, members).flatten(),
            take_members(self.bias, members).flatten(),
            training=self.training,
            momentum=self.momentum,
        )
        return by_row.view(by_row.shape[0], *values.shape[::2]).transpose(0, 1)


_BY_MEMBER = (MemberLinear, MemberBatchNorm)


class GroupNorm(nn.GroupNorm):
    """Normalisation of each row within groups of units: eight, or as many as divide the units.

    Parameters
    ----------
    size : int

    Examples
    --------
    >>> GroupNorm(12).num_groups
    4
    """

    def __init__(self, size: int) -> None:
        super().__init__(math.gcd(size, _MAX_GROUPS), size)

    def forward(self, values: Tensor) -> Tensor:
        """Normalise.

        Parameters
        ----------
        values : Tensor of shape (..., size)

        Returns
        -------
        normalised : Tensor of shape (..., size)
        """
        # Not by way of functional.group_norm, which refuses a single row.
        rows = values.flatten(0, -2)
        return torch.group_norm(rows, self.num_groups, self.weight, self.bias, self.eps).view_as(values)


class Block(nn.Sequential):
    """Linear layer, normalisation, activation, dropout; the input added where that is asked for.

    Parameters
    ----------
    linear : nn.Linear or MemberLinear
    size : int
        Units.
    spec : NetworkSpec
    is_residual : bool
        Whether the input, of the same size, is added to the output.

    Attributes
    ----------
    linear : nn.Linear or MemberLinear
    normalization : nn.Module
    activation : nn.Module
    dropout : Dropout
        Of normalization and dropout only what the spec asks for.
    """

    linear: nn.Linear | MemberLinear

    def __init__(
        self, linear: nn.Linear | MemberLinear, size: int, spec: NetworkSpec, *, is_residual: bool
    ) -> None:
        layers: dict[str, nn.Module] = {"linear": linear}
        if spec.normalization != "none":
            layers["normalization"] = _make_normalization(size, spec)
        layers["activation"] = make_activation(spec.activation, size)
        if spec.dropout:
            layers["dropout"] = Dropout(spec.dropout, inplace=spec.activation not in KEEPS_OUTPUT)
        super().__init__(OrderedDict(layers))
        self.is_residual = is_residual

    def forward(self, values: Tensor, members: slice = ALL) -> Tensor:
        """Apply the block.

        Parameters
        ----------
        values : Tensor of shape (n_rows, n_inputs) or (n_members, n_rows, n_inputs)
        members : slice, default=ALL
            Those that the values belong to.

        Returns
        -------
        hidden : Tensor of shape (n_rows, size) or (n_members, n_rows, size)
        """
        hidden = values
        for layer in self:
            hidden = layer(hidden, members) if isinstance(layer, _BY_MEMBER) else layer(hidden)
        return values + hidden if self.is_residual else hidden


class Trunk(nn.Module):
    """The hidden layers of one network, or of many that share their weights.

    Parameters
    ----------
    input_columns : sequence of int
        The column of the table that each input stems from.
    spec : NetworkSpec

    Attributes
    ----------
    blocks : list of Block
    n_outputs : int
    """

    def __init__(self, input_columns: Sequence[int], spec: NetworkSpec) -> None:
        super().__init__()
        self.checkpoint_gradients = spec.checkpoint_gradients
        self.blocks = nn.ModuleList()
        self.n_outputs = len(input_columns)
        for position, size in enumerate(spec.hidden_sizes):
            linear = _make_linear(self.n_outputs, size, spec, is_first=position == 0)
            if isinstance(linear, MemberLinear) and position == 0:
                distribution: Literal["signs", "normal"] = (
                    "signs" if spec.numeric_embedding == "none" else "normal"
                )
                draw_first_adapter(linear.input_adapter, input_columns, distribution)
            is_residual = spec.residual and size == self.n_outputs
            self.blocks.append(Block(linear, size, spec, is_residual=is_residual))
            self.n_outputs = size

    def forward(self, values: Tensor, members: slice = ALL) -> Tensor:
        """Apply all blocks.

        Parameters
        ----------
        values : Tensor of shape (n_rows, n_inputs) or (n_members, n_rows, n_inputs)
            Three axes only for members that each see other rows.
        members : slice, default=ALL
            Those that the values belong to.

        Returns
        -------
        hidden : Tensor of shape (n_rows, n_outputs)
            (n_members, n_rows, n_outputs) for more than one member.
        """
        recomputes = self.checkpoint_gradients and self.training and torch.is_grad_enabled()
        for block in self.blocks:
            if recomputes:
                values = checkpoint(block, values, members, use_reentrant=False)
            else:
                values = block(values, members)
        return values


def _make_linear(n_inputs: int, size: int, spec: NetworkSpec, *, is_first: bool) -> nn.Linear | MemberLinear:
    if spec.n_members > 1 and (is_first or spec.member_adapters == "all"):
        return MemberLinear(
            n_inputs,
            size,
            spec.n_members,
            adapters=spec.member_adapters,
            initialization=spec.initialization,
            gain=HIDDEN_GAIN,
        )
    linear = nn.Linear(n_inputs, size)
    if spec.initialization != "default":  # torch has drawn that one already
        initialize_linear(
            linear.weight, linear.bias, spec.initialization, n_inputs=n_inputs, gain=HIDDEN_GAIN
        )
    return linear


def _make_normalization(size: int, spec: NetworkSpec) -> nn.Module:
    if spec.normalization == "layer":
        return nn.LayerNorm(size)
    if spec.normalization == "group":
        return GroupNorm(size)
    # Checkpointed training computes each block, and so its running statistics, twice per batch: two
    # steps of this momentum make one of 0.1.
    momentum = 1 - math.sqrt(1 - 0.1) if spec.checkpoint_gradients else 0.1
    if spec.n_members > 1:
        return MemberBatchNorm(spec.n_members, size, momentum=momentum)
    return nn.BatchNorm1d(size, momentum=momentum)

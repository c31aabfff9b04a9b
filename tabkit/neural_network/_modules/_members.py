"""Linear layers of many networks that train together and share their weights (TabM).

Gorishniy et al. 2025 (arXiv:2410.24210), after BatchEnsemble, Wen et al. 2020 (arXiv:2002.06715).
Values have shape (n_members, n_rows, size) here: the rows of a member lie together, so that the members
are the batch of one batched matrix product.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from tabkit.neural_network._modules._initialization import Initialization, initialize_linear

ALL = slice(None)


def take_members(values: Tensor, members: slice) -> Tensor:
    """Those of some members, or the tensor itself for `ALL` of them.

    Parameters
    ----------
    values : Tensor of shape (n_members, ...)
    members : slice

    Returns
    -------
    taken : Tensor of shape (n_members, ...)
    """
    return values if members is ALL else values[members]


class MemberLinear(nn.Module):
    """A linear layer whose weights all members share, and which each member adapts.

    ``y = ((x * r) W^T) * s + b`` with ``W`` shared, and ``r``, ``s`` and ``b`` of each member.

    Parameters
    ----------
    n_inputs, n_outputs : int
    n_members : int
    adapters : {"all", "input"}, default="all"
        "input" has ``r`` alone: ``s`` is one and ``b`` is shared.
    initialization : {"default", "xavier", "kaiming", "orthogonal", "realmlp"}, default="default"
        See `initialize_linear`.
    gain : float, default=1.0
        See there.

    Attributes
    ----------
    weight : Parameter of shape (n_outputs, n_inputs)
    bias : Parameter of shape (n_members, n_outputs)
        (n_outputs,) with "input".
    input_adapter : Parameter of shape (n_members, n_inputs)
        Starts at one.
    output_adapter : Parameter of shape (n_members, n_outputs)
        Starts at one; None with "input".

    Examples
    --------
    >>> MemberLinear(4, 8, n_members=3)(torch.ones(5, 4)).shape
    torch.Size([3, 5, 8])
    """

    output_adapter: nn.Parameter | None

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        n_members: int,
        *,
        adapters: Literal["all", "input"] = "all",
        initialization: Initialization = "default",
        gain: float = 1.0,
    ) -> None:
        super().__init__()
        self.n_members = n_members
        self.weight = nn.Parameter(torch.empty(n_outputs, n_inputs))
        self.input_adapter = nn.Parameter(torch.ones(n_members, n_inputs))
        if adapters == "all":
            self.bias = nn.Parameter(torch.empty(n_members, n_outputs))
            self.output_adapter = nn.Parameter(torch.ones(n_members, n_outputs))
        else:
            self.bias = nn.Parameter(torch.empty(n_outputs))
            self.register_parameter("output_adapter", None)
        initialize_linear(self.weight, self.bias, initialization, n_inputs=n_inputs, gain=gain)

    def forward(self, values: Tensor, members: slice = ALL) -> Tensor:
        """Apply the layer of every member, or of some.

        Parameters
        ----------
        values : Tensor of shape (n_members, n_rows, n_inputs) or (n_rows, n_inputs)
            Two axes when all members see the same.
        members : slice, default=ALL
            Those that the values belong to.

        Returns
        -------
        linear : Tensor of shape (n_members, n_rows, n_outputs)
        """
        n_outputs, n_inputs = self.weight.shape
        input_adapter = take_members(self.input_adapter, members)
        output_adapter: Tensor | None = None
        bias: Tensor = self.bias
        if self.output_adapter is not None:
            output_adapter, bias = take_members(self.output_adapter, members), take_members(bias, members)
        values = _as_in_autocast(values)
        # To adapt the values or the weights of each member: whichever are fewer.
        if values.shape[-2] * (n_inputs + n_outputs) > n_inputs * n_outputs:
            apply: Callable[..., Tensor] = _AdaptedWeights.apply
            return apply(values, self.weight, input_adapter, output_adapter, bias)
        linear = functional.linear(values * input_adapter.unsqueeze(1).to(values.dtype), self.weight)
        if output_adapter is None:
            return linear + bias.to(linear.dtype)
        factors, shifts = output_adapter.unsqueeze(1), bias.unsqueeze(1)
        return torch.addcmul(shifts.to(linear.dtype), linear, factors.to(linear.dtype))


class MemberHead(nn.Module):
    """A linear layer of its own for each member.

    Parameters
    ----------
    n_inputs, n_outputs : int
    n_members : int
    initialization : {"default", "xavier", "kaiming", "orthogonal", "realmlp"}, default="default"
        See `initialize_linear`.

    Attributes
    ----------
    weight : Parameter of shape (n_members, n_inputs, n_outputs)
    bias : Parameter of shape (n_members, n_outputs)

    Examples
    --------
    >>> MemberHead(4, 2, n_members=3)(torch.ones(3, 5, 4)).shape
    torch.Size([3, 5, 2])
    """

    def __init__(
        self, n_inputs: int, n_outputs: int, n_members: int, *, initialization: Initialization = "default"
    ) -> None:
        super().__init__()
        self.n_members = n_members
        self.weight = nn.Parameter(torch.empty(n_members, n_inputs, n_outputs))
        self.bias = nn.Parameter(torch.empty(n_members, n_outputs))
        initialize_linear(self.weight, self.bias, initialization, n_inputs=n_inputs)

    def forward(self, values: Tensor, members: slice = ALL) -> Tensor:
        """Apply the layer of every member, or of some.

        Parameters
        ----------
        values : Tensor of shape (n_members, n_rows, n_inputs) or (n_rows, n_inputs)
            Two axes when all members see the same.
        members : slice, default=ALL
            Those that the values belong to.

        Returns
        -------
        linear : Tensor of shape (n_members, n_rows, n_outputs)
        """
        weight, bias = take_members(self.weight, members), take_members(self.bias, members).unsqueeze(1)
        return torch.baddbmm(bias, _for_each_member(values, len(weight)), weight)


class _AdaptedWeights(torch.autograd.Function):
    """Linear layers that share weights but for factors of each member's inputs and outputs.

    The factors go into the weights, and what these become does not outlive the forward pass. Autograd
    alone would keep it, and take longer.
    """

    @staticmethod
    def forward(
        ctx: Any,
        values: Tensor,
        weight: Tensor,
        input_adapter: Tensor,
        output_adapter: Tensor | None,
        bias: Tensor,
    ) -> Tensor:
        ctx.save_for_backward(values, weight, input_adapter, output_adapter)
        adapted = _adapt(weight, input_adapter, output_adapter).to(values.dtype)
        shifts = (bias.unsqueeze(1) if bias.ndim == 2 else bias).to(values.dtype)
        return torch.baddbmm(shifts, _for_each_member(values, len(adapted)), adapted.mT)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        values, weight, input_adapter, output_adapter = ctx.saved_tensors
        needs_values, *needs_weights, needs_bias = ctx.needs_input_grad
        grads: list[Tensor | None] = [None] * 5
        if needs_values:
            by_member = torch.bmm(grad, _adapt(weight, input_adapter, output_adapter).to(grad.dtype))
            grads[0] = by_member.sum(0) if values.ndim == 2 else by_member
        if any(needs_weights):
            products = torch.bmm(grad.mT, _for_each_member(values, len(grad)))
            buffer = products * weight
            if output_adapter is None:
                grads[2] = buffer.sum(1)
                torch.mul(products, input_adapter.unsqueeze(1), out=buffer)
            else:
                grads[2] = torch.bmm(output_adapter.unsqueeze(1), buffer).squeeze(1)
                grads[3] = torch.bmm(buffer, input_adapter.unsqueeze(2)).squeeze(2)
                torch.mul(products, output_adapter.unsqueeze(2), out=buffer)
                buffer *= input_adapter.unsqueeze(1)
            grads[1] = buffer.sum(0)
        if needs_bias:
            grads[4] = grad.sum((0, 1) if output_adapter is None else 1, dtype=weight.dtype)
        return tuple(grads)


def _adapt(weight: Tensor, input_adapter: Tensor, output_adapter: Tensor | None) -> Tensor:
    adapted = weight * input_adapter.unsqueeze(1)
    return adapted if output_adapter is None else adapted.mul_(output_adapter.unsqueeze(2))


def _for_each_member(values: Tensor, n_members: int) -> Tensor:
    return values.expand(n_members, -1, -1) if values.ndim == 2 else values


def _as_in_autocast(values: Tensor) -> Tensor:
    device_type = values.device.type
    if torch.is_autocast_enabled(device_type):
        return values.to(torch.get_autocast_dtype(device_type))
    return values

"""Activation functions by name, fixed or with a learnt strength per unit."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from tabkit._core import InputError, suggest

PARAMETRIC = "parametric_"

# Those whose gradient follows from their output may write over the output of the layer before, which
# nothing else reads; behind the others, dropout may write over theirs. On a processor the memory of a
# large tensor costs more time than the arithmetic on it.
KEEPS_OUTPUT = ("elu", "leaky_relu", "relu", "selu", "tanh")
_MODULES: dict[str, Callable[[], nn.Module]] = {
    "elu": lambda: nn.ELU(inplace=True),
    "gelu": nn.GELU,
    "leaky_relu": lambda: nn.LeakyReLU(inplace=True),
    "mish": nn.Mish,
    "relu": lambda: nn.ReLU(inplace=True),
    "selu": lambda: nn.SELU(inplace=True),
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
}
_FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "elu": functional.elu,
    "gelu": functional.gelu,
    "leaky_relu": functional.leaky_relu,
    "mish": functional.mish,
    "relu": torch.relu,
    "selu": torch.selu,
    "silu": functional.silu,
    "tanh": torch.tanh,
}
ACTIVATIONS = (*_MODULES, *(PARAMETRIC + name for name in _FUNCTIONS))


class ParametricActivation(nn.Module):
    """An activation with a learnt share per unit: 0 is the identity, 1 the activation itself.

    RealMLP's: ``x + weight * (activation(x) - x)``, Holzmüller et al. 2024 (arXiv:2407.04491).

    Parameters
    ----------
    name : str
        Of the activation: "selu", "mish" and so on, without "parametric_".
    size : int
        Units.

    Attributes
    ----------
    weight : Parameter of shape (size,)
        Starts at one.

    Notes
    -----
    Input and output have shape (..., size).

    Examples
    --------
    >>> ParametricActivation("relu", 2)(torch.tensor([[-1.0, 2.0]])).tolist()
    [[0.0, 2.0]]
    """

    def __init__(self, name: str, size: int) -> None:
        super().__init__()
        self.name = name
        self.weight = nn.Parameter(torch.ones(size))
        self._function = _FUNCTIONS[name]

    def forward(self, values: Tensor) -> Tensor:
        """Mix the input with its activation.

        Parameters
        ----------
        values : Tensor of shape (..., size)

        Returns
        -------
        activated : Tensor of shape (..., size)
        """
        return torch.lerp(values, self._function(values), self.weight.to(values.dtype))

    def extra_repr(self) -> str:
        """What `print` shows of the module."""
        return f"{self.name}, size={self.weight.numel()}"


def make_activation(name: str, size: int) -> nn.Module:
    """An activation by name.

    Parameters
    ----------
    name : str
        One of "elu", "gelu", "leaky_relu", "mish", "relu", "selu", "silu" and "tanh", or one of
        these after "parametric_", see `ParametricActivation`.
    size : int
        Units; only a parametric one has a use for it.

    Returns
    -------
    activation : nn.Module
        From shape (..., size) to the same. It may write over its input.

    Raises
    ------
    InputError
        If there is none of that name.

    Examples
    --------
    >>> make_activation("silu", 8), make_activation("parametric_selu", 8)
    (SiLU(), ParametricActivation(selu, size=8))
    """
    if name not in ACTIVATIONS:
        raise InputError(f"unknown activation {name!r}: {suggest(name, ACTIVATIONS, 'choose one of')}")
    if name.startswith(PARAMETRIC):
        return ParametricActivation(name.removeprefix(PARAMETRIC), size)
    return _MODULES[name]()

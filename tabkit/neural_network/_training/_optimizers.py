"""Optimisers by name, groups of parameters with rates of their own, and the L1 penalty's gradient."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tabkit._core import InputError, first_line, suggest

# The base class is no optimiser, SparseAdam takes no gradients as networks for tables have them, and Muon
# (not in every version) no parameters but matrices.
_NOT_BY_NAME = (torch.optim.Optimizer, torch.optim.SparseAdam, getattr(torch.optim, "Muon", None))
_CLASSES: dict[str, type[torch.optim.Optimizer]] = {
    name.lower(): cls
    for name, cls in vars(torch.optim).items()
    if isinstance(cls, type) and issubclass(cls, torch.optim.Optimizer) and cls not in _NOT_BY_NAME
}
_OPTIONS_BY_CLASS: dict[type[torch.optim.Optimizer], dict[str, Any]] = {
    torch.optim.SGD: {"momentum": 0.9},
    # It has no fused implementation, and this one is faster than the plain one on processors too.
    torch.optim.RMSprop: {"foreach": True},
}
_NO_OPTIONS = ("params", "lr", "weight_decay")
# Where one call for all parameters takes the place of several for each.
_FUSED_DEVICES = frozenset({"cpu", "cuda"})


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters with a learning rate and a weight decay of their own.

    Attributes
    ----------
    parameters : sequence of nn.Parameter
    learning_rate_factor, weight_decay_factor : float
        Times the learning rate and the weight decay of the optimiser.
    """

    parameters: Sequence[nn.Parameter]
    learning_rate_factor: float = 1.0
    weight_decay_factor: float = 1.0


def make_optimizer(
    optimizer: str | type[torch.optim.Optimizer],
    groups: Sequence[ParameterGroup],
    *,
    learning_rate: float,
    weight_decay: float = 0.0,
    options: Mapping[str, Any] | None = None,
) -> torch.optim.Optimizer:
    """Make an optimiser.

    Groups with the same factors become one, because every group costs a call in each step. The fused
    implementation is used where there is one: on a processor it takes a fifth to a quarter of the plain
    one's time.

    Parameters
    ----------
    optimizer : str or class
        "adamw", "adam", "sgd" (with a momentum of 0.9), "rmsprop" or the name of another optimiser of torch
        in any case, or a class of optimisers.
    groups : sequence of ParameterGroup
    learning_rate : float
    weight_decay : float, default=0.0
    options : mapping of str or None, default=None
        Arguments of the optimiser, such as ``{"betas": (0.9, 0.95)}``. With ``{"capturable": True}`` the
        learning rates are tensors on the device, as CUDA graphs need them.

    Returns
    -------
    optimizer : torch.optim.Optimizer
        For `set_learning_rate` and `set_weight_decay`, its groups have ``initial_lr`` and
        ``initial_weight_decay``.

    Raises
    ------
    InputError
        If there is no such optimiser, it takes no such option, or its step needs a closure.
    """
    cls = _find_class(optimizer)
    arguments = _OPTIONS_BY_CLASS.get(cls, {}) | dict(options or {})
    known = inspect.signature(cls).parameters
    _check_options(cls, known, arguments, weight_decay)
    merged = _merge(groups)
    if "fused" in known and not {"fused", "foreach", "differentiable"} & set(arguments):
        arguments["fused"] = _can_be_fused(merged)
    as_tensor = bool(arguments.get("capturable"))
    param_groups = [
        _param_group(group, learning_rate, weight_decay if "weight_decay" in known else None, as_tensor)
        for group in merged
    ]
    try:
        return cls(param_groups, **arguments)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"optimizer {cls.__name__}: {first_line(error)}") from error


def set_learning_rate(optimizer: torch.optim.Optimizer, factor: float) -> None:
    """Set every group's learning rate to a factor times its initial one.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        Of `make_optimizer`.
    factor : float
    """
    for group in optimizer.param_groups:
        rate = group["initial_lr"] * factor
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


def set_weight_decay(optimizer: torch.optim.Optimizer, factor: float) -> None:
    """Set every group's weight decay to a factor times its initial one.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        Of `make_optimizer`; without weight decay nothing happens.
    factor : float
    """
    for group in optimizer.param_groups:
        if "initial_weight_decay" in group:
            group["weight_decay"] = group["initial_weight_decay"] * factor


def add_l1_gradient(parameters: Iterable[Tensor], strength: float) -> None:
    """Add to the gradients that of an L1 penalty, ``strength`` times the sum of the absolute values.

    A tenth of the time that the penalty as a part of the loss takes. Call it before each step of the
    optimiser: once, also where gradients are accumulated; after they are unscaled, before they are clipped.

    Parameters
    ----------
    parameters : iterable of Tensor
        Those without a gradient are left out.
    strength : float

    Examples
    --------
    >>> weight = torch.tensor([1.0, -2.0], requires_grad=True)
    >>> weight.pow(2).sum().backward()
    >>> add_l1_gradient([weight], 0.5)
    >>> weight.grad
    tensor([ 2.5000, -4.5000])
    """
    learnt = [parameter for parameter in parameters if parameter.grad is not None]
    gradients = [parameter.grad for parameter in learnt if parameter.grad is not None]
    if learnt:
        with torch.no_grad():
            torch._foreach_add_(gradients, torch._foreach_sign(learnt), alpha=strength)


def take_moments(optimizer: torch.optim.Optimizer, before: torch.optim.Optimizer) -> None:
    """Go on with the moments of an optimiser of the same class for parameters of the same shapes.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        Begins with them; with none where the other does not fit. Its rates and options stay.
    before : torch.optim.Optimizer
    """
    if type(optimizer) is type(before) and _list_shapes(optimizer) == _list_shapes(before):
        state = copy.deepcopy(before.state_dict()["state"])
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _list_shapes(optimizer: torch.optim.Optimizer) -> list[list[torch.Size]]:
    return [[parameter.shape for parameter in group["params"]] for group in optimizer.param_groups]


def _find_class(optimizer: str | type[torch.optim.Optimizer]) -> type[torch.optim.Optimizer]:
    if isinstance(optimizer, str):
        if optimizer.lower() not in _CLASSES:
            hint = suggest(optimizer, _CLASSES, "choose one of")
            raise InputError(f"optimizer {optimizer!r} does not exist: {hint}")
        cls = _CLASSES[optimizer.lower()]
    elif isinstance(optimizer, type) and issubclass(optimizer, torch.optim.Optimizer):
        cls = optimizer
    else:
        raise InputError(f"optimizer: expected a name or a class of torch.optim.Optimizer, got {optimizer!r}")
    closure = inspect.signature(cls.step).parameters.get("closure")
    if closure is not None and closure.default is inspect.Parameter.empty:
        raise InputError(
            f"optimizer {cls.__name__} computes the loss several times in a step, which is not supported: "
            "choose another such as 'adamw'"
        )
    return cls


def _check_options(
    cls: type[torch.optim.Optimizer],
    known: Mapping[str, inspect.Parameter],
    arguments: Mapping[str, Any],
    weight_decay: float,
) -> None:
    takes_any = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in known.values())
    for name in arguments:
        if name in _NO_OPTIONS:
            raise InputError(
                f"optimizer {cls.__name__}: {name!r} is no option, it has a parameter of its own"
            )
        if name not in known and not takes_any:
            others = [option for option in known if option not in _NO_OPTIONS]
            hint = suggest(name, others, "choose one of")
            raise InputError(f"optimizer {cls.__name__} has no option {name!r}: {hint}")
    if weight_decay and "weight_decay" not in known:
        raise InputError(f"optimizer {cls.__name__} has no weight decay: set weight_decay=0")


def _merge(groups: Sequence[ParameterGroup]) -> list[ParameterGroup]:
    """Put groups with the same factors together and leave out empty ones."""
    merged: dict[tuple[float, float], list[nn.Parameter]] = {}
    for group in groups:
        key = group.learning_rate_factor, group.weight_decay_factor
        merged.setdefault(key, []).extend(group.parameters)
    return [ParameterGroup(parameters, *key) for key, parameters in merged.items() if parameters]


def _can_be_fused(groups: Sequence[ParameterGroup]) -> bool:
    return all(
        parameter.is_floating_point() and parameter.device.type in _FUSED_DEVICES
        for group in groups
        for parameter in group.parameters
    )


def _param_group(
    group: ParameterGroup, learning_rate: float, weight_decay: float | None, as_tensor: bool
) -> dict[str, Any]:
    """A group as torch takes it."""
    rate = learning_rate * group.learning_rate_factor
    entries: dict[str, Any] = {"params": list(group.parameters), "lr": rate, "initial_lr": rate}
    if as_tensor:
        entries["lr"] = torch.tensor(rate, device=group.parameters[0].device)
    if weight_decay is not None:
        decay = weight_decay * group.weight_decay_factor
        entries |= {"weight_decay": decay, "initial_weight_decay": decay}
    return entries

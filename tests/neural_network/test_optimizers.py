"""Optimisers against torch's plain ones, rates by group, schedules of them, the L1 gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tabkit import InputError
from tabkit.neural_network._training._optimizers import (
    ParameterGroup,
    add_l1_gradient,
    make_optimizer,
    set_learning_rate,
    set_weight_decay,
)


def make_parameters(seed: int = 0) -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(seed)
    return [nn.Parameter(torch.randn(*shape, generator=generator)) for shape in ((4, 3), (3,), (2, 2, 2))]


def step(optimizer: torch.optim.Optimizer, parameters: list[nn.Parameter]) -> None:
    """One step on the sum of the fourth powers."""
    optimizer.zero_grad()
    torch.stack([parameter.pow(4).sum() for parameter in parameters]).sum().backward()
    optimizer.step()


@pytest.mark.parametrize(
    ("name", "cls", "plain", "options"),
    [
        ("adamw", torch.optim.AdamW, {"foreach": False, "fused": False}, {"betas": (0.8, 0.95), "eps": 1e-6}),
        ("adam", torch.optim.Adam, {"foreach": False, "fused": False}, {"amsgrad": True}),
        ("sgd", torch.optim.SGD, {"foreach": False, "fused": False, "momentum": 0.9}, {"nesterov": True}),
        ("rmsprop", torch.optim.RMSprop, {"foreach": False}, {"alpha": 0.9}),
        ("NAdam", torch.optim.NAdam, {"foreach": False}, {}),
        (torch.optim.Adagrad, torch.optim.Adagrad, {"foreach": False, "fused": False}, {}),
    ],
)
def test_as_the_plain_one_of_torch(
    name: Any, cls: type, plain: dict[str, Any], options: dict[str, Any]
) -> None:
    ours, theirs = make_parameters(), make_parameters()
    optimizer = make_optimizer(
        name, [ParameterGroup(ours)], learning_rate=0.01, weight_decay=0.1, options=options
    )
    reference = cls(theirs, lr=0.01, weight_decay=0.1, **plain, **options)
    assert type(optimizer) is cls
    for _ in range(20):
        step(optimizer, ours)
        step(reference, theirs)
    for parameter, expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(parameter, expected, rtol=1e-5, atol=1e-6)


def test_groups_have_rates_and_decays_of_their_own() -> None:
    first, second, third = make_parameters()
    groups = [
        ParameterGroup([first]),
        ParameterGroup([second], learning_rate_factor=0.1, weight_decay_factor=0.0),
        ParameterGroup([third], learning_rate_factor=5.0),
    ]
    optimizer = make_optimizer("sgd", groups, learning_rate=0.02, weight_decay=0.5)
    factors = [(1.0, 1.0), (0.1, 0.0), (5.0, 1.0)]
    before = [parameter.detach().clone() for parameter in (first, second, third)]
    step(optimizer, [first, second, third])
    for parameter, old, (rate, decay) in zip((first, second, third), before, factors, strict=True):
        expected = old - 0.02 * rate * (4 * old**3 + 0.5 * decay * old)
        torch.testing.assert_close(parameter.detach(), expected, rtol=1e-5, atol=1e-6)


def test_groups_with_the_same_factors_become_one() -> None:
    first, second, third = make_parameters()
    groups = [
        ParameterGroup([first]),
        ParameterGroup([third], 2.0),
        ParameterGroup([second]),
        ParameterGroup([], 3.0),
    ]
    optimizer = make_optimizer("adamw", groups, learning_rate=1.0)
    assert [len(group["params"]) for group in optimizer.param_groups] == [2, 1]


def test_schedules_keep_the_factors_of_groups() -> None:
    first, second, _ = make_parameters()
    groups = [ParameterGroup([first]), ParameterGroup([second], 0.1, 0.5)]
    optimizer = make_optimizer("adamw", groups, learning_rate=0.2, weight_decay=0.4)
    for factor in (0.5, 0.0, 1.0):  # 0 is not where it stays
        set_learning_rate(optimizer, factor)
        set_weight_decay(optimizer, factor / 2)
        rates = [(group["lr"], group["weight_decay"]) for group in optimizer.param_groups]
        np.testing.assert_allclose(rates, [(0.2 * factor, 0.2 * factor), (0.02 * factor, 0.1 * factor)])


def test_rates_as_tensors_are_filled_in_place() -> None:
    parameters = make_parameters()
    rate = torch.tensor(0.1)
    optimizer = make_optimizer("adamw", [ParameterGroup(parameters)], learning_rate=0.1)
    optimizer.param_groups[0]["lr"] = rate
    set_learning_rate(optimizer, 0.5)
    assert optimizer.param_groups[0]["lr"] is rate
    assert float(rate) == pytest.approx(0.05)
    capturable = make_optimizer(
        "adamw", [ParameterGroup(parameters)], learning_rate=0.1, options={"capturable": True}
    )
    assert isinstance(capturable.param_groups[0]["lr"], Tensor)


def test_the_state_goes_on_where_it_was() -> None:
    whole, parts = make_parameters(), make_parameters()
    groups = [ParameterGroup(whole[:1], 0.5), ParameterGroup(whole[1:])]
    optimizer = make_optimizer("adamw", groups, learning_rate=0.01, weight_decay=0.1)
    for _ in range(6):
        step(optimizer, whole)
    groups = [ParameterGroup(parts[:1], 0.5), ParameterGroup(parts[1:])]
    first, second = (make_optimizer("adamw", groups, learning_rate=0.01, weight_decay=0.1) for _ in range(2))
    set_learning_rate(first, 1.0)
    for _ in range(3):
        step(first, parts)
    second.load_state_dict(first.state_dict())
    set_learning_rate(second, 1.0)
    for _ in range(3):
        step(second, parts)
    for parameter, expected in zip(parts, whole, strict=True):
        assert torch.equal(parameter, expected)


def test_frozen_parameters_stay() -> None:
    parameters = make_parameters()
    frozen = parameters[0].requires_grad_(False)
    before = frozen.clone()
    optimizer = make_optimizer("adamw", [ParameterGroup(parameters)], learning_rate=0.1, weight_decay=1.0)
    step(optimizer, parameters)
    assert torch.equal(frozen, before)
    frozen.requires_grad_(True)
    step(optimizer, parameters)
    assert not torch.equal(frozen, before)


@pytest.mark.parametrize(
    ("optimizer", "arguments", "message"),
    [
        ("adamv", {}, "'adamv' does not exist: did you mean 'adam' or"),
        (nn.Linear, {}, "expected a name or a class of torch.optim.Optimizer"),
        ("adam", {"options": {"beta": (0.9, 0.99)}}, "Adam has no option 'beta': did you mean 'betas'"),
        ("adam", {"options": {"lr": 0.1}}, "'lr' is no option"),
        ("adam", {"options": {"betas": (0.9, 1.5)}}, "Adam: Invalid beta parameter at index 1: 1.5"),
        ("lbfgs", {}, "LBFGS computes the loss several times in a step"),
        ("rprop", {"weight_decay": 0.1}, "Rprop has no weight decay: set weight_decay=0"),
    ],
)
def test_says_what_is_wrong(optimizer: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_optimizer(optimizer, [ParameterGroup(make_parameters())], learning_rate=0.1, **arguments)


def test_l1_gradient_is_that_of_the_penalty() -> None:
    ours, theirs = make_parameters(), make_parameters()
    frozen = torch.ones(3)
    for parameters in (ours, theirs):
        loss = torch.stack([parameter.pow(4).sum() for parameter in parameters]).sum()
        if parameters is theirs:
            loss = loss + 0.3 * torch.stack([parameter.abs().sum() for parameter in parameters]).sum()
        loss.backward()
    add_l1_gradient([*ours, frozen], 0.3)
    add_l1_gradient([frozen], 0.3)
    for parameter, expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(parameter.grad, expected.grad)

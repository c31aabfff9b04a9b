"""Dropout by windows into one row of random numbers: the statistics that fresh numbers would have."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tabkit.neural_network._modules._dropout import Dropout, draw_mask


@pytest.mark.parametrize("p", [0.1, 0.5, 0.85])
def test_share_and_scale(p: float) -> None:
    torch.manual_seed(0)
    thinned = Dropout(p)(torch.ones(1000, 200))
    assert thinned.unique().tolist() == pytest.approx([0, 1 / (1 - p)])
    # 200,000 draws: standard error 0.001 of the share at most.
    assert (thinned == 0).float().mean().item() == pytest.approx(p, abs=0.005)
    # Every unit alike, and every row: 1,000 and 200 draws.
    assert ((thinned == 0).float().mean(dim=0) - p).abs().max() < 0.08
    assert ((thinned == 0).float().mean(dim=1) - p).abs().max() < 0.18


def test_units_rows_members_and_calls_are_independent() -> None:
    torch.manual_seed(0)
    dropout = Dropout(0.3)
    first, second = (dropout(torch.ones(4, 500, 50)) != 0 for _ in range(2))
    # What two of them share, as a correlation: standard error 0.045 between units of one member.
    units = torch.corrcoef(first[0].float().T).fill_diagonal_(0)
    rows = torch.corrcoef(first[0].float()).fill_diagonal_(0)
    members = torch.corrcoef(first.flatten(1).float()).fill_diagonal_(0)
    calls = torch.corrcoef(torch.stack([first.flatten(), second.flatten()]).float()).fill_diagonal_(0)
    assert units.abs().max() < 0.25
    assert rows.abs().max() < 0.8
    assert rows.abs().mean() < 0.15
    assert members.abs().max() < 0.03
    assert calls.abs().max() < 0.02


def test_a_seed_gives_the_same_masks_and_another_others() -> None:
    masks = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        masks.append([draw_mask(100, 0.5, torch.float32).clone() for _ in range(3)])
    assert torch.equal(torch.stack(masks[0]), torch.stack(masks[1]))
    assert not torch.equal(masks[0][0], masks[2][0])
    assert not torch.equal(masks[0][0], masks[0][1])


def test_masks_do_not_depend_on_what_was_asked_for_before() -> None:
    torch.manual_seed(0)
    short = draw_mask(50, 0.25, torch.float32).clone()
    torch.manual_seed(0)
    long = draw_mask(2**20 + 50, 0.25, torch.float32)
    assert torch.equal(long[:50], short)
    assert len(long) == 2**20 + 50


def test_nothing_is_dropped_in_evaluation_or_at_share_zero() -> None:
    values = torch.randn(5, 3)
    assert Dropout(0.5).eval()(values) is values
    assert Dropout(0.0)(values) is values


def test_share_may_change() -> None:
    dropout = Dropout(0.1)
    dropout(torch.ones(10))
    dropout.p = 0.9
    assert (dropout(torch.ones(1000)) == 0).float().mean() > 0.8


@pytest.mark.parametrize("inplace", [False, True])
def test_gradient_is_the_mask(inplace: bool) -> None:
    values = torch.randn(50, 20, requires_grad=True)
    thinned = Dropout(0.4, inplace=inplace)(nn.functional.silu(values))
    expected = nn.functional.silu(values.detach())
    mask = torch.where(thinned == 0, 0.0, 1 / 0.6)
    torch.testing.assert_close(thinned, expected * mask)
    (gradient,) = torch.autograd.grad(thinned.sum(), values)
    (plain,) = torch.autograd.grad((nn.functional.silu(values) * mask).sum(), values)
    torch.testing.assert_close(gradient, plain)


def test_training_works_after_a_first_pass_in_inference_mode() -> None:
    dropout = Dropout(0.123)
    with torch.inference_mode():
        dropout(torch.ones(10))
    values = torch.ones(10, requires_grad=True)
    dropout(values * 1).sum().backward()
    assert values.grad is not None


def test_half_precision() -> None:
    assert Dropout(0.5)(torch.ones(10, dtype=torch.bfloat16)).dtype == torch.bfloat16

"""The average of weights against its formula; in and out of the module."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from torch import nn

from tabkit import InputError
from tabkit.neural_network._training._averaging import WeightAverage


def make_module() -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))


def change(module: nn.Module, generator: torch.Generator) -> None:
    """Something that a step of training might do."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator))
    module(torch.randn(5, 3, generator=generator))


@pytest.mark.parametrize("warmup", [False, True])
def test_average_is_the_formula(warmup: bool) -> None:
    module, generator = make_module(), torch.Generator().manual_seed(0)
    average = WeightAverage(module, decay=0.8, warmup=warmup)
    expected = {name: tensor.numpy().copy() for name, tensor in module.state_dict().items()}
    for t in range(50):
        change(module, generator)
        average.update()
        kept = min(0.8, (1 + t) / (10 + t)) if warmup else 0.8
        for name, tensor in module.state_dict().items():
            expected[name] = kept * expected[name] + (1 - kept) * tensor.numpy()
    with average.applied():
        for name, tensor in module.state_dict().items():
            if tensor.is_floating_point():
                np.testing.assert_allclose(tensor.numpy(), expected[name], rtol=1e-5, atol=1e-6)
    assert module[1].num_batches_tracked == 50


def test_own_weights_come_back_in_the_same_tensors() -> None:
    module, generator = make_module(), torch.Generator().manual_seed(0)
    average = WeightAverage(module, decay=0.5)
    change(module, generator)
    average.update()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    places = [parameter.data_ptr() for parameter in module.parameters()]

    def fail_halfway() -> None:
        with average.applied():
            assert not torch.equal(module[0].weight, before["0.weight"])
            assert [parameter.data_ptr() for parameter in module.parameters()] == places
            raise KeyError("halfway")

    with pytest.raises(KeyError, match="halfway"):
        fail_halfway()
    for name, tensor in module.state_dict().items():
        assert torch.equal(tensor, before[name])
    assert [parameter.data_ptr() for parameter in module.parameters()] == places


def test_updates_leave_no_trace_in_the_graph() -> None:
    module = make_module()
    average = WeightAverage(module)
    average.update()
    assert not any(tensor.requires_grad for tensor in average.state_dict()["averages"].values())
    with average.applied():
        module(torch.ones(2, 3)).sum().backward()
    assert all(parameter.grad is not None for parameter in module.parameters())


def test_goes_on_where_it_was() -> None:
    module, generator = make_module(), torch.Generator().manual_seed(0)
    whole = WeightAverage(module, decay=0.7)
    for _ in range(3):
        change(module, generator)
        whole.update()
    again = WeightAverage(module, decay=0.7)
    again.load_state_dict(pickle.loads(pickle.dumps(whole.state_dict())))
    change(module, generator)
    whole.update()
    again.update()
    first, second = whole.state_dict(), again.state_dict()
    assert first["n_updates"] == second["n_updates"] == 4
    for name, tensor in first["averages"].items():
        assert torch.equal(tensor, second["averages"][name])


def test_says_what_is_wrong() -> None:
    module = make_module()
    with pytest.raises(InputError, match=r"expected 0 up to less than 1, got 1\.0"):
        WeightAverage(module, decay=1.0)
    with pytest.raises(InputError, match="of another network"):
        WeightAverage(module).load_state_dict(WeightAverage(nn.Linear(2, 2)).state_dict())

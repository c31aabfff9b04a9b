"""The exponential moving average of a network's weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from tabkit._core import InputError


class WeightAverage:
    """The average of the weights over the last steps, which predicts better than those of the last one.

    Floating buffers that are saved, such as the statistics of batch normalisation, are averaged with the
    parameters; other buffers stay those of the last step. Make it when the module is on its device.

    Parameters
    ----------
    module : nn.Module
    decay : float, default=0.999
        What is kept of the average in each step: it reaches back about ``1 / (1 - decay)`` steps.
    warmup : bool, default=True
        Keep at most ``(1 + t) / (10 + t)`` after ``t`` updates, so that the average leaves the initial
        weights behind soon.

    Examples
    --------
    >>> module = nn.Linear(1, 1, bias=False)
    >>> _ = nn.init.zeros_(module.weight)
    >>> average = WeightAverage(module, decay=0.5, warmup=False)
    >>> _ = nn.init.ones_(module.weight)
    >>> average.update()
    >>> with average.applied():
    ...     module.weight.item()
    0.5
    >>> module.weight.item()
    1.0
    """

    def __init__(self, module: nn.Module, decay: float = 0.999, *, warmup: bool = True) -> None:
        if not 0.0 <= decay < 1.0:
            raise InputError(f"decay of the average of weights: expected 0 up to less than 1, got {decay!r}")
        self.decay = decay
        self.warmup = warmup
        self.n_updates = 0
        # Buffers that are not saved are no statistics, and may be infinite.
        tensors = module.state_dict(keep_vars=True)
        self._weights = {name: tensor for name, tensor in tensors.items() if tensor.is_floating_point()}
        self._live: list[Tensor] = list(self._weights.values())
        self._averages = [tensor.detach().clone() for tensor in self._live]
        self._blend = _make_blend(decay)

    def update(self) -> None:
        """Take the weights of now into the average: call it after each step of the optimiser."""
        blend = self._blend
        if self.warmup:
            kept = (1 + self.n_updates) / (10 + self.n_updates)
            if kept < self.decay:
                blend = _make_blend(kept)
        self.n_updates += 1
        blend(self._averages, self._live, None)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Let the module have the average inside a ``with`` block, and its own weights again after it."""
        own = [tensor.detach().clone() for tensor in self._live]
        self._write(self._averages)
        try:
            yield
        finally:
            self._write(own)

    def keep(self) -> None:
        """Let the module have the average from now on."""
        self._write(self._averages)

    def state_dict(self) -> dict[str, Any]:
        """Copies of the averages and the number of updates, to go on from later."""
        averages = zip(self._weights, self._averages, strict=True)
        return {"n_updates": self.n_updates, "averages": {name: tensor.clone() for name, tensor in averages}}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state.

        Parameters
        ----------
        state : dict
            Of `state_dict`, of a module with the same weights.

        Raises
        ------
        InputError
            If the module has other weights.
        """
        averages: dict[str, Tensor] = state["averages"]
        shapes = {name: tensor.shape for name, tensor in averages.items()}
        if shapes != {name: tensor.shape for name, tensor in self._weights.items()}:
            raise InputError("the saved average of weights is of another network than this one")
        self.n_updates = state["n_updates"]
        for name, tensor in zip(self._weights, self._averages, strict=True):
            tensor.copy_(averages[name])

    def _write(self, tensors: list[Tensor]) -> None:
        # Into the tensors that are there: a captured graph and the optimiser go on using them.
        with torch.no_grad():
            for live, tensor in zip(self._live, tensors, strict=True):
                live.copy_(tensor)


def _make_blend(kept: float) -> Callable[[list[Tensor], list[Tensor], None], None]:
    """A function that moves averages towards tensors, all in one call."""
    return get_ema_multi_avg_fn(kept)  # type: ignore[no-untyped-call]

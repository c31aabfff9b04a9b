"""Dropout that costs one multiplication on a processor.

There, torch draws a new number for every unit, which takes about as long as the layer itself. Here the
numbers are drawn once, and a mask is a window into them that starts at a random place: each unit is
still dropped with the same chance, apart for each row and member, and a seed still gives the same masks.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional

# Places at which a mask can start.
_N_STARTS = 2**20
# Numbers that are drawn at a time.
_BLOCK = 2**20


class Dropout(nn.Module):
    """Zeros for a random share of the units in training, the others scaled up (Srivastava et al. 2014).

    Parameters
    ----------
    p : float
        Share that is dropped, from 0 to below 1; it may be set to another value at any time.
    inplace : bool, default=False
        Whether the output may take the place of the input.

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> Dropout(0.5)(torch.ones(2, 4)).unique()
    tensor([0., 2.])
    >>> Dropout(0.5).eval()(torch.ones(1, 2))
    tensor([[1., 1.]])
    """

    def __init__(self, p: float, *, inplace: bool = False) -> None:
        super().__init__()
        self.p = p
        self.inplace = inplace

    def forward(self, values: Tensor) -> Tensor:
        """Drop units.

        Parameters
        ----------
        values : Tensor of any shape

        Returns
        -------
        thinned : Tensor of the same shape
        """
        if not self.training or self.p == 0:
            return values
        if values.device.type != "cpu" or torch.compiler.is_compiling():
            return functional.dropout(values, self.p, inplace=self.inplace)
        mask = draw_mask(values.numel(), self.p, values.dtype).view(values.shape)
        return values.mul_(mask) if self.inplace else values * mask

    def extra_repr(self) -> str:
        """What `print` shows of the module."""
        return f"p={self.p}"


def draw_mask(n_units: int, p: float, dtype: torch.dtype) -> Tensor:
    """Random factors: zero with chance ``p``, ``1 / (1 - p)`` otherwise.

    Parameters
    ----------
    n_units : int
    p : float
        In steps of 1 / 65,536. A new value costs some milliseconds: better every epoch than every step.
    dtype : torch.dtype

    Returns
    -------
    mask : Tensor of shape (n_units,)
        A view of numbers that others use too: it must not be changed.
    """
    start = int(torch.randint(_N_STARTS, ()))
    return _Factors.of(p, dtype).view(start, start + n_units)


class _Factors:
    """Random factors in a row that grows as longer masks are asked for."""

    def __init__(self, p: float, dtype: torch.dtype) -> None:
        self.p = p
        self.values = torch.empty(0, dtype=dtype)

    # One share per network, and two types in mixed precision; more when several train in turn.
    @staticmethod
    @lru_cache(maxsize=4)
    def of(p: float, dtype: torch.dtype) -> _Factors:
        return _Factors(p, dtype)

    def view(self, start: int, end: int) -> Tensor:
        if end > len(self.values):
            self.values = self._draw(1 + (end - 1) // _BLOCK)
        return self.values[start:end]

    def _draw(self, n_blocks: int) -> Tensor:
        limit = min(round(self.p * 2**16), 2**16 - 1) - 2**15
        # Training may come after a forward pass in inference mode, whose tensors it could not use.
        with torch.inference_mode(False):
            is_kept = torch.cat([_draw_block(seed) for seed in range(n_blocks)]) >= limit
            return is_kept.to(self.values.dtype).mul_(1 / (1 - self.p))


@lru_cache(maxsize=32)
def _draw_block(seed: int) -> Tensor:
    """The random numbers, the same in every process: what varies is where a mask starts."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(-(2**15), 2**15, (_BLOCK,), generator=generator, dtype=torch.int16)

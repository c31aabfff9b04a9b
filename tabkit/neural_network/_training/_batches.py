"""Which rows each step of the training takes."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor


class Batches:
    """Positions of rows in random order, in blocks of one size.

    The rows that are left over at the end of an epoch wait for the next order, unless all are to be taken: a
    smaller last block would weigh its rows more, and batch normalisation fails on one row.

    Parameters
    ----------
    n_rows : int
    batch_size : int
        All rows where there are fewer.
    generator : torch.Generator
    chances : Tensor of shape (n_rows,) or None, default=None
        Rows are drawn by these, with replacement; None takes every row once. On the generator's device.
    device : torch.device or None, default=None
        Where the positions are wanted; None where they are drawn.
    takes_all : bool, default=False
        Whether an epoch is every row, in more blocks of nearly one size.
    """

    def __init__(
        self,
        n_rows: int,
        batch_size: int,
        *,
        generator: torch.Generator,
        chances: Tensor | None = None,
        device: torch.device | None = None,
        takes_all: bool = False,
    ) -> None:
        self.n_rows = n_rows
        self.batch_size = min(batch_size, n_rows)
        self.generator = generator
        self.chances = chances
        self.device = device or generator.device
        self.takes_all = takes_all

    def __len__(self) -> int:
        return -(-self.n_rows // self.batch_size) if self.takes_all else self.n_rows // self.batch_size

    def __iter__(self) -> Iterator[Tensor]:
        order = self._draw_order().to(self.device)
        if self.takes_all:
            yield from torch.tensor_split(order, len(self))
        else:
            yield from torch.split(order[: len(self) * self.batch_size], self.batch_size)

    def _draw_order(self) -> Tensor:
        device = self.generator.device
        if self.chances is None:
            return torch.randperm(self.n_rows, generator=self.generator, device=device)
        # Inverse of the distribution function: torch.multinomial takes no more than 2**24 rows.
        edges = self.chances.double().cumsum(0)
        drawn = torch.rand(self.n_rows, generator=self.generator, device=device, dtype=torch.float64)
        return torch.searchsorted(edges, drawn * edges[-1], right=True).clamp_(max=self.n_rows - 1)

"""Where the batches of a training come from."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator

import torch
from torch import Tensor

from tabkit.neural_network._training._batches import Batches
from tabkit.neural_network._training._rows import TensorRows


class Feed(ABC):
    """Batches of training rows, in another random order each time it is iterated over.

    Attributes
    ----------
    batch_size : int
    generator : torch.Generator
        Of the orders, on the device of the rows.
    """

    batch_size: int
    generator: torch.Generator

    @abstractmethod
    def __len__(self) -> int:
        """Batches of an epoch."""

    @abstractmethod
    def __iter__(self) -> Iterator[TensorRows]:
        """The batches of an epoch, on the device."""


class Source(ABC):
    """Training rows, wherever they lie.

    Attributes
    ----------
    sample : TensorRows
        Rows to make the first weights from, on the processor.
    targets : TensorRows
        Target and weight of all rows; the columns may be missing.
    """

    sample: TensorRows
    targets: TensorRows

    @abstractmethod
    def open(self, batch_size: int, device: torch.device, seed: int) -> Feed:
        """A feed of these rows.

        Parameters
        ----------
        batch_size : int
        device : torch.device
        seed : int
            Of the orders.

        Returns
        -------
        feed : Feed
        """

    @abstractmethod
    def fingerprint(self) -> str:
        """Digest of the rows, so that only the same training is resumed."""


class TensorSource(Source):
    """Rows in memory.

    Parameters
    ----------
    rows : TensorRows
    chances : Tensor of shape (n_rows,) or None, default=None
        Of being drawn; None takes each row once per epoch.
    takes_all : bool, default=False
        Whether an epoch leaves no rows over.
    """

    def __init__(self, rows: TensorRows, chances: Tensor | None = None, *, takes_all: bool = False) -> None:
        self.sample = self.targets = rows
        self.chances = chances
        self.takes_all = takes_all

    def open(self, batch_size: int, device: torch.device, seed: int) -> Feed:
        """A feed that slices the rows on the device, or where they are if they would fill half of it."""
        rows = self.sample.to(device) if _fits(self.sample, device) else self.sample
        generator = torch.Generator(device).manual_seed(seed)
        batches = Batches(
            len(rows),
            batch_size,
            generator=generator,
            chances=None if self.chances is None else self.chances.to(device),
            device=rows.numbers.device,
            takes_all=self.takes_all,
        )
        return _TensorFeed(rows, batches, device)

    def fingerprint(self) -> str:
        """Digest of every value, and of the chances."""
        digest = hashlib.blake2b(self.sample.fingerprint().encode(), digest_size=16)
        if self.chances is not None:
            digest.update(self.chances.numpy().tobytes())
        return digest.hexdigest()


class _TensorFeed(Feed):
    def __init__(self, rows: TensorRows, batches: Batches, device: torch.device) -> None:
        self._rows = rows
        self._batches = batches
        self._device = device
        self.generator = batches.generator
        self.batch_size = batches.batch_size

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[TensorRows]:
        batches = map(self._rows.take, self._batches)
        return batches if self._rows.numbers.device == self._device else self._bring(batches)

    def _bring(self, batches: Iterator[TensorRows]) -> Iterator[TensorRows]:
        return (batch.to(self._device) for batch in batches)


def _fits(rows: TensorRows, device: torch.device) -> bool:
    """Whether the rows leave half of the free memory of a GPU to the network."""
    return device.type != "cuda" or rows.n_bytes < torch.cuda.mem_get_info(device)[0] / 2

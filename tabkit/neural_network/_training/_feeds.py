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
    """

    def __init__(self, rows: TensorRows, chances: Tensor | None = None) -> None:
        self.sample = self.targets = rows
        self.chances = chances

    def open(self, batch_size: int, device: torch.device, seed: int) -> Feed:
        """A feed that slices the rows where the network is."""
        generator = torch.Generator(device).manual_seed(seed)
        return _TensorFeed(self.sample.to(device), batch_size, generator, self.chances)

    def fingerprint(self) -> str:
        """Digest of every value."""
        digest = hashlib.blake2b(digest_size=16)
        rows = self.sample
        for part in (rows.numbers, rows.codes, rows.target, rows.weight):
            digest.update(b"none" if part is None else part.contiguous().numpy().tobytes())
        return digest.hexdigest()


class _TensorFeed(Feed):
    def __init__(
        self, rows: TensorRows, batch_size: int, generator: torch.Generator, chances: Tensor | None
    ) -> None:
        self._rows = rows
        self._batches = Batches(len(rows), batch_size, generator=generator, chances=chances)
        self.batch_size = self._batches.batch_size
        self.generator = generator

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[TensorRows]:
        return map(self._rows.take, self._batches)

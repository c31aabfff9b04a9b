"""Encoded rows as tensors."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class TensorRows:
    """Rows that a network is trained on or predicts.

    Attributes
    ----------
    numbers : Tensor of shape (n_rows, n_numbers)
        float32, none missing.
    codes : Tensor of shape (n_rows, n_categorical)
        int64.
    target : Tensor of shape (n_rows,) or (n_rows, n_targets), or None
        Codes of the classes, or standardised values.
    weight : Tensor of shape (n_rows,) or None
        float32; None where every row counts alike.
    """

    numbers: Tensor
    codes: Tensor
    target: Tensor | None = None
    weight: Tensor | None = None

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def n_bytes(self) -> int:
        """Memory that they take."""
        parts = (self.numbers, self.codes, self.target, self.weight)
        return sum(part.nbytes for part in parts if part is not None)

    def take(self, rows: Tensor) -> TensorRows:
        """Some of the rows, by their positions."""
        return TensorRows(
            self.numbers.index_select(0, rows),
            self.codes.index_select(0, rows) if self.codes.shape[1] else self.codes[: len(rows)],
            None if self.target is None else self.target.index_select(0, rows),
            None if self.weight is None else self.weight.index_select(0, rows),
        )

    def slice(self, start: int, stop: int) -> TensorRows:
        """A block of the rows, which shares their memory."""
        return self._map(lambda values: values[start:stop])

    def to(self, device: torch.device) -> TensorRows:
        """The rows on a device; themselves where they are there."""
        return self._map(lambda values: values.to(device, non_blocking=values.is_pinned()))

    def pin_memory(self) -> TensorRows:
        """The rows where a GPU can fetch them from; called by DataLoaders."""
        return self._map(lambda values: values.pin_memory())

    def join(self, other: TensorRows) -> TensorRows:
        """These rows and others."""
        pairs = (
            (self.numbers, other.numbers),
            (self.codes, other.codes),
            (self.target, other.target),
            (self.weight, other.weight),
        )
        numbers, codes, target, weight = (
            None if mine is None or its is None else torch.cat([mine, its]) for mine, its in pairs
        )
        assert numbers is not None
        assert codes is not None
        return TensorRows(numbers, codes, target, weight)

    def fingerprint(self) -> str:
        """Digest of every value; the rows are on the processor."""
        digest = hashlib.blake2b(digest_size=16)
        for part in (self.numbers, self.codes, self.target, self.weight):
            digest.update(b"none" if part is None else part.contiguous().numpy().tobytes())
        return digest.hexdigest()

    def _map(self, change: Callable[[Tensor], Tensor]) -> TensorRows:
        return TensorRows(
            change(self.numbers),
            change(self.codes),
            None if self.target is None else change(self.target),
            None if self.weight is None else change(self.weight),
        )


def scale_weights(weight: np.ndarray | None, mean: float) -> Tensor | None:
    """Weights of rows as a network takes them: only their ratios count, and float32 holds those of no size.

    Parameters
    ----------
    weight : ndarray of shape (n_rows,) or None
    mean : float
        Of the weights of all rows, of which these may be some.

    Returns
    -------
    weight : Tensor of shape (n_rows,) or None
        float32.
    """
    return None if weight is None else torch.from_numpy((weight / mean).astype(np.float32))

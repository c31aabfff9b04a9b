"""Training rows from Parquet files: workers read ahead, and only a few row groups are in memory."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from tabkit.neural_network._encoder import TableEncoder
from tabkit.neural_network._parquet import ParquetTable, RowGroup
from tabkit.neural_network._targets import Target
from tabkit.neural_network._training._feeds import Feed, Source
from tabkit.neural_network._training._rows import TensorRows, scale_weights

# Rows that are mixed at once, of as many row groups as they take: more is more random, and more memory.
_ROWS_AT_ONCE = 65_536


@dataclass(frozen=True)
class EncodedRows(Dataset[TensorRows]):
    """Row groups as a network takes them, by lists of their positions; workers get a copy.

    Attributes
    ----------
    table : ParquetTable
    groups : sequence of RowGroup
    encoder : TableEncoder
    target : Target
    mean_weight : float
        Of all rows: only the ratios of weights count.
    """

    table: ParquetTable
    groups: Sequence[RowGroup]
    encoder: TableEncoder
    target: Target
    mean_weight: float = 1.0

    def __len__(self) -> int:
        return len(self.groups)

    def __getitem__(self, positions: Sequence[int]) -> TensorRows:
        X, y, weight = self.table.read_all([self.groups[position] for position in positions])
        return TensorRows(
            *self.encoder.transform(X), self.target.encode(y), scale_weights(weight, self.mean_weight)
        )


class ParquetSource(Source):
    """Training rows that do not fit into memory.

    An epoch takes the row groups in random order, and the rows of some of them at once in random order. So
    rows that lie together in a file come near each other: write it in random order, or in small row groups.

    Parameters
    ----------
    rows : EncodedRows
    sample : TensorRows
        Of these rows, in memory.
    n_workers : int
        Processes that read and encode ahead; the batches are the same for any number.
    """

    def __init__(self, rows: EncodedRows, sample: TensorRows, n_workers: int) -> None:
        self.rows = rows
        self.sample = sample
        self.n_workers = n_workers

    @cached_property
    def targets(self) -> TensorRows:  # type: ignore[override]
        """Target and weight of all rows, without their columns."""
        y, weight = self.rows.table.read_targets(self.rows.groups)
        nothing = torch.empty((len(y), 0))
        weights = scale_weights(weight, self.rows.mean_weight)
        return TensorRows(nothing, nothing.long(), self.rows.target.encode(y), weights)

    def open(self, batch_size: int, device: torch.device, seed: int) -> Feed:
        """A feed that reads ahead."""
        # A worker of something else may have none of its own.
        n_workers = 0 if multiprocessing.current_process().daemon else self.n_workers
        return _ParquetFeed(self.rows, batch_size, torch.Generator(device).manual_seed(seed), n_workers)

    def fingerprint(self) -> str:
        """Digest of the files' names, sizes and times, of the targets and of the sample."""
        digest = hashlib.blake2b(digest_size=16)
        for path in sorted({group.path for group in self.rows.groups}):
            status = os.stat(path)
            digest.update(repr((path, status.st_size, status.st_mtime_ns)).encode())
        digest.update(repr([(group.path, group.position) for group in self.rows.groups]).encode())
        for rows in (self.sample, self.targets):
            digest.update(rows.fingerprint().encode())
        return digest.hexdigest()


class _Chunks(Sampler[list[int]]):
    """Row groups to be read at once, drawn anew each time."""

    def __init__(self, sizes: Sequence[int], generator: torch.Generator) -> None:
        self._sizes = sizes
        self._generator = generator

    def __iter__(self) -> Iterator[list[int]]:
        device = self._generator.device
        chunk: list[int] = []
        n_rows = 0
        for position in torch.randperm(len(self._sizes), generator=self._generator, device=device).tolist():
            chunk.append(position)
            n_rows += self._sizes[position]
            if n_rows >= _ROWS_AT_ONCE:
                yield chunk
                chunk, n_rows = [], 0
        if chunk:
            yield chunk


class _ParquetFeed(Feed):
    def __init__(
        self, rows: EncodedRows, batch_size: int, generator: torch.Generator, n_workers: int
    ) -> None:
        sizes = [group.n_rows for group in rows.groups]
        self._n_rows = sum(sizes)
        self.batch_size = min(batch_size, self._n_rows)
        self.generator = generator
        self._loader = DataLoader(
            rows,
            batch_size=None,
            # Drawn before the first rows: workers ahead must not change what comes next.
            sampler=_Chunks(sizes, generator),
            num_workers=n_workers,
            persistent_workers=n_workers > 0,
            pin_memory=generator.device.type == "cuda",
            generator=torch.Generator().manual_seed(0),
        )

    def __len__(self) -> int:
        return self._n_rows // self.batch_size

    def __iter__(self) -> Iterator[TensorRows]:
        rest: TensorRows | None = None
        for read in self._loader:
            chunk = read.to(self.generator.device)
            if rest is not None:
                chunk = rest.join(chunk)
            order = torch.randperm(len(chunk), generator=self.generator, device=self.generator.device)
            n_whole = len(chunk) // self.batch_size * self.batch_size
            for start in range(0, n_whole, self.batch_size):
                yield chunk.take(order[start : start + self.batch_size])
            rest = chunk.take(order[n_whole:])

"""Batches of rows in memory, on the device or beside it."""

from __future__ import annotations

import pytest
import torch

from tabkit.neural_network._training import _feeds as module
from tabkit.neural_network._training._feeds import TensorSource
from tabkit.neural_network._training._rows import TensorRows

CPU = torch.device("cpu")


def make_rows(n_rows: int = 100) -> TensorRows:
    numbers = torch.arange(n_rows, dtype=torch.float32).unsqueeze(1)
    return TensorRows(
        numbers, torch.empty((n_rows, 0), dtype=torch.int64), numbers[:, 0].long(), numbers[:, 0]
    )


def test_every_row_comes_once_with_what_belongs_to_it() -> None:
    feed = TensorSource(make_rows()).open(30, CPU, seed=0)
    batches = list(feed)
    assert len(feed) == len(batches) == 3
    seen = torch.cat([batch.numbers[:, 0] for batch in batches])
    assert len(seen.unique()) == 90
    for batch in batches:
        assert torch.equal(batch.target, batch.numbers[:, 0].long())
        assert torch.equal(batch.weight, batch.numbers[:, 0])


def test_another_order_each_epoch_and_the_same_from_the_same_seed() -> None:
    def epochs(seed: int) -> list[torch.Tensor]:
        feed = TensorSource(make_rows()).open(50, CPU, seed)
        return [torch.cat([batch.numbers for batch in feed]) for _ in range(2)]

    first, again, other = epochs(0), epochs(0), epochs(1)
    assert not torch.equal(first[0], first[1])
    assert all(torch.equal(*pair) for pair in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])


def test_rows_that_do_not_fit_on_the_device_come_in_the_same_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    there = [batch.numbers for batch in TensorSource(make_rows()).open(30, CPU, seed=0)]
    monkeypatch.setattr(module, "_fits", lambda rows, device: False)
    beside = [batch.numbers for batch in TensorSource(make_rows()).open(30, CPU, seed=0)]
    assert all(torch.equal(*pair) for pair in zip(there, beside, strict=True))


def test_chances_draw_rare_rows_more_often() -> None:
    chances = torch.ones(100)
    chances[0] = 99.0
    feed = TensorSource(make_rows(), chances).open(100, CPU, seed=0)
    drawn = torch.cat([batch.numbers[:, 0] for _ in range(20) for batch in feed])
    assert 0.4 < float((drawn == 0).float().mean()) < 0.6


def test_the_digest_is_of_every_value() -> None:
    rows = make_rows()
    before = TensorSource(rows).fingerprint()
    assert before == TensorSource(make_rows()).fingerprint()
    rows.numbers[7] += 1
    assert before != TensorSource(rows).fingerprint()
    assert before != TensorSource(TensorRows(rows.numbers, rows.codes, rows.target)).fingerprint()


def test_memory_is_counted() -> None:
    assert make_rows(10).n_bytes == 10 * (4 + 8 + 4)

"""Threads and randomness of PyTorch for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from tabkit._core._processors import count_threads


@contextmanager
def threads(n_jobs: int | None) -> Iterator[None]:
    """Compute with so many threads inside, and with as many as before after it.

    Parameters
    ----------
    n_jobs : int or None
        As estimators take it.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(count_threads(n_jobs))
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def computing(seed: int, device: str, n_jobs: int | None) -> Iterator[None]:
    """Compute from a seed inside; randomness and threads are those of before after it.

    Parameters
    ----------
    seed : int
    device : str
    n_jobs : int or None
        As estimators take it.
    """
    chosen = torch.device(device)
    forked = [chosen.index or 0] if chosen.type == "cuda" else []
    with torch.random.fork_rng(devices=forked), threads(n_jobs):
        torch.manual_seed(seed)
        yield


def choose_device(device: str) -> str:
    """Name of the device to compute on; "auto" is a GPU where there is one."""
    if device != "auto":
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"

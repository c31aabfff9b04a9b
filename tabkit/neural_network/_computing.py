"""Threads and randomness of PyTorch for a while."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from tabkit._core import InputError
from tabkit._core._processors import count_threads

_LOCK = threading.Lock()


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
    # The generators and threads of torch are those of the whole process: one fit after the other.
    with _LOCK, torch.random.fork_rng(devices=forked), threads(n_jobs):
        torch.manual_seed(seed)
        yield


def choose_device(device: str) -> str:
    """Name of the device to compute on; "auto" is a GPU where there is one.

    Parameters
    ----------
    device : str

    Returns
    -------
    device : str

    Raises
    ------
    InputError
        If there is no such device, or none here.
    """
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"device={device!r} cannot be used here ({reason}): pass 'auto' or 'cpu'") from error
    return device

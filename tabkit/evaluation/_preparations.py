"""What a preprocessor made of a fold, kept for the candidates that want it the same way."""

from __future__ import annotations

import copy
import os
import pickle
import shutil
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

# What is larger is prepared anew: reading it back would hardly be faster, and disks and memory fill up.
_MOST_BYTES = 500_000_000
_SHARE_OF_FREE_DISK = 0.05


@dataclass(frozen=True)
class Preparation:
    """What a preprocessor made of the rows of a fold.

    Attributes
    ----------
    step : transformer
        Fitted on the training rows.
    train, test : ndarray or DataFrame
        The training rows as `fit_transform` gave them, and the test rows as `transform` did.
    fit_seconds, transform_seconds : float
        Wall time, when it was done.
    messages : tuple of (category, str)
        Its warnings.
    is_shared : bool
        Whether it was read, and not done just now.
    """

    step: Any
    train: Any
    test: Any
    fit_seconds: float
    transform_seconds: float
    messages: tuple[tuple[type[Warning], str], ...] = ()
    is_shared: bool = False

    @property
    def n_bytes(self) -> int:
        """Size of the rows."""
        return sum(_count_bytes(rows) for rows in (self.train, self.test))


class Preparations(Protocol):
    """Keeps preparations by a key that says what was prepared how."""

    def find(self, key: str) -> Preparation | None:
        """Return the preparation of a key, marked as shared; None where there is none."""

    def keep(self, key: str, preparation: Preparation) -> None:
        """Keep a preparation, unless it is too large."""


class PreparationsInMemory:
    """Preparations of calls in this process: the last used ones, up to a number of bytes.

    Everyone gets rows and a step of their own: some models write into their rows, and steps are fitted again.

    Parameters
    ----------
    most_bytes : int, default=500000000
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, Preparation] = OrderedDict()

    def find(self, key: str) -> Preparation | None:
        """Return the preparation of a key, marked as shared; None where there is none."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return copy.deepcopy(self._kept[key])

    def keep(self, key: str, preparation: Preparation) -> None:
        """Keep a preparation, and let the ones go that were not used for the longest time."""
        if preparation.n_bytes > self._most_bytes:
            return
        self._kept[key] = replace(copy.deepcopy(preparation), is_shared=True)
        while sum(kept.n_bytes for kept in self._kept.values()) > self._most_bytes:
            self._kept.popitem(last=False)


@dataclass(frozen=True)
class PreparationFolder:
    """Preparations of several processes, in a folder of their run.

    Attributes
    ----------
    folder : Path
        Made when missing, its parent is not.
    table : str
        Tells the preparations of one table from those of others.
    """

    folder: Path
    table: str

    def find(self, key: str) -> Preparation | None:
        """Return the preparation of a key, marked as shared; None where there is none."""
        try:
            preparation: Preparation = pickle.loads(self._path(key).read_bytes())
        except OSError:
            return None
        return preparation

    def keep(self, key: str, preparation: Preparation) -> None:
        """Write a preparation, unless it is large for the disk."""
        try:
            self.folder.mkdir(exist_ok=True)  # and not its parent: the run may have ended and removed that
        except OSError:
            return
        if preparation.n_bytes > min(_MOST_BYTES, _SHARE_OF_FREE_DISK * shutil.disk_usage(self.folder).free):
            return
        path = self._path(key)
        temporary = path.with_suffix(f".{os.getpid()}")
        shared = replace(preparation, is_shared=True)
        try:
            temporary.write_bytes(pickle.dumps(shared, protocol=pickle.HIGHEST_PROTOCOL))
            os.replace(temporary, path)
        except OSError:  # a full disk: the next candidate prepares the rows itself
            temporary.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / f"{self.table}-{key}.pickle"


def _count_bytes(rows: Any) -> int:
    if hasattr(rows, "nbytes"):
        return int(rows.nbytes)
    if hasattr(rows, "memory_usage"):
        return int(rows.memory_usage(deep=False).sum())
    return int(rows.estimated_size())  # of polars

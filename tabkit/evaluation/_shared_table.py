"""The table of a run where every call can load it: in memory, or in a file that processes read once each."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

from tabkit.data import Table
from tabkit.evaluation._preparations import PreparationFolder, Preparations, PreparationsInMemory


class SharedTable(Protocol):
    """A table that calls load, and what they prepare of it for one another."""

    def load(self) -> Table:
        """Load the table."""

    @property
    def preparations(self) -> Preparations:
        """What preprocessors have made of its folds."""


class TableInMemory:
    """A table for calls in this process.

    Parameters
    ----------
    table : Table
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def load(self) -> Table:
        """The table itself, without what is set aside, which no model gets."""
        return self._without_rest

    @cached_property
    def _without_rest(self) -> Table:
        return replace(self._table, set_aside=None)

    @cached_property
    def preparations(self) -> Preparations:
        """In memory too."""
        return PreparationsInMemory()


@dataclass(frozen=True)
class TableFile:
    """A table in a file, for processes, and a folder of preparations beside it.

    Attributes
    ----------
    path : Path
        Absolute, since processes may stand in other folders.
    """

    path: Path

    def load(self) -> Table:
        """Read the table, once per process and time that it was written."""
        found = self.path.stat()
        return _load_written(self.path, found.st_mtime_ns, found.st_size)

    @property
    def preparations(self) -> Preparations:
        """In a folder beside the file."""
        return PreparationFolder(self.path.parent / "prepared")


def save_table(table: Table, path: Path) -> TableFile:
    """Write a table for processes to load.

    Parameters
    ----------
    table : Table
    path : Path

    Returns
    -------
    file : TableFile
    """
    with path.open("wb") as file:
        # No model gets what is set aside.
        pickle.dump(replace(table, set_aside=None), file, protocol=pickle.HIGHEST_PROTOCOL)
    return TableFile(path.absolute())


@lru_cache(maxsize=1)
def _load_written(path: Path, written_at: int, n_bytes: int) -> Table:
    """A table, once for each time that its file was written: a later run may write another one there."""
    with path.open("rb") as file:
        table: Table = pickle.load(file)
    return table

"""The table of a run where every call can load it: in memory, or in a file that processes read once each."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol

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
    content : tuple or None
        In the process that wrote it: when and how long, see `_written`, and the table.
    """

    path: Path
    content: tuple[tuple[int, int], Table] | None = field(default=None, repr=False, compare=False)

    def load(self) -> Table:
        """Read the table, once per process and time that it was written; who wrote it has it already."""
        if self.content is not None and self.content[0] == self._written:
            return self.content[1]
        return _load_written(self.path, *self._written)

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path}

    @property
    def preparations(self) -> Preparations:
        """In a folder beside the file."""
        when, n_bytes = self._written
        return PreparationFolder(self.path.parent / "prepared", f"{self.path.stem}-{when}-{n_bytes}")

    @property
    def _written(self) -> tuple[int, int]:
        """When the file was written, and how long it is: another table may be written there."""
        found = self.path.stat()
        return found.st_mtime_ns, found.st_size


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
    content = replace(table, set_aside=None)  # which no model gets
    with path.open("wb") as file:
        pickle.dump(content, file, protocol=pickle.HIGHEST_PROTOCOL)
    written = TableFile(path.absolute())
    return replace(written, content=(written._written, content))


@lru_cache(maxsize=1)
def _load_written(path: Path, written_at: int, n_bytes: int) -> Table:
    """A table, once for each time that its file was written: a later run may write another one there."""
    with path.open("rb") as file:
        table: Table = pickle.load(file)
    return table

"""What the parts of a `TablePreprocessor` have in common."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol

import numpy as np

from tabkit.preprocessing._columns import ReadTable
from tabkit.preprocessing._training_target import TrainingTarget


class NumberBlock(Protocol):
    """One part: some columns of the table in, some columns of numbers out.

    Attributes
    ----------
    names : list of str
        Of the columns that come out, once fitted.
    sources : list of hashable
        The label of the column that each of them was made from; a tuple of labels where of several.
    """

    sources: list[Hashable]

    @property
    def names(self) -> list[str]: ...

    def fit_transform(self, table: ReadTable, rows: TrainingTarget) -> np.ndarray:
        """Learn from the training rows and return them, shape (n_rows, n_names)."""
        ...

    def transform(self, table: ReadTable) -> np.ndarray:
        """Return other rows, shape (n_rows, n_names)."""
        ...


def names_of(blocks: Sequence[NumberBlock]) -> tuple[list[str], list[Hashable]]:
    """Names and sources of all columns that come out of some blocks, in order."""
    names = [name for block in blocks for name in block.names]
    sources = [source for block in blocks for source in block.sources]
    return names, sources


def combine_sources(sources: Sequence[Hashable]) -> Hashable:
    """The label of one column as it is, those of several as a tuple."""
    return sources[0] if len(sources) == 1 else tuple(sources)


def make_unique(names: Sequence[str]) -> list[str]:
    """Return the names, with a number added to those that came before.

    Examples
    --------
    >>> make_unique(["a", "b", "a"])
    ['a', 'b', 'a__2']
    """
    taken = set(names)
    met: set[str] = set()
    unique = []
    for name in names:
        fresh, number = name, 2
        while fresh in met or (fresh != name and fresh in taken):
            fresh, number = f"{name}__{number}", number + 1
        met.add(fresh)
        unique.append(fresh)
    return unique


def stack_columns(arrays: Sequence[np.ndarray], n_rows: int) -> np.ndarray:
    """Put two-dimensional arrays side by side; none at all give a matrix without columns."""
    return np.hstack(arrays) if arrays else np.empty((n_rows, 0))

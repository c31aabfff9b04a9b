"""How one column is made of others: what is learned, and the rows that it is applied to."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from tabkit.preprocessing._made._columns import Columns

# Numbers beyond the range of float32, which boosters compute in, count as missing.
_LARGEST = float(np.finfo(np.float32).max)
_SIGNS = {"product": "*", "quotient": "/", "sum": "+", "difference": "-"}


class Formula(Protocol):
    """One made column.

    Attributes
    ----------
    name : str
        Of the column.
    sources : tuple of hashable
        Labels of the columns that it is made of.
    """

    @property
    def name(self) -> str: ...

    @property
    def sources(self) -> tuple[Hashable, ...]: ...

    def compute(self, columns: Columns) -> np.ndarray:
        """The made column, shape (n_rows,)."""
        ...


@dataclass(frozen=True)
class Arithmetic:
    """A combination of two numeric columns; missing where one is, or where it is not a finite number."""

    sources: tuple[Hashable, ...]
    operation: str
    first: int
    second: int

    @property
    def name(self) -> str:
        """Such as "income / debt"."""
        return f"{self.sources[0]} {_SIGNS[self.operation]} {self.sources[1]}"

    def compute(self, columns: Columns) -> np.ndarray:
        """The combination, shape (n_rows,)."""
        return combine(self.operation, columns.numbers[:, self.first], columns.numbers[:, self.second])


def combine(operation: str, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Combine numbers; a division by zero and what is too large for float32 are NaN.

    Examples
    --------
    >>> combine("quotient", np.array([6.0, 1.0]), np.array([3.0, 0.0]))
    array([ 2., nan])
    """
    with np.errstate(all="ignore"):
        if operation == "product":
            made = first * second
        elif operation == "quotient":
            made = first / second
        elif operation == "sum":
            made = first + second
        else:
            made = first - second
        return np.where(np.abs(made) <= _LARGEST, made, np.nan)


@dataclass(frozen=True)
class Share:
    """How often a category occurs among the training rows; 0 for an unseen one."""

    sources: tuple[Hashable, ...]
    category: int
    shares: np.ndarray = field(repr=False)

    @property
    def name(self) -> str:
        """Such as "city: frequency"."""
        return f"{self.sources[0]}: frequency"

    def compute(self, columns: Columns) -> np.ndarray:
        """The share of the training rows, shape (n_rows,)."""
        return self.shares[columns.codes[:, self.category]]


@dataclass(frozen=True)
class GroupStatistic:
    """A statistic of a numeric column within the rows of a category, or the difference from it."""

    sources: tuple[Hashable, ...]
    statistic: str
    category: int
    number: int
    values: np.ndarray = field(repr=False)

    @property
    def name(self) -> str:
        """Such as "income: mean by city"."""
        category, number = self.sources
        if self.statistic == "difference":
            return f"{number} - mean by {category}"
        return f"{number}: {self.statistic} by {category}"

    def compute(self, columns: Columns) -> np.ndarray:
        """The statistic of each row's category, shape (n_rows,)."""
        found = self.values[columns.codes[:, self.category]]
        return columns.numbers[:, self.number] - found if self.statistic == "difference" else found


@dataclass(frozen=True)
class Cells:
    """A cross of categories: one code for each combination."""

    sources: tuple[Hashable, ...]
    categories: tuple[int, ...]
    n_codes: tuple[int, ...]

    @property
    def name(self) -> str:
        """Such as "city x plan"."""
        return " x ".join(map(str, self.sources))

    def compute(self, columns: Columns) -> np.ndarray:
        """The code of each row's combination, shape (n_rows,)."""
        codes = columns.codes[:, list(self.categories)]
        return np.ravel_multi_index(tuple(codes.T), self.n_codes)


@dataclass(frozen=True)
class CrossMean:
    """The mean target of a combination of categories; the overall mean for an unseen one."""

    cells: Cells
    target: str
    known: np.ndarray = field(repr=False)
    means: np.ndarray = field(repr=False)
    overall: float

    @property
    def sources(self) -> tuple[Hashable, ...]:
        """Labels of the crossed columns."""
        return self.cells.sources

    @property
    def name(self) -> str:
        """Such as "city x plan: mean target"."""
        return f"{self.cells.name}: mean target{self.target}"

    def compute(self, columns: Columns) -> np.ndarray:
        """The mean target of each row's combination, shape (n_rows,)."""
        codes = self.cells.compute(columns)
        places = np.searchsorted(self.known, codes).clip(max=len(self.known) - 1)
        return np.where(self.known[places] == codes, self.means[places], self.overall)

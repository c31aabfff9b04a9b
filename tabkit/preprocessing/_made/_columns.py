"""Numbers and categories of a table as the makers of features read them."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from tabkit.preprocessing._frame_encoder import FrameEncoder


@dataclass(frozen=True)
class Columns:
    """The columns of a table that others can be made of.

    Attributes
    ----------
    numbers : ndarray of float64 of shape (n_rows, n_numbers)
        NaN where missing.
    codes : ndarray of int64 of shape (n_rows, n_categorical)
        0 for missing, 1 for unseen, 2 and more for the categories of the training rows.
    """

    numbers: np.ndarray
    codes: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: np.ndarray) -> Columns:
        """Some of the rows."""
        return Columns(self.numbers[rows], self.codes[rows])


class ColumnReader:
    """Finds the numeric and the categorical columns of the training rows, and reads any rows alike.

    Parameters
    ----------
    exclude : collection of hashable
        Labels of columns that are not read.

    Attributes
    ----------
    numeric, categorical : list of hashable
        Labels, in the order of the columns of `Columns`.
    n_codes : list of int
        Of each categorical column; codes are below.
    """

    def __init__(self, exclude: Collection[Hashable] = ()) -> None:
        self.exclude = list(exclude)

    def fit(self, frame: pd.DataFrame) -> Self:
        """Learn the kinds and the categories of columns from training rows, shape (n_rows, n_columns)."""
        kinds = [column.kind for column in FrameEncoder(max_categories=1).fit(frame).columns]
        is_usable = [label not in self.exclude for label in frame.columns]
        self.positions = [
            position
            for position, kind in enumerate(kinds)
            if kind in ("number", "category") and is_usable[position]
        ]
        self.numeric: list[Hashable] = []
        self.categorical: list[Hashable] = []
        for position in self.positions:
            kind = self.numeric if kinds[position] == "number" else self.categorical
            kind.append(frame.columns[position])
        self.encoder = FrameEncoder().fit(frame.iloc[:, self.positions]) if self.positions else None
        found = [] if self.encoder is None else self.encoder.columns
        self.n_codes = [len(column.categories) + 2 for column in found if column.kind == "category"]
        return self

    def read(self, frame: pd.DataFrame) -> Columns:
        """Read rows of a frame that has the columns of the training one, in their order."""
        if self.encoder is None:
            return Columns(np.empty((len(frame), 0)), np.empty((len(frame), 0), dtype=np.int64))
        numbers, codes = self.encoder.transform_apart(frame.iloc[:, self.positions])
        return Columns(numbers.astype(np.float64, copy=False), codes)


def as_labelled(X: Any) -> pd.DataFrame:
    """A checked table as a frame; the columns of an array are named x0, x1 and so on."""
    if isinstance(X, pd.DataFrame):
        return X
    return pd.DataFrame(X, columns=[f"x{position}" for position in range(X.shape[1])], copy=False)

"""Rows to be resampled as points between which others can be made up.

An encoding of its own: points go back to rows with the dtypes, categories and missing values that came.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from tabkit._core import InputError
from tabkit.resampling._columns import CategoryColumn, NumberColumn, read_column

# Distances are several times quicker between dense points; beyond so many numbers they take too much memory.
_MOST_DENSE = 30_000_000


class EncodedTable:
    """A frame or an array: scaled numbers, codes of categories, and columns that are taken over.

    Parameters
    ----------
    X : DataFrame or ndarray of shape (n_rows, n_columns)

    Attributes
    ----------
    numbers : ndarray of float64 of shape (n_rows, n_numbers)
    codes : ndarray of int of shape (n_rows, n_categories)
    """

    def __init__(self, X: pd.DataFrame | np.ndarray) -> None:
        self._X = X
        self._frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(X, copy=False)
        is_named = isinstance(X, pd.DataFrame)
        self._columns = [read_column(column, is_named=is_named) for _, column in self._frame.items()]
        self._numeric = [position for position, c in enumerate(self._columns) if isinstance(c, NumberColumn)]
        self._categorical = [
            position for position, c in enumerate(self._columns) if isinstance(c, CategoryColumn)
        ]
        n_rows = len(self._frame)
        scaled = [c.scaled for c in self._columns if isinstance(c, NumberColumn)]
        codes = [c.codes for c in self._columns if isinstance(c, CategoryColumn)]
        self.numbers: Any = np.column_stack(scaled) if scaled else np.empty((n_rows, 0))
        self.codes = np.column_stack(codes) if codes else np.empty((n_rows, 0), dtype=np.int64)

    @cached_property
    def is_missing(self) -> np.ndarray:
        """Which cells have no value, shape (n_rows, n_columns)."""
        return self._frame.isna().to_numpy()

    @property
    def needs_donors(self) -> bool:
        """Whether a new row takes something over from a row that there is."""
        return None in self._columns or bool(self.is_missing.any())

    def place(self, numbers: np.ndarray, codes: np.ndarray) -> Any:
        """Points of rows: two rows that differ in a category are 1 apart in it, as one standard deviation is.

        Returns
        -------
        points : ndarray or csr_matrix of shape (n_rows, n_numbers + n_levels)
            Numbers first.
        """
        if not codes.shape[1]:
            return numbers
        blocks = [sparse.csr_matrix(numbers)]
        for column, coded in zip(self._categorical, codes.T, strict=True):
            read = self._columns[column]
            assert isinstance(read, CategoryColumn)
            ones = np.full(len(coded), np.sqrt(0.5))
            shape = (len(coded), len(read.examples))
            blocks.append(sparse.csr_matrix((ones, (np.arange(len(coded)), coded)), shape=shape))
        points = sparse.hstack(blocks, format="csr")
        width = points.shape[1]
        # By the size of the whole table, so that all points of it are of one kind.
        return points.toarray() if width * len(self._frame) <= _MOST_DENSE else points

    def restore(
        self, numbers: np.ndarray, codes: np.ndarray, donors: np.ndarray, is_copy: np.ndarray, inherits: bool
    ) -> pd.DataFrame | np.ndarray:
        """Rows made up, in the columns and dtypes of the table.

        Parameters
        ----------
        numbers, codes : ndarray of shape (n_new, n_numbers) and (n_new, n_categories)
        donors : ndarray of int of shape (n_new,)
            The rows that columns other than these are taken over from.
        is_copy : ndarray of bool of shape (n_new,)
            New rows that are their donor in every column.
        inherits : bool
            Whether a new row lacks the values that its donor lacks.

        Returns
        -------
        rows : DataFrame or ndarray of shape (n_new, n_columns)
        """
        made: dict[int, pd.Series] = {}
        for position, read in enumerate(self._columns):
            given = self._frame.iloc[:, position].take(donors).reset_index(drop=True)
            if read is None:
                made[position] = given
                continue
            if isinstance(read, NumberColumn):
                series = read.restore(numbers[:, self._numeric.index(position)])
            else:
                series = read.restore(codes[:, self._categorical.index(position)])
            is_given = is_copy | (given.isna().to_numpy() & inherits)
            series = series.reset_index(drop=True)
            made[position] = series.where(~is_given, given) if is_given.any() else series
        if isinstance(self._X, pd.DataFrame):
            return pd.DataFrame(made, index=range(len(donors))).set_axis(self._frame.columns, axis="columns")
        rows = np.empty((len(donors), len(made)), dtype=self._X.dtype)
        for position, series in made.items():
            rows[:, position] = series.to_numpy()
        return rows


class EncodedSparseMatrix:
    """A sparse matrix of numbers: divided by their standard deviations, and never shifted.

    Parameters
    ----------
    X : sparse matrix of shape (n_rows, n_columns)
    """

    needs_donors = False

    def __init__(self, X: Any) -> None:
        self._X = X
        matrix = sparse.csr_matrix(X, dtype=np.float64)
        if not np.isfinite(matrix.data).all():
            raise InputError("X is sparse and contains NaN or infinity: fill them in first")
        mean = np.asarray(matrix.mean(axis=0)).ravel()
        mean_square = np.asarray(matrix.multiply(matrix).mean(axis=0)).ravel()
        scale = np.sqrt(np.maximum(mean_square - mean**2, 0.0))
        self._scale = np.where(scale > 0, scale, 1.0)
        is_whole = matrix.data == np.rint(matrix.data)
        self._is_whole = np.bincount(matrix.indices, ~is_whole, minlength=matrix.shape[1]) == 0
        self.numbers = sparse.csr_matrix(matrix @ sparse.diags(1.0 / self._scale))
        self.codes = np.empty((matrix.shape[0], 0), dtype=np.int64)

    def place(self, numbers: Any, codes: np.ndarray) -> Any:
        """Points of rows: the numbers themselves."""
        return numbers

    def restore(
        self, numbers: Any, codes: np.ndarray, donors: np.ndarray, is_copy: np.ndarray, inherits: bool
    ) -> Any:
        """Rows made up, in the format and dtype of the matrix; see `EncodedTable.restore`."""
        rows = sparse.csr_matrix(sparse.csr_matrix(numbers) @ sparse.diags(self._scale))
        whole = self._is_whole[rows.indices]
        rows.data[whole] = np.rint(rows.data[whole])
        rows.eliminate_zeros()
        return rows.astype(self._X.dtype).asformat(self._X.format)


def encode(X: Any) -> EncodedTable | EncodedSparseMatrix:
    """Encode whatever `Resampler` takes."""
    return EncodedSparseMatrix(X) if sparse.issparse(X) else EncodedTable(X)

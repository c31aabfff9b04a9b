"""Groups as codes, times as blocks, and counts that are enough."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from tabkit._core import InputError
from tabkit._core._times import read_column
from tabkit._core._wording import say_count
from tabkit.data import as_pandas


class TooFewRowsError(InputError):
    """Too few rows, groups or times to divide as asked; the message says which."""


def check_n_splits(n_splits: Any, *, least: int) -> None:
    """Refuse a number of folds that is none, or too small."""
    if not isinstance(n_splits, Integral) or isinstance(n_splits, bool):
        raise InputError(f"n_splits={n_splits!r}: expected a whole number of folds")
    if n_splits < least:
        raise InputError(
            f"n_splits={n_splits}: at least {least} {'is' if least == 1 else 'folds are'} needed"
        )


def count_rows(X: Any) -> int:
    """Number of rows of a frame of any library, array, sparse matrix or list."""
    if not hasattr(X, "shape"):
        X = as_pandas(X)
    return X.shape[0] if hasattr(X, "shape") else len(X)


def encode_groups(groups: Any, n_rows: int) -> np.ndarray:
    """Number the groups in the order of their first row; rows without a group are one group.

    Returns
    -------
    codes : ndarray of shape (n_rows,)
        From 0 to n_groups - 1.
    """
    codes, _ = pd.factorize(read_column(groups, "groups", n_rows).to_numpy(), use_na_sentinel=False)
    return codes


def cut_times(values: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Cut the time axis where about the given shares of the rows are earlier.

    Rows of equal time are never torn apart, and no block is empty.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        Of `tabkit._core._times.encode_times`.
    shares : sequence of float of length n_cuts
        Increasing, each between 0 and 1.

    Returns
    -------
    starts : ndarray of shape (n_cuts,)
        The first time of every block but the first, strictly increasing.

    Raises
    ------
    TooFewRowsError
        If there are fewer than ``n_cuts + 1`` distinct times.
    """
    distinct, counts = np.unique(values, return_counts=True)
    n_cuts = len(shares)
    if len(distinct) < n_cuts + 1:
        raise TooFewRowsError(
            f"times: {say_count(len(distinct), 'distinct value')} cannot make {n_cuts + 1} blocks in time: "
            "ask for fewer splits or give finer times"
        )
    rows_before = np.cumsum(counts)[:-1]
    cuts: list[int] = []
    for number, share in enumerate(shares):
        first = cuts[-1] + 1 if cuts else 0
        last = len(rows_before) - (n_cuts - number)
        distance = np.abs(rows_before[first : last + 1] - share * len(values))
        cuts.append(first + int(np.argmin(distance)))
    return distinct[np.array(cuts, dtype=np.int64) + 1]


def number_blocks(values: np.ndarray, n_blocks: int) -> tuple[np.ndarray, np.ndarray]:
    """Divide the rows into blocks in time with about equal numbers of rows.

    Returns
    -------
    blocks : ndarray of shape (n_rows,)
        From 0, the earliest, to ``n_blocks - 1``.
    starts : ndarray of shape (n_blocks - 1,)
        The first time of every block but the first.
    """
    starts = cut_times(values, [number / n_blocks for number in range(1, n_blocks)])
    return np.searchsorted(starts, values, side="right"), starts

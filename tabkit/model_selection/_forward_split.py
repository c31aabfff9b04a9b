"""Splits that train on the past and test on what came next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.model_selection import BaseCrossValidator

from tabkit._core import InputError
from tabkit.model_selection._roles import count_rows, encode_groups, encode_times, number_blocks


class ForwardSplit(BaseCrossValidator):
    """Forward in time, by timestamps and not by the order of the rows.

    The time axis is cut into ``n_splits + 1`` blocks with about equal numbers of rows. Each
    fold tests on one block, from the second on, and trains on every row that is strictly
    earlier. Rows of equal time stay on one side. When groups are given as well, training
    rows whose group occurs in the test block are left out.

    Requests ``times`` and ``groups`` by default where metadata routing is enabled.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds; at least 1.
    gap : number or Timedelta, default=0
        Training rows must be older than the start of the test block by at least this much:
        a number in the unit of numeric times, a ``Timedelta`` or text like ``"7D"`` for dates.

    See Also
    --------
    sklearn.model_selection.TimeSeriesSplit : By row order, for rows that are sorted.

    Examples
    --------
    >>> import numpy as np
    >>> from tabkit.model_selection import ForwardSplit
    >>> X = np.zeros((6, 1))
    >>> for train, test in ForwardSplit(2).split(X, times=[3, 1, 1, 2, 2, 3]):
    ...     print(train, test)
    [1 2] [3 4]
    [1 2 3 4] [0 5]
    """

    __metadata_request__split: ClassVar[dict[str, bool]] = {"groups": True, "times": True}

    def __init__(self, n_splits: int = 5, *, gap: float | str | pd.Timedelta = 0) -> None:
        self.n_splits = n_splits
        self.gap = gap

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None, times: Any = None) -> int:
        """Number of folds.

        Parameters
        ----------
        X, y, groups, times : ignored

        Returns
        -------
        n_splits : int
        """
        return self.n_splits

    def split(
        self, X: Any, y: Any = None, groups: Any = None, times: Any = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the positions of the training and the test rows of each fold.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
        y : ignored
        groups : array-like of shape (n_rows,), default=None
            No group is on both sides of a fold.
        times : array-like of shape (n_rows,), default=None
            Needed. Numbers or dates, none missing.

        Yields
        ------
        train, test : ndarray
            Increasing row positions.

        Raises
        ------
        InputError
            If there are no times, too few distinct ones, or nothing is left to train on.
        """
        if self.n_splits < 1:
            raise InputError(f"n_splits={self.n_splits}: at least 1 is needed")
        n_rows = count_rows(X)
        if times is None:
            raise InputError(
                "ForwardSplit needs times: call split(X, times=...), or route them with "
                "sklearn.set_config(enable_metadata_routing=True) and params={'times': ...}"
            )
        values = encode_times(times, n_rows)
        blocks, starts = number_blocks(values, self.n_splits + 1)
        codes = None if groups is None else encode_groups(groups, n_rows)
        for fold, start in enumerate(starts):
            is_test = blocks == fold + 1
            is_train = self._is_past(values, start)
            if codes is not None:
                is_train &= ~np.isin(codes, codes[is_test])
            if not is_train.any():
                raise InputError(
                    f"fold {fold} has no row left to train on before {start}: "
                    "ask for fewer splits, a smaller gap, or leave the groups out"
                )
            yield np.flatnonzero(is_train), np.flatnonzero(is_test)

    def _is_past(self, values: np.ndarray, start: Any) -> np.ndarray:
        """Which rows are strictly before ``start`` and at least ``gap`` away from it."""
        is_past = values < start
        if self.gap == 0:
            return is_past
        is_dates = np.issubdtype(values.dtype, np.datetime64)
        if is_dates == isinstance(self.gap, int | float):
            expected = (
                "a Timedelta or text like '7D', as times are dates" if is_dates else "a number, as times are"
            )
            raise InputError(f"gap={self.gap!r}: expected {expected}")
        gap = pd.Timedelta(self.gap).to_timedelta64() if is_dates else self.gap
        return is_past & (values <= start - gap)

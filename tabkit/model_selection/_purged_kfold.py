"""Folds in time that train on both sides of the test block and purge what overlaps it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.model_selection import BaseCrossValidator

from tabkit._core import InputError
from tabkit._core._lengths import Length, read_length
from tabkit._core._times import Spans
from tabkit.model_selection._roles import (
    check_n_splits,
    count_rows,
    encode_groups,
    number_blocks,
)
from tabkit.model_selection._time_axis import name_time


class PurgedKFold(BaseCrossValidator):
    """K folds of contiguous blocks in time, purged and with an embargo.

    The time axis is cut into ``n_splits`` blocks with about equal numbers of rows; each is tested
    once, by a model of the earlier and the later rows. The label of a row at time t depends on
    what happens in [t, t + ``horizon``]: training rows for which that overlaps the same of a test
    row are left out (purged), and so are rows that follow within ``embargo`` after it.

    It is a partition, and works in `sklearn.model_selection.cross_val_predict`. It trains on the
    future: take it where few rows must serve all of training and testing, and `ForwardSplit` to
    estimate how a model will do from now on. Rows of equal time stay together, by timestamps and
    not by the order of the rows. When groups are given as well, training rows whose group occurs
    in the test block are left out.

    Requests ``times`` and ``groups`` by default where metadata routing is enabled.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds; at least 2.
    horizon : number, str or Timedelta, default=0
        How far labels look ahead: a number in the unit of numeric times, a ``Timedelta`` or text
        like ``"7D"`` for dates.
    embargo : number, str or Timedelta, default=0
        How long after the last label of the test block no row is trained on: written as
        ``horizon`` is, or as text like ``"1%"`` of the time from the first to the last row.

    See Also
    --------
    ForwardSplit : Trains on the past only.

    References
    ----------
    M. López de Prado (2018), Advances in Financial Machine Learning, chapter 7. Wiley.

    Examples
    --------
    >>> import numpy as np
    >>> from tabkit.model_selection import PurgedKFold
    >>> folds = PurgedKFold(3, horizon=1, embargo=1)
    >>> for train, test in folds.split(np.zeros((9, 1)), times=range(9)):
    ...     print(train, test)
    [5 6 7 8] [0 1 2]
    [0 1 8] [3 4 5]
    [0 1 2 3 4] [6 7 8]
    """

    __metadata_request__split: ClassVar[dict[str, bool]] = {"groups": True, "times": True}

    def __init__(self, n_splits: int = 5, *, horizon: Length = 0, embargo: Length = 0) -> None:
        self.n_splits = n_splits
        self.horizon = horizon
        self.embargo = embargo

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
            Needed. Numbers or dates, none missing; intervals from when a row is known to when its label is
            purge row by row, beside ``horizon``.

        Yields
        ------
        train, test : ndarray
            Increasing row positions.

        Raises
        ------
        InputError
            If there are no times, too few distinct ones, or nothing is left to train on.
        """
        check_n_splits(self.n_splits, least=2)
        if times is None:
            raise InputError(
                "PurgedKFold needs times: call split(X, times=...), or route them with "
                "sklearn.set_config(enable_metadata_routing=True) and params={'times': ...}"
            )
        n_rows = count_rows(X)
        spans = Spans.of(times, n_rows)
        values = spans.starts
        horizon = read_length("horizon", self.horizon, values)
        embargo = self._read_embargo(values)
        blocks, _ = number_blocks(values, self.n_splits)
        codes = None if groups is None else encode_groups(groups, n_rows)
        for fold in range(self.n_splits):
            is_test = blocks == fold
            start, end = values[is_test].min(), values[is_test].max() + horizon
            is_train = (values < start - horizon) | (values > end + embargo)
            is_train &= spans.clear_of(is_test)
            if spans.ends is not None and embargo:
                is_train &= (values < start) | (values > spans.ends[is_test].max() + embargo)
            if codes is not None:
                is_train &= ~np.isin(codes, codes[is_test])
            if not is_train.any():
                raise InputError(
                    f"fold {fold}, tested from {name_time(start)}, has no row left to train on: ask for more "
                    "splits, a smaller horizon or embargo, shorter intervals, or leave the groups out"
                )
            yield np.flatnonzero(is_train), np.flatnonzero(is_test)

    def _read_embargo(self, values: np.ndarray) -> Any:
        """The embargo as a length of time."""
        if not (isinstance(self.embargo, str) and self.embargo.rstrip().endswith("%")):
            return read_length("embargo", self.embargo, values)
        share = pd.to_numeric(self.embargo.rstrip().removesuffix("%"), errors="coerce") / 100
        if not 0 <= share < 1:
            raise InputError(f"embargo={self.embargo!r}: expected a share such as '1%', or a length of time")
        return share * (values.max() - values.min())

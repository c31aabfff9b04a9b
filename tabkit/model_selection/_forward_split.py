"""Splits that train on the past and test on what came next."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from sklearn.model_selection import BaseCrossValidator

from tabkit._core import InputError
from tabkit._core._lengths import Length, Size, WindowSize, name_size, read_length, read_size
from tabkit._core._times import Spans
from tabkit._core._wording import say_count
from tabkit.model_selection._forward_windows import TrainingWindow, walk_back
from tabkit.model_selection._roles import (
    TooFewRowsError,
    check_n_splits,
    count_rows,
    cut_times,
    encode_groups,
)
from tabkit.model_selection._time_axis import TimeAxis, name_time

Blocks = tuple[np.ndarray, np.ndarray]


class ForwardSplit(BaseCrossValidator):
    """Forward in time, by timestamps and not by the order of the rows.

    Each fold tests on a block of time and trains on rows that are strictly earlier: on all of
    them (expanding) or, with ``train_size``, on a window before the block (sliding). The test
    blocks are laid out in one of three ways:

    - neither size is given: the time axis is cut into ``n_splits + 1`` blocks with about equal
      numbers of rows, and the first is for training only. With ``initial_train_size`` the first
      holds that share of the rows, and the others are about equal.
    - ``train_size`` alone: the first window is for training only, and the rest of the axis is
      cut into ``n_splits`` blocks with about equal numbers of rows.
    - ``test_size``: the last block ends with the last row, and each other one ``step`` before
      the next. ``n_splits`` of them, or with ``n_splits=None`` (walk forward) as many as fit.
      Blocks without rows are passed over.

    Every training window is complete, before rows are taken out for groups or intervals. No row is
    tested twice, and rows of equal time are never torn apart: windows in rows end at the nearest
    change of time. When groups are given as well, training rows whose group occurs in the test
    block are left out of the window.

    Requests ``times`` and ``groups`` by default where metadata routing is enabled.

    Parameters
    ----------
    n_splits : int or None, default=5
        Number of folds; at least 1. None with ``test_size`` takes as many as have a complete
        training window; without ``train_size``, at least as much to train on as to test.
    initial_train_size : float, default=None
        Share of the rows that come before the first test block, where training grows from there and no
        other size is given. None is one block of ``n_splits + 1``.
    train_size : int, float, str or Timedelta, default=None
        The window to train on. An int counts rows, a float below 1 is a share of all rows, text
        or a ``Timedelta`` is a length of time: ``"30D"`` for dates, ``"30"`` in the unit of
        numeric times. None trains on everything earlier.
    test_size : int, float, str or Timedelta, default=None
        The block to test on, written as ``train_size`` is.
    step : int, float, str or Timedelta, default=None
        From the end of one test block to the end of the next: no less than ``test_size``, which
        is also what None takes, and like it in rows or a length of time.
    gap : number, str or Timedelta, default=0
        Training rows must be older than the start of the test block by at least this much:
        a number in the unit of numeric times, a ``Timedelta`` or text like ``"7D"`` for dates.
    horizon : number, str or Timedelta, default=0
        How far labels look ahead, written as ``gap`` is. The label of a row at time t is known at
        t + ``horizon``: where that is not before the start of the test block, the row is left out
        of training. ``gap`` and ``horizon`` are both kept; they do not add up.

    See Also
    --------
    PurgedKFold : Tests every row, and trains on later ones too.
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
    >>> for train, test in ForwardSplit(2, initial_train_size=0.6).split(X, times=[1, 2, 3, 4, 5, 6]):
    ...     print(train, test)
    [0 1 2 3] [4]
    [0 1 2 3 4] [5]
    >>> walk = ForwardSplit(None, train_size="2", test_size="1")
    >>> for train, test in walk.split(X, times=[6, 5, 4, 3, 2, 1]):
    ...     print(train, test)
    [4 5] [3]
    [3 4] [2]
    [2 3] [1]
    [1 2] [0]
    """

    __metadata_request__split: ClassVar[dict[str, bool]] = {"groups": True, "times": True}

    def __init__(
        self,
        n_splits: int | None = 5,
        *,
        initial_train_size: float | None = None,
        train_size: Size | None = None,
        test_size: Size | None = None,
        step: Size | None = None,
        gap: Length = 0,
        horizon: Length = 0,
    ) -> None:
        self.n_splits = n_splits
        self.initial_train_size = initial_train_size
        self.train_size = train_size
        self.test_size = test_size
        self.step = step
        self.gap = gap
        self.horizon = horizon

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None, times: Any = None) -> int:
        """Number of folds.

        Parameters
        ----------
        X, y, groups : ignored
        times : array-like of shape (n_rows,), default=None
            Needed with ``n_splits=None`` only.

        Returns
        -------
        n_splits : int
        """
        if self.n_splits is not None:
            return self.n_splits
        self._check_parameters(times)
        axis = TimeAxis.of(Spans.of(times, len(times)).starts)
        return len(self._find_blocks(axis, self._read_window(axis))[0])

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
            purge row by row, beside ``gap`` and ``horizon``.

        Yields
        ------
        train, test : ndarray
            Increasing row positions.

        Raises
        ------
        InputError
            If there are no times, too few distinct ones, windows do not fit, or nothing is left
            to train on.
        """
        self._check_parameters(times)
        n_rows = count_rows(X)
        spans = Spans.of(times, n_rows)
        axis = TimeAxis.of(spans.starts)
        codes = None if groups is None else encode_groups(groups, n_rows)
        window = self._read_window(axis)
        firsts, stops = self._find_blocks(axis, window)
        train_firsts, train_stops = window.find_firsts(firsts), window.find_stops(firsts)
        for fold, first in enumerate(firsts):
            is_test = axis.rows_between(first, stops[fold])
            is_train = axis.rows_between(train_firsts[fold], train_stops[fold])
            is_train &= spans.clear_of(is_test)
            if codes is not None:
                is_train &= ~np.isin(codes, codes[is_test])
            if not is_train.any():
                raise InputError(
                    f"fold {fold} has no row left to train on before {name_time(axis.distinct[first])}: "
                    "ask for fewer splits, a smaller gap or horizon, shorter intervals, a longer train_size, "
                    "or leave the groups out"
                )
            yield np.flatnonzero(is_train), np.flatnonzero(is_test)

    def _check_parameters(self, times: Any) -> None:
        if self.n_splits is None and self.test_size is None:
            raise InputError("n_splits=None walks over all times and needs test_size: pass one, or n_splits")
        if self.n_splits is not None:
            check_n_splits(self.n_splits, least=1)
        if self.initial_train_size is not None:
            self._check_initial(self.initial_train_size)
        if self.step is not None and self.test_size is None:
            raise InputError(f"step={self.step!r} needs test_size: blocks of equal rows follow each other")
        if times is None:
            raise InputError(
                "ForwardSplit needs times: call split(X, times=...), or route them with "
                "sklearn.set_config(enable_metadata_routing=True) and params={'times': ...}"
            )

    def _check_initial(self, share: float) -> None:
        if self.train_size is not None or self.test_size is not None:
            raise InputError(
                f"initial_train_size={share!r} is for blocks of equal rows: leave it out, or train_size and "
                "test_size"
            )
        if not isinstance(share, Real) or isinstance(share, bool) or not 0 < share < 1:
            raise InputError(f"initial_train_size={share!r}: expected a share of the rows between 0 and 1")

    def _read_window(self, axis: TimeAxis) -> TrainingWindow:
        gap = read_length("gap", self.gap, axis.values)
        horizon = read_length("horizon", self.horizon, axis.values)
        size = None if self.train_size is None else read_size("train_size", self.train_size, axis.values)
        return TrainingWindow(axis, gap, horizon, size)

    def _find_blocks(self, axis: TimeAxis, window: TrainingWindow) -> Blocks:
        """Numbers of the first time of each test block, and of the time after its last one."""
        if not axis.n_times:
            raise TooFewRowsError("0 rows cannot be split")
        if self.test_size is not None:
            return self._walk(axis, window, read_size("test_size", self.test_size, axis.values))
        assert self.n_splits is not None
        if window.size is None:
            firsts = np.searchsorted(axis.distinct, cut_times(axis.values, self._find_shares()))
        else:
            is_full = window.is_full(np.arange(axis.n_times))
            if not is_full.any():
                raise self._nothing_fits(axis)
            first = int(is_full.argmax())
            rest = axis.values[axis.numbers >= first]
            starts = cut_times(rest, [number / self.n_splits for number in range(1, self.n_splits)])
            firsts = np.concatenate([[first], np.searchsorted(axis.distinct, starts)])
        return firsts, np.append(firsts[1:], axis.n_times)

    def _find_shares(self) -> list[float]:
        """Of the rows that are earlier than each test block."""
        n_splits, share = self.n_splits, self.initial_train_size
        assert n_splits is not None
        if share is None:
            return [number / (n_splits + 1) for number in range(1, n_splits + 1)]
        return [share + (1 - share) * number / n_splits for number in range(n_splits)]

    def _walk(self, axis: TimeAxis, window: TrainingWindow, size: WindowSize) -> Blocks:
        """The last test blocks that with a complete window to train on."""
        step = size if self.step is None else read_size("step", self.step, axis.values)
        if (step.length is None) != (size.length is None):
            raise InputError(
                f"step={self.step!r} and test_size={self.test_size!r}: expected both in rows, or both as a "
                "length of time"
            )
        if step.is_below(size):
            raise InputError(
                f"step={self.step!r} is smaller than test_size={self.test_size!r}: rows would be tested twice"
            )
        firsts, stops = walk_back(axis, size, step)
        if self.n_splits is None and window.size is None:
            is_usable = TrainingWindow(axis, window.gap, window.horizon, size).is_full(firsts)
        else:
            is_usable = window.is_full(firsts)
        firsts, stops = firsts[is_usable], stops[is_usable]
        if not len(firsts):
            raise self._nothing_fits(axis)
        if self.n_splits is None:
            return firsts, stops
        if len(firsts) < self.n_splits:
            raise InputError(
                f"n_splits={self.n_splits}: only {say_count(len(firsts), 'test block')} of "
                f"{name_size(self.test_size)} with a complete window to train on: ask for fewer splits, None "  # type: ignore[arg-type]
                "for as many as fit, or smaller windows"
            )
        return firsts[-self.n_splits :], stops[-self.n_splits :]

    def _nothing_fits(self, axis: TimeAxis) -> InputError:
        given = ("train_size", "test_size", "gap", "horizon")
        asked = ", ".join(f"{name}={getattr(self, name)!r}" for name in given if getattr(self, name))
        return InputError(
            f"{asked}: nothing of it fits between {name_time(axis.distinct[0])} and "
            f"{name_time(axis.distinct[-1])} ({say_count(len(axis.values), 'row')}): ask for less"
        )

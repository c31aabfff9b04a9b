"""What a splitter does to given rows, as numbers and as a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from tabkit._core._pairs import Pairs
from tabkit._core._wording import say_count
from tabkit.model_selection._split_drawing import draw_splits
from tabkit.model_selection._split_rows import SplitRows, call_splitter
from tabkit.model_selection._splitter_choice import describe_splitter


@dataclass(frozen=True, eq=False)
class SplitInspection:
    """The folds of a splitter on given rows.

    Attributes
    ----------
    description : str
        The splitter in words.
    pairs : tuple of (ndarray, ndarray)
        Positions of the training and the test rows of each fold.
    rows : SplitRows
        Times, groups and target, as far as they were given.
    """

    description: str
    pairs: Pairs = field(repr=False)
    rows: SplitRows = field(repr=False)

    def frame(self) -> pd.DataFrame:
        """The folds in numbers.

        Returns
        -------
        frame : DataFrame
            A row for each fold: ``fold``, ``n_train``, ``n_test``, ``n_left_out``.
            With times ``train_start``, ``train_end``, ``test_start``, ``test_end`` (dates in UTC)
            and ``n_train_not_earlier``, the training rows that are no earlier than the test
            start: 0 where the split goes forward.
            With groups ``n_train_groups``, ``n_test_groups`` and ``n_shared_groups``.
            With labels ``n_train_classes``, ``n_test_classes`` and for two classes
            ``train_positive_share`` and ``test_positive_share`` of the last class; with values
            ``train_mean`` and ``test_mean``.
        """
        return pd.DataFrame(
            [
                {"fold": fold, "n_train": len(train), "n_test": len(test)}
                | {"n_left_out": self.rows.n_rows - _n_distinct(np.concatenate([train, test]))}
                | self._describe_times(train, test)
                | self._describe_groups(train, test)
                | self._describe_target(train, test)
                for fold, (train, test) in enumerate(self.pairs)
            ]
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw the folds with matplotlib: a lane for each.

        The rows are sorted by time and within it by group, as far as there are any. Where rows of
        several kinds lie too close to be told apart, the height of a colour is their share. Lanes
        below show groups (where they are few, or order the rows) and classes.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None makes a new figure.

        Returns
        -------
        ax : matplotlib Axes
        """
        return draw_splits(self.pairs, self.rows, self.description, ax)

    def _describe_times(self, train: np.ndarray, test: np.ndarray) -> dict[str, Any]:
        times = self.rows.times
        if times is None:
            return {}
        described: dict[str, Any] = {}
        for name, part in (("train", times[train]), ("test", times[test])):
            described[f"{name}_start"] = part.min() if len(part) else None
            described[f"{name}_end"] = part.max() if len(part) else None
        n_not_earlier = int((times[train] >= times[test].min()).sum()) if len(test) else 0
        return described | {"n_train_not_earlier": n_not_earlier}

    def _describe_groups(self, train: np.ndarray, test: np.ndarray) -> dict[str, Any]:
        groups = self.rows.groups
        if groups is None:
            return {}
        n_trained, n_tested = _n_distinct(groups[train]), _n_distinct(groups[test])
        n_of_either = _n_distinct(np.concatenate([groups[train], groups[test]]))
        return {
            "n_train_groups": n_trained,
            "n_test_groups": n_tested,
            "n_shared_groups": n_trained + n_tested - n_of_either,
        }

    def _describe_target(self, train: np.ndarray, test: np.ndarray) -> dict[str, Any]:
        target, classes = self.rows.target, self.rows.classes
        if target is None:
            return {}
        parts = {"train": target[train], "test": target[test]}
        if classes is None:
            return {f"{name}_mean": np.nanmean(part) if len(part) else None for name, part in parts.items()}
        described: dict[str, Any] = {f"n_{name}_classes": _n_distinct(part) for name, part in parts.items()}
        if len(classes) == 2:
            for name, part in parts.items():
                described[f"{name}_positive_share"] = part.mean() if len(part) else None
        return described


def _n_distinct(numbers: np.ndarray) -> int:
    """How many of the numbers from 0 on occur."""
    return int((np.bincount(numbers) > 0).sum())


def inspect_splits(
    splitter: Any, X: Any, y: Any = None, *, groups: Any = None, times: Any = None
) -> SplitInspection:
    """Split rows and tell what each fold trains and tests on.

    Parameters
    ----------
    splitter : cross-validator or iterable of (train, test)
        Of tabkit, scikit-learn or another package; gets groups and times where it takes them.
    X : array-like of shape (n_rows, n_features)
    y : array-like of shape (n_rows,), default=None
        Text, booleans and up to 20 whole numbers are classes, other numbers values.
    groups : array-like of shape (n_rows,), default=None
        Told of and drawn for splitters that do not take them, too.
    times : array-like of shape (n_rows,), default=None
        Numbers or dates, none missing; likewise.

    Returns
    -------
    inspection : SplitInspection
        ``.frame()`` has the numbers, ``.plot()`` draws them.

    Raises
    ------
    InputError
        If ``splitter`` is none, or the groups or times cannot be used. What the splitter itself
        raises comes through.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import KFold
    >>> from tabkit.model_selection import inspect_splits
    >>> inspection = inspect_splits(KFold(2), np.zeros((6, 1)), groups=list("aabbcc"))
    >>> inspection.frame()[["n_train", "n_test", "n_shared_groups"]].values.tolist()
    [[3, 3, 1], [3, 3, 1]]
    """
    rows = SplitRows.of(X, y, groups, times)
    pairs = call_splitter(splitter, X, y, groups, times)
    described = (
        describe_splitter(splitter)
        if hasattr(splitter, "split")
        else f"{say_count(len(pairs), 'fold')} as given"
    )
    return SplitInspection(described, pairs, rows)


def plot_splits(
    splitter: Any, X: Any, y: Any = None, *, groups: Any = None, times: Any = None, ax: Any = None
) -> Any:
    """Draw any splitter over rows sorted by time or group.

    Parameters
    ----------
    splitter : cross-validator or iterable of (train, test)
    X : array-like of shape (n_rows, n_features)
    y : array-like of shape (n_rows,), default=None
    groups : array-like of shape (n_rows,), default=None
    times : array-like of shape (n_rows,), default=None
        See `inspect_splits`, which has the numbers.
    ax : matplotlib Axes, default=None
        None makes a new figure.

    Returns
    -------
    ax : matplotlib Axes

    Examples
    --------
    >>> import numpy as np
    >>> from tabkit.model_selection import ForwardSplit, plot_splits
    >>> ax = plot_splits(ForwardSplit(3, gap=5), np.zeros((60, 1)), times=np.arange(60))
    """
    return inspect_splits(splitter, X, y, groups=groups, times=times).plot(ax)

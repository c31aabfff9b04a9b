"""What is known of the rows that a splitter divides, and the call that divides them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn import config_context
from sklearn.utils.metadata_routing import get_routing_for_object

from tabkit._core import InputError
from tabkit._core._times import encode_times
from tabkit.model_selection._roles import count_rows, encode_groups

# A numeric target with more distinct values is described by its mean, not by shares of classes.
_MAX_NUMERIC_CLASSES = 20


@dataclass(frozen=True, eq=False)
class SplitRows:
    """Times, groups and target of the rows that are split, as far as there are any.

    Attributes
    ----------
    n_rows : int
    times : ndarray of shape (n_rows,) or None
        Numbers or naive datetimes in UTC.
    groups : ndarray of int of shape (n_rows,) or None
        Numbers of groups.
    group_names : tuple
    target : ndarray of shape (n_rows,) or None
        Numbers of classes, or values.
    classes : tuple or None
        None where the target has values.
    """

    n_rows: int
    times: np.ndarray | None
    groups: np.ndarray | None
    group_names: tuple[Any, ...]
    target: np.ndarray | None
    classes: tuple[Any, ...] | None

    @classmethod
    def of(cls, X: Any, y: Any, groups: Any, times: Any) -> SplitRows:
        """Encode what is known of the rows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
        y, groups, times : array-like of shape (n_rows,) or None
            A ``y`` of several columns is left out.

        Returns
        -------
        rows : SplitRows
        """
        n_rows = count_rows(X)
        codes, names = (None, ()) if groups is None else _number(groups, n_rows)
        target, classes = (None, None) if y is None or np.ndim(y) != 1 else _read_target(y, n_rows)
        encoded = None if times is None else encode_times(times, n_rows)
        return cls(n_rows, encoded, codes, names, target, classes)

    def order(self) -> np.ndarray:
        """Positions of the rows by time and group, as far as there are any."""
        keys = [key for key in (self.groups, self.times) if key is not None]
        return np.lexsort(keys) if keys else np.arange(self.n_rows)


def call_splitter(
    splitter: Any, X: Any, y: Any, groups: Any, times: Any
) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Split with the roles that a splitter takes.

    Parameters
    ----------
    splitter : cross-validator or iterable of (train, test)
    X, y, groups, times : array-like or None

    Returns
    -------
    pairs : tuple of (ndarray, ndarray)
        Row positions.
    """
    if isinstance(splitter, str | type) or not (hasattr(splitter, "split") or isinstance(splitter, Iterable)):
        raise InputError(f"splitter={splitter!r}: expected a splitter or pairs of training and test rows")
    n_rows = count_rows(X)
    if not hasattr(splitter, "split"):
        return _read_pairs(splitter, n_rows)
    given = {name: values for name, values in (("groups", groups), ("times", times)) if values is not None}
    taken = find_taken(splitter, given)
    return _read_pairs(splitter.split(X, y, **{name: given[name] for name in taken}), n_rows)


def find_taken(splitter: Any, names: Iterable[str]) -> set[str]:
    """Which of groups and times a splitter takes: those that it requests, or has in its signature.

    Parameters
    ----------
    splitter : cross-validator
    names : iterable of {"groups", "times"}

    Returns
    -------
    taken : set of str
    """
    if hasattr(splitter, "get_metadata_routing"):
        with config_context(enable_metadata_routing=True):
            return set(get_routing_for_object(splitter).consumes("split", list(names)))
    return set(names) & inspect.signature(splitter.split).parameters.keys()


def _read_pairs(pairs: Iterable[Any], n_rows: int) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Positions of rows, from positions or masks."""
    read = tuple((_read_positions(train, n_rows), _read_positions(test, n_rows)) for train, test in pairs)
    if not read:
        raise InputError("the splitter gives no fold")
    return read


def _read_positions(part: Any, n_rows: int) -> np.ndarray:
    rows = np.asarray(part)
    if rows.dtype == bool and len(rows) == n_rows:
        return np.flatnonzero(rows)
    rows = rows if len(rows) else rows.astype(np.int64)
    if rows.dtype.kind not in "iu" or (len(rows) and not -n_rows <= rows.min() <= rows.max() < n_rows):
        raise InputError(f"the splitter gives {rows}: expected positions among {n_rows:,} rows")
    return np.where(rows < 0, rows + n_rows, rows)


def _number(labels: Any, n_rows: int) -> tuple[np.ndarray, tuple[Any, ...]]:
    """Number labels in their order, or that of their first rows where they have none."""
    codes = encode_groups(labels, n_rows)
    values = np.asarray(labels, dtype=object).reshape(-1)
    names = pd.Series(values[np.unique(codes, return_index=True)[1]], dtype=object)
    try:
        order = names.argsort().to_numpy() if names.notna().all() else np.arange(len(names))
    except TypeError:
        order = np.arange(len(names))
    return np.argsort(order)[codes], tuple(names.iloc[order])


def _read_target(y: Any, n_rows: int) -> tuple[np.ndarray, tuple[Any, ...] | None]:
    codes, names = _number(y, n_rows)
    values = pd.Series(np.asarray(y)).infer_objects()
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        return codes, names
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    if len(names) <= _MAX_NUMERIC_CLASSES and (np.nan_to_num(numbers) % 1 == 0).all():
        return codes, names
    return numbers, None

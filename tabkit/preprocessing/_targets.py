"""A target as numbers whose means are worth knowing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import type_of_target

from tabkit._core import InputError
from tabkit.preprocessing._labels import as_labels
from tabkit.preprocessing._values import as_values

TASK_KINDS = ("auto", "binary", "multiclass", "regression")

# Whole numbers with more distinct values than this are quantities, not labels.
_MOST_NUMBERED_CLASSES = 20


@dataclass(frozen=True)
class Targets:
    """A target as numbers.

    Attributes
    ----------
    values : ndarray of shape (n_rows, n_targets)
        The target itself, the indicator of the second class of two, or one for each class.
    names : tuple of str
        "" or "=class" for each of them, to append to a column's name.
    labels : ndarray of int of shape (n_rows,) or None
        Position of each row's class.
    """

    values: np.ndarray
    names: tuple[str, ...]
    labels: np.ndarray | None


def read_targets(y: Any, task_kind: str) -> Targets:
    """Read a target.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
    task_kind : {"auto", "binary", "multiclass", "regression"}

    Raises
    ------
    InputError
        If values are missing, or if y is neither labels nor numbers.
    """
    if task_kind == "auto":
        y = as_labels(y)
        task_kind = _find_task_kind(y)
    if task_kind == "regression":
        return Targets(column_or_1d(as_values(y))[:, np.newaxis], ("",), None)
    y = as_labels(y)
    classes, labels = np.unique(y, return_inverse=True)
    if task_kind == "binary" or len(classes) <= 2:
        return Targets((labels == 1).astype(np.float64)[:, np.newaxis], ("",), labels)
    return Targets(np.eye(len(classes))[labels], tuple(f"={label}" for label in classes), labels)


def _find_task_kind(y: np.ndarray) -> str:
    found = str(type_of_target(y, input_name="y"))
    is_counted = y.dtype.kind in "iuf" and len(np.unique(y)) > _MOST_NUMBERED_CLASSES
    if found == "continuous" or (found == "multiclass" and is_counted):
        return "regression"
    if found not in TASK_KINDS:
        raise InputError(f"y must be labels or numbers, one for each row; this one is {found!r}")
    return found

"""What the parts of a `TablePreprocessor` may learn from, beside the columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tabkit._core._pairs import Pairs
from tabkit.preprocessing._encoding_folds import split_for_encoding
from tabkit.preprocessing._targets import Targets, read_targets

# One column for each class and category column: more would drown the others.
_MOST_CLASSES = 50


@dataclass(frozen=True)
class TrainingTarget:
    """Target, roles and randomness of the training rows; targets and folds are made when used.

    Attributes
    ----------
    n_rows : int
    y, groups, times : array-like of shape (n_rows,) or None
    task_kind : {"auto", "binary", "multiclass", "regression"}
    n_folds : int
    seed : int
    """

    n_rows: int
    y: Any
    groups: Any
    times: Any
    task_kind: str
    n_folds: int
    seed: int

    @cached_property
    def targets(self) -> Targets:
        """The target as numbers; only where there is one."""
        return read_targets(self.y, self.task_kind)

    @property
    def can_encode(self) -> bool:
        """Whether there is a target to encode categories by."""
        return self.y is not None and len(self.targets.names) <= _MOST_CLASSES

    @cached_property
    def folds(self) -> Pairs:
        """The inner folds."""
        return split_for_encoding(
            self.n_rows,
            labels=self.targets.labels,
            groups=self.groups,
            times=self.times,
            n_folds=self.n_folds,
            seed=self.seed,
        )

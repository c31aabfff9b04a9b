"""Folds as splitters yield them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np

# Positions of the rows to train on and to test, of each fold. What a run adds to them, and its name for
# them, is `tabkit.evaluation.Folds`.
Pairs: TypeAlias = "Sequence[tuple[np.ndarray, np.ndarray]]"

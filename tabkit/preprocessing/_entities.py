"""Whose row each row is: customers, stores, patients, by one column or several together."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from tabkit._core import InputError
from tabkit.preprocessing._categories import MISSING, UNSEEN, CategoryIndex


class EntityIndex:
    """The entities of the training rows, numbered from 0.

    Values are told apart as those of categories are: 3, 3.0 and "3" are one entity. Without columns, all rows
    are of one entity.

    Parameters
    ----------
    columns : sequence of hashable
        Labels of the columns that say together whose a row is.
    """

    def __init__(self, columns: Sequence[Hashable]) -> None:
        self.columns = list(columns)

    def fit(self, frame: pd.DataFrame) -> EntityIndex:
        """Learn the entities of the training rows."""
        self.categories_ = [CategoryIndex(frame[label]) for label in self.columns]
        n_combined = 1
        for categories in self.categories_:
            n_combined *= max(len(categories), 1)
        if n_combined >= 2**62:
            raise InputError(
                f"entity={self.columns!r}: these columns have too many values together: make one of them"
            )
        combined, is_known, _ = self._combine(frame)
        self.combined_ = np.unique(combined[is_known])
        return self

    def __len__(self) -> int:
        return len(self.combined_)

    def encode(self, frame: pd.DataFrame) -> np.ndarray:
        """Number of the entity of each row, `MISSING` where a column is missing, else `UNSEEN`."""
        combined, is_known, is_missing = self._combine(frame)
        places = np.minimum(np.searchsorted(self.combined_, combined), max(len(self) - 1, 0))
        if len(self):
            is_known &= self.combined_[places] == combined
        entities = np.where(is_known, places, UNSEEN)
        entities[is_missing] = MISSING
        return entities

    def encode_all(self, frame: pd.DataFrame) -> tuple[np.ndarray, int]:
        """Number of the entity of each row and of all entities, where those unseen are numbered on."""
        entities = self.encode(frame)
        is_new = entities == UNSEEN
        if not is_new.any():
            return entities, len(self)
        strangers = EntityIndex(self.columns).fit(frame[is_new])
        entities[is_new] = len(self) + strangers.encode(frame[is_new])
        return entities, len(self) + len(strangers)

    def _combine(self, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One number for the values of all columns; which rows have known ones, which miss one."""
        combined = np.zeros(len(frame), dtype=np.int64)
        is_known, is_missing = np.ones(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)
        for label, categories in zip(self.columns, self.categories_, strict=True):
            codes = categories.encode(frame[label])
            combined = combined * max(len(categories), 1) + np.maximum(codes, 0)
            is_known &= codes >= 0
            is_missing |= codes == MISSING
        return combined, is_known, is_missing

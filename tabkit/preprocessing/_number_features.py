"""The numbers that come out of a table: what its parts read, scaled, filled and marked."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from tabkit.preprocessing._blocks import NumberBlock, names_of, stack_columns
from tabkit.preprocessing._columns import ReadTable
from tabkit.preprocessing._filling import ExpectedValues
from tabkit.preprocessing._numbers import SmoothScaler
from tabkit.preprocessing._training_target import TrainingTarget


class NumberFeatures:
    """What some parts make of a table, side by side.

    Parameters
    ----------
    measured : sequence of NumberBlock
        Their numbers have a scale of their own.
    indicated : sequence of NumberBlock
        Their numbers are fit for every family.
    is_scaled : bool
        Whether the measured numbers are scaled, missing ones filled, and marked beside them.
    """

    def __init__(
        self, measured: Sequence[NumberBlock], indicated: Sequence[NumberBlock], *, is_scaled: bool
    ) -> None:
        self.measured = measured
        self.indicated = indicated
        self.is_scaled = is_scaled

    def fit_transform(self, table: ReadTable, rows: TrainingTarget) -> np.ndarray:
        """Learn from the training rows and return them, shape (n_rows, n_names)."""
        measured, indicated = (
            stack_columns([block.fit_transform(table, rows) for block in blocks], table.n_rows)
            for blocks in (self.measured, self.indicated)
        )
        self.scaler_ = SmoothScaler().fit(measured) if self.is_scaled and measured.size else None
        measured = self._scale(measured)
        self.filling_ = ExpectedValues().fit(np.hstack([measured, indicated])) if self.is_scaled else None
        self._name_outputs()
        return self._finish(measured, indicated)

    def transform(self, table: ReadTable) -> np.ndarray:
        """Return other rows, shape (n_rows, n_names)."""
        measured, indicated = (
            stack_columns([block.transform(table) for block in blocks], table.n_rows)
            for blocks in (self.measured, self.indicated)
        )
        return self._finish(self._scale(measured), indicated)

    def _scale(self, measured: np.ndarray) -> np.ndarray:
        return measured if self.scaler_ is None else self.scaler_.transform(measured)

    def _finish(self, measured: np.ndarray, indicated: np.ndarray) -> np.ndarray:
        """Fill, mark, and put side by side."""
        numbers = np.hstack([measured, indicated])
        if self.filling_ is not None:
            numbers = self.filling_.fill(numbers)
        if self.scaler_ is None:
            return numbers
        marks = np.isnan(measured[:, self.scaler_.indicated_]).astype(np.float64)
        first, last = np.hsplit(numbers, [measured.shape[1]])
        return np.hstack([first, marks, last])

    def _name_outputs(self) -> None:
        names, sources = names_of(self.measured)
        if self.scaler_ is not None:
            names += [f"{names[position]}__missing" for position in self.scaler_.indicated_]
            sources += [sources[position] for position in self.scaler_.indicated_]
        more_names, more_sources = names_of(self.indicated)
        self.names: list[str] = names + more_names
        self.sources: list[Hashable] = sources + more_sources

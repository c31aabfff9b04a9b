"""The numbers that come out of a table: what its parts read, scaled, filled, marked and expanded."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from tabkit.preprocessing._blocks import NumberBlock, names_of, stack_columns
from tabkit.preprocessing._columns import ReadTable
from tabkit.preprocessing._components import Components
from tabkit.preprocessing._expansion import Expansion, make_expansion
from tabkit.preprocessing._imputation import make_filling
from tabkit.preprocessing._numeric_options import NumericOptions
from tabkit.preprocessing._scaling import make_scaler
from tabkit.preprocessing._training_target import TrainingTarget


class NumberFeatures:
    """What some parts make of a table, side by side.

    Parameters
    ----------
    measured : sequence of NumberBlock
        Their numbers have a scale of their own.
    indicated : sequence of NumberBlock
        Their numbers are fit for every family.
    options : NumericOptions
        How numbers are scaled, filled and expanded.
    n_numeric : int
        Columns that the first of the measured parts has from numeric columns, which are expanded.
    is_scaled : bool
        Whether, unless the options say otherwise, the measured numbers are scaled and missing ones filled.
        Where they are filled, marks are beside them.
    """

    def __init__(
        self,
        measured: Sequence[NumberBlock],
        indicated: Sequence[NumberBlock],
        options: NumericOptions,
        *,
        n_numeric: int,
        is_scaled: bool,
    ) -> None:
        self.measured = measured
        self.indicated = indicated
        self.options = options
        self.n_numeric = n_numeric
        self.is_scaled = is_scaled

    def fit_transform(self, table: ReadTable, rows: TrainingTarget) -> np.ndarray:
        """Learn from the training rows and return them, shape (n_rows, n_names)."""
        measured, indicated = (
            stack_columns([block.fit_transform(table, rows) for block in blocks], table.n_rows)
            for blocks in (self.measured, self.indicated)
        )
        scaler = make_scaler(self.options.scaling, is_scaled=self.is_scaled, seed=rows.seed)
        self.scaler_ = scaler.fit(measured) if scaler is not None and measured.size else None
        measured = self._scale(measured)
        numbers = np.hstack([measured, indicated])
        filling = make_filling(self.options.imputation, self.options.scaling, is_scaled=self.is_scaled)
        self.filling_ = filling.fit(numbers) if filling is not None and numbers.size else None
        has_gaps = np.isnan(measured).any(axis=0)
        self.marked_ = np.flatnonzero(has_gaps & (self.filling_ is not None))
        marks, filled = self._fill(numbers)
        self.expansion_ = self._fit_expansion(filled[:, : self.n_numeric], rows.seed)
        self._name_outputs()
        return self._finish(filled, marks)

    def transform(self, table: ReadTable) -> np.ndarray:
        """Return other rows, shape (n_rows, n_names)."""
        measured, indicated = (
            stack_columns([block.transform(table) for block in blocks], table.n_rows)
            for blocks in (self.measured, self.indicated)
        )
        numbers = np.hstack([self._scale(measured), indicated])
        marks, filled = self._fill(numbers)
        return self._finish(filled, marks)

    def _scale(self, measured: np.ndarray) -> np.ndarray:
        return measured if self.scaler_ is None else self.scaler_.transform(measured)

    def _fill(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Marks of what is missing, and the numbers filled, perhaps in place."""
        marks = np.isnan(numbers[:, self.marked_]).astype(np.float64)
        return marks, numbers if self.filling_ is None else self.filling_.fill(numbers)

    def _fit_expansion(self, numeric: np.ndarray, seed: int) -> Expansion | None:
        n_components, expansion = self.options.n_numeric_components, self.options.expansion
        if n_components is not None and (self.n_numeric or n_components >= 1):
            maker: Expansion = Components(n_components, seed)
        elif expansion is not None and self.n_numeric:
            maker = make_expansion(expansion)
        else:
            return None
        names, sources = names_of(self.measured)
        return maker.fit(numeric, names[: self.n_numeric], sources[: self.n_numeric])

    def _finish(self, filled: np.ndarray, marks: np.ndarray) -> np.ndarray:
        """Expand, and put side by side."""
        first, last = np.hsplit(filled, [self.n_measured_])
        if self.expansion_ is not None:
            numeric, others = np.hsplit(first, [self.n_numeric])
            first = np.hstack([self.expansion_.transform(numeric), others])
        return np.hstack([first, marks, last])

    def _name_outputs(self) -> None:
        names, sources = names_of(self.measured)
        self.n_measured_ = len(names)
        marks = [(f"{names[position]}__missing", sources[position]) for position in self.marked_]
        if self.expansion_ is not None:
            names = [*self.expansion_.names, *names[self.n_numeric :]]
            sources = [*self.expansion_.sources, *sources[self.n_numeric :]]
        more_names, more_sources = names_of(self.indicated)
        self.names: list[str] = [*names, *(name for name, _ in marks), *more_names]
        self.sources: list[Hashable] = [*sources, *(source for _, source in marks), *more_sources]

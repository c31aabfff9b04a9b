"""How much the mean over the folds varies over the rows that were judged, told from each row's influence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

# Blocks of a forward fold: long enough to hold what neighbours in time share, enough of them for a variance.
_BLOCKS_OF_A_FOLD = 10


@dataclass(frozen=True)
class Spread:
    """What the units did to the mean over the folds: rows, whole groups, or blocks of time.

    Attributes
    ----------
    by_unit : ndarray of shape (n_units,)
        How far each unit moved the mean.
    by_fold : ndarray of shape (n_units_of_folds,)
        How far each unit of a fold moved the score of that fold, fold by fold.
    fold : ndarray of int of shape (n_units_of_folds,)
    n_folds : int
    """

    by_unit: np.ndarray
    by_fold: np.ndarray
    fold: np.ndarray
    n_folds: int

    def __sub__(self, other: Spread) -> Spread:
        """Of the difference of two models that were judged on the same rows."""
        return Spread(self.by_unit - other.by_unit, self.by_fold - other.by_fold, self.fold, self.n_folds)

    @property
    def n_distinct_folds(self) -> float:
        """Folds that a unit is in one of: five, where five folds are drawn several times."""
        return len(self.by_unit) * self.n_folds / len(self.by_fold)

    @property
    def variance(self) -> float:
        """Of the mean over the folds."""
        n_units = len(self.by_unit)
        # The influences of a fold sum to zero: a degree of freedom is lost for each.
        return float((self.by_unit**2).sum()) * n_units / max(n_units - self.n_distinct_folds, 1.0)

    @property
    def variance_of_a_fold(self) -> float:
        """Of the score of one fold, mean over the folds."""
        import numpy as np

        squares = np.bincount(self.fold, self.by_fold**2, minlength=self.n_folds)
        n_units = np.bincount(self.fold, minlength=self.n_folds)
        return float((squares * n_units / np.maximum(n_units - 1, 1)).mean())

    @property
    def degrees_of_freedom(self) -> float:
        """Of `variance`: that of normal influences from which it would vary as much."""
        squares = self.by_unit**2
        total = float(squares.sum())
        spread = float((squares**2).sum()) - total**2 / len(squares)
        return 2 * total**2 / spread if spread > 0 else float(len(squares) - 1)


def sum_by_unit(influences: Sequence[np.ndarray], units: Sequence[np.ndarray]) -> Spread:
    """Sum the influences of the rows of every fold within the units that they belong to.

    Parameters
    ----------
    influences : sequence of ndarray of shape (n_test,)
        Of each fold, see `tabkit.metrics.row_influence`.
    units : sequence of ndarray of int of shape (n_test,)
        Of each fold, the unit that a row belongs to: itself, its group or its block. A unit that is in
        several folds, as with repeated folds, has one number.

    Returns
    -------
    spread : Spread
    """
    import numpy as np

    n_folds = len(influences)
    n_units = max(int(numbers.max()) for numbers in units) + 1
    by_unit = np.zeros(n_units)
    sums, folds = [], []
    for fold, (influence, numbers) in enumerate(zip(influences, units, strict=True)):
        moved = np.bincount(numbers, influence / len(influence), minlength=n_units)
        by_unit += moved / n_folds
        of_fold = np.flatnonzero(np.bincount(numbers, minlength=n_units))
        sums.append(moved[of_fold])
        folds.append(np.full(len(of_fold), fold))
    present = np.unique(np.concatenate(units))
    return Spread(by_unit[present], np.concatenate(sums), np.concatenate(folds), n_folds)


def block_units(times: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Number blocks of rows that follow each other in time, some in each fold; a moment is in one block.

    Parameters
    ----------
    times : sequence of ndarray of shape (n_test,)
        Of each fold, as numbers.

    Returns
    -------
    units : list of ndarray of int of shape (n_test,)
    """
    import numpy as np

    units, n_before = [], 0
    for of_fold in times:
        place = np.searchsorted(np.sort(of_fold), of_fold, side="left") / len(of_fold)
        codes = np.unique(np.floor(place * _BLOCKS_OF_A_FOLD), return_inverse=True)[1]
        units.append(codes + n_before)
        n_before += int(codes.max()) + 1
    return units

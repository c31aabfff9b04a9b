"""What the checks share: the rows that are measured, their folds, and scores that are kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from tabkit.data import Table, Task
from tabkit.leakage._clock import Clock
from tabkit.leakage._copies import find_copies
from tabkit.leakage._encoded import Encoded, category_codes, encode_columns
from tabkit.leakage._encoded_target import EncodedTarget, encode_target
from tabkit.leakage._fast_model import FastModel, FittedFold, FoldScores, measure_shuffled

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Pair = tuple[np.ndarray, np.ndarray]

_MAX_FOLDS = 5
_FOLDS_ALONE = 3
# Of more features, only so many are fitted by themselves.
_MOST_ALONE = 100
_MIN_ROWS_OF_FOLD = 5
# Without a feature the score cannot fall much where it hardly does when the feature is shuffled.
_LEAST_FALL = 0.01
_MAX_SUSPECTS = 6
_NEARLY_PERFECT_AUC = 0.985
_NEARLY_PERFECT_R2 = 0.97
_ROUGH_LESS = 0.04


@dataclass(frozen=True)
class Examination:
    """What the checks share.

    Attributes
    ----------
    table : Table
        All rows.
    task : Task
    pairs : tuple of (train, test)
        The folds of all rows.
    rows : ndarray of int of shape (n_measured,)
        Increasing positions of those that the fast model is measured on.
    clock : Clock
    set_aside : DataFrame of shape (n_rows, n_set_aside)
        Columns that are no features: identifiers, and what was dropped.
    test : Table or None
        Rows for a last score.
    n_threads : int
    seed : int
    """

    table: Table
    task: Task
    pairs: tuple[Pair, ...]
    rows: np.ndarray
    clock: Clock
    set_aside: pd.DataFrame
    test: Table | None = None
    n_threads: int = 1
    seed: int = 0
    _scores: dict[object, FoldScores] = field(default_factory=dict)
    _codes: dict[str, np.ndarray] = field(default_factory=dict)

    @cached_property
    def sample(self) -> Table:
        """The measured rows."""
        return self.table if len(self.rows) == self.table.n_rows else self.table.take(self.rows)

    @cached_property
    def encoded_target(self) -> EncodedTarget:
        """The target of the measured rows."""
        return encode_target(self.task, self.sample.target)

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Kind of every column."""
        return {column.name: column.kind for column in self.table.columns}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the features."""
        return tuple(str(name) for name in self.table.frame.columns)

    @cached_property
    def copies(self) -> dict[str, tuple[str, ...]]:
        """Each feature with those that say the same, itself among them."""
        return find_copies(self.sample.frame, self.kinds)

    def merge_copies(self, names: Collection[str]) -> list[tuple[str, ...]]:
        """Each of some features, followed by its copies; what is a copy of one before does not come again.

        Parameters
        ----------
        names : collection of str

        Returns
        -------
        merged : list of tuple of str
        """
        merged: dict[tuple[str, ...], tuple[str, ...]] = {}
        for name in names:
            same = self.copies[name]
            merged.setdefault(same, (name, *(other for other in same if other != name)))
        return list(merged.values())

    @cached_property
    def is_test_of_table(self) -> bool:
        """Whether the rows for a last score were put away from this very table."""
        import numpy as np

        if self.test is None or self.test.source_rows is None or self.table.source_rows is None:
            return False
        is_apart = not np.isin(self.test.source_rows, self.table.source_rows).any()
        return is_apart and self.test.name == self.table.name and self.test.columns == self.table.columns

    def codes_of(self, name: str) -> np.ndarray:
        """The distinct values of a feature numbered, of all rows, see `category_codes`; kept."""
        if name not in self._codes:
            import numpy as np

            self.clock.check()
            self._codes[name] = category_codes(self.table.frame[name]).astype(np.int32)
        return self._codes[name]

    @cached_property
    def encoded(self) -> Encoded:
        """The features of the measured rows as numbers."""
        return encode_columns(self.sample.frame, self.kinds)

    @cached_property
    def folds(self) -> tuple[Pair, ...]:
        """The folds, of the measured rows."""
        return restrict_pairs(self.pairs[:_MAX_FOLDS], self.rows, self.table.n_rows)

    @cached_property
    def model(self) -> FastModel:
        """The fast model on the measured rows."""
        weights = None if self.sample.weights is None else self.sample.weights.to_numpy()
        return FastModel(self.encoded_target, weights, self.n_threads, self.clock.check)

    @cached_property
    def alone(self) -> dict[str, FoldScores]:
        """Scores of every feature by itself, on the first folds."""
        pairs = self.folds[:_FOLDS_ALONE]
        return {
            name: self.model.score(self.encoded, self.encoded.positions([name]), pairs, is_rough=True)
            for name in self._most_telling
        }

    @cached_property
    def _most_telling(self) -> Sequence[str]:
        """All features; of very many, those whose ranks go most with the target's."""
        import numpy as np
        from scipy.stats import rankdata

        if len(self.columns) <= _MOST_ALONE:
            return self.columns
        matrix = np.nan_to_num(self.encoded.matrix.astype(np.float64), nan=-1e300)
        ranks = rankdata(matrix, axis=0)
        ranks -= ranks.mean(axis=0)
        ranks /= np.maximum(np.sqrt((ranks**2).sum(axis=0)), 1e-12)
        target = self._target_ranks()
        strength = np.abs(ranks.T @ target).max(axis=1)
        best: dict[str, float] = {}
        for owner, value in zip(self.encoded.owners, strength, strict=True):
            best[owner] = max(best.get(owner, 0.0), float(value))
        return sorted(best, key=lambda name: -best[name])[:_MOST_ALONE]

    def _target_ranks(self) -> np.ndarray:
        """Ranks of the values, or of belonging to each class, of length 1; shape (n_rows, n_numbers)."""
        import numpy as np
        from scipy.stats import rankdata

        target = self.sample.target
        if self.encoded_target.n_classes:
            numbers = np.column_stack([(target == label).to_numpy(float) for label in self.task.classes])
        else:
            numbers = rankdata(target.to_numpy(float))[:, np.newaxis]
        numbers = numbers - numbers.mean(axis=0)
        return numbers / np.maximum(np.sqrt((numbers**2).sum(axis=0)), 1e-12)

    @cached_property
    def shuffled(self) -> dict[str, float]:
        """By how much the score with all features falls once a feature is shuffled among the test rows.

        A cheap stand-in for a model without the feature: it needs no fit.
        """
        return measure_shuffled(
            self.encoded_target, self.encoded, self._full_fits, self.seed, before_each=self.clock.check
        )

    @cached_property
    def nearly_perfect(self) -> tuple[str, ...]:
        """Features that know the target nearly perfectly by themselves."""
        least = self.nearly_perfect_score
        # What a few trees of a column reach is a little less.
        chosen = [name for name, scores in self.alone.items() if scores.mean >= least - _ROUGH_LESS]
        return tuple(name for name in chosen if self.score([name]).mean >= least)

    @property
    def nearly_perfect_score(self) -> float:
        """From where on the target counts as known."""
        return _NEARLY_PERFECT_AUC if self.encoded_target.n_classes else _NEARLY_PERFECT_R2

    @cached_property
    def suspects(self) -> dict[tuple[str, ...], float]:
        """By how much the score falls without each of the features that matter most, copies included.

        Returns
        -------
        moved : dict of tuple of str to float
            The most important first.
        """
        ranked = sorted(self.shuffled, key=lambda name: self.shuffled[name], reverse=True)
        falls = {
            names: sum(max(0.0, self.shuffled[name]) for name in names) for names in self.merge_copies(ranked)
        }
        chosen = [names for names, fall in falls.items() if fall >= _LEAST_FALL]
        chosen = sorted(chosen, key=lambda names: falls[names], reverse=True)[:_MAX_SUSPECTS]
        moved = {names: self.moved(names) for names in chosen}
        return dict(sorted(moved.items(), key=lambda item: item[1], reverse=True))

    def share_of_skill(self, moved: float) -> float:
        """What part of the score above chance a fall is."""
        return moved / max(self.full.mean - self.encoded_target.chance, 0.02)

    def moved(self, columns: Collection[str]) -> float:
        """By how much the score falls without some features."""
        return self.full.mean - self.score_without(columns).mean

    @cached_property
    def _full_fits(self) -> list[FittedFold]:
        return self.model.fit(self.encoded.matrix, self.encoded.is_category, self.folds)

    @cached_property
    def full(self) -> FoldScores:
        """Scores with all features."""
        matrix = self.encoded.matrix
        fits = self._full_fits
        return FoldScores(
            tuple(self.encoded_target.score(fit.test, fit.predict(matrix[fit.test])) for fit in fits)
        )

    def score(self, columns: Collection[str]) -> FoldScores:
        """Scores of the fast model with some features, on the folds.

        Parameters
        ----------
        columns : collection of str

        Returns
        -------
        scores : FoldScores
        """
        key = frozenset(columns)
        if key == frozenset(self.columns):
            return self.full
        if key not in self._scores:
            self._scores[key] = self.model.score(self.encoded, self.encoded.positions(key), self.folds)
        return self._scores[key]

    def score_without(self, columns: Collection[str]) -> FoldScores:
        """Scores with all features but some.

        Parameters
        ----------
        columns : collection of str

        Returns
        -------
        scores : FoldScores
        """
        return self.score([name for name in self.columns if name not in set(columns)])

    def score_with(self, extra: Encoded) -> FoldScores:
        """Scores with all features and more columns.

        Parameters
        ----------
        extra : Encoded
            Of the measured rows.

        Returns
        -------
        scores : FoldScores
        """
        import numpy as np

        both = self.encoded.beside(extra)
        return self.model.score(both, np.arange(len(both.owners)), self.folds)

    def source_positions(self, rows: np.ndarray) -> np.ndarray:
        """Positions of rows of the table among the rows of the data as it came."""
        return rows if self.table.source_rows is None else self.table.source_rows[rows]


def restrict_pairs(pairs: Collection[Pair], rows: np.ndarray, n_rows: int) -> tuple[Pair, ...]:
    """Folds of some of the rows.

    Parameters
    ----------
    pairs : collection of (train, test)
        Positions among all rows.
    rows : ndarray of int
        Those that are kept.
    n_rows : int
        Of all.

    Returns
    -------
    pairs : tuple of (train, test)
        Positions among the kept rows; a fold that is left with hardly any is left out.
    """
    import numpy as np

    place = np.full(n_rows, -1)
    place[rows] = np.arange(len(rows))
    restricted = [tuple(kept[kept >= 0] for kept in (place[train], place[test])) for train, test in pairs]
    return tuple(
        (train, test)
        for train, test in restricted
        if len(train) >= _MIN_ROWS_OF_FOLD and len(test) >= min(_MIN_ROWS_OF_FOLD, n_rows // 10)
    )

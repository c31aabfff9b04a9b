"""Which made columns explain something that the columns as they are do not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from tabkit._core._random import derive_seed
from tabkit.preprocessing._encoding_folds import split_for_encoding
from tabkit.preprocessing._made._columns import Columns
from tabkit.preprocessing._made._formulas import Formula
from tabkit.preprocessing._made._halves import Explained, Halves, bin_numbers
from tabkit.preprocessing._made._residuals import out_of_fold_residuals, rank_columns
from tabkit.preprocessing._targets import Targets

_FEWEST_ROWS = 100
_N_FOLDS = 4
_N_SHADOWS = 20
# Classes whose residuals are looked at, the most frequent ones.
_MOST_TARGETS = 3
_MOST_CATEGORICAL = 20
# Those that pass are compared with one another after each choice.
_MOST_PASSING = 100
_ALIKE = 0.95

Parent = tuple[Literal["number", "category"], int]


@dataclass(frozen=True)
class ScreenRows:
    """What there is to learn from; rows without weight are not among them.

    Attributes
    ----------
    columns : Columns
    targets : Targets or None
    weights : ndarray of shape (n_rows,)
    groups, times : array-like of shape (n_rows,) or None
    seed : int
    """

    columns: Columns
    targets: Targets | None
    weights: np.ndarray
    groups: Any
    times: Any
    seed: int


@dataclass(frozen=True)
class Proposal:
    """A made column to be judged.

    Attributes
    ----------
    formula : Formula
    parents : tuple of ("number" or "category", int)
        Positions of its sources.
    has_cells : bool
        Whether what is made are codes of cells, not numbers.
    """

    formula: Formula
    parents: tuple[Parent, ...]
    has_cells: bool = False


@dataclass(frozen=True)
class Chosen:
    """A made column that is kept.

    Attributes
    ----------
    formula : Formula
    gain : float
        Share of the sum of squares that is left unexplained otherwise.
    targets : list of int
        Positions of the target's columns that it explains most of, the first one first.
    """

    formula: Formula
    gain: float
    targets: list[int] = field(default_factory=list)


class Screen:
    """Judges candidates on some of the training rows, one kind of them after the other.

    Parameters
    ----------
    rows : ScreenRows
    n_rows : int
        Rows that are looked at, at most.
    max_pairs : int
        Pairs of columns that are tried, at most: the most useful columns are kept for it.
    min_gain : float
        See `Chosen`.

    Attributes
    ----------
    is_possible : bool
        Whether there are rows enough, and a target that varies.
    numeric, categorical : list of int
        Positions of the columns to make others of.
    """

    def __init__(self, rows: ScreenRows, *, n_rows: int, max_pairs: int, min_gain: float) -> None:
        self.min_gain = min_gain
        self.max_pairs = max_pairs
        self.numeric: list[int] = []
        self.categorical: list[int] = []
        self._present: list[np.ndarray] = []
        self.is_possible = self._draw(rows, n_rows)

    def _draw(self, rows: ScreenRows, n_rows: int) -> bool:
        n_all, targets = len(rows.columns), rows.targets
        if targets is None or n_all < _FEWEST_ROWS or not np.ptp(targets.values, axis=0).any():
            return False
        rng = np.random.default_rng(derive_seed(rows.seed, "rows of the screen"))
        drawn = np.arange(n_all) if n_all <= n_rows else np.sort(rng.choice(n_all, n_rows, replace=False))
        groups, times = (
            None if role is None else pd.Series(np.asarray(role))[drawn] for role in (rows.groups, rows.times)
        )
        folds = split_for_encoding(
            len(drawn), groups=groups, times=times, n_folds=_N_FOLDS, seed=derive_seed(rows.seed, "screen")
        )
        if len(folds) < 2:
            return False
        self.columns = rows.columns.take(drawn)
        values = _few_targets(targets)[drawn]
        if targets.labels is None:  # no row counts for more than hundreds of others
            values = values.clip(*np.quantile(values, (0.005, 0.995), axis=0))
        weights = rows.weights[drawn]
        self._keep_useful(values, weights, rows.seed)
        residuals = out_of_fold_residuals(
            self._useful_columns(), values, weights, folds, derive_seed(rows.seed, "booster")
        )
        is_second = np.zeros(len(drawn), dtype=bool)
        for _, test in folds[len(folds) // 2 :]:
            is_second[test] = True
        units = np.arange(len(drawn)) if groups is None else pd.factorize(groups)[0]
        self.halves = Halves(
            residuals,
            weights,
            is_second,
            units - min(0, int(units.min())),
            n_shadows=_N_SHADOWS,
            seed=derive_seed(rows.seed, "shadows"),
        )
        self._present = [_centre(column) for column in self.columns.numbers.T]
        return self.halves.total > 0

    def _keep_useful(self, values: np.ndarray, weights: np.ndarray, seed: int) -> None:
        n_numbers, n_categories = self.columns.numbers.shape[1], self.columns.codes.shape[1]
        most_numbers = int((1 + np.sqrt(1 + 8 * self.max_pairs)) / 2)
        most_categories = min(_MOST_CATEGORICAL, most_numbers)
        self.numeric, self.categorical = list(range(n_numbers)), list(range(n_categories))
        if n_numbers <= most_numbers and n_categories <= most_categories:
            return
        useful = rank_columns(self.columns, values, weights, derive_seed(seed, "useful columns"))
        order = np.argsort(-useful, kind="stable")
        self.numeric = sorted(order[order < n_numbers][:most_numbers].tolist())
        self.categorical = sorted((order[order >= n_numbers] - n_numbers)[:most_categories].tolist())

    def _useful_columns(self) -> Columns:
        return Columns(self.columns.numbers[:, self.numeric], self.columns.codes[:, self.categorical])

    def choose(self, candidates: Iterable[Proposal], max_features: int) -> list[Chosen]:
        """Keep the candidates that explain more than their sources and more than chance.

        Each must explain more, for its scale, than any candidate does of any shadow. The best is kept, what
        it explains is taken from the residuals, and the rest is judged again.

        Parameters
        ----------
        candidates : iterable of Proposal
        max_features : int

        Returns
        -------
        chosen : list of Chosen
            The best first.
        """
        if not self.is_possible:
            return []
        ceiling, passing = self._try(list(candidates))
        chosen: list[Chosen] = []
        while passing and len(chosen) < max_features:
            judged = [(self._judge(candidate, bins), candidate, bins) for candidate, bins in passing]
            judged = [one for one in judged if one[0][0] >= self.min_gain and one[0][1] > ceiling]
            if not judged:
                break
            best = max(range(len(judged)), key=lambda place: judged[place][0][0])
            (gain, _, explained), candidate, bins = judged.pop(best)
            passing = [(candidate, bins) for _, candidate, bins in judged]
            if self._is_redundant(candidate):
                continue
            chosen.append(Chosen(candidate.formula, gain, np.argsort(-explained, kind="stable").tolist()))
            self.halves.remove(bins)
        return chosen

    def _try(self, candidates: list[Proposal]) -> tuple[float, list[tuple[Proposal, np.ndarray]]]:
        """The most that shadows have, and the candidates that have more."""
        parents = {parent: self._measure_parent(parent) for one in candidates for parent in one.parents}
        ceiling, judged = 0.0, []
        for candidate in candidates:
            bins = self._bins(candidate)
            measured = self.halves.measure(bins)
            if measured.scale <= 0:
                continue
            excess, shadows = measured.by_target.sum(), measured.by_shadow
            for parent in candidate.parents:
                excess -= max(0.0, parents[parent].by_target.sum())
                shadows = shadows - parents[parent].by_shadow.clip(min=0.0)
            ceiling = max(ceiling, float(shadows.max()) / measured.scale)
            if excess >= self.min_gain * self.halves.total:
                judged.append((excess / measured.scale, excess, candidate))
        passing = sorted((one for one in judged if one[0] > ceiling), key=lambda one: one[1], reverse=True)
        return ceiling, [(one[2], self._bins(one[2])) for one in passing[:_MOST_PASSING]]

    def _judge(self, candidate: Proposal, bins: np.ndarray) -> tuple[float, float, np.ndarray]:
        """Gain, its size for its scale, and what is explained of each target, as residuals are now."""
        measured = self.halves.measure(bins, with_shadows=False)
        excess = measured.by_target.sum()
        for parent in candidate.parents:
            excess -= max(0.0, self._measure_parent(parent, with_shadows=False).by_target.sum())
        scale = measured.scale or np.inf
        return float(excess / self.halves.total), float(excess / scale), measured.by_target

    def _measure_parent(self, parent: Parent, *, with_shadows: bool = True) -> Explained:
        kind, position = parent
        if kind == "number":
            bins = bin_numbers(self.columns.numbers[:, position])
        else:
            bins = self.columns.codes[:, position]
        return self.halves.measure(bins, with_shadows=with_shadows)

    def _bins(self, candidate: Proposal) -> np.ndarray:
        values = candidate.formula.compute(self.columns)
        return np.unique(values, return_inverse=True)[1] if candidate.has_cells else bin_numbers(values)

    def _is_redundant(self, candidate: Proposal) -> bool:
        """Whether it goes along with a column that there is; it is one of them if not."""
        if candidate.has_cells:
            return False
        centred = _centre(candidate.formula.compute(self.columns))
        if any(abs(float(centred @ other)) > _ALIKE for other in self._present):
            return True
        self._present.append(centred)
        return False


def _few_targets(targets: Targets) -> np.ndarray:
    most = most_frequent(targets)
    return targets.values[:, most]


def most_frequent(targets: Targets) -> list[int]:
    """Positions of the target's columns that are looked at: the most frequent classes."""
    order = np.argsort(-targets.values.sum(axis=0), kind="stable")
    return (
        list(range(targets.values.shape[1]))
        if len(order) <= _MOST_TARGETS
        else sorted(order[:_MOST_TARGETS].tolist())
    )


def _centre(values: np.ndarray) -> np.ndarray:
    """Values of length 1 around 0: a product of two is Pearson's correlation; missing are 0."""
    if np.isnan(values).all():
        return np.zeros(len(values))
    centred = np.nan_to_num(values - np.nanmean(values))
    return centred / max(float(np.linalg.norm(centred)), 1e-300)

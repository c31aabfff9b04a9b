"""Candidates of each kind that the screen finds useful."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from itertools import combinations
from math import prod

import numpy as np

from tabkit.preprocessing._encoding_folds import split_for_encoding
from tabkit.preprocessing._made._columns import ColumnReader, Columns
from tabkit.preprocessing._made._formulas import Arithmetic, Cells, CrossMean, GroupStatistic, Share
from tabkit.preprocessing._made._maker import Made
from tabkit.preprocessing._made._parameters import say_gain
from tabkit.preprocessing._made._screen import Chosen, Parent, Proposal, Screen, ScreenRows, most_frequent

# One column less than there are classes, and no more than this.
_MOST_CLASS_COLUMNS = 3
# Codes of cells are 64-bit integers.
_MOST_CELLS = 2**60


def _as_made(chosen: Sequence[Chosen]) -> list[Made]:
    return [Made(one.formula, say_gain(one.gain)) for one in chosen]


def find_arithmetic(
    screen: Screen, reader: ColumnReader, operations: Collection[str], max_features: int
) -> list[Made]:
    """Combinations of two numeric columns."""
    if not screen.is_possible:
        return []
    candidates = []
    for first, second in combinations(screen.numeric, 2):
        for operation, one, other in _variants(screen.columns, operations, first, second):
            sources = (reader.numeric[one], reader.numeric[other])
            parents: tuple[Parent, ...] = (("number", one), ("number", other))
            candidates.append(Proposal(Arithmetic(sources, operation, one, other), parents))
    return _as_made(screen.choose(candidates, max_features))


def _variants(
    columns: Columns, operations: Collection[str], first: int, second: int
) -> Iterator[tuple[str, int, int]]:
    for operation in operations:
        yield operation, first, second
        # Of positive numbers, the other quotient is the same one upside down.
        if operation == "quotient" and (columns.numbers[:, [first, second]] <= 0).any():
            yield operation, second, first


def find_shares(screen: Screen, reader: ColumnReader, rows: ScreenRows, max_features: int) -> list[Made]:
    """Frequencies of categories."""
    if not screen.is_possible:
        return []
    candidates = [
        Proposal(learn_share(reader, rows, position), (("category", position),))
        for position in screen.categorical
    ]
    return _as_made(screen.choose(candidates, max_features))


def learn_share(reader: ColumnReader, rows: ScreenRows, category: int) -> Share:
    """Shares of the weight of the training rows, by code."""
    codes = rows.columns.codes[:, category]
    counts = np.bincount(codes, weights=rows.weights, minlength=reader.n_codes[category])
    return Share((reader.categorical[category],), category, counts / rows.weights.sum())


def find_aggregates(
    screen: Screen,
    reader: ColumnReader,
    rows: ScreenRows,
    statistics: Collection[str],
    max_features: int,
) -> list[Made]:
    """Statistics of numeric columns within categories."""
    if not screen.is_possible:
        return []
    n_numbers = max(1, screen.max_pairs // max(1, len(screen.categorical)))
    candidates = [
        Proposal(
            learn_statistic(reader, rows, statistic, category, number),
            (("category", category), ("number", number)),
        )
        for category in screen.categorical
        for number in screen.numeric[:n_numbers]
        for statistic in statistics
    ]
    return _as_made(screen.choose(candidates, max_features))


def learn_statistic(
    reader: ColumnReader, rows: ScreenRows, statistic: str, category: int, number: int
) -> GroupStatistic:
    """A statistic of a numeric column by code; that of all training rows where there is no number."""
    values, codes = rows.columns.numbers[:, number], rows.columns.codes[:, category]
    is_present = ~np.isnan(values)
    values, codes, weights = values[is_present], codes[is_present], rows.weights[is_present]
    n_codes = reader.n_codes[category]
    sums = np.bincount(codes, weights, n_codes)
    if len(values):
        overall = np.average(values, weights=weights)
        # Around the overall mean, so that large numbers keep their digits.
        shifts = _divide(np.bincount(codes, weights * (values - overall), n_codes), sums)
        made = overall + shifts
        if statistic == "std":
            within = _divide(np.bincount(codes, weights * (values - made[codes]) ** 2, n_codes), sums)
            spread = float(np.sqrt(np.average((values - overall) ** 2, weights=weights)))
            made = np.where(sums > 0, np.sqrt(within), spread)
    else:
        made = np.full(n_codes, np.nan)
    sources = (reader.categorical[category], reader.numeric[number])
    return GroupStatistic(sources, statistic, category, number, made)


def _divide(sums: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.divide(sums, weights, out=np.zeros_like(sums, dtype=np.float64), where=weights > 0)


def find_crosses(
    screen: Screen,
    reader: ColumnReader,
    rows: ScreenRows,
    *,
    max_order: int,
    smoothing: float,
    n_folds: int,
    max_features: int,
) -> list[Made]:
    """Crosses of categorical columns, as the mean target of their cells."""
    if not screen.is_possible or rows.targets is None:
        return []
    positions = [
        crossed
        for order in range(2, max_order + 1)
        for crossed in combinations(screen.categorical, order)
        if prod(reader.n_codes[position] for position in crossed) <= _MOST_CELLS
    ]
    candidates = [
        Proposal(
            make_cells(reader, crossed), tuple(("category", position) for position in crossed), has_cells=True
        )
        for crossed in positions[: screen.max_pairs]
    ]
    made: list[Made] = []
    looked_at = most_frequent(rows.targets)
    n_columns = min(max(1, len(rows.targets.names) - 1), _MOST_CLASS_COLUMNS)
    for one in screen.choose(candidates, max_features):
        assert isinstance(one.formula, Cells)
        for target in [looked_at[place] for place in one.targets[:n_columns]]:
            if len(made) < max_features:
                made.append(
                    encode_cells(one.formula, rows, target, smoothing, n_folds, reason=say_gain(one.gain))
                )
    return made


def make_cells(reader: ColumnReader, crossed: tuple[int, ...]) -> Cells:
    """The cells of crossed columns."""
    labels: tuple[Hashable, ...] = tuple(reader.categorical[position] for position in crossed)
    return Cells(labels, crossed, tuple(reader.n_codes[position] for position in crossed))


def encode_cells(
    cells: Cells, rows: ScreenRows, target: int, smoothing: float, n_folds: int, *, reason: str
) -> Made:
    """Learn the mean target of cells, and encode each training row by other rows only."""
    assert rows.targets is not None
    codes, values = cells.compute(rows.columns), rows.targets.values[:, target]
    name = rows.targets.names[target]
    # The folds look at no target: then not even they tell of a row's own.
    folds = split_for_encoding(
        len(codes), groups=rows.groups, times=rows.times, n_folds=n_folds, seed=rows.seed
    )
    training = np.full(len(codes), np.nan)
    for train, test in folds:
        if len(train):
            means = _learn_means(cells, name, codes[train], values[train], rows.weights[train], smoothing)
            training[test] = means.compute(rows.columns.take(test))
    formula = _learn_means(cells, name, codes, values, rows.weights, smoothing)
    return Made(formula, reason, training)


def _learn_means(
    cells: Cells, target: str, codes: np.ndarray, values: np.ndarray, weights: np.ndarray, smoothing: float
) -> CrossMean:
    known, places = np.unique(codes, return_inverse=True)
    overall = float(np.average(values, weights=weights))
    counts = np.bincount(places, weights)
    means = (np.bincount(places, weights * values) + smoothing * overall) / (counts + smoothing)
    return CrossMean(cells, target, known, means, overall)

"""Numeric columns as more: splines, bins, squares and products."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from sklearn.preprocessing import KBinsDiscretizer, PolynomialFeatures, SplineTransformer

from tabkit._core import InputError
from tabkit.preprocessing._blocks import combine_sources

_DEGREE = 3
_MOST_VALUES_OF_FLAG = 2
N_KNOTS = 5
N_BINS = 5
MOST_PRODUCTS = 1_000
_LARGEST = float(np.finfo(np.float32).max)
# Between knots that are closer, as a part of the range, a spline is too steep to be followed beyond its end.
_CLOSEST_KNOTS = 1e-3


class Expansion(Protocol):
    """Makes other columns of scaled ones.

    Attributes
    ----------
    names : list of str
        Of the columns that come out, once fitted.
    sources : list of hashable
        The label of the column that each was made from; a tuple of labels where it was made from several.
    """

    names: list[str]
    sources: list[Hashable]

    def fit(self, numbers: np.ndarray, names: Sequence[str], sources: Sequence[Hashable]) -> Expansion:
        """Learn from the training rows, shape (n_rows, n_columns), and the names and labels of columns."""
        ...

    def transform(self, numbers: np.ndarray) -> np.ndarray:
        """Return other columns, shape (n_rows, n_names)."""
        ...


def make_expansion(expansion: str) -> Expansion:
    """Make what turns numeric columns into "splines", "bins" or "polynomial"."""
    return Products() if expansion == "polynomial" else ColumnByColumn(expansion)


class ColumnByColumn:
    """Each column as the values of cubic B-splines, or as the indicator of its bin.

    A column of two values, or whose quantiles leave nothing between its ends, stays as it is. A missing value
    is missing in all that come of its column.

    Parameters
    ----------
    expansion : {"splines", "bins"}
    """

    def __init__(self, expansion: str) -> None:
        self.expansion = expansion

    def fit(self, numbers: np.ndarray, names: Sequence[str], sources: Sequence[Hashable]) -> ColumnByColumn:
        """Learn knots or edges from the quantiles of the training rows."""
        make = ColumnSplines.of if self.expansion == "splines" else ColumnBins.of
        suffix = "spline" if self.expansion == "splines" else "bin"
        self.parts_: list[ColumnSplines | ColumnBins | None] = []
        self.names: list[str] = []
        self.sources: list[Hashable] = []
        for column, name, source in zip(numbers.T, names, sources, strict=True):
            known = column[~np.isnan(column)]
            part = make(known) if len(np.unique(known)) > _MOST_VALUES_OF_FLAG else None
            self.parts_.append(part)
            made = [name] if part is None else [f"{name}__{suffix}_{i}" for i in range(part.n_columns)]
            self.names += made
            self.sources += [source] * len(made)
        return self

    def transform(self, numbers: np.ndarray) -> np.ndarray:
        """Return the values of splines, or indicators of bins."""
        expanded = np.full((len(numbers), len(self.names)), np.nan)
        start = 0
        for column, part in zip(numbers.T, self.parts_, strict=True):
            rows, width = np.flatnonzero(~np.isnan(column)), 1 if part is None else part.n_columns
            if len(rows):
                known = column[rows]
                made = known[:, np.newaxis] if part is None else part.transform(known)
                expanded[rows, start : start + width] = made
            start += width
        return np.clip(expanded, -_LARGEST, _LARGEST)


class ColumnSplines:
    """One column as the values of `sklearn.preprocessing.SplineTransformer`.

    Parameters
    ----------
    knots : ndarray of shape (n_knots,)
    """

    def __init__(self, knots: np.ndarray) -> None:
        self.knots = knots
        self.n_columns = len(knots) + _DEGREE - 2

    @classmethod
    def of(cls, known: np.ndarray) -> ColumnSplines | None:
        """Put knots at quantiles of values; None where these leave nothing between the ends."""
        knots = np.percentile(known, np.linspace(0, 100, N_KNOTS)).tolist()
        low, high = knots[0], knots[-1]
        least = _CLOSEST_KNOTS * (high - low)
        inner = [knot for before, knot in pairwise(knots) if min(knot - before, high - knot) > least]
        return cls(np.array([low, *inner, high])) if inner else None

    @cached_property
    def _splines(self) -> SplineTransformer:
        # Beyond the training rows each spline goes on as straight as it ended.
        splines = SplineTransformer(
            degree=_DEGREE, knots=self.knots[:, np.newaxis], extrapolation="linear", include_bias=False
        )
        return splines.set_output(transform="default").fit(self.knots[:, np.newaxis])

    def __getstate__(self) -> dict[str, Any]:
        # The knots say it all, and a file holds nothing of SciPy.
        return {"knots": self.knots, "n_columns": self.n_columns}

    def transform(self, known: np.ndarray) -> np.ndarray:
        """Return values of splines, shape (n_known, n_columns)."""
        with np.errstate(over="ignore"):
            return self._splines.transform(known[:, np.newaxis])


class ColumnBins:
    """One column as indicators of bins, whose edges are those of `sklearn.preprocessing.KBinsDiscretizer`.

    Parameters
    ----------
    edges : ndarray of shape (n_bins - 1,)
        Between the bins; an edge is in the bin above it.
    """

    def __init__(self, edges: np.ndarray) -> None:
        self.edges = edges
        self.n_columns = len(edges) + 1

    @classmethod
    def of(cls, known: np.ndarray) -> ColumnBins | None:
        """Put edges at quantiles of values; None where these leave nothing between the ends."""
        # It leaves out bins narrower than 1e-8, whatever the unit; powers of two change no digit.
        exponent = int(np.clip(-np.frexp(known.max() - known.min())[1], -1000, 1000))
        bins = KBinsDiscretizer(
            N_BINS, strategy="quantile", quantile_method="averaged_inverted_cdf", subsample=None
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            bins.fit(np.ldexp(known, exponent)[:, np.newaxis])
        edges = np.ldexp(bins.bin_edges_[0][1:-1], -exponent)
        return cls(edges) if len(edges) else None

    def transform(self, known: np.ndarray) -> np.ndarray:
        """Return indicators, shape (n_known, n_columns)."""
        return np.eye(self.n_columns)[np.searchsorted(self.edges, known, side="right")]


class Products:
    """The columns, their squares and the products of any two."""

    def fit(self, numbers: np.ndarray, names: Sequence[str], sources: Sequence[Hashable]) -> Products:
        """Learn how many columns there are.

        Raises
        ------
        InputError
            If more than 1,000 columns would come out.
        """
        n_columns = numbers.shape[1]
        n_products = n_columns * (n_columns + 3) // 2
        if n_products > MOST_PRODUCTS:
            raise InputError(
                f"expansion='polynomial' makes {n_products:,} columns of {n_columns} numeric ones, and "
                f"{MOST_PRODUCTS:,} are the most: drop numeric columns, or take expansion='splines'"
            )
        products = PolynomialFeatures(2, include_bias=False).set_output(transform="default")
        self.powers_ = products.fit(np.zeros((1, n_columns))).powers_
        factors = [np.repeat(np.arange(n_columns), powers).tolist() for powers in self.powers_]
        self.names = [_name_product([names[factor] for factor in of_one]) for of_one in factors]
        self.sources = [
            combine_sources([sources[factor] for factor in dict.fromkeys(of_one)]) for of_one in factors
        ]
        return self

    def transform(self, numbers: np.ndarray) -> np.ndarray:
        """Return columns, squares and products; NaN where a factor is."""
        multiplied = np.empty((len(numbers), len(self.powers_)))
        for position, powers in enumerate(self.powers_):
            factors = np.repeat(np.arange(len(powers)), powers)
            multiplied[:, position] = numbers[:, factors].prod(axis=1)
        return np.clip(multiplied, -_LARGEST, _LARGEST)


def _name_product(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    one, other = names
    return f"{one}__squared" if one == other else f"{one}__times__{other}"

"""Numeric columns as more: splines, bins, squares and products."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from sklearn.preprocessing import KBinsDiscretizer, PolynomialFeatures, SplineTransformer

from tabkit._core import InputError
from tabkit.preprocessing._blocks import combine_sources

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

    A column whose quantiles leave nothing between its ends, such as a flag, stays as it is. A missing value
    is missing in all that come of its column.

    Parameters
    ----------
    expansion : {"splines", "bins"}
    """

    def __init__(self, expansion: str) -> None:
        self.expansion = expansion

    def fit(self, numbers: np.ndarray, names: Sequence[str], sources: Sequence[Hashable]) -> ColumnByColumn:
        """Learn knots or edges from the quantiles of the training rows."""
        fit_one = _fit_splines if self.expansion == "splines" else _fit_bins
        self.transformers_: list[Any] = []
        self.widths_: list[int] = []
        self.names: list[str] = []
        self.sources: list[Hashable] = []
        suffix = "spline" if self.expansion == "splines" else "bin"
        for column, name, source in zip(numbers.T, names, sources, strict=True):
            known = column[~np.isnan(column), np.newaxis]
            transformer = fit_one(known) if len(known) else None
            width = 1 if transformer is None else len(transformer.get_feature_names_out())
            self.transformers_.append(transformer)
            self.widths_.append(width)
            self.names += [name] if transformer is None else [f"{name}__{suffix}_{i}" for i in range(width)]
            self.sources += [source] * width
        return self

    def transform(self, numbers: np.ndarray) -> np.ndarray:
        """Return the values of splines, or indicators of bins."""
        expanded = np.full((len(numbers), sum(self.widths_)), np.nan)
        start = 0
        for column, transformer, width in zip(numbers.T, self.transformers_, self.widths_, strict=True):
            rows, columns = np.flatnonzero(~np.isnan(column)), slice(start, start + width)
            known = column[rows, np.newaxis]
            if len(rows):
                with np.errstate(over="ignore"):
                    expanded[rows, columns] = known if transformer is None else transformer.transform(known)
            start += width
        return np.clip(expanded, -_LARGEST, _LARGEST)


def _fit_splines(known: np.ndarray) -> SplineTransformer | None:
    knots = np.percentile(known, np.linspace(0, 100, N_KNOTS))
    least = _CLOSEST_KNOTS * (knots[-1] - knots[0])
    inner = [
        knot
        for before, knot in pairwise(knots.tolist())
        if knot - before > least and knots[-1] - knot > least
    ]
    if not inner:
        return None
    kept = np.array([knots[0], *inner, knots[-1]])[:, np.newaxis]
    # Beyond the training rows each spline goes on as straight as it ended.
    splines = SplineTransformer(degree=3, knots=kept, extrapolation="linear", include_bias=False)
    return splines.set_output(transform="default").fit(known)


class ColumnBins:
    """`sklearn.preprocessing.KBinsDiscretizer` for a column of any unit: it drops bins under 1e-8."""

    def fit(self, known: np.ndarray) -> ColumnBins:
        """Learn edges from values of shape (n_known, 1) that are not all the same."""
        self.low_, self.high_ = float(known.min()), float(known.max())
        # Powers of two change no digit.
        self.exponent_ = int(np.clip(-np.frexp(self.high_ - self.low_)[1], -1000, 1000))
        self.bins_ = KBinsDiscretizer(
            N_BINS,
            encode="onehot-dense",
            strategy="quantile",
            quantile_method="averaged_inverted_cdf",
            subsample=None,
        ).set_output(transform="default")
        with warnings.catch_warnings():
            # Of bins without width, which are left out.
            warnings.simplefilter("ignore", UserWarning)
            self.bins_.fit(np.ldexp(known, self.exponent_))
        return self

    def get_feature_names_out(self) -> np.ndarray:
        """Names, of which only the number counts."""
        return self.bins_.get_feature_names_out()

    def transform(self, known: np.ndarray) -> np.ndarray:
        """Return indicators, shape (n_known, n_bins)."""
        return self.bins_.transform(np.ldexp(known.clip(self.low_, self.high_), self.exponent_))


def _fit_bins(known: np.ndarray) -> ColumnBins | None:
    bins = ColumnBins().fit(known) if known.min() < known.max() else None
    return bins if bins is not None and len(bins.get_feature_names_out()) > 1 else None


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

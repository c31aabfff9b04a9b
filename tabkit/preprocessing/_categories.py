"""Categories by their text: one order that is kept, whatever order or type they come in."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Collection, Hashable
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from tabkit.preprocessing._columns import ReadTable
from tabkit.preprocessing._training_target import TrainingTarget

# Both count from the end, so that a table with two more rows than there are categories
# holds what stands for them.
MISSING = -2
UNSEEN = -1

_FEW = 64


# However true and false are spelled, they are what they are where nothing else is in a column.
_BOOLEANS = {"True", "False", None}
_SPELLED = {"true": "True", "1": "True", "false": "False", "0": "False"}


def as_text(value: Any) -> str | None:
    """Return the text that a category is known by, or None for a missing value.

    The same number is the same category however it is stored.

    Examples
    --------
    >>> [as_text(value) for value in (3, 3.0, "3", True, float("nan"))]
    ['3', '3', '3', 'True', None]
    """
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, (float, np.floating)):
        if math.isnan(value):
            return None
        return str(int(value)) if float(value).is_integer() else str(value)
    if isinstance(value, datetime.date | np.datetime64):  # of any unit, and as a date or a moment
        return str(pd.Timestamp(value))
    return str(value)


def factorize_texts(column: pd.Series) -> tuple[np.ndarray, list[str | None]]:
    """Return a column as positions in a list of texts, which may hold a text more than once.

    Returns
    -------
    positions : ndarray of shape (n_rows,)
    texts : list of str or None
        None, for missing values, is the last.
    """
    dtype = column.dtype
    values: Any
    if isinstance(dtype, pd.CategoricalDtype) and len(dtype.categories) <= max(len(column), _FEW):
        positions, values = column.cat.codes.to_numpy(), dtype.categories
    else:
        values = column.to_numpy() if isinstance(dtype, np.dtype) else column.to_numpy(dtype=object)
        if values.dtype != object or (len(values) > _FEW and pd.api.types.infer_dtype(values) == "string"):
            positions, values = pd.factorize(values)
        else:  # in a mixed column, 1 and True would be taken for the same
            positions = np.arange(len(values))
    return positions, [*map(as_text, values), None]


def padded_width(categories: Collection[Any]) -> int:
    """Digits of codes that all have as many, some with zeros in front; 0 where they are no such codes.

    In a column of these, fewer digits are a code whose zeros were lost, as where a file is read as numbers.

    Examples
    --------
    >>> padded_width(["00501", "10001"]), padded_width(["01", "1"]), padded_width(["10", "20"])
    (5, 0, 0)
    """
    widths = {len(code) if isinstance(code, str) and code.isdecimal() else 0 for code in categories}
    has_zeros = any(isinstance(code, str) and len(code) > 1 and code[0] == "0" for code in categories)
    return widths.pop() if len(widths) == 1 and has_zeros else 0


def pad_code(text: str, width: int) -> str:
    """Put the zeros in front of digits that a code of some width has; other text comes back as it is."""
    return text.zfill(width) if text.isdecimal() else text


class CategoryIndex:
    """The categories of one column, in an order that is kept.

    That of an ordered pandas categorical is its own; others are sorted by number, then by text.

    Parameters
    ----------
    column : Series of shape (n_rows,)
        The training rows.
    """

    def __init__(self, column: pd.Series) -> None:
        positions, texts = factorize_texts(column)
        present = np.bincount(positions % len(texts), minlength=len(texts)) > 0
        candidates = (texts[position] for position in np.flatnonzero(present))
        met = dict.fromkeys(text for text in candidates if text is not None)
        self.is_ordered = isinstance(column.dtype, pd.CategoricalDtype) and bool(column.dtype.ordered)
        self._keep(list(met) if self.is_ordered else sorted(met, key=_by_number_then_text))

    def _keep(self, categories: list[str]) -> None:
        self.categories = categories
        self._codes = {text: code for code, text in enumerate(categories)} | {None: MISSING}
        self._width = padded_width(categories)

    @cached_property
    def dtype(self) -> pd.CategoricalDtype:
        """The categories as a pandas dtype."""
        return pd.CategoricalDtype(self.categories)

    def __len__(self) -> int:
        return len(self.categories)

    def encode(self, column: pd.Series) -> np.ndarray:
        """Return codes from 0, `MISSING` or `UNSEEN`, shape (n_rows,)."""
        positions, texts = factorize_texts(column)
        codes = np.array([self._find(text) for text in texts], dtype=np.int64)
        return codes[positions]

    def _find(self, text: str | None) -> int:
        code = self._codes.get(text)
        if code is None and text is not None:
            if self._width:
                code = self._codes.get(pad_code(text, self._width))
            elif self._codes.keys() <= _BOOLEANS:
                code = self._codes.get(_SPELLED.get(text.casefold()))
        return UNSEEN if code is None else code

    def __getstate__(self) -> dict[str, Any]:
        # One text instead of thousands of objects: small and fast in pickle and skops files.
        return {"categories": json.dumps(self.categories), "is_ordered": self.is_ordered}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.is_ordered = state["is_ordered"]
        self._keep(json.loads(state["categories"]))


def _by_number_then_text(text: str) -> tuple[bool, float, str]:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    is_number = math.isfinite(number)
    return not is_number, number if is_number else 0.0, text


class CategoryCodes:
    """One column as its categories' codes, NaN where the category is missing or unseen.

    Parameters
    ----------
    column : hashable
        Label of the column.
    index : CategoryIndex
    """

    def __init__(self, column: Hashable, index: CategoryIndex) -> None:
        self.column = column
        self.index = index
        self.names = [str(column)]
        self.sources = [column]

    def fit_transform(self, table: ReadTable, rows: TrainingTarget) -> np.ndarray:
        """Encode the training rows; the index has all there is to learn."""
        return self.transform(table)

    def transform(self, table: ReadTable) -> np.ndarray:
        """Encode the column as numbers, shape (n_rows, 1)."""
        codes = self.index.encode(table[self.column])
        return np.where(codes < 0, np.nan, codes)[:, np.newaxis]

    def transform_to_categorical(self, table: ReadTable) -> pd.Categorical:
        """Encode the column as a pandas categorical with the categories of the training rows."""
        codes = np.maximum(self.index.encode(table[self.column]), -1)
        return pd.Categorical.from_codes(codes, dtype=self.index.dtype, validate=False)


def fewest_rows(n_rows: int) -> float:
    """Rows that something needs, among all, for a model to learn what it means: 5, or 1 in 200."""
    return min(5, n_rows / 200)


class OneHot:
    """One column as an indicator for each of its categories.

    Rare categories share one indicator, which an unseen category gets too; where none are
    rare, an unseen category has no indicator. Missing values have one of their own when the
    training rows had some.

    Parameters
    ----------
    column : hashable
        Label of the column.
    index : CategoryIndex
    marks_gaps : bool, default=False
        Whether a category that the training rows have nothing like comes out as NaN, to be
        filled by what the rest of the row leads to expect.
    """

    def __init__(self, column: Hashable, index: CategoryIndex, *, marks_gaps: bool = False) -> None:
        self.column = column
        self.index = index
        self.marks_gaps = marks_gaps

    def fit_transform(self, table: ReadTable, rows: TrainingTarget) -> np.ndarray:
        """Learn which categories are rare: fewer than 5 rows, or 1 in 200 of a small table."""
        codes = self.index.encode(table[self.column])
        n_categories = len(self.index)
        counts = np.bincount(codes % (n_categories + 2), minlength=n_categories + 2)
        fewest = fewest_rows(len(codes))
        rare = counts[:n_categories] < fewest
        if rare.sum() < 2:
            rare[:] = False
        self.names = [
            f"{self.column}={text}" for text in np.array(self.index.categories, dtype=object)[~rare]
        ]
        self.positions_ = np.full(n_categories + 2, -1)
        self.positions_[:n_categories][~rare] = np.arange(len(self.names))
        if rare.any():
            self.positions_[:n_categories][rare] = self.positions_[UNSEEN] = len(self.names)
            self.names.append(f"{self.column}__infrequent")
        if counts[MISSING] >= (fewest if self.marks_gaps else 1):
            self.positions_[MISSING] = len(self.names)
            self.names.append(f"{self.column}__missing")
        self.sources = [self.column] * len(self.names)
        return self._indicate(codes)

    def transform(self, table: ReadTable) -> np.ndarray:
        """Return the indicators, shape (n_rows, n_indicators)."""
        return self._indicate(self.index.encode(table[self.column]))

    def _indicate(self, codes: np.ndarray) -> np.ndarray:
        positions = self.positions_[codes]
        indicators = np.zeros((len(codes), len(self.names)))
        known = np.flatnonzero(positions >= 0)
        indicators[known, positions[known]] = 1.0
        if self.marks_gaps:
            indicators[positions < 0] = np.nan
        return indicators

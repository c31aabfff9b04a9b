"""Columns as numbers that a tree can split, made without a look at the target.

An encoding of its own: it is made once for all folds and checks, as only what never sees the target may
be, and every number knows its column.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_N_WORDS = 200


@dataclass(frozen=True)
class Encoded:
    """Columns as numbers; one column of the table may have several.

    Attributes
    ----------
    matrix : ndarray of float64 of shape (n_rows, n_encoded)
        NaN where missing.
    owners : tuple of str
        The column of the table that each encoded one stems from.
    is_category : ndarray of bool of shape (n_encoded,)
        Whether its numbers are codes.
    """

    matrix: np.ndarray
    owners: tuple[str, ...]
    is_category: np.ndarray

    def positions(self, columns: Collection[str]) -> np.ndarray:
        """Encoded columns that stem from some columns of the table, shape (n_positions,)."""
        import numpy as np

        wanted = set(columns)
        return np.array([at for at, owner in enumerate(self.owners) if owner in wanted], dtype=np.int64)

    def beside(self, other: Encoded) -> Encoded:
        """These columns and those of another, of the same rows."""
        import numpy as np

        return Encoded(
            np.hstack([self.matrix, other.matrix]),
            (*self.owners, *other.owners),
            np.append(self.is_category, other.is_category),
        )


def encode_columns(frame: pd.DataFrame, kinds: Mapping[str, str]) -> Encoded:
    """Encode a frame.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
    kinds : mapping of str to str
        Kind of each column; what is not in it is told by its dtype.

    Returns
    -------
    encoded : Encoded
    """
    import numpy as np

    blocks: list[np.ndarray] = []
    owners: list[str] = []
    categories: list[bool] = []
    for name, values in frame.items():
        kind = kinds.get(str(name)) or _guess_kind(values)
        block = _ENCODERS[kind](values)
        blocks.append(block)
        owners += [str(name)] * block.shape[1]
        categories += [kind == "category"] * block.shape[1]
    matrix = np.hstack(blocks) if blocks else np.empty((len(frame), 0))
    return Encoded(np.ascontiguousarray(matrix), tuple(owners), np.array(categories, dtype=bool))


def values_encoded(name: str, values: Sequence[float] | np.ndarray) -> Encoded:
    """One column of numbers.

    Parameters
    ----------
    name : str
    values : array-like of float of shape (n_rows,)

    Returns
    -------
    encoded : Encoded
    """
    import numpy as np

    return Encoded(np.asarray(values, dtype=float).reshape(-1, 1), (name,), np.array([False]))


def category_codes(values: pd.Series) -> np.ndarray:
    """Number the distinct values, -1 where missing; of any type.

    Parameters
    ----------
    values : Series of shape (n_rows,)

    Returns
    -------
    codes : ndarray of int of shape (n_rows,)
    """
    import pandas as pd

    try:
        return pd.factorize(values)[0]
    except TypeError:  # lists and the like
        return pd.factorize(values.map(repr, na_action="ignore"))[0]


def _guess_kind(values: pd.Series) -> str:
    from pandas.api import types

    if types.is_datetime64_any_dtype(values.dtype):
        return "date"
    if types.is_numeric_dtype(values.dtype) and not types.is_bool_dtype(values.dtype):
        return "numeric"
    return "category"


def _encode_number(values: pd.Series) -> np.ndarray:
    import numpy as np
    import pandas as pd

    from tabkit.data._numbers import as_numbers

    try:
        numbers = as_numbers(values).astype(np.float64)
    except (TypeError, ValueError):
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan).reshape(-1, 1)


def _encode_date(values: pd.Series) -> np.ndarray:
    """Days, and what of the calendar varies."""
    import numpy as np
    import pandas as pd

    if not pd.api.types.is_datetime64_any_dtype(values.dtype):
        values = pd.to_datetime(values, errors="coerce", utc=True)
    if getattr(values.dtype, "tz", None) is not None:
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    days = (values - pd.Timestamp(0)) / pd.Timedelta(days=1)
    parts = [days, values.dt.month, values.dt.dayofweek, values.dt.hour]
    return np.column_stack([part.to_numpy(dtype=np.float64, na_value=np.nan) for part in parts])


def _encode_category(values: pd.Series) -> np.ndarray:
    import numpy as np

    codes = category_codes(values)
    return np.where(codes < 0, np.nan, codes).astype(np.float64).reshape(-1, 1)


def _encode_text(values: pd.Series) -> np.ndarray:
    """Length, and which of the most frequent words are there."""
    import numpy as np
    from sklearn.feature_extraction.text import CountVectorizer

    texts = values.fillna("").astype(str)
    blocks = [texts.str.len().to_numpy(dtype=np.float64).reshape(-1, 1)]
    try:
        words = CountVectorizer(max_features=_N_WORDS, binary=True, min_df=2, dtype=np.float64)
        blocks.append(words.fit_transform(texts).toarray())
    except ValueError:  # no word comes twice
        blocks.append(_encode_category(values))
    return np.hstack(blocks)


def _encode_identifier(values: pd.Series) -> np.ndarray:
    """Its place in the order of all, the number in it, and the codes of its first characters."""
    import numpy as np
    import pandas as pd

    texts = values.map(str, na_action="ignore").astype("string")
    digits = pd.to_numeric(texts.str.replace(r"\D+", "", regex=True).str.slice(0, 15), errors="coerce")
    is_number = pd.api.types.is_numeric_dtype(values.dtype)
    rank = (values if is_number else texts).rank(method="dense")
    first = pd.factorize(texts.str.slice(0, 2), sort=True)[0]
    parts = [rank, digits, pd.Series(first, index=values.index)]
    return np.column_stack([part.to_numpy(dtype=np.float64, na_value=np.nan) for part in parts])


_ENCODERS = {
    "numeric": _encode_number,
    "date": _encode_date,
    "category": _encode_category,
    "text": _encode_text,
    "identifier": _encode_identifier,
    "constant": _encode_category,
}

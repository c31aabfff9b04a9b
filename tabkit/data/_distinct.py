"""The distinct values of a column as text, so that each is looked at once, in native code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tabkit.data._findings import say_count, say_value

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

# Written where a number or a date is expected and there is none; in upper case and capitalized too.
_LOWER_MARKERS = (
    *("", "?", "-", "--", ".", "na", "n/a", "nan", "-nan", "null", "nil", "none", "missing", "unknown"),
    *("<na>", "nat", "#n/a", "#na", "#n/a n/a", "#null!", "#value!", "#div/0!", "1.#ind", "1.#qnan"),
)
_MARKERS = sorted(
    {*_LOWER_MARKERS, *map(str.upper, _LOWER_MARKERS), *map(str.capitalize, _LOWER_MARKERS), "NaN", "NaT"}
)
_N_SAMPLED = 1000


@dataclass(frozen=True)
class Distinct:
    """The distinct values of a column, and where each occurs.

    Attributes
    ----------
    raw : ndarray of shape (n_distinct,)
        As they came.
    texts : pyarrow.StringArray of shape (n_distinct,)
        As text, without surrounding white space.
    codes : ndarray of shape (n_rows,)
        Position of each row's value; -1 where there is none.
    """

    raw: np.ndarray
    texts: pa.StringArray
    codes: np.ndarray

    @cached_property
    def counts(self) -> np.ndarray:
        """Rows of each distinct value, of shape (n_distinct,)."""
        import numpy as np

        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.raw))

    @cached_property
    def is_marker(self) -> np.ndarray:
        """Whether each value is one of the usual ways to write that there is none."""
        import pyarrow as pa
        import pyarrow.compute as pc

        return pc.is_in(self.texts, value_set=pa.array(_MARKERS)).to_numpy(zero_copy_only=False)

    @cached_property
    def sample(self) -> pa.StringArray:
        """Up to a thousand texts from all over the column, markers left out."""
        import numpy as np

        positions = np.flatnonzero(~self.is_marker)
        return self.texts.take(positions[:: len(positions) // _N_SAMPLED + 1])

    @property
    def are_written(self) -> bool:
        """Whether any value is text, and not a number or a date that came among objects."""
        return any(isinstance(value, str) for value in self.raw)

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Give each row what belongs to its distinct value (numbers or dates), of shape (n_rows,)."""
        import numpy as np

        missing = np.array(["NaT"], values.dtype) if values.dtype.kind == "M" else np.array([np.nan])
        return np.concatenate([values, missing])[self.codes]

    def say_lost(self, is_lost: np.ndarray) -> str:
        """Say which values became missing, the three most frequent by name."""
        import numpy as np

        n_lost = int(self.counts[is_lost].sum())
        if n_lost == 0:
            return ""
        most_frequent = sorted(np.flatnonzero(is_lost), key=lambda position: -self.counts[position])
        shown = [say_value(self.raw[position]) for position in most_frequent[:3]]
        more = ", ..." if len(most_frequent) > 3 else ""
        return f"{say_count(n_lost, 'value')} {', '.join(shown)}{more} became missing"


def find_distinct(series: pd.Series) -> Distinct:
    """Find the distinct values of a column of objects."""
    import pandas as pd

    objects = series.astype(object)
    try:
        codes, raw = pd.factorize(objects.to_numpy())
    except TypeError:
        codes, raw = pd.factorize(hashable(objects).to_numpy())
    return Distinct(raw, as_texts(raw), codes)


def hashable(objects: pd.Series) -> pd.Series:
    """Write lists and the like, which cannot be told apart quickly, as text; other objects stay."""
    from pandas.api import types

    return objects.map(lambda value: value if types.is_hashable(value) else str(value), na_action="ignore")


def as_texts(values: np.ndarray) -> pa.StringArray:
    """Write objects as text without surrounding white space, of shape (n_values,)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        texts = pa.array(values, type=pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        readable = [str(value).encode("utf-8", "replace").decode("utf-8") for value in values]
        texts = pa.array(readable, type=pa.string())
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    return pc.utf8_trim_whitespace(texts)

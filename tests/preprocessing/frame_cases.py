"""One table in the frames of many libraries, and in those that only speak one protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa


class OnlyInterchange:
    """A frame that has nothing but ``__dataframe__``."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True) -> Any:
        return self._frame.__dataframe__(nan_as_null, allow_copy)


class OnlyCapsule:
    """A frame that has nothing but ``__arrow_c_stream__``."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._table = _as_arrow(frame)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._table.__arrow_c_stream__(requested_schema)


class OnlyNarwhals:
    """A frame that has nothing but ``__narwhals_dataframe__``."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = _as_polars(frame)

    def __narwhals_dataframe__(self) -> Any:
        return nw.from_native(self._frame)._compliant_frame


def _as_arrow(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


def _as_polars(frame: pd.DataFrame) -> pl.DataFrame:
    return pl.from_pandas(frame)


FRAMES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda frame: frame,
    "polars": _as_polars,
    "polars lazy": lambda frame: _as_polars(frame).lazy(),
    "arrow table": _as_arrow,
    "arrow batch": lambda frame: _as_arrow(frame).combine_chunks().to_batches()[0],
    "narwhals": lambda frame: nw.from_native(_as_polars(frame)),
    "only __dataframe__": OnlyInterchange,
    "only __arrow_c_stream__": OnlyCapsule,
    "only __narwhals_dataframe__": OnlyNarwhals,
}


def make_table(n_rows: int = 120, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """A table with a column of each kind, some values missing, and two classes that follow two columns."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 90, n_rows).astype(float)
    town = rng.choice(["Ulm", "Oslo", "Rome"], n_rows)
    y = np.where(age / 30 + (town == "Ulm") + rng.normal(0, 0.4, n_rows) > 2.1, "yes", "no")
    words = rng.choice(["late", "broken", "great", "quick", "blue", "green"], (n_rows, 6))
    frame = pd.DataFrame(
        {
            "height": rng.normal(170, 10, n_rows).round(1),
            "age": age,
            "town": town,
            "rooms": rng.integers(1, 5, n_rows),
            "is_new": rng.random(n_rows) < 0.5,
            "built": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n_rows), unit="D"),
            "street": rng.choice([f"street {number}" for number in range(60)], n_rows),
            "comment": [" ".join(row) for row in words],
        }
    )
    frame.loc[::7, "height"] = np.nan
    frame.loc[::9, "town"] = None
    frame.loc[::11, "built"] = pd.NaT
    return frame, y

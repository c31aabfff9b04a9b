"""A digest of a table's content."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def fingerprint_frame(frame: pd.DataFrame, *series: pd.Series | None) -> str:
    """Digest of a frame and further series: names, dtypes, order and every value.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
    *series : Series of shape (n_rows,) or None

    Returns
    -------
    fingerprint : str
        32 hexadecimal digits.
    """
    digest = hashlib.sha256()
    columns = [frame.iloc[:, position] for position in range(frame.shape[1])]
    for column in [*columns, *series]:
        if column is None:
            digest.update(b"none")
            continue
        digest.update(repr((str(column.name), str(column.dtype), len(column))).encode())
        digest.update(_hash_values(column))
    return digest.hexdigest()[:32]


def _hash_values(column: pd.Series) -> bytes:
    import pandas as pd

    try:
        hashed = pd.util.hash_pandas_object(column, index=False, categorize=True)
    except (TypeError, ValueError):  # values of mixed types that pandas cannot factorize or hash
        texts = column.map(lambda value: f"{type(value).__name__}:{value!r}")
        hashed = pd.util.hash_pandas_object(texts, index=False)
    return bytes(hashed.to_numpy().tobytes())

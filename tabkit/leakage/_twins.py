"""Rows that are equal, or nearly so, and what they are worth to a score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tabkit.data import Table
from tabkit.leakage._encoded import category_codes

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Pair = tuple[np.ndarray, np.ndarray]


def digest_rows(frame: pd.DataFrame) -> np.ndarray:
    """Digest of each row; equal rows, missing values included, have equal ones.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)

    Returns
    -------
    digests : ndarray of uint64 of shape (n_rows,)
    """
    import numpy as np
    import pandas as pd

    codes = {
        str(at): category_codes(values) if values.dtype == object else values
        for at, (_, values) in enumerate(frame.items())
    }
    if not codes:
        return np.zeros(len(frame), dtype=np.uint64)
    return pd.util.hash_pandas_object(pd.DataFrame(codes), index=False).to_numpy()


def find_rows_to_keep(table: Table) -> np.ndarray:
    """Rows that are left when each set of rows that are equal in every column keeps its first.

    Parameters
    ----------
    table : Table

    Returns
    -------
    rows : ndarray of int of shape (n_kept,)
        Increasing positions, for `Table.take`.

    Examples
    --------
    >>> import pandas as pd
    >>> from tabkit.data import build_table
    >>> frame = pd.DataFrame({"size": [1.5, 2.5, 1.5, 1.5], "price": [10.5, 20, 10.5, 30]})
    >>> find_rows_to_keep(build_table(frame)).tolist()
    [0, 1, 3]
    """
    import numpy as np
    import pandas as pd

    roles = {
        f"role {number}": values
        for number, values in enumerate(
            (table.target, table.groups, table.times, table.weights, table.fold_labels)
        )
        if values is not None
    }
    parts = [table.frame, pd.DataFrame(roles), *([] if table.set_aside is None else [table.set_aside])]
    digests = digest_rows(pd.concat(parts, axis=1))
    return np.flatnonzero(~pd.Series(digests).duplicated().to_numpy())


@dataclass(frozen=True)
class TwinsAcross:
    """Rows of the test sides of folds that have a twin on the training side.

    Attributes
    ----------
    rows : ndarray of int
        The test rows with a twin, increasing.
    pairs : tuple of (train, test)
        The folds without the training rows that are twins of test rows.
    removed_share : float
        The part of the training rows that these are.
    """

    rows: np.ndarray
    pairs: tuple[Pair, ...]
    removed_share: float


def find_across(labels: np.ndarray, pairs: Sequence[Pair]) -> TwinsAcross:
    """Find the twins that folds tear apart.

    Parameters
    ----------
    labels : ndarray of int of shape (n_rows,)
        Equal for twins.
    pairs : sequence of (train, test)

    Returns
    -------
    across : TwinsAcross
    """
    import numpy as np

    torn, kept, n_train, n_kept = [], [], 0, 0
    for train, test in pairs:
        is_twin = np.isin(labels[train], labels[test])
        torn.append(test[np.isin(labels[test], labels[train])])
        kept.append((train[~is_twin], test))
        n_train, n_kept = n_train + len(train), n_kept + int((~is_twin).sum())
    rows = np.unique(np.concatenate(torn)) if torn else np.empty(0, dtype=np.int64)
    return TwinsAcross(rows, tuple(kept), 1 - n_kept / max(1, n_train))


def expected_twins(frame: pd.DataFrame, seed: int) -> int:
    """Rows with a twin once the values of every column are shuffled: what chance alone makes.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
    seed : int

    Returns
    -------
    n_rows : int
    """
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    shuffled = {
        str(at): values.iloc[rng.permutation(len(frame))].reset_index(drop=True)
        for at, (_, values) in enumerate(frame.items())
    }
    digests = pd.Series(digest_rows(pd.DataFrame(shuffled)))
    return int(digests.duplicated(keep=False).sum())

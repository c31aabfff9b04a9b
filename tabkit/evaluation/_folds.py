"""The one set of folds of a run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tabkit.data import Table, Task

if TYPE_CHECKING:
    import numpy as np

_FOLDS = 5
# A fit takes little there, and a tenth of the rows counts.
_FEW_ROWS = 1_000
_FOLDS_OF_FEW = 10
_SECONDS_FOR_MORE = 120


@dataclass(frozen=True)
class Folds:
    """Training and test rows of every fold.

    Attributes
    ----------
    pairs : tuple of (train, test)
        Integer arrays of row positions in the table.
    description : str
        For the reader: "5 stratified folds, shuffled".
    source_rows : ndarray of shape (n_rows,) or None
        Position of each row of the table in the file it came from; None when they are the same.
    """

    pairs: tuple[tuple[np.ndarray, np.ndarray], ...]
    description: str
    source_rows: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def fewest_train(self) -> int:
        """Training rows of the smallest fold."""
        return min(len(train) for train, _ in self.pairs)

    @property
    def fingerprint(self) -> str:
        """Digest of all row positions."""
        digest = hashlib.sha256()
        for train, test in self.pairs:
            for rows in (train, test):
                digest.update(len(rows).to_bytes(8, "little"))
                digest.update(rows.astype("int64").tobytes())
        return digest.hexdigest()[:32]


def default_n_folds(table: Table, task: Task, limit: float | None = None) -> int:
    """So many folds as a table has where nobody says how many: 5, or 10 for a small one.

    The models of folds are fitted on fewer rows than the one that is saved, and the fewer there are the more
    that costs them. Folds forward in time are shorter the more there are, and stay 5.

    Parameters
    ----------
    table : Table
    task : Task
    limit : float or None, default=None
        Seconds of the run.

    Returns
    -------
    n_folds : int
        10 with at most 1,000 rows, 20 of each class and groups at least, and two minutes; else 5.
    """
    rarest = table.target.value_counts().min() if task.is_classification else table.n_rows
    n_groups = table.n_rows if table.groups is None else table.groups.nunique()
    is_small = table.n_rows <= _FEW_ROWS and table.times is None
    if limit is not None and limit < _SECONDS_FOR_MORE:
        return _FOLDS
    return _FOLDS_OF_FEW if is_small and min(rarest, n_groups) >= 2 * _FOLDS_OF_FEW else _FOLDS


def split_table(splitter: Any, table: Table) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Divide a table with the roles that a splitter takes.

    Parameters
    ----------
    splitter : cross-validator or iterable of (train, test)
    table : Table

    Returns
    -------
    pairs : tuple of (train, test)
        Row positions.
    """
    import numpy as np

    from tabkit.model_selection._split_rows import call_splitter

    groups, times = (None if one is None else one.to_numpy() for one in (table.groups, table.times))
    return call_splitter(splitter, np.zeros(table.n_rows), table.target.to_numpy(), groups, times)

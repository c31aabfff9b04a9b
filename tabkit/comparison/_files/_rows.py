"""What a run keeps of its rows: the target, their roles, and the folds; no feature."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabkit._core._files import read_parquet, write_atomically, write_parquet
from tabkit.data import Table
from tabkit.evaluation import Folds

if TYPE_CHECKING:
    import pandas as pd

ROWS_FILE = "rows.parquet"
FOLDS_FILE = "folds.npz"


def write_rows(folder: Path, table: Table, folds: Folds) -> None:
    """Write the target, groups (as numbers), times and weights of the rows, and the folds.

    Parameters
    ----------
    folder : Path
    table : Table
    folds : Folds
    """
    import numpy as np
    import pandas as pd

    rows = {
        "target": table.target,
        "group": None if table.groups is None else pd.Series(pd.factorize(table.groups)[0]),
        "time": table.times,
        "weight": table.weights,
        "row": None if table.source_rows is None else pd.Series(table.source_rows),
    }
    present = {name: series for name, series in rows.items() if series is not None}
    write_parquet(folder / ROWS_FILE, pd.DataFrame(present))
    arrays: dict[str, Any] = {
        f"{part}_{number}": positions
        for number, pair in enumerate(folds.pairs)
        for part, positions in zip(("train", "test"), pair, strict=True)
    }

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:
            np.savez_compressed(file, **arrays)

    write_atomically(folder / FOLDS_FILE, write)


def read_rows(folder: Path) -> pd.DataFrame:
    """Read the rows, with those of the columns target, group, time, weight and row that there are.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    rows : DataFrame of shape (n_rows, n_columns)
    """
    return read_parquet(folder / ROWS_FILE)


def read_folds(folder: Path, description: str, rows: pd.DataFrame) -> Folds:
    """Read the folds.

    Parameters
    ----------
    folder : Path
    description : str
        As the record has it.
    rows : DataFrame
        Of `read_rows`.

    Returns
    -------
    folds : Folds
    """
    import numpy as np

    with np.load(folder / FOLDS_FILE) as arrays:
        pairs = tuple(
            (arrays[f"train_{number}"], arrays[f"test_{number}"]) for number in range(len(arrays.files) // 2)
        )
    return Folds(pairs, description, rows["row"].to_numpy() if "row" in rows else None)

"""Groups, times and weights of a table's rows, for the estimators that ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabkit.data import Table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def take_metadata(
    estimator: Any, table: Table, rows: np.ndarray, *, is_whole: bool = True
) -> dict[str, np.ndarray | pd.Series]:
    """Groups, times and weights of some rows, as far as there are any and an estimator asks for them.

    Parameters
    ----------
    estimator : estimator
        Changed in place: its parts request weights.
    table : Table
    rows : ndarray of int
    is_whole : bool, default=True
        Whether it is all of a candidate: a part need not take weights.

    Returns
    -------
    metadata : dict of str to ndarray or Series of shape (n_rows,)
        For ``fit`` with metadata routing; times as intervals where labels take time to be known.
    """
    from tabkit.model_selection._row_roles import choose_roles

    present = {
        name: series
        for name, series in (
            ("groups", table.groups),
            ("times", table.times if table.label_spans is None else table.label_spans),
            ("sample_weight", table.weights),
        )
        if series is not None
    }
    wanted = choose_roles(estimator, list(present), is_whole=is_whole)
    return {name: _take(series, rows) for name, series in present.items() if name in wanted}


def _take(series: pd.Series, rows: np.ndarray) -> np.ndarray | pd.Series:
    """Some values as an array; intervals, which NumPy has none of, as a Series."""
    from tabkit._core._times import are_intervals

    taken = series.iloc[rows]
    return taken.reset_index(drop=True) if are_intervals(taken) else taken.to_numpy()

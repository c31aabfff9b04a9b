"""Groups, times and weights of a table's rows, for the estimators that ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabkit.data import Table

if TYPE_CHECKING:
    import numpy as np

# Names of metadata routing, and where a table has them.
_ATTRIBUTES = {"groups": "groups", "times": "times", "sample_weight": "weights"}


def take_metadata(
    estimator: Any, table: Table, rows: np.ndarray, *, is_whole: bool = True
) -> dict[str, np.ndarray]:
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
    metadata : dict of str to ndarray of shape (n_rows,)
        For ``fit`` with metadata routing.
    """
    from tabkit.model_selection._row_roles import choose_roles

    present = {
        name: getattr(table, attribute)
        for name, attribute in _ATTRIBUTES.items()
        if getattr(table, attribute) is not None
    }
    wanted = choose_roles(estimator, list(present), is_whole=is_whole)
    return {name: present[name].iloc[rows].to_numpy() for name in present if name in wanted}

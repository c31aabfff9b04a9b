"""Groups, times and weights of rows, for the estimators that ask for them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from tabkit._core._sklearn import request_weights
from tabkit.data import Table

if TYPE_CHECKING:
    import numpy as np

# Names of metadata routing, and where a table has them.
_ATTRIBUTES = {"groups": "groups", "times": "times", "sample_weight": "weights"}


def take_metadata(
    estimator: Any, table: Table, rows: np.ndarray, *, is_whole: bool = True
) -> dict[str, np.ndarray]:
    """Groups, times and weights of some rows, as far as there are any and an estimator asks for them.

    Weights are asked for on its behalf wherever a part of it takes them. What it does not take is
    said in a warning.

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
    from sklearn import config_context
    from sklearn.utils.metadata_routing import get_routing_for_object

    present = {
        name: getattr(table, attribute)
        for name, attribute in _ATTRIBUTES.items()
        if getattr(table, attribute) is not None
    }
    if not present:
        return {}
    try:
        with config_context(enable_metadata_routing=True):
            if "sample_weight" in present:
                request_weights(estimator)
            wanted = get_routing_for_object(estimator).consumes("fit", present.keys())
    except NotImplementedError as error:
        lacking = " and ".join(_ATTRIBUTES[name] for name in present)
        warnings.warn(f"fitted without {lacking}: {error}", stacklevel=2)
        return {}
    if is_whole and "sample_weight" in present and "sample_weight" not in wanted:
        warnings.warn("fitted without weights: no part of it takes them", stacklevel=2)
    return {name: present[name].iloc[rows].to_numpy() for name in wanted}

"""Tables in memory: frames of any library, arrays and sparse matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabkit._core import InputError
from tabkit.data._sources._frames import as_pandas
from tabkit.data._sources._source import Source

if TYPE_CHECKING:
    import pandas as pd

# A sparse matrix is worked on as a dense one: 4 GiB of float64.
_MOST_DENSE_VALUES = 1 << 29


def read_memory(data: Any) -> Source:
    """Take a table that is in memory.

    Parameters
    ----------
    data : frame of any library, 2-D array or sparse matrix
        Of shape (n_rows, n_columns), see `tabkit.data.as_pandas`. The columns of an array are named ``x0``,
        ``x1`` and so on.

    Returns
    -------
    source : Source
        Labels are text and unique, the index counts; the data itself is not changed.

    Raises
    ------
    InputError
        If it is none of these, has no rows, or a column twice.
    """
    import pandas as pd

    notes: tuple[str, ...] = ()
    data = as_pandas(data)
    if isinstance(data, pd.DataFrame):
        frame = data.copy(deep=False)
        notes = _say_index(data)
    else:
        frame = _from_array(data)
    frame.columns = pd.Index([str(label) for label in frame.columns])
    frame.index = pd.RangeIndex(len(frame))
    repeated = frame.columns[frame.columns.duplicated()]
    if len(repeated):
        raise InputError(f"the table has more than one column named {repeated[0]!r}")
    if len(frame) == 0:
        raise InputError("the table has no rows")
    return Source(frame, notes=notes)


def _say_index(data: pd.DataFrame) -> tuple[str, ...]:
    """Say which names of the index are left out: they may have been columns."""
    names = [repr(name) for name in data.index.names if name is not None]
    if not names:
        return ()
    if len(names) == 1:
        return (f"the index {names[0]} is no column and is left out: reset_index() makes one of it",)
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    return (
        f"the index levels {listed} are no columns and are left out: reset_index() makes columns of them",
    )


def _from_array(data: Any) -> pd.DataFrame:
    import numpy as np
    import pandas as pd
    from scipy import sparse

    if sparse.issparse(data):
        n_values = data.shape[0] * data.shape[1]
        if n_values > _MOST_DENSE_VALUES:
            raise InputError(
                f"the sparse matrix of shape {data.shape} needs {8 * n_values / 2**30:.0f} GiB when dense: "
                "choose columns, or reduce it with TruncatedSVD first"
            )
        data = data.toarray()
    if not isinstance(data, np.ndarray):
        kind = type(data)
        raise InputError(
            f"expected a frame, an array or the path of a file, got {kind.__module__}.{kind.__qualname__}"
        )
    if data.ndim != 2:
        raise InputError(f"expected an array of shape (n_rows, n_columns), got one of shape {data.shape}")
    return pd.DataFrame(data, columns=[f"x{position}" for position in range(data.shape[1])])

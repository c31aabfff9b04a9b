"""The one door for frames: of whatever library they are, pandas comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabkit._core import InputError, first_line
from tabkit.data._sources._arrow import to_frame

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    import pyarrow as pa


def as_pandas(X: Any) -> Any:
    """Turn a frame of any library into one of pandas; what is no frame comes back as it is.

    Polars, Arrow, DuckDB, Modin and whatever else narwhals knows, lazy frames too, which are collected; and
    everything that hands itself out by the protocols of Arrow (``__arrow_c_stream__``), narwhals
    (``__narwhals_dataframe__``) or the interchange of frames (``__dataframe__``).

    Parameters
    ----------
    X : frame of any library, or anything else

    Returns
    -------
    X : DataFrame, or X itself
        A pandas frame is the one that came. The rows of others are numbered.

    Raises
    ------
    InputError
        If a frame has columns that Arrow cannot hold.

    Examples
    --------
    >>> import pyarrow as pa
    >>> as_pandas(pa.table({"age": [39, 50]}))
       age
    0   39
    1   50
    >>> as_pandas([[39], [50]])
    [[39], [50]]
    """
    import numpy as np
    import pandas as pd

    # What most calls pass, found without a look at what else there may be.
    if isinstance(X, pd.DataFrame | pd.Series | np.ndarray | list | tuple):
        return X
    table = _as_arrow(X)
    return X if table is None else to_frame(table)


def _as_arrow(X: Any) -> pa.Table | None:
    """A frame that is not of pandas as an Arrow table; None for what is no frame."""
    import narwhals.stable.v2 as nw
    import pyarrow as pa
    from pyarrow import interchange

    try:
        known = nw.from_native(X, pass_through=True, allow_series=True)
        if isinstance(known, nw.LazyFrame):
            known = known.collect()
        if isinstance(known, nw.DataFrame):
            _refuse_objects(known)
            return known.to_arrow()
        if isinstance(known, nw.Series):
            return None
        if hasattr(X, "__arrow_c_stream__"):
            return _read_stream(X)
        if hasattr(X, "__dataframe__"):
            return interchange.from_dataframe(X)
    except (pa.ArrowException, ValueError) as error:
        kind = f"{type(X).__module__}.{type(X).__qualname__}"
        raise InputError(
            f"the frame ({kind}) cannot be read by way of Arrow ({first_line(error)}): make it one of pandas"
        ) from error
    return None


def _refuse_objects(frame: nw.DataFrame) -> None:
    """Refuse columns of Python objects, of which Polars hands out the addresses in memory."""
    import narwhals.stable.v2 as nw

    for name, dtype in frame.schema.items():
        if dtype == nw.Object and frame.implementation.is_polars():
            raise ValueError(f"column {name!r} holds Python objects")


def _read_stream(X: Any) -> pa.Table | None:
    """What streams to Arrow as a table; None where it is a single column, which has no name."""
    import pyarrow as pa

    try:
        reader = pa.RecordBatchReader.from_stream(X)
    except pa.ArrowInvalid:
        return None
    return reader.read_all()

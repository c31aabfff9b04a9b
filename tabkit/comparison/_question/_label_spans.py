"""From when each row is known to when its label is: what gap and horizon ask of every split."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tabkit._core import InputError
from tabkit._core._parameters import say_parameter
from tabkit._core._wording import say_count
from tabkit.data import Table


def add_label_spans(table: Table, gap: Any, horizon: Any) -> Table:
    """Give rows the spans that every split keeps apart, those inside models too.

    Parameters
    ----------
    table : Table
    gap, horizon : number, str, Timedelta or None
        Of `tabkit.model_selection.ForwardSplit`.

    Returns
    -------
    table : Table
        As it came where there are neither, or rows have no times.
    """
    if table.times is None or not (gap or horizon):
        return table
    import pandas as pd

    from tabkit._core._lengths import read_length
    from tabkit._core._times import encode_times

    try:
        starts = encode_times(table.times, table.n_rows)
    except InputError as error:
        raise InputError(f"{table.name!r}: {error}") from error
    distance, ahead = (
        read_length(name, value or 0, starts) for name, value in (("gap", gap), ("horizon", horizon))
    )
    ends = starts + max(distance, ahead)
    if (ends < starts).any():  # beyond what a date can hold
        raise InputError(f"{_either()} is too long: it ends beyond the year 2262")
    make = pd.arrays.IntervalArray.from_arrays
    # A row that is older by exactly the gap is trained on; one whose label ends exactly where
    # the tested rows start is not.
    spans = make(starts, ends, closed="left") if distance > ahead else make(starts, ends, closed="right")
    return replace(table, label_spans=pd.Series(spans))


def keep_clear(table: Table, last: Table) -> Table:
    """Leave the rows out whose labels were not known yet when the last rows begin.

    Parameters
    ----------
    table, last : Table
        Of `add_label_spans`.

    Returns
    -------
    table : Table
        With a note, where rows were left out.

    Raises
    ------
    InputError
        If no row would be left, or the last rows have no times.
    """
    if table.label_spans is None:
        return table
    if last.label_spans is None:
        raise InputError(f"the test table {last.name!r} has no column of times, and {_either()} needs one")
    import numpy as np
    import pandas as pd

    from tabkit._core._times import Spans

    spans = Spans.of(pd.concat([table.label_spans, last.label_spans]), table.n_rows + last.n_rows)
    is_clear = spans.clear_of(np.arange(len(spans.starts)) >= table.n_rows)[: table.n_rows]
    n_out = int((~is_clear).sum())
    if n_out == table.n_rows:
        raise InputError(f"{_either()} leaves no row that is far enough from those of {last.name!r}")
    if not n_out:
        return table
    note = (
        f"{say_count(n_out, 'row')} left out: too near to those of {last.name!r} for the gap or the horizon"
    )
    return replace(table.take(np.flatnonzero(is_clear)), notes=(*table.notes, note))


def _either() -> str:
    return f"{say_parameter('gap')} or {say_parameter('horizon')}"

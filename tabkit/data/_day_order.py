"""Which of two numbers is the day, told by the rest of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tabkit.data._dates import has_day_first, tells_day_from_month
from tabkit.data._findings import Findings
from tabkit.data._kinds import examine_column
from tabkit.data._reading_options import Conventions

if TYPE_CHECKING:
    import pandas as pd


def settle_day_order(
    frame: pd.DataFrame, findings: Mapping[str, Findings], conventions: Conventions
) -> dict[str, Findings]:
    """Examine the columns again whose dates could be read with the day or the month first.

    Other columns of dates decide where they agree; else decimal commas, which are not written where
    the month comes first.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
    findings : mapping of str to Findings
    conventions : Conventions

    Returns
    -------
    settled : dict of str to Findings
        Of the columns that are read otherwise now, or have another note.
    """
    open_columns = [column for column in frame.columns if findings[column].is_order_open]
    orders = {
        has_day_first(found.written_as)
        for found in findings.values()
        if found.kind == "date" and not found.is_order_open and tells_day_from_month(found.written_as)
    }
    if not open_columns or len(orders) > 1:
        return {}
    if not orders and conventions.is_certain and conventions.decimal == ",":
        orders = {True}
    if not orders:
        return {}
    known = replace(conventions, is_day_first=orders.pop())
    return {column: examine_column(frame[column], known) for column in open_columns}

"""Workbooks: Excel's and those of OpenDocument."""

from __future__ import annotations

import io

from tabkit._core import InputError, first_line
from tabkit._core._optional import import_optional
from tabkit.data._reading_options import ReadingOptions
from tabkit.data._sources._first_row import say_first_row
from tabkit.data._sources._source import Source


def read_excel(raw: bytes, shown: str, options: ReadingOptions) -> Source:
    """Read the first sheet of a workbook that holds a table.

    Parameters
    ----------
    raw : bytes
    shown : str
        Name of the file for messages.
    options : ReadingOptions

    Returns
    -------
    source : Source
        The first row that is not empty has the names of the columns.

    Raises
    ------
    InputError
        If the file is damaged, or no sheet holds a table.
    MissingExtraError
        If python-calamine is not installed.
    """
    import pandas as pd

    calamine = import_optional("python_calamine", extra="excel", package="python-calamine")
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
        sheets = {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=True) for name in book.sheet_names
        }
    except (calamine.CalamineError, ValueError, OSError) as error:
        raise InputError(f"{shown} is damaged or no workbook ({first_line(error)})") from error
    filled = {name: rows for name, rows in sheets.items() if len(rows) > options.header}
    if not filled:
        raise InputError(f"{shown} has no sheet with a row of names and rows below it")
    name, rows = next(iter(filled.items()))
    labels, note = [f"x{position}" for position in range(len(rows[0]))], ""
    if options.header:
        header, *rows = rows
        labels = [
            str(label).strip() or f"column {position}" for position, label in enumerate(header, start=1)
        ]
        note = say_first_row(labels, [list(map(str, row)) for row in rows])
    repeated = sorted({label for label in labels if labels.count(label) > 1})
    if repeated:
        raise InputError(f"sheet {name!r} of {shown} has more than one column named {repeated[0]!r}")
    frame = pd.DataFrame(rows, columns=labels, dtype=object)
    frame = frame.mask(frame == "").dropna(how="all", ignore_index=True).infer_objects()
    others = [other for other in filled if other != name]
    others_note = f"sheet {name!r} read, and not {', '.join(map(repr, others))}" if others else ""
    return Source(frame, notes=tuple(filter(None, (others_note, note))))

"""What a source gives: a frame as it came, with notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tabkit.data._reading_options import NOTHING_KNOWN, Conventions

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Source:
    """A table as it came from wherever it lay.

    Attributes
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
    name : str
        Of the table, for titles and folders.
    notes : tuple of str
        On the whole.
    column_notes : mapping of str to str
        On columns, by name.
    written_as : mapping of str to str
        Styles of the columns whose numbers the reader itself understood, as far as another
        reader may not; see `find_number_style`.
    conventions : Conventions
        How it writes numbers where a column of text does not tell.
    target : str or None
        The column that whoever made the table wants predicted, where that is known.
    """

    frame: pd.DataFrame
    name: str = "table"
    notes: tuple[str, ...] = ()
    column_notes: Mapping[str, str] = field(default_factory=dict)
    written_as: Mapping[str, str] = field(default_factory=dict)
    conventions: Conventions = NOTHING_KNOWN
    target: str | None = None

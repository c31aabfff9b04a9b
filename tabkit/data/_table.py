"""A table with the roles of its columns settled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tabkit.data._fingerprint import fingerprint_frame
from tabkit.data._task import ColumnKind

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


@dataclass(frozen=True)
class Column:
    """What was found out about one column of the file.

    Attributes
    ----------
    name : str
    kind : {"numeric", "category", "date", "text", "identifier", "constant"}
    role : {"feature", "target", "group", "time", "weight", "fold", "set aside", "dropped"}
    n_missing, n_unique : int
        Rows without a value; distinct values.
    note : str
        What the user should know ("text read as numbers; 11 values became missing"),
        or empty.
    written_as : str
        How its numbers or dates were written as text, see `examine_column`; else empty.
    """

    name: str
    kind: ColumnKind
    role: str
    n_missing: int = 0
    n_unique: int = 0
    note: str = ""
    written_as: str = ""


_ROW_BY_ROW = (
    "frame",
    "target",
    "groups",
    "times",
    "label_spans",
    "weights",
    "fold_labels",
    "set_aside",
)


@dataclass(frozen=True)
class Table:
    """A table with the roles of its columns settled.

    Attributes
    ----------
    name : str
        Of the file, without folder and extension; "table" for a frame.
    frame : DataFrame of shape (n_rows, n_features)
        The feature columns, with a fresh integer index. Numbers stored as text are
        numbers, dates are datetime64; categories and text stay as they came.
    target : Series of shape (n_rows,)
        Without missing values.
    groups, times : Series of shape (n_rows,) or None
        The group of each row, and its time as datetime64 or number.
    label_spans : Series of shape (n_rows,) or None
        Intervals from each row's time to when its label is known, or to the end of a gap that is asked
        for; None where that is one moment.
    weights : Series of shape (n_rows,) or None
        How much each row counts, float64.
    fold_labels : Series of shape (n_rows,) or None
        The fold in which each row is tested, where the table says so; NaN where it never is.
    columns : tuple of Column
        One for each column that came, in the order of the file; nothing is dropped silently.
    notes : tuple of str
        What the reader did and a user should know, a sentence each.
    source_rows : ndarray of shape (n_rows,) or None
        Position of each row among those that came, where some were left out; None when all
        are there.
    set_aside : DataFrame of shape (n_rows, n_set_aside) or None
        Columns that are no features, as they came: no model gets them.
    na_values : tuple of str
        What the user said stands for a missing value.
    digests : tuple of (str, str) or None
        Fingerprints of the table and of its target as they were read, where this is what a run has kept of
        it, without the columns; None where they are computed.
    """

    name: str
    frame: pd.DataFrame
    target: pd.Series
    groups: pd.Series | None = None
    times: pd.Series | None = None
    label_spans: pd.Series | None = None
    weights: pd.Series | None = None
    fold_labels: pd.Series | None = None
    columns: tuple[Column, ...] = ()
    notes: tuple[str, ...] = ()
    source_rows: np.ndarray | None = None
    set_aside: pd.DataFrame | None = None
    na_values: tuple[str, ...] = ()
    digests: tuple[str, str] | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.frame)

    @property
    def n_features(self) -> int:
        """Number of columns that models get."""
        return sum(column.role == "feature" for column in self.columns)

    def take(self, rows: np.ndarray) -> Table:
        """Only some of the rows; what was found out about the columns stays.

        Parameters
        ----------
        rows : ndarray of int of shape (n_taken,)
            Positions.

        Returns
        -------
        table : Table
        """
        import numpy as np

        taken: dict[str, Any] = {
            name: values.iloc[rows].reset_index(drop=True)
            for name in _ROW_BY_ROW
            if (values := getattr(self, name)) is not None
        }
        source = np.arange(self.n_rows) if self.source_rows is None else self.source_rows
        return replace(self, **taken, source_rows=source[rows], digests=None)

    @cached_property
    def fingerprint(self) -> str:
        """Digest of the content: features, target and roles of the rows, names included."""
        if self.digests is not None:
            return self.digests[0]
        return fingerprint_frame(self.frame, self.target, self.groups, self.times, self.weights)

    @cached_property
    def target_fingerprint(self) -> str:
        """Digest of the target alone: with other features they are still the same rows."""
        return self.digests[1] if self.digests is not None else fingerprint_frame(self.target.to_frame())

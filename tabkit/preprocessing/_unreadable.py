"""Values that are not what their column holds: counted, and warned of or refused."""

from __future__ import annotations

import warnings
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from tabkit._core import InputError, UnreadableValuesWarning
from tabkit.data._clean import ReadValues
from tabkit.data._findings import say_value


class Unreadable:
    """What could not be read in one call, column by column."""

    def __init__(self) -> None:
        self._found: list[tuple[str, int]] = []

    def take(self, label: Hashable, read: ReadValues, noun: str) -> np.ndarray:
        """Keep note of what a reading could not read.

        Parameters
        ----------
        label : hashable
            Of the column.
        read : ReadValues
        noun : str
            What its values are to be: "number", "date", "duration".

        Returns
        -------
        values : ndarray of shape (n_rows,)
            Those of the reading.
        """
        if read.n_unreadable:
            self.note(label, read.n_unreadable, noun, read.example)
        return read.values

    def note(self, label: Hashable, n_values: int, noun: str, example: Any) -> None:
        """Keep note of values of a column that count as missing."""
        are = f"1 value that is no {noun}" if n_values == 1 else f"{n_values:,} values that are no {noun}s"
        self._found.append((f"column {label!r}: {are}, such as {say_value(example)}", n_values))

    def report(self, *, strict: bool) -> None:
        """Say in one warning, a line for each column, what counts as missing; raise where that is not wanted.

        Parameters
        ----------
        strict : bool

        Raises
        ------
        InputError
            With ``strict``, if there is any.
        """
        if not self._found:
            return
        if strict:
            lines = "\n".join(line for line, _ in self._found)
            raise InputError(f"{lines}: correct them, or pass strict=False to count them as missing")
        warnings.warn(
            "\n".join(f"{line}, {'counts' if n == 1 else 'count'} as missing" for line, n in self._found),
            UnreadableValuesWarning,
            stacklevel=4,
        )


def refuse_change(column: pd.Series, expected: str) -> None:
    """Refuse a column whose values are of another kind altogether than those it was learnt from.

    Parameters
    ----------
    column : Series of shape (n_rows,)
        A column without any value is none of another kind.
    expected : str
        What it held: "numbers", "dates", "durations".

    Raises
    ------
    InputError
    """
    present = column.dropna()
    if not len(present):
        return
    example = say_value(present.iloc[0])
    raise InputError(
        f"column {column.name!r} held {expected} when the model was fitted and is {column.dtype} now, "
        f"such as {example}: convert it, or fit again"
    )

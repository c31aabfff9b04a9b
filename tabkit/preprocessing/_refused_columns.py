"""Columns that an estimator has no way to read."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sklearn.utils import get_tags

from tabkit._core import InputError
from tabkit.preprocessing._target_column import find_refused


def refuse_complex(X: Any) -> None:
    """Refuse a table with complex numbers.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n_rows, n_columns)

    Raises
    ------
    InputError
        Names the first such column of a frame.

    Examples
    --------
    >>> refuse_complex(pd.DataFrame({"z": [1j, 2.0]}))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    tabkit._core._errors.InputError: column 'z' holds complex numbers (complex128): Complex data not ...
    """
    # The first words are those that scikit-learn's checks expect.
    advice = "Complex data not supported, pass their real and imaginary parts as two columns"
    if isinstance(X, pd.DataFrame):
        _refuse(X, "complex numbers", advice)
    elif getattr(getattr(X, "dtype", None), "kind", "") == "c":
        raise InputError(f"X holds complex numbers ({X.dtype}): {advice}")


def reads_tables(estimator: Any) -> bool:
    """Whether an estimator, or the first step of a Pipeline, takes columns of any kind."""
    while hasattr(estimator, "steps"):
        estimator = estimator.steps[0][1]
    return bool(get_tags(estimator).input_tags.categorical)


def refuse_dates(X: Any, *, owner: str) -> None:
    """Refuse a frame with a column of dates or durations, for an estimator that reads none.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n_rows, n_columns)
    owner : str
        The estimator, for messages.

    Raises
    ------
    InputError
        Names the first such column.
    """
    if isinstance(X, pd.DataFrame):
        for kind in ("dates", "durations"):
            _refuse(X, kind, f"{owner} reads none, put a TablePreprocessor before it or drop the column")


def _refuse(frame: pd.DataFrame, kind: str, advice: str) -> None:
    for position, dtype in enumerate(frame.dtypes):
        if dtype.kind in "biufUS" or isinstance(dtype, pd.CategoricalDtype | pd.StringDtype):
            continue
        column = frame.iloc[:, position]
        # Of objects the first known one tells, at no cost for long columns of text.
        first = column.dropna().iloc[:1] if dtype.kind == "O" else column.iloc[:1]
        if find_refused(first.to_numpy()) == kind:
            raise InputError(f"column {frame.columns[position]!r} holds {kind} ({dtype}): {advice}")

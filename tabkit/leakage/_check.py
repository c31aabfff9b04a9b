"""One check: a name, and a function that yields what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tabkit.data import Table
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding


class NotApplicableError(Exception):
    """The check has nothing to look at; the message says why."""


def require_test(examination: Examination, *, n_rows: int = 1) -> Table:
    """The test table.

    Parameters
    ----------
    examination : Examination
    n_rows : int, default=1
        As many as the check needs.

    Returns
    -------
    test : Table

    Raises
    ------
    NotApplicableError
        If there is none, or it has fewer rows.
    """
    if examination.test is None:
        raise NotApplicableError("no test table was given")
    if examination.test.n_rows < n_rows:
        raise NotApplicableError(f"the test table has fewer than {n_rows} rows")
    return examination.test


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes
    ----------
    name : str
        What it looks for, in words.
    codes : tuple of str
        Of the findings that it may yield.
    find : callable
        ``find(examination) -> iterable of Finding``; raises `NotApplicableError` where there is
        nothing to look at.
    """

    name: str
    codes: tuple[str, ...]
    find: Callable[[Examination], Iterable[Finding]]

"""One check: a name, when it applies, and a function that yields what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tabkit.data import Table
from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding


class NotApplicableError(Exception):
    """The check has nothing to look at; the message says why."""


def why_no_test(examination: Examination, *, n_rows: int = 1) -> str:
    """Why a check of the test table has nothing to look at; empty where there is one.

    Parameters
    ----------
    examination : Examination
    n_rows : int, default=1
        As many as the check needs.

    Returns
    -------
    reason : str
    """
    if examination.test is None:
        return "no test table was given"
    if examination.test.n_rows < n_rows:
        return f"the test table has fewer than {n_rows} rows"
    return ""


def require_test(examination: Examination) -> Table:
    """The test table, where `why_no_test` has found one.

    Parameters
    ----------
    examination : Examination

    Returns
    -------
    test : Table

    Raises
    ------
    NotApplicableError
        If there is none.
    """
    if examination.test is None:
        raise NotApplicableError(why_no_test(examination))
    return examination.test


def applies_always(examination: Examination) -> str:
    """No reason not to look."""
    return ""


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
        ``find(examination) -> iterable of Finding``; raises `NotApplicableError` where it turns out, after
        a measurement, that there is nothing to look at.
    why_not : callable, default=applies_always
        ``why_not(examination) -> str``: why there is nothing to look at, empty where there is. It fits no
        model, and is asked before the clock: what does not apply never lacks time.
    """

    name: str
    codes: tuple[str, ...]
    find: Callable[[Examination], Iterable[Finding]]
    why_not: Callable[[Examination], str] = applies_always

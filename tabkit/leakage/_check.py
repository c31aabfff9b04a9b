"""One check: a name, and a function that yields what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tabkit.leakage._examination import Examination
from tabkit.leakage._finding import Finding


class NotApplicableError(Exception):
    """The check has nothing to look at; the message says why."""


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

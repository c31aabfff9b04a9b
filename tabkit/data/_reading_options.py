"""What a user knows of how a table is written, and what its file gives away."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from tabkit._core import InputError, suggest
from tabkit._core._parameters import say_parameter

_DECIMALS = (".", ",")
_THOUSANDS = (".", ",", " ", "'")


@dataclass(frozen=True)
class ReadingOptions:
    """How a table is written, as far as the user says so; what is not said is found.

    Attributes
    ----------
    decimal : {"", ".", ","}
        Sign before the fraction of numbers.
    thousands : {"", ".", ",", " ", "'"}
        Sign that groups the digits of numbers.
    date_format : str
        Of dates that are text, as `datetime.strptime` takes it ("%d/%m/%Y").
    na_values : tuple of str
        Further ways in which a missing value is written.
    encoding : str
        Of text files, by Python's name for it.
    delimiter : str
        The character between the fields of text files.
    header : bool
        Whether the first row has the names of the columns; otherwise they are ``x0``, ``x1`` and so on.

    Raises
    ------
    InputError
        If an option cannot be used.

    Examples
    --------
    >>> ReadingOptions(decimal=",").decimal
    ','
    """

    decimal: str = ""
    thousands: str = ""
    date_format: str = ""
    na_values: tuple[str, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    header: bool = True

    def __post_init__(self) -> None:
        values = (self.na_values,) if isinstance(self.na_values, str) else tuple(self.na_values)
        object.__setattr__(self, "na_values", tuple(map(str, values)))
        _check_sign("decimal", self.decimal, _DECIMALS)
        _check_sign("thousands", self.thousands, _THOUSANDS)
        if self.decimal and self.decimal == self.thousands:
            raise InputError(
                f"{say_parameter('decimal')} and {say_parameter('thousands')} are both {self.decimal!r}"
            )
        if self.delimiter and (len(self.delimiter) != 1 or self.delimiter in '"\r\n'):
            name = say_parameter("delimiter")
            raise InputError(f"{name} is {self.delimiter!r}: one character is needed, such as ';'")
        if self.date_format and "%" not in self.date_format:
            name = say_parameter("date_format")
            raise InputError(f"{name} is {self.date_format!r}: a format is needed, such as '%d/%m/%Y'")
        if self.encoding:
            try:
                codecs.lookup(self.encoding)
            except (LookupError, ValueError):
                raise InputError(f"there is no encoding {self.encoding!r}: such as utf-8 or cp1252") from None

    @property
    def told(self) -> dict[str, Any]:
        """The options that say something, by name."""
        return {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) != field.default
        }

    @property
    def decimal_sign(self) -> str:
        """The decimal sign that was told, or that follows from the one for thousands; else empty."""
        if self.decimal or not self.thousands:
            return self.decimal
        return {",": ".", ".": ","}.get(self.thousands, "")


def _check_sign(name: str, given: str, allowed: tuple[str, ...]) -> None:
    if given and given not in allowed:
        raise InputError(f"{say_parameter(name)} is {given!r}: choose one of {', '.join(map(repr, allowed))}")


def as_reading_options(given: ReadingOptions | Mapping[str, Any] | None) -> ReadingOptions:
    """Options as they are, from a mapping by name, or those that say nothing.

    Parameters
    ----------
    given : ReadingOptions, mapping or None

    Returns
    -------
    options : ReadingOptions

    Raises
    ------
    InputError
        If there is no such option.
    """
    if isinstance(given, ReadingOptions):
        return given
    if given is not None and not isinstance(given, Mapping):
        raise InputError(f"reading: expected options by name, such as {{'decimal': ','}}, got {given!r}")
    names = [field.name for field in fields(ReadingOptions)]
    for name in given or {}:
        if name not in names:
            raise InputError(f"reading has no option {name!r}: {suggest(str(name), names, 'there are')}")
    return ReadingOptions(**(given or {}))


@dataclass(frozen=True)
class Conventions:
    """How the numbers and dates of a table are written where a column alone does not tell.

    Attributes
    ----------
    decimal : {"", ".", ","}
        The sign that other columns or the delimiter speak for, or that was told.
    is_certain : bool
        Whether numbers that can be read in one way only speak for the sign, and none against it.
    is_decimal_told : bool
        Whether no other sign may be taken.
    thousands : str
        The grouping sign, where it was told.
    date_format : str
        Where it was told.
    is_day_first : bool or None
        Whether other columns have the day before the month.
    """

    decimal: str = ""
    is_certain: bool = False
    is_decimal_told: bool = False
    thousands: str = ""
    date_format: str = ""
    is_day_first: bool | None = None

    @classmethod
    def of(cls, options: ReadingOptions, found: str = "", *, is_certain: bool = False) -> Conventions:
        """What was told, and the decimal sign that was found where none was."""
        sign = options.decimal_sign
        return cls(
            sign or found, bool(sign) or is_certain, bool(sign), options.thousands, options.date_format
        )


NOTHING_KNOWN = Conventions()

"""How a message names a parameter: as Python has it, or as the option of the command line that asked.

Messages are made on every floor, and whoever reads one typed ``n_folds=1`` or ``--folds 1``. So what makes a
message asks here, and the command line says once, for all that it calls, which option stands for which
parameter. Nothing looks for names in a finished text. What a run writes into its files is worded for the one
who made the run.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_OPTIONS: ContextVar[Mapping[str, str] | None] = ContextVar("options", default=None)
_UNSAID: Any = object()
# The options for kinds of columns, which are values in Python.
KIND_PREFIX = "kinds_"


@contextmanager
def speak_of_options(options: Mapping[str, str]) -> Iterator[None]:
    """Name parameters by their options in all messages that are made in a block.

    Parameters
    ----------
    options : mapping of str to str
        The option of each parameter that has one; with no entry, parameters have their names.
    """
    token = _OPTIONS.set(options)
    try:
        yield
    finally:
        _OPTIONS.reset(token)


def spoken_options() -> Mapping[str, str]:
    """The options that messages speak of here: what to hand on to another process or thread."""
    return _OPTIONS.get() or {}


def say_parameter(name: str, value: Any = _UNSAID) -> str:
    """Name a parameter, for a message.

    Parameters
    ----------
    name : str
        As Python has it.
    value : object, default=_UNSAID
        What to pass; ``...`` where that is up to the reader.

    Examples
    --------
    >>> say_parameter("n_folds"), say_parameter("drop", ["late fee"]), say_parameter("target", ...)
    ('n_folds', "drop=['late fee']", 'target=...')
    >>> with speak_of_options({"n_folds": "--folds", "drop": "--drop", "target": "--target"}):
    ...     say_parameter("n_folds"), say_parameter("drop", ["late fee"]), say_parameter("target", ...)
    ('--folds', "--drop 'late fee'", '--target')
    """
    return _say_option(name, value) or (name if value is _UNSAID else f"{name}={_write(value)}")


def say_reading(name: str, value: Any) -> str:
    """Name an entry of the parameter ``reading``, for a message.

    Parameters
    ----------
    name : str
        A field of `tabkit.data.ReadingOptions`.
    value : object
        What to pass; ``...`` where that is up to the reader.

    Examples
    --------
    >>> say_reading("decimal", ","), say_reading("date_format", ...)
    ("reading={'decimal': ','}", "reading={'date_format': ...}")
    """
    return _say_option(name, value) or f"reading={{{name!r}: {_write(value)}}}"


def say_kind(kind: str) -> str:
    """Say how to tell the kind of a column, for a message.

    Examples
    --------
    >>> say_kind("category")
    "kinds={...: 'category'}"
    """
    return _say_option(f"{KIND_PREFIX}{kind}", ...) or f"kinds={{...: {kind!r}}}"


def say_call(function: str, command: str) -> str:
    """Name what to call, for a message: a function in Python, a command where the command line asked.

    Examples
    --------
    >>> say_call("tabkit.list_models()", "tabkit models")
    '`tabkit.list_models()`'
    >>> with speak_of_options({"n_folds": "--folds"}):
    ...     say_call("tabkit.list_models()", "tabkit models")
    '`tabkit models`'
    """
    return f"`{command if spoken_options() else function}`"


def _say_option(name: str, value: Any) -> str:
    """The option with its values, as a shell takes them; empty where there is none."""
    option = spoken_options().get(name, "")
    if not option or value is _UNSAID or value is ... or isinstance(value, bool):
        return option
    values = value if isinstance(value, list | tuple) else [value]
    return " ".join([option, *(_quote(str(each)) for each in values)])


def _quote(text: str) -> str:
    """Quote as a shell needs it, and where a lone sign would be lost in a sentence."""
    quoted = shlex.quote(text)
    return f"'{text}'" if quoted == text and not any(map(str.isalnum, text)) else quoted


def _write(value: Any) -> str:
    return "..." if value is ... else repr(value)

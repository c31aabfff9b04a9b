"""Parameters that name several of some choices."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from tabkit._core import InputError, suggest


def check_choices(parameter: str, given: Collection[Any], choices: Sequence[str]) -> None:
    """Refuse what is none of the choices.

    Raises
    ------
    InputError
    """
    unknown = [name for name in given if name not in choices]
    if isinstance(given, str) or unknown:
        hint = suggest(str(unknown[0] if unknown else given), choices, "choose some of")
        raise InputError(f"{parameter}={given!r}: expected a sequence of names: {hint}")

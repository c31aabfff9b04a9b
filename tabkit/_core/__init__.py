"""Optional imports, errors, randomness, files; imports nothing else of tabkit."""

from tabkit._core._errors import (
    DistantValuesWarning,
    InputError,
    MissingExtraError,
    TabkitError,
    UnreadableValuesWarning,
    describe_error,
    first_line,
)
from tabkit._core._suggest import suggest

__all__ = [
    "DistantValuesWarning",
    "InputError",
    "MissingExtraError",
    "TabkitError",
    "UnreadableValuesWarning",
    "describe_error",
    "first_line",
    "suggest",
]

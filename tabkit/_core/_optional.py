"""Optional packages: imported when used, and named with their extra when missing."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

from tabkit._core._errors import MissingExtraError


def import_optional(module: str, *, extra: str, package: str | None = None) -> ModuleType:
    """Import a module of an optional package.

    Parameters
    ----------
    module : str
        Dotted name of the module.
    extra : str
        The extra of tabkit that installs it.
    package : str, default=None
        Name to show in the error; the module's first part when None.

    Returns
    -------
    module : ModuleType
        The imported module.

    Raises
    ------
    MissingExtraError
        If the package is not installed; the message has the install command.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        top = module.partition(".")[0]
        if error.name is not None and error.name.partition(".")[0] != top:
            raise
        raise MissingExtraError(package or top, extra) from error


def is_installed(module: str) -> bool:
    """Whether a module can be found, without importing it."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False

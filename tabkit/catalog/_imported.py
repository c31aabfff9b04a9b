"""Candidates by the place of their code: "module:Class"."""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import Any

from tabkit._core import InputError, describe_error, suggest
from tabkit.catalog._candidate import Candidate
from tabkit.catalog._elsewhere import COST_IF_UNKNOWN, build_elsewhere

_PLACE = re.compile(r"(?:(?P<name>[^=:]+)=)?(?P<module>[^=:]+):(?P<attribute>[\w.]+)")


def import_candidate(place: str, name: str | None = None) -> Candidate:
    """Make a candidate of what a module has.

    Parameters
    ----------
    place : str
        "module:Class", where an instance, a function that returns one, or a `Candidate` will do
        too; "name=module:Class" gives it a name.
    name : str, default=None
        Prevails over that in the place; else it is the class's.

    Returns
    -------
    candidate : Candidate
        See `build_elsewhere` for what it builds.

    Raises
    ------
    InputError
        If there is no such module or attribute, or the module cannot be imported.

    Examples
    --------
    >>> import_candidate("sklearn.svm:SVC").name
    'SVC'
    """
    given, module, attribute = _split_place(place)
    found = _find_attribute(_import_module(module), attribute)
    build = partial(build_elsewhere, found, f"model '{module}:{attribute}'")
    if isinstance(found, Candidate):
        return replace(found, name=name or given, build=build, by_default=False)
    return Candidate(
        name or given, build, f"{attribute} of module {module}", COST_IF_UNKNOWN, by_default=False
    )


def name_place(place: str) -> str:
    """Name of the candidate that `import_candidate` would make; nothing is imported.

    Parameters
    ----------
    place : str

    Returns
    -------
    name : str

    Raises
    ------
    InputError
        If the text has another form.

    Examples
    --------
    >>> name_place("sklearn.svm:SVC"), name_place("mine=sklearn.svm:SVC")
    ('SVC', 'mine')
    """
    return _split_place(place)[0]


def _split_place(place: str) -> tuple[str, str, str]:
    """Name, module and attribute."""
    parts = _PLACE.fullmatch(place.strip())
    if parts is None:
        raise InputError(f"{place!r} names no model: write MODULE:CLASS, or NAME=MODULE:CLASS")
    name = (parts["name"] or parts["attribute"].rpartition(".")[2]).strip()
    return name, parts["module"].strip(), parts["attribute"]


def _import_module(name: str) -> ModuleType:
    if name.endswith(".py") or "/" in name:
        raise InputError(
            f"{name!r} is a file: name the module as in an import, such as mymodels for mymodels.py"
        )
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise InputError(f"module {name!r} cannot be imported: {describe_error(error)}") from error
        raise InputError(
            f"there is no module {error.name!r}: install it, run in its folder, or put that into PYTHONPATH"
        ) from error
    except (Exception, SystemExit) as error:
        raise InputError(f"module {name!r} cannot be imported: {describe_error(error)}") from error


def _find_attribute(module: ModuleType, path: str) -> Any:
    found: Any = module
    for name in path.split("."):
        if not hasattr(found, name):
            place = f" ({module.__file__})" if getattr(module, "__file__", None) else ""
            public = [other for other in dir(found) if not other.startswith("_")]
            raise InputError(
                f"module {module.__name__!r}{place} has no {path!r}: {suggest(name, public, 'it has')}"
            )
        found = getattr(found, name)
    return found

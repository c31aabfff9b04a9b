"""Candidates of other packages, by the entry-point group ``tabkit.models``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tabkit._core import InputError, describe_error
from tabkit.catalog._candidate import Candidate
from tabkit.catalog._elsewhere import COST_IF_UNKNOWN, build_elsewhere

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "tabkit.models"


def find_plugins() -> dict[str, tuple[EntryPoint, ...]]:
    """Find the models that installed packages announce; nothing of them is imported.

    Returns
    -------
    plugins : dict of str to tuple of EntryPoint
        By the name of the model; more than one where packages use the same name.
    """
    from importlib.metadata import entry_points

    found: dict[str, tuple[EntryPoint, ...]] = {}
    for entry_point in entry_points(group=GROUP):
        found[entry_point.name] = (*found.get(entry_point.name, ()), entry_point)
    return found


def load_plugin(entry_points: Collection[EntryPoint]) -> Candidate:
    """Import what a package announces under a name.

    Parameters
    ----------
    entry_points : collection of EntryPoint
        All of that name.

    Returns
    -------
    candidate : Candidate
        Under the name of the entry point. What is no `Candidate` itself does not run by default.

    Raises
    ------
    InputError
        If it cannot be imported, or several packages use the name; the message names them.
    """
    entry_point, *others = entry_points
    name, package = entry_point.name, _package_of(entry_point)
    if others:
        packages = " and ".join(sorted(repr(_package_of(other)) for other in entry_points))
        raise InputError(f"packages {packages} both have a model {name!r}: uninstall one")
    origin = f"model {name!r} of package {package!r}"
    try:
        found = entry_point.load()
    except (Exception, SystemExit) as error:
        raise InputError(f"{origin} cannot be imported: {describe_error(error)}") from error
    build = partial(build_elsewhere, found, origin)
    if isinstance(found, Candidate):
        return replace(found, name=name, build=build, package=package)
    return Candidate(
        name, build, f"{name} of package {package}", COST_IF_UNKNOWN, by_default=False, package=package
    )


def load_plugins(
    plugins: Mapping[str, Collection[EntryPoint]], *, reserved: Collection[str] = ()
) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    """Import what packages announce, as far as it can be.

    Parameters
    ----------
    plugins : mapping of str to collection of EntryPoint
        Of `find_plugins`.
    reserved : collection of str, default=()
        Names that no package can have.

    Returns
    -------
    candidates : tuple of Candidate
    complaints : tuple of str
        Why others could not be, a sentence each.
    """
    candidates, complaints = [], []
    for name, entry_points in plugins.items():
        if name in reserved:
            package = _package_of(next(iter(entry_points)))
            complaints.append(f"Model {name!r} of package {package!r} is left out: the name is tabkit's own.")
            continue
        try:
            candidates.append(load_plugin(entry_points))
        except InputError as error:
            complaints.append(f"Left out: {error}.")
    return tuple(candidates), tuple(complaints)


def _package_of(entry_point: EntryPoint) -> str:
    return entry_point.dist.name if entry_point.dist is not None else entry_point.value

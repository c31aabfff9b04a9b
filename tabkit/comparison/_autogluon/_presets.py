"""AutoGluon's presets, read without importing AutoGluon, which takes seconds."""

from __future__ import annotations

import importlib.util
import runpy
from functools import cache
from pathlib import Path
from typing import Any

from tabkit._core import InputError, suggest
from tabkit._core._optional import is_installed


def check_preset(name: str) -> None:
    """Refuse a preset that AutoGluon does not have, as far as AutoGluon is installed.

    Parameters
    ----------
    name : str
        Of a preset, or one of its aliases.

    Raises
    ------
    InputError
        With the nearest name.
    """
    if not is_installed("autogluon.tabular"):
        return
    presets, aliases = _read()
    if name not in presets and name not in aliases:
        hint = suggest(name, [*presets, *aliases], "there are")
        raise InputError(f"AutoGluon has no preset {name!r}: {hint}")


def preset_settings(name: str) -> dict[str, Any]:
    """What a preset passes to AutoGluon's fit.

    Parameters
    ----------
    name : str

    Returns
    -------
    settings : dict
    """
    presets, aliases = _read()
    settings: dict[str, Any] = presets[aliases.get(name, name)]
    return settings


@cache
def _read() -> tuple[dict[str, Any], dict[str, str]]:
    """Presets by name, and names by alias: a module of plain literals in the installed package."""
    spec = importlib.util.find_spec("autogluon.tabular")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0])
    module = runpy.run_path(str(folder / "configs" / "presets_configs.py"))
    return module["tabular_presets_dict"], module["tabular_presets_alias"]

"""The settings and versions that would repeat the run."""

from __future__ import annotations

from collections.abc import Mapping

from tabkit.comparison import Comparison
from tabkit.reporting._blocks import Block, Facts, Paragraph, Section
from tabkit.reporting._format import format_seconds, shorten

_VALUE_LENGTH = 400


def build(comparison: Comparison) -> Section:
    """List them as they were."""
    run = {
        "time of the run": format_seconds(comparison.seconds),
        "folder": str(comparison.folder) if comparison.folder is not None else "none",
        "digest of the data": comparison.table.fingerprint,
        "digest of the folds": comparison.folds.fingerprint,
    }
    settings = {name.replace("_", " "): _write(value) for name, value in comparison.settings.items()}
    blocks: list[Block] = [Facts(tuple((run | settings).items()))]
    if comparison.versions:
        versions = ", ".join(f"{package} {version}" for package, version in comparison.versions.items())
        blocks.append(Paragraph(f"Versions: {versions}."))
    return Section("Settings and versions", tuple(blocks), "settings")


def _write(value: object) -> str:
    """A setting as a person would write it."""
    if value is None or value in ([], (), {}):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return shorten(", ".join(f"{name}: {item}" for name, item in value.items()), _VALUE_LENGTH)
    if isinstance(value, list | tuple):
        return shorten(", ".join(str(item) for item in value), _VALUE_LENGTH)
    return shorten(value, _VALUE_LENGTH)

"""The sections of the report, each in a file with ``build(comparison) -> Section | None``."""

from __future__ import annotations

from collections.abc import Callable

from tabkit.comparison import Comparison
from tabkit.reporting._blocks import Section
from tabkit.reporting._sections import (
    _answer,
    _audit,
    _autogluon,
    _classes,
    _data,
    _failures,
    _folds,
    _leaderboard,
    _method,
    _residuals,
    _settings,
)

BUILDERS: tuple[Callable[[Comparison], Section | None], ...] = (
    _answer.build,
    _leaderboard.build,
    _audit.build,
    _failures.build,
    _classes.build,
    _residuals.build,
    _folds.build,
    _data.build,
    _autogluon.build,
    _method.build,
    _settings.build,
)


def build_sections(comparison: Comparison) -> tuple[Section, ...]:
    """Build the sections that apply to a comparison, in the order of the report.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    sections : tuple of Section
    """
    sections = (build(comparison) for build in BUILDERS)
    return tuple(section for section in sections if section is not None)

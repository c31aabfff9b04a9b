"""scikit-learn estimators for tables, a leaderboard you can believe, and a winner that you own."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tabkit._core._version import __version__ as __version__

if TYPE_CHECKING:
    from tabkit._core import (
        DistantValuesWarning,
        InputError,
        MissingExtraError,
        TabkitError,
        UnreadableValuesWarning,
    )
    from tabkit.automl import AutoClassifier, AutoRegressor
    from tabkit.catalog import list_models, make_model
    from tabkit.comparison import Comparison, compare, load_comparison
    from tabkit.leakage import Audit, audit
    from tabkit.persistence import load, save
    from tabkit.reporting import report

__all__ = [
    "Audit",
    "AutoClassifier",
    "AutoRegressor",
    "Comparison",
    "DistantValuesWarning",
    "InputError",
    "MissingExtraError",
    "TabkitError",
    "UnreadableValuesWarning",
    "audit",
    "compare",
    "list_models",
    "load",
    "load_comparison",
    "make_model",
    "report",
    "save",
]

_HOMES = {
    "Audit": "tabkit.leakage",
    "AutoClassifier": "tabkit.automl",
    "AutoRegressor": "tabkit.automl",
    "Comparison": "tabkit.comparison",
    "DistantValuesWarning": "tabkit._core",
    "InputError": "tabkit._core",
    "MissingExtraError": "tabkit._core",
    "TabkitError": "tabkit._core",
    "UnreadableValuesWarning": "tabkit._core",
    "audit": "tabkit.leakage",
    "compare": "tabkit.comparison",
    "list_models": "tabkit.catalog",
    "load": "tabkit.persistence",
    "load_comparison": "tabkit.comparison",
    "make_model": "tabkit.catalog",
    "report": "tabkit.reporting",
    "save": "tabkit.persistence",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its package when it is first used (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'tabkit' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

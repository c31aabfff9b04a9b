"""Versions of everything that has a part in a result."""

from __future__ import annotations

import importlib.metadata
import platform

from tabkit._core._version import __version__

_PACKAGES = (
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "lightgbm",
    "xgboost",
    "catboost",
    "autogluon.tabular",
    "imbalanced-learn",
    "skorch",
    "torch",
    "skops",
)


def collect_versions() -> dict[str, str]:
    """Versions of Python, the platform and every installed package that can have a part.

    Returns
    -------
    versions : dict of str to str
    """
    versions = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "tabkit": __version__,
    }
    for package in _PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions

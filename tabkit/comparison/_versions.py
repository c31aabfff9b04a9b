"""Versions of everything that has a part in a result."""

from __future__ import annotations

import importlib.metadata
import platform

_PACKAGES = (
    "tabkit",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "lightgbm",
    "xgboost",
    "catboost",
    "autogluon.tabular",
    "torch",
    "skops",
)


def collect_versions() -> dict[str, str]:
    """Versions of Python, the platform and every installed package that can have a part.

    Returns
    -------
    versions : dict of str to str
    """
    versions = {"python": platform.python_version(), "platform": platform.platform()}
    for package in _PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions

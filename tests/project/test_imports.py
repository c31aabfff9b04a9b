"""`import tabkit` and `tabkit --help` answer at once: they load nothing heavy."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import pytest

import tabkit

HEAVY = (
    "autogluon",
    "catboost",
    "interpret",
    "jinja2",
    "joblib",
    "lightgbm",
    "matplotlib",
    "narwhals",
    "numpy",
    "optuna",
    "pandas",
    "polars",
    "pyarrow",
    "rich",
    "scipy",
    "shap",
    "skops",
    "skrub",
    "sklearn",
    "torch",
    "xgboost",
)
# Their modules define estimators and transformers, which subclass scikit-learn's.
ESTIMATOR_PACKAGES = {
    "automl",
    "boosting",
    "calibration",
    "ensemble",
    "feature_selection",
    "model_selection",
    "neural_network",
    "preprocessing",
    "resampling",
}
LIGHT_PACKAGES = [
    package.name
    for package in pkgutil.iter_modules(tabkit.__path__)
    if package.ispkg and package.name not in ESTIMATOR_PACKAGES
]


def heavy_modules_after(code: str) -> list[str]:
    """Run code in a fresh interpreter; return which heavy packages it loaded."""
    report = f"\nimport sys; print(*sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    return result.stderr.split()


@pytest.mark.parametrize("code", ["import tabkit", "import tabkit; dir(tabkit); tabkit.__version__"])
def test_import_of_tabkit_loads_nothing_heavy(code: str) -> None:
    assert heavy_modules_after(code) == []


def test_import_of_packages_without_estimators_loads_nothing_heavy() -> None:
    together = "; ".join(f"import tabkit.{package}" for package in LIGHT_PACKAGES)
    if heavy_modules_after(together):
        alone = {package: heavy_modules_after(f"import tabkit.{package}") for package in LIGHT_PACKAGES}
        pytest.fail(
            "\n".join(f"tabkit.{package} loads {loaded}" for package, loaded in alone.items() if loaded)
        )


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["compare", "--help"], ["diff", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import runpy, sys\n"
        f"sys.argv = ['tabkit', *{arguments!r}]\n"
        "try:\n"
        "    runpy.run_module('tabkit', run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
    )
    assert heavy_modules_after(code) == []


def test_unknown_attribute_is_named() -> None:
    with pytest.raises(AttributeError, match="'tabkit' has no attribute 'comparre'"):
        tabkit.comparre  # noqa: B018 - the access is what is tested

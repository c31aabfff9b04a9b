"""The built wheel works alone: a fresh environment, no extras, another folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import tabkit

if TYPE_CHECKING:
    import pandas as pd

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def run(*command: str | Path, folder: Path) -> str:
    """Run a command outside the checkout and return what it printed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, text=True)
    assert result.returncode == 0, f"{' '.join(map(str, command))}\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the commands of an environment that has the wheel and what it requires."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT, folder=folder)
    (wheel,) = folder.glob("tabkit_learn-*.whl")
    venv.create(folder / "environment", with_pip=True)
    commands = folder / "environment" / ("Scripts" if os.name == "nt" else "bin")
    constraints = ["--constraint", str(ROOT / "constraints.txt")]
    run(commands / "python", "-m", "pip", "install", "-qq", *constraints, wheel, folder=folder)
    return commands


def test_version_and_type_marker(installed: Path, tmp_path: Path) -> None:
    code = (
        "import importlib.metadata, pathlib, tabkit\n"
        "print(tabkit.__version__, importlib.metadata.version('tabkit-learn'))\n"
        "print(pathlib.Path(tabkit.__file__).with_name('py.typed').is_file())\n"
    )
    printed = run(installed / "python", "-c", code, folder=tmp_path).split()
    assert printed == [tabkit.__version__, tabkit.__version__, "True"]


def test_help(installed: Path, tmp_path: Path) -> None:
    assert "compare" in run(installed / "tabkit", "--help", folder=tmp_path)


def test_compare(installed: Path, tmp_path: Path, awkward_frame: Callable[..., pd.DataFrame]) -> None:
    awkward_frame().to_csv(tmp_path / "customers.csv", index=False)
    printed = run(
        *(installed / "tabkit", "compare", "customers.csv"),
        *("--exclude", "elastic_net,knn,svm,tree,random_forest,extra_trees,hist_gradient_boosting,xgboost"),
        *("--folds", "3", "--time-limit", "90s"),
        *("--format", "json", "--no-autogluon"),
        folder=tmp_path,
    )
    json.loads(printed)
    results = tmp_path / "tabkit-customers"
    report = (results / "report.html").read_text(encoding="utf-8")
    assert "pip install 'tabkit-learn[catboost]'" in report.replace("&#39;", "'").replace("&#x27;", "'")
    leaderboard = (results / "leaderboard.csv").read_text(encoding="utf-8")
    assert [name for name in ("dummy", "linear", "lightgbm") if f",{name},finished," not in leaderboard] == []

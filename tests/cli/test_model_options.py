"""``tabkit compare`` with models of the current folder, and with what is asked of every model."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tabkit import InputError
from tabkit.catalog import OBJECTIVES, TARGET_TRANSFORMS
from tabkit.cli import _model_options
from tabkit.cli._compare_options import add_options, read_arguments

OWN = """
from sklearn.linear_model import Ridge

class Own(Ridge):
    pass

def make_model(random_state):
    return Ridge(alpha=random_state % 3)
"""
QUICK = ("--no-autogluon", "--no-audit", "--no-audit", "--folds", "3", "--jobs", "2", "--format", "json")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.uniform(18, 90, 150), "plan": rng.choice(["a", "b"], 150)})
    frame["claims"] = rng.poisson(np.exp(frame["age"] / 40)).astype(float) + 0.5
    frame.to_csv(folder / "claims.csv", index=False)
    (folder / "mymodels.py").write_text(OWN)
    # It must not be taken for the library's.
    (folder / "joblib.py").write_text("raise RuntimeError('the wrong joblib')\n")
    return folder


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """As the command ``tabkit`` runs: the current folder is not in the path by itself."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "tabkit", "compare", "claims.csv", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.slow
def test_own_models_and_requests_arrive(folder: Path) -> None:
    own = ("--model", "mymodels:Own", "second=mymodels.py:make_model", "--model", "third=sklearn.svm:SVR")
    asked = ("--objective", "poisson", "--increasing", "age")
    done = run("--models", "dummy,lightgbm", *own, *asked, *QUICK, cwd=folder)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    names = {row["name"] for row in found["leaderboard"] if row["rank"]}
    assert names == {"dummy", "lightgbm", "Own", "second", "third"}
    assert found["settings"]["objective"] == "poisson"
    assert found["settings"]["monotone"] == {"age": 1}
    descriptions = {row["name"]: row["description"] for row in found["evaluations"]}
    assert descriptions["lightgbm"].endswith("; objective poisson; monotone in age")
    assert found["notes"][-1].endswith("constraints, which they do not have: Own, second, third.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--model", "mymodels:Owm"), "has no 'Owm': did you mean 'Own'"),
        (("--model", "mymodel:Own"), "there is no module 'mymodel'"),
        (("--model", "sklearn.svm:SVC", "--models", "tree"), "is a classifier, and the task is regression"),
        (("--increasing", "agee"), "no column 'agee' to be monotone in is among the features: did you mean"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_options_are_one_line_and_exit_code_2(
    arguments: tuple[str, ...], message: str, folder: Path, call
) -> None:
    # One model of the catalog: making all of them takes longer than being refused.
    options = ("compare", "claims.csv", "--models", "dummy", *arguments, *QUICK, "--out", "bad")
    done = call(*options, cwd=folder)
    assert done.returncode == 2
    errors = [line for line in done.stderr.splitlines() if line.startswith("tabkit: ")]
    assert len(errors) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert message in errors[0]
    assert not (folder / "bad").exists()


def read(*arguments: str) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return read_arguments(parser.parse_args(["claims.csv", *arguments]))


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry not in ("", os.getcwd())])
    return sys.path


def test_own_models_run_beside_the_named_or_the_default_ones(path: list[str]) -> None:
    before = list(path)
    assert read()["models"] is None
    assert read("--models", "tree,knn")["models"] == ["tree", "knn"]
    assert path == before
    assert read("--model", "m:Own", "n=m:Own")["models"] == {"Own": "m:Own", "n": "n=m:Own"}
    assert path == [*before, os.getcwd()]
    assert read("--models", "tree", "--model", "m:Own")["models"] == ["tree", "m:Own"]
    assert read("--models", "tree,m:Own")["models"] == ["tree", "m:Own"]
    assert path == [*before, os.getcwd()]


def test_file_of_own_models_is_imported_by_its_name(path: list[str], folder: Path) -> None:
    assert read("--model", f"n={folder}/mymodels.py:Own")["models"] == {"n": "n=mymodels:Own"}
    assert path[-1] == str(folder.resolve())
    assert read("--models", f"tree,{folder}/mymodels.py:Own")["models"] == ["tree", "mymodels:Own"]
    with pytest.raises(InputError, match=r"there is no file 'nowhere\.py'"):
        read("--model", "nowhere.py:Own")


def test_names_in_the_options_are_those_of_the_catalog() -> None:
    assert _model_options._OBJECTIVES == OBJECTIVES
    assert _model_options._TARGET_TRANSFORMS == TARGET_TRANSFORMS


def test_directions_are_one_mapping() -> None:
    asked = read("--increasing", "age", "size", "--increasing", "rooms", "--decreasing", "distance")
    assert asked["monotone"] == {"age": 1, "size": 1, "rooms": 1, "distance": -1}
    assert read()["monotone"] == {}
    assert read()["objective"] is read()["target_transform"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--model", "lightgbm"),
            "--model lightgbm names no module: write MODULE:CLASS, or --models lightgbm",
        ),
        (("--model", "mymodels:Own", "a.b:Own"), "two models have the name 'Own': write NAME=MODULE:CLASS"),
        (
            ("--increasing", "age", "--decreasing", "age"),
            "'age' cannot be both --increasing and --decreasing",
        ),
    ],
)
def test_options_that_contradict_one_another_are_refused(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(*arguments)

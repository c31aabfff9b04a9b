"""Every model that a comparison can rank: saved, loaded in a fresh process, and predicting the same."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from public_estimators import shrink
from sklearn.neighbors import KNeighborsClassifier

import tabkit
from tabkit._core._optional import is_installed
from tabkit.catalog import CATALOG, get_candidate
from tabkit.data import Task
from tabkit.ensemble import GreedyEnsembleClassifier, StackingClassifier, StackingRegressor

# Of many fits: what they are made of is saved among the others.
COMPOSED = (
    "easy_ensemble",
    "greedy",
    "lightgbm_smote_calibrated",
    "lightgbm_undersampled_calibrated",
    "stacking",
    "tabm",
)
REQUESTS: dict[str, dict[str, Any]] = {
    "calibrated": {"kind": "binary", "calibration": "auto"},
    "threshold": {"kind": "binary", "threshold": "0.3"},
    "tuned threshold": {"kind": "binary", "threshold": "f1", "calibration": "sigmoid"},
    "log": {"kind": "regression", "target_transform": "log"},
    "poisson": {"kind": "regression", "objective": "poisson"},
}
LOAD = """
import pickle, sys, warnings
from pathlib import Path
import tabkit
warnings.simplefilter("ignore")
folder = Path(sys.argv[1])
predicted = {}
for path in sorted(folder.glob("*.skops")):
    X = pickle.loads((folder / f"{path.stem.split('-')[0]}.pickle").read_bytes())
    model = tabkit.load(path)
    methods = [name for name in ("predict", "predict_proba") if hasattr(model, name)]
    predicted[path.stem] = [getattr(model, name)(X) for name in methods]
(folder / "predicted.pickle").write_bytes(pickle.dumps(predicted))
"""

Tables = dict[str, tuple[pd.DataFrame, dict[str, Any]]]


@pytest.fixture(scope="module")
def tables(awkward_frame: Callable[..., pd.DataFrame]) -> Tables:
    """Columns and the target of each kind of task, by shape."""
    rng = np.random.default_rng(0)
    found: Tables = {}
    for shape, n_rows, n_columns in (("few", 60, 3), ("many", 150, 20)):
        X = pd.DataFrame(rng.normal(size=(n_rows, n_columns))).add_prefix("x")
        signal = X["x0"] + rng.normal(0, 0.5, n_rows)
        found[shape] = X, {"binary": signal > 0, "regression": np.exp(signal)}
    mixed, values = (awkward_frame(task, n_rows=150) for task in ("binary", "regression"))
    X = mixed.drop(columns="outcome")
    found["mixed"] = X, {"binary": mixed["outcome"], "regression": values["outcome"].clip(lower=0.0)}
    return found


def make_models(is_composed: bool) -> Iterator[tuple[str, str, Any]]:
    """Name, task and model of all that is saved."""
    for candidate in CATALOG:
        if candidate.module and not is_installed(candidate.module):
            continue
        if (candidate.name in COMPOSED) is is_composed:
            for task in {"binary", "regression"} & set(candidate.tasks):
                yield candidate.name, task, tabkit.make_model(candidate.name, task=task)
    if is_composed:
        return
    knn, values = (tabkit.make_model("knn", task=task) for task in ("binary", "regression"))
    yield "stacking of knn", "binary", StackingClassifier([("knn", knn)], cv=2)
    yield "stacking of knn", "regression", StackingRegressor([("knn", values)], cv=2)
    yield "greedy of knn", "binary", GreedyEnsembleClassifier([("knn", knn)], cv=2)
    yield "uniform knn", "binary", KNeighborsClassifier()


def make_requested(classes: tuple[Any, ...]) -> Iterator[tuple[str, str, Any]]:
    """What a task may ask of every model, put around one."""
    for asked, settings in REQUESTS.items():
        kind = settings["kind"]
        task = Task(**settings, classes=classes if kind == "binary" else ())
        yield asked, kind, get_candidate("linear").build(task, 0)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("is_composed", "shapes"),
    [
        (False, ["mixed"]),
        (False, ["few", "many"]),
        (True, ["few", "many", "mixed"]),
    ],
    ids=["single", "single of numbers", "composed"],
)
def test_every_model_predicts_the_same_in_a_fresh_process(
    is_composed: bool, shapes: list[str], tables: Tables, tmp_path: Path
) -> None:
    expected = {}
    for shape in shapes:
        X, targets = tables[shape]
        (tmp_path / f"{shape}.pickle").write_bytes(pickle.dumps(X))
        models = [*make_models(is_composed)]
        if not is_composed:
            models += make_requested(tuple(np.unique(targets["binary"]).tolist()))
        for name, task, model in models:
            if shape == "mixed" and name == "uniform knn":
                continue  # without a preparation
            shrink(model).fit(X, targets[task])
            path = tabkit.save(model, tmp_path / f"{shape}-{task}-{name}.skops")
            methods = [m for m in ("predict", "predict_proba") if hasattr(model, m)]
            expected[path.stem] = [getattr(model, method)(X) for method in methods]
    run = subprocess.run(
        [sys.executable, "-c", LOAD, str(tmp_path)],
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    predicted = pickle.loads((tmp_path / "predicted.pickle").read_bytes())
    assert predicted.keys() == expected.keys()
    differing = [case for case in expected if not are_equal(expected[case], predicted[case])]
    assert differing == []


def are_equal(expected: list[np.ndarray], predicted: list[np.ndarray]) -> bool:
    """Bit by bit, dtypes too."""
    pairs = zip(expected, predicted, strict=True)
    return all(one.dtype == other.dtype and np.array_equal(one, other) for one, other in pairs)


@pytest.mark.parametrize(("shape", "method"), [("few", "kd_tree"), ("many", "brute")])
def test_neighbours_of_both_kinds_are_saved(shape: str, method: str, tables: Tables, tmp_path: Path) -> None:
    X, targets = tables[shape]
    model = tabkit.make_model("knn", task="binary").fit(X, targets["binary"])
    assert model["model"]._fit_method == method
    again = tabkit.load(tabkit.save(model, tmp_path / "model.skops"))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))

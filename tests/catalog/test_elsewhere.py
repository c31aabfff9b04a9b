"""Models by the place of their code, and those of installed packages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import SVC

from tabkit._core import InputError
from tabkit._core._optional import is_installed
from tabkit.catalog import (
    CATALOG,
    Candidate,
    find_broken_plugins,
    get_candidate,
    import_candidate,
    make_model,
    select_candidates,
)
from tabkit.catalog._elsewhere import build_elsewhere
from tabkit.catalog._plugins import load_plugin
from tabkit.data import Task

MODULE = """
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from tabkit.catalog import Candidate
from tabkit.preprocessing import TablePreprocessor

class Plain(ClassifierMixin, BaseEstimator):
    def fit(self, X, y): return self
    def predict(self, X): return X

class NeedsArguments(Plain):
    def __init__(self, alpha, beta, gamma=1): pass

class Explodes(Plain):
    def __init__(self): raise OSError("no disk\\nno model")

class Bare:
    def fit(self, X, y): pass
    def predict(self, X): pass
    def get_params(self, deep=True): return {}

def make_search():
    return GridSearchCV(make_pipeline(TablePreprocessor("linear"), LogisticRegression()), {})

def make_by_task(task, random_state=7):
    return LogisticRegression(C=random_state + 1) if task.is_classification else Ridge()

def needs_more(task, depth): return Plain()

INSTANCE = LogisticRegression(C=0.5)
PIPELINE = make_pipeline(TablePreprocessor("tree"), Plain())
CANDIDATE = Candidate(
    "other name", lambda task, seed: LogisticRegression(C=seed + 1), "mine", takes_monotone=True
)
NUMBER = 3

class Outer:
    Inner = Plain
"""
BINARY = Task("binary")
needs_catboost = pytest.mark.skipif(not is_installed("catboost"), reason="catboost is not installed")


@pytest.fixture(autouse=True)
def own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A module in a folder of the path."""
    (tmp_path / "own_models.py").write_text(MODULE)
    (tmp_path / "own_broken.py").write_text("import pandas\nimport not_installed_at_all\n")
    (tmp_path / "own_script.py").write_text("import sys\nsys.exit(3)\n")
    (tmp_path / "own_syntax.py").write_text("def f(:\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("own_models", None)


@pytest.fixture
def installed(example_package: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The example package in the path."""
    monkeypatch.syspath_prepend(example_package)
    yield example_package
    sys.modules.pop("tabkit_example", None)


def steps(model: Any) -> list[str]:
    return [type(step).__name__ for _, step in model.steps]


def test_class_is_prepared_and_seeded() -> None:
    model = make_model("sklearn.ensemble:RandomForestClassifier", task="binary", random_state=5)
    assert steps(model) == ["TablePreprocessor", "RandomForestClassifier"]
    assert model["model"].random_state == 5
    assert make_model("sklearn.svm:SVC", task="binary").get_params()["model__kernel"] == "rbf"


@pytest.mark.parametrize(
    ("place", "family"),
    [
        ("sklearn.linear_model:LogisticRegression", "linear"),
        ("sklearn.svm:SVC", "linear"),
        ("own_models:Plain", "linear"),
        ("sklearn.ensemble:RandomForestClassifier", "tree"),
        ("sklearn.ensemble:HistGradientBoostingClassifier", "tree"),
        ("lightgbm:LGBMClassifier", "tree"),
        ("xgboost:XGBClassifier", "tree"),
        ("tabkit.boosting:LightGBMClassifier", "boosting"),
    ],
)
def test_preparation_is_what_the_tags_call_for(place: str, family: str) -> None:
    assert make_model(place, task="binary")["prepare"].model_family == family


@pytest.mark.parametrize(
    "place",
    [
        "sklearn.naive_bayes:GaussianNB",
        "sklearn.ensemble:HistGradientBoostingClassifier",
        "lightgbm:LGBMClassifier",
        "xgboost:XGBClassifier",
        pytest.param("catboost:CatBoostClassifier", marks=[pytest.mark.slow, needs_catboost]),
        "tabkit.boosting:XGBoostClassifier",
    ],
)
def test_plain_estimators_take_an_awkward_table(
    place: str, awkward_frame: Callable[..., pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where CatBoost by itself writes into
    frame = awkward_frame("binary", n_rows=150)
    model = make_model(place, task="binary")
    fewer = {"model__n_estimators": 20, "model__iterations": 20, "model__verbose": False}
    known = model.get_params()
    model.set_params(**{name: value for name, value in fewer.items() if name in known and "Cat" in place})
    X, y = frame.drop(columns="outcome"), (frame["outcome"] == "yes").astype(int)
    assert model.fit(X, y).score(X, y) > 0.6


def test_pipelines_and_what_is_around_one_are_taken_as_they_are() -> None:
    assert steps(make_model("own_models:PIPELINE", task="binary")) == ["TablePreprocessor", "Plain"]
    assert type(make_model("own_models:make_search", task="binary")).__name__ == "GridSearchCV"
    bagged = BaggingClassifier(make_pipeline(SVC()))
    assert isinstance(build_elsewhere(bagged, "mine", BINARY, 0), BaggingClassifier)


def test_functions_get_what_they_ask_for() -> None:
    assert make_model("own_models:make_by_task", task="binary", random_state=3)["model"].C == 4
    assert steps(make_model("own_models:make_by_task", task="regression"))[-1] == "Ridge"


def test_instance_of_a_module_is_not_fitted_itself() -> None:
    model = make_model("own_models:INSTANCE", task="binary")
    assert model["model"].C == 0.5
    assert model["model"] is not sys.modules["own_models"].INSTANCE


def test_candidates_and_parts_of_classes_can_be_named_too() -> None:
    assert make_model("own_models:CANDIDATE", task="binary", random_state=1)["model"].C == 2
    assert steps(make_model("own_models:Outer.Inner", task="binary"))[-1] == "Plain"
    assert get_candidate("own_models:Outer.Inner").name == "Inner"
    found = get_candidate("own_models:CANDIDATE")
    assert (found.name, found.description, found.takes_monotone) == ("CANDIDATE", "mine", True)


def test_names_can_be_given() -> None:
    assert get_candidate("mine=own_models:Plain").name == "mine"
    assert get_candidate(" mine = own_models:Plain ").name == "mine"
    assert import_candidate("own_models:Plain", "a=b: c").name == "a=b: c"
    assert [c.name for c in select_candidates(["tree", "own_models:Plain"])] == ["tree", "Plain"]
    assert not get_candidate("own_models:CANDIDATE").by_default


def test_target_transform_is_around_models_from_elsewhere_once() -> None:
    asked = {"task": "regression", "target_transform": "log"}
    model = make_model("sklearn.linear_model:Ridge", **asked)
    assert isinstance(model, TransformedTargetRegressor)
    assert isinstance(model.regressor, Pipeline)
    own = TransformedTargetRegressor(make_pipeline(clone(model.regressor)))
    built = build_elsewhere(own, "mine", Task("regression", target_transform="log"), 0)
    assert not isinstance(built.regressor, TransformedTargetRegressor)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("no_such_module:Model", "there is no module 'no_such_module': install it, run in its folder"),
        ("sklearn.no_such:Model", "there is no module 'sklearn.no_such'"),
        (
            "own_broken:Model",
            "module 'own_broken' cannot be imported: ModuleNotFoundError: No module named 'not",
        ),
        ("own_script:Model", "module 'own_script' cannot be imported: SystemExit: 3"),
        ("own_syntax:Model", "module 'own_syntax' cannot be imported: SyntaxError"),
        ("own_models.py:Plain", "'own_models.py' is a file: name the module"),
        ("lib/own_models:Plain", "'lib/own_models' is a file: name the module"),
        ("own_models:plain", r"'own_models' \(.*own_models.py\) has no 'plain': did you mean 'Plain'"),
        ("own_models:Plain.part", "has no 'Plain.part'"),
        (":Plain", "':Plain' names no model: write MODULE:CLASS, or NAME=MODULE:CLASS"),
        ("own_models:", "names no model"),
        ("a=b=own_models:Plain", "names no model"),
    ],
)
def test_places_where_nothing_is_are_one_line(place: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        get_candidate(place)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("place", "task", "message"),
    [
        (
            "own_models:NUMBER",
            "binary",
            "model 'own_models:NUMBER' is no scikit-learn estimator, nor a function",
        ),
        ("own_models:NeedsArguments", "binary", "cannot be made without alpha, beta: name a function"),
        ("own_models:needs_more", "binary", "cannot be made without depth"),
        ("own_models:Explodes", "binary", "cannot be made: OSError: no disk$"),
        ("own_models:Bare", "binary", "has no tags that say what it is: let Bare inherit"),
        ("own_models:Outer", "binary", "is no scikit-learn estimator that predicts, but of class Outer"),
        ("sklearn.preprocessing:StandardScaler", "binary", "that predicts, but of class StandardScaler"),
        (
            "sklearn.linear_model:Ridge",
            "binary",
            "'sklearn.linear_model:Ridge' is a regressor, and the task is bin",
        ),
        ("sklearn.svm:SVC", "regression", "is a classifier, and the task is regression"),
        ("sklearn.cluster:KMeans", "binary", "is a clusterer, and the task is binary"),
        ("sklearn.svm:OneClassSVM", "binary", "is an outlier detector"),
    ],
)
def test_what_is_no_model_for_the_task_is_one_line(place: str, task: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        make_model(place, task=task)
    assert "\n" not in str(caught.value)


def test_class_without_a_signature_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(function: Any) -> Any:
        raise ValueError("no signature found")

    monkeypatch.setattr("tabkit.catalog._elsewhere.inspect.signature", refuse)
    assert steps(make_model("own_models:Plain", task="binary"))[-1] == "Plain"


def test_models_of_packages_have_names(installed: Path) -> None:
    assert get_candidate("stump").description == "one split"
    assert get_candidate("stump").name == "stump"
    assert get_candidate("stump").package == "tabkit-example"
    assert get_candidate("light").description == "light of package tabkit-example"
    assert steps(make_model("stump", task="binary")) == ["TablePreprocessor", "DecisionTreeClassifier"]
    assert make_model("stump", task="binary")["prepare"].model_family == "tree"
    assert steps(make_model("light", task="regression")) == ["TablePreprocessor", "Ridge"]
    assert steps(make_model("nearest_mean", task="binary")) == ["TablePreprocessor", "NearestMean"]


def test_only_a_candidate_runs_by_default(installed: Path) -> None:
    own = [candidate.name for candidate in CATALOG if candidate.by_default]
    assert [candidate.name for candidate in select_candidates()] == [*own, "stump"]
    assert [candidate.name for candidate in select_candidates(exclude=["stump"])] == own


def test_broken_models_of_packages_name_the_package(installed: Path) -> None:
    with pytest.raises(
        InputError, match="'absent' of package 'tabkit-example' cannot be imported: ModuleNotFou"
    ):
        get_candidate("absent")
    with pytest.raises(
        InputError, match=r"package 'tabkit-example' cannot be made: RuntimeError: no licence$"
    ):
        make_model("fragile", task="binary")
    with pytest.raises(InputError, match="'nearest_mean' of package 'tabkit-example' is a classifier"):
        make_model("nearest_mean", task="regression")
    absent, linear = find_broken_plugins()
    assert absent.startswith("Left out: model 'absent' of package 'tabkit-example' cannot be imported: ")
    assert linear == "Model 'linear' of package 'tabkit-example' is left out: the name is tabkit's own."
    assert find_broken_plugins(exclude=["absent"]) == (linear,)


def test_name_of_the_catalog_stays_the_catalogs(installed: Path) -> None:
    assert get_candidate("linear") in CATALOG


def test_unknown_names_are_compared_with_those_of_packages_too(installed: Path) -> None:
    with pytest.raises(InputError, match="unknown model 'nearest_men': did you mean 'nearest_mean'"):
        get_candidate("nearest_men")


def test_two_packages_with_one_name_are_both_named() -> None:
    twice = [EntryPoint("same", f"{package}:Model", "tabkit.models") for package in ("one", "two")]
    with pytest.raises(InputError, match="packages 'one:Model' and 'two:Model' both have a model 'same'"):
        load_plugin(twice)


@pytest.mark.slow
def test_packages_are_imported_when_used_and_not_before(example_package: Path) -> None:
    code = (
        "import sys, tabkit\n"
        "from tabkit.catalog import get_candidate\n"
        "get_candidate('linear')\n"
        "try:\n    get_candidate('stumpp')\n"
        "except tabkit.InputError as error:\n    print(error)\n"
        "assert 'tabkit_example' not in sys.modules\n"
        "get_candidate('stump')\n"
        "assert 'tabkit_example' in sys.modules\n"
    )
    environment = {"PYTHONPATH": ":".join([str(example_package), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert "did you mean 'stump'" in done.stdout


def test_plain_candidate_says_nothing_of_a_package() -> None:
    assert {candidate.package for candidate in CATALOG} == {""}
    assert Candidate("mine", lambda task, seed: LogisticRegression()).package == ""
    assert np.isfinite(get_candidate("sklearn.svm:SVC").cost)

"""A run with models of the user's modules and of packages, and with what is asked of every model."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

import tabkit
from tabkit import InputError
from tabkit.catalog import get_candidate
from tabkit.comparison._run._entrants import _enter, make_entrants
from tabkit.data import Task

Maker = Callable[..., pd.DataFrame]
QUICK: dict[str, Any] = {
    "autogluon": False,
    "audit": False,
    "n_folds": 3,
    "time_limit": None,
    "n_jobs": 2,
}
MODULE = """
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from own_part import STRENGTH

class Own(LogisticRegression):
    def fit(self, X, y):
        self.C = STRENGTH
        return super().fit(X, y)
"""


@pytest.fixture
def own_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "own_module.py").write_text(MODULE)
    (tmp_path / "own_part.py").write_text("STRENGTH = 0.5\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("own_module", "own_part"):
        sys.modules.pop(name, None)


@pytest.fixture
def installed(example_package: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(example_package)
    yield
    sys.modules.pop("tabkit_example", None)


def test_models_of_a_module_run_in_the_workers(own_module: None, awkward_frame: Maker) -> None:
    comparison = tabkit.compare(
        awkward_frame(n_rows=150),
        models=["dummy", "own_module:Own", "twin=own_module:Own", ("pair", "own_module:Own")],
        **QUICK,
    )
    scores = {row.name: row.fold_scores for row in comparison.leaderboard.rows if row.rank}
    assert scores.keys() == {"dummy", "Own", "twin", "pair"}
    assert scores["Own"] == scores["twin"] == scores["pair"] > scores["dummy"]
    assert comparison.evaluation("Own").description == "Own of module own_module"
    assert comparison.winner is not None
    assert comparison.winner.path is not None
    with pytest.raises(InputError, match=r"not trusted: own_module\.Own"):
        tabkit.load(comparison.winner.path)
    model = tabkit.load(comparison.winner.path, trusted=["own_module.Own"])
    assert model["model"].C == 0.5


def test_mapping_runs_beside_the_default_ones(own_module: None) -> None:
    participants = make_entrants({"mine": "own_module:Own"}, ["catboost"], Task("binary"), 0)
    names = [entrant.name for entrant in participants.entrants]
    assert names[0] == "dummy"
    assert names[-1] == "mine"
    assert len(names) > 10


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (["tree", "tree=own_module:Own"], "two models have the name 'tree': write NAME=MODULE:CLASS"),
        (["tree", ("tree", "own_module:Own")], "the name 'tree' is taken by a model of the catalog"),
        (["autogluon=own_module:Own"], "the name 'autogluon' is taken"),
        ({"mine": "linear"}, "model 'mine' is no scikit-learn estimator that predicts, but of class str"),
        ({"mine": Ridge()}, "model 'mine' is a regressor, and the task is binary"),
        ({"mine": LogisticRegression}, r"but a class: pass LogisticRegression\(\)"),
        (["own_module:Missing"], "has no 'Missing'"),
    ],
)
def test_names_and_places_that_cannot_be_used_are_refused(
    models: Any, message: str, own_module: None
) -> None:
    with pytest.raises(InputError, match=message):
        make_entrants(models, [], Task("binary"), 0)


@pytest.mark.slow
def test_model_of_a_package_that_fails_is_a_row(installed: None, awkward_frame: Maker) -> None:
    names = ["dummy", "nearest_mean", "light", "fragile"]
    comparison = tabkit.compare(awkward_frame(n_rows=120), models=names, **QUICK)
    rows = {row.name: row for row in comparison.leaderboard.rows}
    assert rows["nearest_mean"].rank
    assert rows["light"].rank
    assert (rows["fragile"].status, rows["fragile"].rank) == ("failed", None)
    assert rows["fragile"].reason == (
        "model 'fragile' of package 'tabkit-example' cannot be made: RuntimeError: no licence"
    )
    with pytest.raises(InputError, match="model 'absent' of package 'tabkit-example' cannot be imported"):
        make_entrants(["absent"], [], Task("binary"), 0)


def test_what_a_package_lacks_is_said_of_the_package() -> None:
    needy = replace(get_candidate("tree"), module="not_there_at_all", package="their-models")
    entrant = _enter(needy, Task("binary"), 0)
    assert entrant.status == "not installed"
    assert entrant.reason == "not_there_at_all is not installed, which package 'their-models' needs for it"


def test_broken_package_leaves_the_default_run_alone(installed: None) -> None:
    participants = make_entrants(None, [], Task("binary"), 0)
    assert "stump" in [entrant.name for entrant in participants.entrants]
    assert [note.partition(" cannot")[0] for note in participants.notes] == [
        "Left out: model 'absent' of package 'tabkit-example'",
        "Model 'linear' of package 'tabkit-example' is left out: the name is tabkit's own.",
    ]
    assert make_entrants(["linear"], [], Task("binary"), 0).notes == ()


def counts(n_rows: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.uniform(18, 90, n_rows), "plan": rng.choice(["a", "b"], n_rows)})
    frame["claims"] = rng.poisson(np.exp(frame["age"] / 40))
    return frame


def test_rows_and_notes_say_what_was_asked_and_who_has_it(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"models": ["dummy", "knn", "lightgbm"], "out": tmp_path / "out", **QUICK}
    plain = tabkit.compare(counts(), target="claims", task="regression", **asked)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "evaluations").rglob("*.json")}
    comparison = tabkit.compare(
        counts(), target="claims", task="regression", objective="poisson", monotone={"age": 1}, **asked
    )
    descriptions = {evaluation.name: evaluation.description for evaluation in comparison.evaluations}
    assert descriptions["lightgbm"].endswith("; objective poisson; monotone in age")
    assert descriptions["knn"].endswith("; with an objective of its own; not monotone")
    assert comparison.notes == (
        *plain.notes,
        "6 of 9 folds were there already, of an earlier run into this folder; fitted now: lightgbm.",
        "Fitted without the objective poisson, which they do not have: knn.",
        "Fitted without monotone constraints, which they do not have: knn.",
    )
    assert comparison.settings["objective"] == "poisson"
    assert comparison.settings["monotone"] == {"age": 1}
    # What the request does not change is not fitted again.
    changed = {path.parent.name for path, time in before.items() if path.stat().st_mtime_ns != time}
    assert changed == {"lightgbm"}
    assert comparison.winner is not None
    assert comparison.winner.path is not None


def test_log_target_is_scored_in_its_own_unit(tmp_path: Path) -> None:
    frame = counts()
    frame["claims"] = np.exp(frame["age"] / 10)
    comparison = tabkit.compare(
        frame,
        target="claims",
        target_transform="log",
        models=["dummy", "linear", "tree", ("mine", "sklearn.linear_model:Ridge")],
        **QUICK,
    )
    board = comparison.frame().set_index("model")
    assert board.loc["linear", "r2"] > 0.95  # of a line through an exponential, 0.7
    assert board.loc["mine", "r2"] > 0.95
    assert abs(board.loc["dummy", "rmse"] / frame["claims"].std() - 1) < 0.1
    assert comparison.notes[-1] == "Fitted on the target as it is and not on its log: dummy."
    assert comparison.winner is not None
    assert comparison.winner.path is not None
    model = tabkit.load(comparison.winner.path)
    assert model.predict(frame).max() > 100


def test_own_estimator_is_wrapped_for_the_log_and_else_handed_on_as_it_is() -> None:
    own = LinearRegression()
    (plain,) = make_entrants([("mine", own)], [], Task("regression"), 0).entrants
    assert plain.estimator is own
    (wrapped,) = make_entrants([("mine", own)], [], Task("regression", target_transform="log"), 0).entrants
    assert wrapped.estimator.regressor is own


def test_autogluon_is_among_those_that_do_not_have_it() -> None:
    task = Task("regression", objective="poisson", target_transform="log", monotone={"age": 1})
    notes = make_entrants(["lightgbm"], [], task, 0, has_autogluon=True).notes
    assert [note.rpartition(": ")[2] for note in notes] == ["AutoGluon."] * 3
    assert make_entrants(["lightgbm"], [], task, 0).notes == ()

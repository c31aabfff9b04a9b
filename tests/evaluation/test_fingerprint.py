"""What makes a candidate another candidate, and what does not."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.metrics import make_scorer, mean_pinball_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler, normalize, scale
from sklearn.tree import DecisionTreeClassifier

from tabkit.catalog import make_model
from tabkit.evaluation import fingerprint_estimator, fingerprint_metric
from tabkit.metrics import as_metric


def times(factor: int) -> FunctionTransformer:
    return FunctionTransformer(lambda X: X * factor)


def test_nested_parameters_count() -> None:
    shallow, deep = (make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=d)) for d in (2, 3))
    assert fingerprint_estimator(shallow) == fingerprint_estimator(shallow)
    assert fingerprint_estimator(shallow) != fingerprint_estimator(deep)


def test_values_that_a_function_closes_over_count() -> None:
    assert fingerprint_estimator(times(2)) == fingerprint_estimator(times(2))
    assert fingerprint_estimator(times(2)) != fingerprint_estimator(times(3))


def test_two_functions_on_one_line_differ() -> None:
    one, other = FunctionTransformer(lambda X: X + 1), FunctionTransformer(lambda X: X + 2)
    assert fingerprint_estimator(one) != fingerprint_estimator(other)


def test_function_that_calls_itself_is_no_endless_loop() -> None:
    def again(X):
        return again(X) if X is None else X

    assert fingerprint_estimator(FunctionTransformer(again))


@pytest.mark.parametrize("change", ["class", "base", "helper"])
def test_changed_source_of_the_users_own_counts(change: str, tmp_path: Path, monkeypatch) -> None:
    source = """
from sklearn.base import BaseEstimator
__version__ = "1.0"
def helper(): return 1  # helper
class Base(BaseEstimator):
    def fit(self, X, y): return self  # base
class Own(Base):
    def predict(self, X): return helper()  # class
"""
    monkeypatch.syspath_prepend(tmp_path)
    prints = []
    for text in (source, source.replace(f"# {change}", "# changed")):
        (tmp_path / "users_own.py").write_text(text)
        sys.modules.pop("users_own", None)
        importlib.invalidate_caches()
        prints.append(fingerprint_estimator(importlib.import_module("users_own").Own()))
    assert prints[0] != prints[1]


@pytest.mark.slow
def test_another_process_finds_the_same() -> None:
    code = (
        "from tabkit.catalog import make_model; from tabkit.evaluation import fingerprint_estimator;"
        "print(fingerprint_estimator(make_model('lightgbm', task='binary')))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert found.stdout.strip() == fingerprint_estimator(make_model("lightgbm", task="binary"))


COSTS = {"miss": 5.0}


def cost(y_true, y_pred):
    return sum(COSTS["miss"] for truth, guess in zip(y_true, y_pred, strict=True) if truth > guess)


class Cost:
    def __init__(self, miss: float) -> None:
        self.miss = miss

    def of(self, y_true, y_pred):
        return self.miss


def fingerprint(function) -> str:
    return fingerprint_metric(as_metric(function, "regression"))


def test_values_that_a_metric_uses_count(monkeypatch) -> None:
    before = fingerprint(cost)
    assert fingerprint(cost) == before
    monkeypatch.setitem(COSTS, "miss", 6.0)
    assert fingerprint(cost) != before


def test_state_of_an_object_behind_a_metric_counts() -> None:
    assert fingerprint(Cost(1.0).of) == fingerprint(Cost(1.0).of) != fingerprint(Cost(2.0).of)


def test_options_and_direction_of_a_scorer_count() -> None:
    scorers = [
        make_scorer(mean_pinball_loss, alpha=0.1),
        make_scorer(mean_pinball_loss, alpha=0.9),
        make_scorer(mean_pinball_loss, alpha=0.1, greater_is_better=False),
    ]
    assert len({fingerprint(scorer) for scorer in scorers}) == 3
    assert fingerprint(make_scorer(mean_pinball_loss, alpha=0.1)) == fingerprint(scorers[0])


def test_metric_that_only_moved_in_its_file_is_the_same(tmp_path: Path, monkeypatch) -> None:
    function = "def own(y_true, y_pred):\n    return abs(y_true - y_pred).max()\n"
    monkeypatch.syspath_prepend(tmp_path)
    prints = []
    for text in (function, f"# a comment\n\nother = 3\n{function}", function.replace("max", "min")):
        (tmp_path / "users_metrics.py").write_text(text)
        sys.modules.pop("users_metrics", None)
        importlib.invalidate_caches()
        prints.append(fingerprint(importlib.import_module("users_metrics").own))
    assert prints[0] == prints[1] != prints[2]


def test_changed_module_that_a_metric_calls_counts(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    prints = []
    for number in (1, 2):
        (tmp_path / "users_costs.py").write_text(f"def cost(y):\n    return {number}\n")
        sys.modules.pop("users_costs", None)
        importlib.invalidate_caches()
        users_costs = importlib.import_module("users_costs")
        prints.append(fingerprint(lambda y_true, y_pred: users_costs.cost(y_true)))  # noqa: B023
    assert prints[0] != prints[1]


def test_function_of_a_library_inside_an_estimator_is_described() -> None:
    first, other = (FunctionTransformer(function) for function in (scale, normalize))
    assert fingerprint_estimator(first) == fingerprint_estimator(first) != fingerprint_estimator(other)

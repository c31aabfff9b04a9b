"""What makes a candidate another candidate, and what does not."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from tabkit.catalog import make_model
from tabkit.evaluation import fingerprint_estimator


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

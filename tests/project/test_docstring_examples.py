"""The examples in docstrings run, each module's when its turn comes: collecting imports none of them."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import tabkit

ROOT = Path(tabkit.__file__).parent
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def find_modules() -> list[str]:
    """Names of the modules of tabkit that have an example in some docstring."""
    paths = [path for path in sorted(ROOT.rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8")]
    parts = [path.relative_to(ROOT.parent).with_suffix("").parts for path in paths]
    return [".".join(part for part in names if part != "__init__") for names in parts]


def run_examples(module: object) -> tuple[int, str]:
    """Number of examples that were tried, and what is wrong with those that failed."""
    reported: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=OPTIONS)
    for test in doctest.DocTestFinder(exclude_empty=True).find(module):
        runner.run(test, out=reported.append)
    return runner.summarize(verbose=False).attempted, "".join(reported)


@pytest.mark.parametrize("name", find_modules())
def test_examples_run(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    n_tried, failures = run_examples(importlib.import_module(name))
    assert n_tried, "its examples are in no docstring that doctest finds"
    assert not failures, failures

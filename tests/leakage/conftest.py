"""Clean tables, and the generators of the benchmark that plant leaks into them."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import pandas as pd

GENERATORS = Path(__file__).parents[2] / "benchmarks" / "planted_leaks.py"


@pytest.fixture(scope="session")
def planted_leaks() -> ModuleType:
    """The module of the benchmark."""
    spec = importlib.util.spec_from_file_location("planted_leaks", GENERATORS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["planted_leaks"] = module  # its dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def make_frame(task: str, *, n_rows: int = 500, seed: int = 0) -> pd.DataFrame:
    """Six features of which three tell something about ``outcome``; no two rows are equal."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n_rows, 4)), columns=["width", "height", "depth", "noise"])
    frame["colour"] = rng.choice(["red", "green", "blue"], n_rows)
    frame["rooms"] = rng.integers(1, 9, n_rows)
    signal = frame["width"] + 0.7 * frame["height"] + (frame["colour"] == "red") + rng.normal(size=n_rows)
    if task == "regression":
        frame["outcome"] = 10 * signal
    elif task == "binary":
        frame["outcome"] = np.where(signal > 0.3, "yes", "no")
    else:
        frame["outcome"] = np.array(["low", "middle", "high"])[np.digitize(signal, [-0.5, 1.0])]
    return frame


@pytest.fixture(params=["binary", "multiclass", "regression"])
def clean(request: pytest.FixtureRequest, planted_leaks: ModuleType) -> Any:
    """A clean table of each task."""
    return planted_leaks.Clean(make_frame(request.param), "outcome", request.param)


@pytest.fixture(scope="session")
def clean_frame() -> Callable[..., pd.DataFrame]:
    """Make a clean table: ``clean_frame("binary", n_rows=500, seed=0)``."""
    return make_frame

"""An empty cell moves no prediction far: whatever is filled, whichever kind of column it is."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tabkit import make_model
from tabkit.preprocessing import TablePreprocessor
from tabkit.preprocessing._filling import ExpectedValues

N_ROWS = 600
LEVELS = 12


def _days(numbers: np.ndarray) -> pd.Series:
    return pd.Series(pd.Timestamp("2021-01-01") + pd.to_timedelta(np.round(numbers), unit="D"))


def _hours(numbers: np.ndarray) -> pd.Series:
    return pd.Series(pd.to_timedelta(np.round(numbers), unit="h"))


def _between(convert: Callable[[np.ndarray], Any]) -> tuple[pd.DataFrame, np.ndarray]:
    """Two columns far apart over the rows, and the short way between them as the target."""
    rng = np.random.default_rng(0)
    start, stay = rng.uniform(0, 1337, N_ROWS), rng.gamma(4, 2, N_ROWS)
    X = pd.DataFrame({"start": convert(start), "end": convert(start + stay), "x": rng.normal(size=N_ROWS)})
    return X, stay + rng.normal(0, 0.5, N_ROWS)


def _offsets(name: Callable[[int], str]) -> tuple[pd.DataFrame, np.ndarray]:
    """A number that is large by the level of another column, and what it is beside that as the target."""
    rng = np.random.default_rng(1)
    levels, small = rng.integers(LEVELS, size=N_ROWS), rng.normal(size=N_ROWS)
    named = pd.Series([name(level) for level in levels])
    return pd.DataFrame({"level": named, "size": 1000 * levels + small}), small + rng.normal(0, 0.1, N_ROWS)


def _chain() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(2)
    born, ordered = rng.uniform(-25_000, -7_000, N_ROWS), rng.uniform(0, 1337, N_ROWS)
    lead, way = rng.gamma(2, 5, N_ROWS), rng.gamma(3, 1, N_ROWS)
    dates = {"born": born, "ordered": ordered, "sent": ordered + lead, "arrived": ordered + lead + way}
    X = pd.DataFrame({label: _days(numbers) for label, numbers in dates.items()})
    return X, lead + 2 * way + rng.normal(0, 1, N_ROWS)


def _parts() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(3)
    parts = 100 * rng.normal(size=(N_ROWS, 3)) + rng.normal(size=(N_ROWS, 3))
    rest = rng.normal(0, 3, N_ROWS)
    X = pd.DataFrame(parts, columns=["a", "b", "c"]).assign(total=parts.sum(axis=1) + rest)
    return X, rest + rng.normal(0, 0.3, N_ROWS)


WORDS = "amber birch cedar delta ember fjord grove haven inlet jetty knoll lagoon".split()
TABLES: dict[str, Callable[[], tuple[pd.DataFrame, np.ndarray]]] = {
    "dates": lambda: _between(_days),
    "numbers": lambda: _between(np.round),
    "durations": lambda: _between(_hours),
    "four dates": _chain,
    "parts and their total": _parts,
    "category": lambda: _offsets(lambda level: WORDS[level]),
    "many categories": lambda: _offsets(lambda level: f"{WORDS[level]}{np.random.default_rng(level).integers(9)}"),
    "text": lambda: _offsets(lambda level: f"a letter from the {WORDS[level]} that came by the post"),
}


def _n_widths_outside(model: Any, X: pd.DataFrame, rows: pd.DataFrame) -> float:
    predicted, later = model.predict(X), model.predict(rows)
    low, high = predicted.min(), predicted.max()
    return float(max(low - later.min(), later.max() - high) / (high - low))


@pytest.mark.parametrize("n_gaps", [0, 1, 60])
@pytest.mark.parametrize("name", TABLES)
def test_a_blank_cell_moves_no_prediction_far(name: str, n_gaps: int) -> None:
    X, y = TABLES[name]()
    kinds = {"level": "text" if name == "text" else "category"} if "level" in X else None
    rng = np.random.default_rng(4)
    for label in X:
        X.loc[rng.choice(N_ROWS, n_gaps, replace=False), label] = None
    model = make_model("linear", task="regression")
    model.set_params(prepare__kinds=kinds)
    if name == "many categories":
        model.set_params(prepare__max_categories=3)
    model.fit(X, y)
    for label in X:
        blank = X.assign(**{label: X[label].where(np.zeros(N_ROWS, dtype=bool))})
        assert _n_widths_outside(model, X, blank) < 1.0, label

"""Whole runs on tables at the edge: each gives a leaderboard and a winner that predicts the raw rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tabkit
from tabkit.catalog import select_candidates

# One of each way to prepare a table.
MODELS = ["dummy", "linear", "tree", "lightgbm"]
EVERYONE = [candidate.name for candidate in select_candidates()]

ODD_NAMES = [
    "a,b",
    'said "so"',
    "it's",
    "[1, 2]",
    "<b>bold</b>&amp;",
    '{"key": ["value"]}',
    "🙂 mood",
    "שם העמודה",
    "اسم العمود",
    "line\nbreak",
    "tab\there",
    "  spaces  ",
    "back\\slash/slash",
    "%d{x}$y^z~",
    "feature_0",
    "__target__",
    "0",
    "-1",
    "=SUM(A1)",
    "naïve \u200fmark",
]


def two_classes(signal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.where(signal + rng.normal(size=len(signal)) > 0, "yes", "no")


def odd_names(rng: np.random.Generator) -> pd.DataFrame:
    frame = pd.DataFrame(rng.normal(size=(150, len(ODD_NAMES))), columns=ODD_NAMES)
    frame["🙂 mood"] = rng.choice(["😀", '"quoted", <b>', "[x]{y}"], 150)
    frame["<target> 'y', [z]"] = two_classes(frame["a,b"].to_numpy(), rng)
    return frame


def thirty_rows(rng: np.random.Generator) -> pd.DataFrame:
    frame = pd.DataFrame(rng.normal(size=(30, 4)), columns=list("abcd"))
    frame["target"] = two_classes(frame["a"].to_numpy(), rng)
    return frame


def many_classes(rng: np.random.Generator) -> pd.DataFrame:
    codes = np.repeat(np.arange(200), 6)
    frame = pd.DataFrame(rng.normal(size=(1200, 3)) + codes[:, None] / 20, columns=list("abc"))
    frame["target"] = [f"class {code}" for code in codes]
    return frame


def many_categories(rng: np.random.Generator) -> pd.DataFrame:
    codes = rng.integers(10_000, size=(30_000, 10))
    frame = pd.DataFrame({f"c{i}": np.char.add("level ", codes[:, i].astype(str)) for i in range(10)})
    effect = rng.normal(size=10_000)
    frame["target"] = two_classes(2 * effect[codes[:, 0]], rng)
    return frame


def many_columns(rng: np.random.Generator) -> pd.DataFrame:
    frame = pd.DataFrame(rng.normal(size=(300, 5_000)), columns=[f"x{i}" for i in range(5_000)])
    frame["target"] = 3 * frame["x7"] + rng.normal(size=300)
    return frame


def missing_everywhere(rng: np.random.Generator) -> pd.DataFrame:
    frame = pd.DataFrame(rng.normal(size=(200, 3)), columns=list("abc"))
    frame["nothing"] = np.nan
    frame["no objects"] = pd.Series([None] * 200, dtype=object)
    frame["no dates"] = pd.Series([pd.NaT] * 200)
    frame["mostly"] = frame["a"].where(frame.index == 3)
    frame.loc[::2, "b"] = np.nan
    frame["target"] = two_classes(frame["a"].to_numpy(), rng)
    return frame


def old_and_zoned_dates(rng: np.random.Generator) -> pd.DataFrame:
    years = rng.integers(1400, 2200, 200)
    zones = rng.choice(["Z", "+02:00", "-05:30"], 200)
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, 200), unit="D")
    frame = pd.DataFrame(
        {
            "before 1678": [f"{year}-03-0{year % 9 + 1}" for year in years],
            "with zones": [f"{day:%Y-%m-%dT%H:%M:%S}{zone}" for day, zone in zip(days, zones, strict=True)],
            "one zone": days.tz_localize("Asia/Kolkata"),
        }
    )
    frame["target"] = (years - 1800) / 100 + rng.normal(size=200)
    return frame


def large_integers(rng: np.random.Generator) -> pd.DataFrame:
    small = rng.integers(-1000, 1000, 200)
    frame = pd.DataFrame(
        {
            "beyond 64 bits": pd.Series([int(value) * 10**25 for value in small], dtype=object),
            "unsigned": np.array([2**64 - 2001 + int(value) for value in small], dtype=np.uint64),
            "a": rng.normal(size=200),
        }
    )
    frame["target"] = two_classes(small / 500, rng)
    return frame


def booleans_and_mixed(rng: np.random.Generator) -> pd.DataFrame:
    flags = rng.random(200) < 0.5
    anything = np.array([1, "1", 2.5, "many", True, None, ("a", 1)], dtype=object)
    frame = pd.DataFrame(
        {
            "flag": flags,
            "flag with gaps": pd.Series(flags).astype("boolean").mask(rng.random(200) < 0.2),
            "flag as text": np.where(flags, "TRUE", "false"),
            "flag as objects": pd.Series(flags.tolist(), dtype=object).where(rng.random(200) < 0.9, None),
            "anything": anything[rng.integers(len(anything), size=200)],
            "numbers and words": [value if value % 3 else f"n{value}" for value in range(200)],
        }
    )
    frame["target"] = flags ^ (rng.random(200) < 0.2)
    return frame


@pytest.mark.parametrize(
    ("make", "models", "time_limit"),
    [
        pytest.param(odd_names, MODELS, None, id="odd names"),
        pytest.param(odd_names, EVERYONE, None, id="odd names, everyone", marks=pytest.mark.slow),
        pytest.param(thirty_rows, MODELS, None, id="30 rows"),
        pytest.param(thirty_rows, EVERYONE, None, id="30 rows, everyone", marks=pytest.mark.slow),
        pytest.param(missing_everywhere, MODELS, None, id="missing everywhere"),
        pytest.param(
            missing_everywhere, EVERYONE, None, id="missing everywhere, all", marks=pytest.mark.slow
        ),
        pytest.param(old_and_zoned_dates, MODELS, None, id="old and zoned dates"),
        pytest.param(large_integers, MODELS, None, id="large integers"),
        pytest.param(booleans_and_mixed, MODELS, None, id="booleans and mixed"),
        pytest.param(
            booleans_and_mixed, EVERYONE, None, id="booleans and mixed, all", marks=pytest.mark.slow
        ),
        pytest.param(
            many_classes, ["dummy", "linear", "tree", "knn"], None, id="200 classes", marks=pytest.mark.slow
        ),
        pytest.param(many_classes, EVERYONE, "4m", id="200 classes, everyone", marks=pytest.mark.slow),
        pytest.param(many_categories, EVERYONE, "10m", id="10 x 10,000 categories", marks=pytest.mark.slow),
        pytest.param(many_columns, EVERYONE, "4m", id="5,000 columns", marks=pytest.mark.slow),
    ],
)
def test_models_are_ranked_and_the_winner_predicts_the_raw_rows(
    make: Callable[[np.random.Generator], pd.DataFrame],
    models: list[str],
    time_limit: str | None,
    tmp_path: Path,
) -> None:
    frame = make(np.random.default_rng(0))
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.PerformanceWarning)
        comparison = tabkit.compare(
            frame,
            target=frame.columns[-1],
            models=models,
            autogluon=False,
            audit=False,
            n_folds=3,
            time_limit=time_limit,
        )
    # Five hundred rounds for each of 200 classes take their time; nothing else may be the matter.
    allowed = () if time_limit is None else ("too slow", "too little time")
    rows = comparison.leaderboard.rows
    assert {row.name: row.reason for row in rows if not row.rank and row.status not in allowed} == {}
    assert sum(row.rank is not None for row in rows) >= min(4, len(models))
    assert comparison.leaderboard.rows[0].name != "dummy"
    assert comparison.winner is not None
    assert comparison.winner.path is not None
    raw = frame.iloc[:, :-1]
    predicted = tabkit.load(comparison.winner.path).predict(raw)
    assert len(predicted) == len(frame)
    names = set(map(str, raw.columns))
    assert {column.name for column in comparison.table.columns} <= names | {str(frame.columns[-1])}
    report = tabkit.report(comparison, tmp_path / "report.html").read_text()
    assert "<b>bold</b>" not in report

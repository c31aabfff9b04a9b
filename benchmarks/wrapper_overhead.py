"""What the wrappers of `tabkit.boosting` cost beside the libraries they wrap.

    python benchmarks/wrapper_overhead.py
    python benchmarks/wrapper_overhead.py --rows 20000 --rounds 50 --repeats 3

Wrapper and library get the same prepared table, the same parameters, rounds and threads: once 50
numeric columns as an array, once 40 numeric and 10 categorical columns as a frame, which each library
reads in its own way. They take turns, and the first of them changes from turn to turn. Shown are the
fastest turns and the median of the ratios turn by turn, which what else the machine does moves least.
The table is printed; figures, versions and machine go to DIR/wrapper_overhead.json.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import catboost
import lightgbm
import numpy as np
import pandas as pd
import xgboost

from tabkit.boosting import CatBoostClassifier, LightGBMClassifier, XGBoostClassifier

GOALS = {"fit": 1.05, "predict": 1.10}
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
N_NUMERIC, N_CATEGORICAL, N_LEVELS = 40, 10, 20
SEED = 0


@dataclass(frozen=True)
class Contest:
    """A wrapper and the library it wraps, each as a function that fits and one that predicts."""

    library: str
    table: str
    fit_wrapper: Callable[[], Any]
    fit_library: Callable[[], Any]
    predict_wrapper: Callable[[Any], np.ndarray]
    predict_library: Callable[[Any], np.ndarray]


@dataclass(frozen=True)
class Result:
    """Seconds of the fastest turn, and the median ratio of wrapper to library."""

    library: str
    table: str
    step: str
    wrapper_seconds: float
    library_seconds: float
    ratio: float
    goal: float
    largest_difference: float


def main() -> int:
    """Run the benchmark; 1 when a goal is missed."""
    options = parse_options()
    results: list[Result] = []
    for contest in contests(options):
        for result in run(contest, options):
            results.append(result)
            print(describe(result), flush=True)
    write(results, options)
    return int(any(result.ratio > result.goal for result in results))


def parse_options() -> argparse.Namespace:
    """Declare and read the options."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=5, help="turns of each fit")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--clock",
        choices=CLOCKS,
        default="wall",
        help="cpu counts the processor seconds of this process: for one thread on a busy machine",
    )
    parser.add_argument("--only", nargs="+", choices=["lightgbm", "xgboost", "catboost"])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    return parser.parse_args()


def make_tables(n_rows: int) -> tuple[dict[str, Any], np.ndarray]:
    """Make a numeric array, a frame with categories, and the target of both."""
    rng = np.random.default_rng(SEED)
    numbers = rng.normal(size=(n_rows, N_NUMERIC + N_CATEGORICAL))
    codes = rng.integers(0, N_LEVELS, (n_rows, N_CATEGORICAL))
    frame = pd.DataFrame(numbers[:, :N_NUMERIC].copy()).add_prefix("number ")
    levels = [f"level {level:02d}" for level in range(N_LEVELS)]
    for column in range(N_CATEGORICAL):
        frame[f"category {column}"] = pd.Categorical.from_codes(codes[:, column], levels)
    score = numbers[:, :5].sum(axis=1) + rng.normal(size=N_LEVELS)[codes[:, :3]].sum(axis=1)
    target = (score + rng.normal(size=n_rows) > 0).astype(np.int64)
    return {"numbers": numbers, "categories": frame}, target


def contests(options: argparse.Namespace) -> Iterator[Contest]:
    """Every library on every table."""
    makers = {"lightgbm": lightgbm_contest, "xgboost": xgboost_contest, "catboost": catboost_contest}
    tables, y = make_tables(options.rows)
    for library in options.only or makers:
        for name, X in tables.items():
            yield makers[library](name, X, y, options.rounds, options.threads)


def lightgbm_contest(name: str, X: Any, y: np.ndarray, n_rounds: int, n_threads: int) -> Contest:
    """LightGBM: a Dataset, ``train`` and ``Booster.predict``."""
    wrapper = LightGBMClassifier(n_rounds, early_stopping_rounds=None, random_state=SEED, n_jobs=n_threads)
    params = {
        "objective": "binary",
        "learning_rate": wrapper.learning_rate,
        "bagging_fraction": wrapper.subsample,
        "bagging_freq": wrapper.subsample_freq,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": n_threads,
        "seed": SEED,
        "verbosity": -1,
    }
    return Contest(
        "lightgbm",
        name,
        lambda: wrapper.fit(X, y),
        lambda: lightgbm.train(params, lightgbm.Dataset(X, y, params=params), n_rounds),
        lambda model: model.predict_proba(X)[:, 1],
        lambda booster: booster.predict(X, num_threads=n_threads),
    )


def xgboost_contest(name: str, X: Any, y: np.ndarray, n_rounds: int, n_threads: int) -> Contest:
    """XGBoost: a QuantileDMatrix, ``train`` and the faster of its two ways to predict."""
    wrapper = XGBoostClassifier(n_rounds, early_stopping_rounds=None, random_state=SEED, n_jobs=n_threads)
    params = {
        "objective": "binary:logistic",
        "learning_rate": wrapper.learning_rate,
        "subsample": wrapper.subsample,
        "nthread": n_threads,
        "seed": SEED,
    }

    def fit() -> Any:
        data = xgboost.QuantileDMatrix(X, y, enable_categorical=True, nthread=n_threads)
        return xgboost.train(params, data, n_rounds)

    return Contest(
        "xgboost",
        name,
        lambda: wrapper.fit(X, y),
        fit,
        lambda model: model.predict_proba(X)[:, 1],
        lambda booster: booster.inplace_predict(X),
    )


def catboost_contest(name: str, X: Any, y: np.ndarray, n_rounds: int, n_threads: int) -> Contest:
    """CatBoost: a Pool, ``fit`` and ``predict``."""
    wrapper = CatBoostClassifier(n_rounds, early_stopping_rounds=None, random_state=SEED, n_jobs=n_threads)
    params = {
        "loss_function": "Logloss",
        "iterations": n_rounds,
        "max_ctr_complexity": wrapper.max_ctr_complexity,
        "random_seed": SEED,
        "thread_count": n_threads,
        "logging_level": "Silent",
        "allow_writing_files": False,
    }
    categories = list(X.select_dtypes("category")) if isinstance(X, pd.DataFrame) else None

    def predict(booster: Any) -> np.ndarray:
        pool = catboost.Pool(X, cat_features=categories, thread_count=n_threads)
        return booster.predict(pool, prediction_type="Probability", thread_count=n_threads)[:, 1]

    return Contest(
        "catboost",
        name,
        lambda: wrapper.fit(X, y),
        lambda: catboost.CatBoost(params).fit(
            catboost.Pool(X, y, cat_features=categories, thread_count=n_threads)
        ),
        lambda model: model.predict_proba(X)[:, 1],
        predict,
    )


def run(contest: Contest, options: argparse.Namespace) -> Iterator[Result]:
    """Fit and predict in turns."""
    clock = CLOCKS[options.clock]
    fits, models = take_turns(contest.fit_wrapper, contest.fit_library, options.repeats, clock)
    predictions, predicted = take_turns(
        lambda: contest.predict_wrapper(models[0]),
        lambda: contest.predict_library(models[1]),
        # Cheaper by far than a fit, and shorter, so that noise weighs more.
        4 * options.repeats,
        clock,
    )
    difference = float(np.abs(predicted[0] - predicted[1]).max())
    for step, seconds in (("fit", fits), ("predict", predictions)):
        yield Result(
            contest.library,
            contest.table,
            step,
            wrapper_seconds=min(wrapper for wrapper, _ in seconds),
            library_seconds=min(library for _, library in seconds),
            ratio=statistics.median(wrapper / library for wrapper, library in seconds),
            goal=GOALS[step],
            largest_difference=difference,
        )


def take_turns(
    wrapper: Callable[[], Any], library: Callable[[], Any], n_turns: int, clock: Callable[[], float]
) -> tuple[list[tuple[float, float]], tuple[Any, Any]]:
    """Time both once per turn after a turn that does not count; return the last results too."""
    seconds: list[tuple[float, float]] = []
    results: list[Any] = [wrapper(), library()]
    for turn in range(n_turns):
        spent = [0.0, 0.0]
        for side in (0, 1) if turn % 2 == 0 else (1, 0):
            started = clock()
            results[side] = (wrapper, library)[side]()
            spent[side] = clock() - started
        seconds.append((spent[0], spent[1]))
    return seconds, (results[0], results[1])


def describe(result: Result) -> str:
    """One line of the table."""
    verdict = "ok" if result.ratio <= result.goal else "MISSED"
    return (
        f"{result.library:9} {result.table:11} {result.step:8} "
        f"wrapper {result.wrapper_seconds:8.3f} s   library {result.library_seconds:8.3f} s   "
        f"ratio {result.ratio:6.3f}   goal {result.goal:.2f} {verdict}"
    )


def write(results: list[Result], options: argparse.Namespace) -> None:
    """Keep the figures with what they depend on."""
    packages = ("tabkit-learn", "lightgbm", "xgboost", "catboost", "scikit-learn", "pandas", "numpy")
    record = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "settings": {
            name: getattr(options, name) for name in ("rows", "rounds", "repeats", "threads", "clock")
        },
        "machine": {
            "system": platform.system(),
            "architecture": platform.machine(),
            "processor": processor_name(),
            "processors": os.cpu_count(),
            "python": platform.python_version(),
        },
        "versions": {package: installed_version(package) for package in packages},
        "results": [asdict(result) for result in results],
    }
    path = options.out / "wrapper_overhead.json"
    options.out.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n")
    print(f"written to {path}")


def processor_name() -> str:
    """Name of the processor's model, where the system tells it."""
    described = Path("/proc/cpuinfo")
    lines = described.read_text().splitlines() if described.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def installed_version(package: str) -> str | None:
    """Version of a package; None for one that runs from its source folder."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


if __name__ == "__main__":
    raise SystemExit(main())

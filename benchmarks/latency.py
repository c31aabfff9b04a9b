"""What one row, and ten thousand, cost to predict.

    python benchmarks/latency.py --data DIR
    python benchmarks/latency.py --data DIR --models lightgbm linear --no-autogluon

Each candidate's Pipeline is fitted on adult (DIR/adult.csv.gz; default: the folder that
TABKIT_BENCHMARK_DATA names) and predicts raw rows: a data frame with text. Beside it stands the bare
model of the same Pipeline on rows that are prepared already, and AutoGluon's predictor with its preset
best_quality on the same raw rows. Goals: one row of the LightGBM Pipeline costs at most 3 ms more than the
bare model, and at most a twentieth of AutoGluon's. Medians of --repeats turns, which take turns. Figures,
versions and machine go to OUT/latency.json.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tabkit.catalog import select_candidates
from tabkit.data import Table, Task, build_table, infer_task

SIZES = (1, 10_000)
GOAL_OVER_BARE_MS = 3.0
GOAL_OF_AUTOGLUON = 1 / 20


def main() -> int:
    """Run the benchmark; 1 when a goal is missed."""
    options = parse_options()
    table = build_table(options.data / "adult.csv.gz")
    task = infer_task(table)
    rows = np.random.default_rng(0).permutation(table.n_rows)
    train, test = table.take(rows[: options.train_rows]), table.take(rows[-max(SIZES) :])
    records = [measure_candidate(name, train, test, task, options.repeats) for name in names(options)]
    for record in records:
        print(describe(record), flush=True)
    if not options.no_autogluon:
        records.append(measure_autogluon(train, test, options))
        print(describe(records[-1]), flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    content = {"records": records, "machine": machine(), "versions": versions()}
    (options.out / "latency.json").write_text(json.dumps(content, indent=1))
    return int(not all(goals(records)))


def parse_options() -> argparse.Namespace:
    """Declare and read the options."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    given = os.environ.get("TABKIT_BENCHMARK_DATA")
    parser.add_argument("--data", type=Path, default=given and Path(given), required=given is None)
    parser.add_argument("--models", nargs="+", help="default: those of `tabkit compare`")
    parser.add_argument("--train-rows", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=50)
    parser.add_argument("--no-autogluon", action="store_true")
    parser.add_argument("--autogluon-seconds", type=float, default=180.0)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    return parser.parse_args()


def names(options: argparse.Namespace) -> list[str]:
    """Names of the candidates to measure."""
    return [candidate.name for candidate in select_candidates(options.models)]


def measure_candidate(name: str, train: Table, test: Table, task: Task, repeats: int) -> dict[str, Any]:
    """Milliseconds of a Pipeline and of its bare model, by the number of rows."""
    from tabkit import make_model

    pipeline = make_model(name, task=task).fit(train.frame, train.target)
    figures: dict[str, Any] = {"name": name}
    for size in SIZES:
        raw = test.frame.iloc[:size]
        calls: list[Callable[[], Any]] = [lambda raw=raw: pipeline.predict_proba(raw)]
        if name != "dummy":
            ready = pipeline[:-1].transform(raw)
            calls.append(lambda ready=ready: pipeline[-1].predict_proba(ready))
        figures[f"{size} rows"], *bare = alternate(calls, repeats if size == 1 else max(5, repeats // 10))
        figures[f"{size} rows, bare"] = bare[0] if bare else None
    return figures


def measure_autogluon(train: Table, test: Table, options: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds of AutoGluon's predictor with its best preset."""
    from autogluon.tabular import TabularPredictor

    frame = train.frame.assign(income=train.target)
    with tempfile.TemporaryDirectory() as folder:
        predictor = TabularPredictor("income", path=folder, verbosity=0)
        predictor.fit(
            frame,
            presets="best_quality",
            time_limit=options.autogluon_seconds,
            dynamic_stacking=False,
            ag_args_ensemble={"fold_fitting_strategy": "sequential_local"},
        )
        predictor.persist()
        figures: dict[str, Any] = {"name": f"AutoGluon ({len(predictor.model_names())} models)"}
        for size in SIZES:
            raw = test.frame.iloc[:size]
            (figures[f"{size} rows"],) = alternate([lambda raw=raw: predictor.predict_proba(raw)], 7)
            figures[f"{size} rows, bare"] = None
    return figures


def alternate(calls: list[Callable[[], Any]], repeats: int) -> list[float]:
    """Median milliseconds of calls that take turns, after one turn to warm up."""
    seconds: list[list[float]] = [[] for _ in calls]
    for turn in range(repeats + 1):
        for taken, call in zip(seconds, calls, strict=True):
            started = time.perf_counter()
            call()
            if turn:
                taken.append(time.perf_counter() - started)
    return [1e3 * statistics.median(taken) for taken in seconds]


def describe(record: dict[str, Any]) -> str:
    """One record as a line."""
    parts = [f"{record['name']:28}"]
    for size in SIZES:
        bare = record[f"{size} rows, bare"]
        beside = "" if bare is None else f"  (bare {bare:8.2f} ms)"
        parts.append(f"{size:>6,} rows {record[f'{size} rows']:9.2f} ms{beside:20}")
    return "  ".join(parts)


def goals(records: list[dict[str, Any]]) -> list[bool]:
    """Whether each goal that can be judged is reached, with a line on it."""
    by_name = {record["name"].partition(" ")[0]: record for record in records}
    ours, theirs = by_name.get("lightgbm"), by_name.get("AutoGluon")
    if ours is None:
        return []
    over = ours["1 rows"] - ours["1 rows, bare"]
    print(f"LightGBM Pipeline, one row: {over:.2f} ms over the bare model (goal {GOAL_OVER_BARE_MS} ms)")
    reached = [over <= GOAL_OVER_BARE_MS]
    if theirs is not None:
        times = theirs["1 rows"] / ours["1 rows"]
        print(f"AutoGluon takes {times:.0f} times as long for one row (goal {1 / GOAL_OF_AUTOGLUON:.0f})")
        reached.append(ours["1 rows"] <= GOAL_OF_AUTOGLUON * theirs["1 rows"])
    return reached


def machine() -> dict[str, Any]:
    """What it was measured on."""
    return {"processors": len(os.sched_getaffinity(0)), "system": platform.platform()}


def versions() -> dict[str, str]:
    """Of the packages that matter here."""
    packages = (
        "tabkit-learn",
        "scikit-learn",
        "pandas",
        "lightgbm",
        "xgboost",
        "catboost",
        "autogluon.tabular",
    )
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


if __name__ == "__main__":
    sys.exit(main())

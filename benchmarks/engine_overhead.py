"""Milliseconds that the engine adds to a fold, in this process and in a worker.

    python benchmarks/engine_overhead.py
    python benchmarks/engine_overhead.py --before ../tabkit-before

A decision tree on 1,000 rows and 20 columns takes a few milliseconds to fit and predict; what the clock shows
beyond these, from the first fold to the last, is the engine's. With ``--before``, a checkout of an earlier
version is measured in turns with this one, each in processes of its own. Shown are the medians over the
rounds; beside them a bare loop of clone, fit and predict with one metric. Figures, versions and machine go to
OUT/engine_overhead.json.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SIDES = ("bare loop", "in process", "worker")


def main() -> int:
    """Run the benchmark."""
    options = parse_options()
    if options.side:
        print(json.dumps(measure(options.side, options)))
        return 0
    here = Path(__file__).parent.parent
    checkouts = {"now": here} | ({"before": options.before} if options.before else {})
    runs: dict[tuple[str, str], list[float]] = {}
    fits: dict[tuple[str, str], list[float]] = {}
    for _ in range(options.rounds):
        for version, checkout in checkouts.items():
            for side in SIDES:
                found = run_side(checkout, side, options)
                if found is not None:
                    runs.setdefault((version, side), []).append(found["overhead ms"])
                    fits.setdefault((version, side), []).append(found["fit ms"])
    results = []
    for (version, side), values in runs.items():
        row = {
            "version": version,
            "side": side,
            "overhead ms": round(statistics.median(values), 2),
            "fit and predict ms": round(statistics.median(fits[version, side]), 2),
            "rounds": [round(value, 2) for value in values],
        }
        results.append(row)
        print(f"{version:7} {side:11} {row['overhead ms']:8.2f} ms around {row['fit and predict ms']:.2f} ms")
    save(results, options)
    return 0


def run_side(checkout: Path, side: str, options: argparse.Namespace) -> dict[str, float] | None:
    """Measure one side of one version in a fresh process; None where that version has no such side."""
    command = [sys.executable, str(Path(__file__).absolute()), "--side", side]
    command += ["--rows", str(options.rows), "--columns", str(options.columns)]
    command += ["--models", str(options.models), "--folds", str(options.folds)]
    variables = {**os.environ, "PYTHONPATH": str(checkout.absolute()), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        found: dict[str, float] | None = json.loads(done.stdout.splitlines()[-1])
        return found
    print(f"{checkout}, {side}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
    sys.exit(1)


def measure(side: str, options: argparse.Namespace) -> dict[str, float] | None:
    """Overhead per fold of one side, after a warm-up with one candidate."""
    from tabkit import evaluation

    if side == "in process" and not hasattr(evaluation, "InProcess"):
        return None
    table, task, folds = make_run(options)
    run = {"bare loop": run_bare, "in process": run_in_process, "worker": run_in_worker}[side]
    run(table, task, folds, 1)
    seconds, fit_seconds = run(table, task, folds, options.models)
    n_fits = options.models * options.folds
    return {
        "overhead ms": 1000 * (seconds - fit_seconds) / n_fits,
        "fit ms": 1000 * fit_seconds / n_fits,
    }


def make_run(options: argparse.Namespace) -> tuple[Any, Any, Any]:
    """A table of numbers with two classes, its task, and folds."""
    import numpy as np
    import pandas as pd

    from tabkit.data import build_table, infer_task
    from tabkit.evaluation import Folds

    rng = np.random.default_rng(0)
    values = rng.normal(size=(options.rows, options.columns))
    frame = pd.DataFrame(values, columns=[f"column {number}" for number in range(options.columns)])
    frame["label"] = np.where(values[:, 0] + rng.normal(size=options.rows) > 0, "yes", "no")
    table = build_table(frame, target="label")
    rows = np.arange(options.rows)
    pairs = tuple(
        (rows[rows % options.folds != fold], rows[rows % options.folds == fold])
        for fold in range(options.folds)
    )
    return table, infer_task(table), Folds(pairs, "folds")


def make_models(n_models: int) -> list[Any]:
    """Trees that differ in their seed."""
    from sklearn.tree import DecisionTreeClassifier

    return [DecisionTreeClassifier(max_depth=2, random_state=seed) for seed in range(n_models)]


def run_bare(table: Any, task: Any, folds: Any, n_models: int) -> tuple[float, float]:
    """Clone, fit, predict, and one metric."""
    from sklearn.base import clone
    from sklearn.metrics import roc_auc_score

    fit_seconds = 0.0
    started = time.perf_counter()
    for model in make_models(n_models):
        for train, test in folds.pairs:
            begun = time.perf_counter()
            fitted = clone(model).fit(table.frame.iloc[train], table.target.iloc[train])
            proba = fitted.predict_proba(table.frame.iloc[test])
            fit_seconds += time.perf_counter() - begun
            roc_auc_score(table.target.iloc[test] == task.classes[1], proba[:, 1])
    return time.perf_counter() - started, fit_seconds


def run_in_process(table: Any, task: Any, folds: Any, n_models: int) -> tuple[float, float]:
    """The engine in this process, results in memory."""
    from tabkit.evaluation import Engine, InProcess, MemoryStore

    return evaluate(Engine(table, task, folds, MemoryStore(), InProcess()), n_models)


def run_in_worker(table: Any, task: Any, folds: Any, n_models: int) -> tuple[float, float]:
    """The engine with one worker, results in a folder; the worker is up before the clock runs."""
    from tabkit.evaluation import Engine, LocalProcesses, RunFolder, save_table

    with (
        tempfile.TemporaryDirectory() as folder,
        LocalProcesses(1, 1) as executor,
        RunFolder(Path(folder) / "run", "benchmark", {}) as store,
    ):
        while not executor.n_free:
            executor.wait()
        path = store.work / "table.pickle"
        file = save_table(table, path)
        return evaluate(Engine(path if file is None else file, task, folds, store, executor), n_models)


def evaluate(engine: Any, n_models: int) -> tuple[float, float]:
    """Seconds of a run, and those of fits and predictions in it."""
    from tabkit.evaluation import Entrant

    entrants = [Entrant(f"tree {number}", model) for number, model in enumerate(make_models(n_models))]
    started = time.perf_counter()
    evaluations = engine.evaluate(entrants, lambda so_far: None)
    seconds = time.perf_counter() - started
    assert all(found.is_finished for found in evaluations), [found.reason for found in evaluations]
    results = [result for found in evaluations for result in found.folds]
    return seconds, sum(result.fit_seconds + result.predict_seconds for result in results)


def save(results: list[dict[str, Any]], options: argparse.Namespace) -> None:
    """Write the figures with versions and machine."""
    options.out.mkdir(parents=True, exist_ok=True)
    packages = ("scikit-learn", "pandas", "numpy", "pyarrow")
    record = {
        "options": {name: str(value) for name, value in vars(options).items()},
        "versions": {name: importlib.metadata.version(name) for name in packages},
        "python": platform.python_version(),
        "machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors",
        "results": results,
    }
    (options.out / "engine_overhead.json").write_text(json.dumps(record, indent=1) + "\n")


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--before", type=Path, help="checkout of an earlier version")
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--models", type=int, default=10, help="candidates (default 10)")
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

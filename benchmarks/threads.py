"""How many threads repay their cost, by model and size of the table, on a quiet machine and on one in use.

    python benchmarks/threads.py
    python benchmarks/threads.py --models lightgbm net --sizes 700x10 4000x20 --busy 0 2 --rounds 5

Each fit runs in a process of its own, after one fit that is not timed, with one thread, with all
processors, and with ``n_jobs=None``, which leaves it to the model ("auto"). Shown are medians of seconds, and
their ratio to one thread on the quiet machine. Two processors beside two busy processes leave half of
each: that explains a ratio of 2 for one thread. Figures, versions and machine go to OUT/threads.json.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from compare_budget import busy_processes

MODELS = ("lightgbm", "xgboost", "catboost", "hist_gradient_boosting", "net")
THREADS = ("1", "all", "auto")
PACKAGES = ("lightgbm", "xgboost", "catboost", "scikit-learn", "torch", "numpy")


def main() -> int:
    """Run the benchmark."""
    options = parse_options()
    if options.fit:
        model, size, threads = options.fit
        print(json.dumps(fit_seconds(model, size, threads)))
        return 0
    seconds: dict[tuple[str, str, int, str], list[float]] = {}
    for n_busy in options.busy:
        with busy_processes(n_busy):
            for _, model, size, threads in itertools.product(
                range(options.rounds), options.models, options.sizes, THREADS
            ):
                command = [sys.executable, __file__, "--fit", model, size, threads]
                found = subprocess.run(command, capture_output=True, text=True, check=True)
                seconds.setdefault((model, size, n_busy, threads), []).append(json.loads(found.stdout))
    rows = []
    for (model, size, n_busy, threads), values in sorted(seconds.items()):
        base = statistics.median(seconds[model, size, options.busy[0], "1"])
        median = statistics.median(values)
        rows.append(
            {
                "model": model,
                "size": size,
                "busy": n_busy,
                "threads": threads,
                "seconds": round(median, 3),
                "ratio": round(median / base, 2),
                "rounds": [round(value, 3) for value in values],
            }
        )
        print(f"{model:24}{size:>10}{n_busy:3} busy {threads:>5}{median:9.3f} s {median / base:6.2f}")
    save(rows, options)
    return 0


def parse_options() -> argparse.Namespace:
    """Declare and read the options."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=MODELS)
    parser.add_argument(
        "--sizes", nargs="+", default=["700x10", "4000x20", "20000x20"], metavar="ROWSxCOLUMNS"
    )
    parser.add_argument("--busy", type=int, nargs="+", default=[0, 2], metavar="PROCESSES")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--fit", nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


def fit_seconds(model: str, size: str, threads: str) -> float:
    """Seconds of the second fit in this process."""
    from sklearn.datasets import make_classification

    n_rows, n_columns = (int(part) for part in size.split("x"))
    X, y = make_classification(n_rows, n_columns, n_informative=n_columns // 2, flip_y=0.2, random_state=0)
    n_jobs = {"1": 1, "all": -1, "auto": None}[threads]
    build(model, n_jobs).fit(X[:200], y[:200])
    estimator = build(model, n_jobs)
    start = time.perf_counter()
    estimator.fit(X, y)
    return time.perf_counter() - start


def build(model: str, n_jobs: int | None) -> Any:
    """An estimator with its defaults."""
    from tabkit import boosting
    from tabkit.neural_network import TabularMLPClassifier

    if model == "hist_gradient_boosting":
        # It has no n_jobs: its threads are those of OpenMP, of which "auto" leaves the choice to it.
        if n_jobs == 1:
            import threadpoolctl

            threadpoolctl.threadpool_limits(1)
        return boosting.HistGradientBoostingClassifier(random_state=0)
    classes = {
        "lightgbm": boosting.LightGBMClassifier,
        "xgboost": boosting.XGBoostClassifier,
        "catboost": boosting.CatBoostClassifier,
        "net": TabularMLPClassifier,
    }
    return classes[model](n_jobs=n_jobs, random_state=0)


def save(rows: list[dict[str, Any]], options: argparse.Namespace) -> None:
    """Write the figures with versions and machine."""
    record = {
        "rows": rows,
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
        "machine": {"processors": os.cpu_count(), "python": platform.python_version()},
    }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "threads.json").write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    raise SystemExit(main())

"""Which folds forward in time tell best how a model will do on what comes next.

    python benchmarks/forward_folds.py --data ../shared/data
    python benchmarks/forward_folds.py --data ../shared/data --rows 300 1200 --windows 20

Windows of consecutive rows are cut out of the air pollution series and of generated ones (a trend, a drift of
what matters, a season). The last quarter of each stays untouched; the folds of every rule are drawn on the
rest. Shown for each rule and number of rows: how far the mean score of the folds lies above the error on the
untouched rows (bias, median of the shares), the spread of the folds (standard deviation by mean), and what is
lost by taking the model that is best in the folds (regret: its untouched error above that of the best one).
One JSON line per window goes to OUT/forward_folds.jsonl as it is done and is not run again.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

MODELS = ("dummy", "linear", "knn", "tree", "lightgbm")
PACKAGES = ("scikit-learn", "lightgbm", "numpy", "pandas")
# Rows of a test block, and the number of blocks, by the number of rows.
RULES: dict[str, Callable[[int], tuple[int, int]]] = {
    "5 blocks of a sixth": lambda n_rows: (5, n_rows // 6),
    "5 in the last two thirds": lambda n_rows: (5, n_rows * 2 // 15),
    "5 in the last half": lambda n_rows: (5, n_rows // 10),
    "8 in the last half": lambda n_rows: (8, n_rows // 16),
    "5 in the last third": lambda n_rows: (5, n_rows // 15),
}


def main() -> int:
    """Run the benchmark."""
    warnings.filterwarnings("ignore")
    options = parse_options()
    options.out.mkdir(parents=True, exist_ok=True)
    kept = options.out / "forward_folds.jsonl"
    lines = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    done = {(line["series"], line["rows"], line["window"]) for line in lines}
    for series in options.series:
        for n_rows in options.rows:
            for window in range(options.windows):
                if (series, n_rows, window) in done:
                    continue
                frame = cut(series, n_rows, window, options)
                line = {"series": series, "rows": n_rows, "window": window, "errors": measure(frame)}
                lines.append(line)
                with kept.open("a") as file:
                    file.write(json.dumps(line) + "\n")
    summarise([line for line in lines if line["rows"] in options.rows], options)
    return 0


def parse_options() -> argparse.Namespace:
    """Declare and read the options."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--data", type=Path, required=True, help="folder with pollution.csv")
    parser.add_argument("--series", nargs="+", default=["pollution", "trend", "drift", "season"])
    parser.add_argument("--rows", type=int, nargs="+", default=[200, 400, 800, 2000])
    parser.add_argument("--windows", type=int, default=8)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    return parser.parse_args()


def cut(series: str, n_rows: int, window: int, options: argparse.Namespace) -> pd.DataFrame:
    """Rows in the order of time, with a target column."""
    if series != "pollution":
        return generate(series, n_rows, window)
    whole = pd.read_csv(options.data / "pollution.csv").dropna(subset=["pm2.5"]).sort_values("timestamp")
    starts = np.linspace(0, len(whole) - n_rows, options.windows).astype(int)
    frame = whole.iloc[starts[window] : starts[window] + n_rows].reset_index(drop=True)
    return frame.drop(columns="timestamp").rename(columns={"pm2.5": "target"})


def generate(series: str, n_rows: int, seed: int) -> pd.DataFrame:
    """A regression whose target has a trend, a drift of what matters, or a season."""
    rng = np.random.default_rng(seed)
    at = np.linspace(0, 1, n_rows)
    X = rng.normal(size=(n_rows, 6))
    signal = X[:, 0] + np.sin(2 * X[:, 1]) + 0.5 * X[:, 2] * X[:, 3]
    if series == "trend":
        signal = signal + 4 * at
        X[:, 5] = at + rng.normal(scale=0.1, size=n_rows)
    elif series == "drift":
        signal = (1 - at) * signal + at * (X[:, 4] + X[:, 1] ** 2)
    else:
        X[:, 5] = np.sin(2 * np.pi * at * 4)
        signal = signal + 2 * np.sin(2 * np.pi * at * 4 + 0.5)
    frame = pd.DataFrame(X, columns=[f"x{number}" for number in range(6)])
    return frame.assign(target=signal + rng.normal(size=n_rows))


def measure(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Root mean squared errors of each model: on the untouched rows, and fold by fold of each rule."""
    from tabkit.model_selection import ForwardSplit

    n_seen = len(frame) * 3 // 4
    times = np.arange(n_seen)
    pairs = {}
    for name, rule in RULES.items():
        n_blocks, n_test = rule(n_seen)
        splitter = ForwardSplit(n_blocks, test_size=n_test)
        pairs[name] = list(splitter.split(np.zeros((n_seen, 1)), times=times))
    rest = np.arange(n_seen, len(frame))
    found: dict[str, dict[str, Any]] = {}
    for model in MODELS:
        found[model] = {"untouched": error(model, frame, times, rest)}
        for name, folds in pairs.items():
            found[model][name] = [error(model, frame, train, test) for train, test in folds]
    return found


def error(model: str, frame: pd.DataFrame, train: np.ndarray, test: np.ndarray) -> float:
    """Of a model fitted on some rows, on others."""
    from tabkit import make_model

    X, y = frame.drop(columns="target"), frame["target"]
    fitted = make_model(model, task="regression", random_state=0).fit(X.iloc[train], y.iloc[train])
    return float(np.sqrt(np.mean((fitted.predict(X.iloc[test]) - y.iloc[test].to_numpy()) ** 2)))


def summarise(lines: list[dict[str, Any]], options: argparse.Namespace) -> None:
    """Print and save a row per rule and number of rows."""
    rows = []
    for n_rows in options.rows:
        for rule in RULES:
            biases, spreads, regrets = [], [], []
            for line in lines:
                if line["rows"] != n_rows:
                    continue
                errors = line["errors"]
                means = {model: statistics.mean(found[rule]) for model, found in errors.items()}
                last = {model: found["untouched"] for model, found in errors.items()}
                biases += [means[model] / last[model] - 1 for model in errors if model != "dummy"]
                spreads += [statistics.stdev(errors[m][rule]) / means[m] for m in errors if m != "dummy"]
                regrets.append(last[min(means, key=means.__getitem__)] / min(last.values()) - 1)
            row = {
                "rows": n_rows,
                "rule": rule,
                "bias": round(statistics.median(biases), 3),
                "absolute bias": round(statistics.median(map(abs, biases)), 3),
                "spread": round(statistics.median(spreads), 3),
                "regret": round(statistics.mean(regrets), 4),
                "windows": len(regrets),
            }
            rows.append(row)
            print("  ".join(f"{name} {value}" for name, value in row.items()))
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    machine = {
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "system": platform.platform(),
    }
    (options.out / "forward_folds.json").write_text(
        json.dumps({"versions": versions, "machine": machine, "rows": rows}, indent=1)
    )


if __name__ == "__main__":
    raise SystemExit(main())

"""What ensembles of the catalog save by fitting a preparation that members share once per fold.

    python benchmarks/shared_preparation.py
    python benchmarks/shared_preparation.py --tables titanic adult --rows 2000 --rounds 3

The same ensemble is fitted and asked for predictions twice in turn: as it is, and with each member behind a
step of its own that does nothing, so that no two begin with the same transformer. The predictions have to be
the same to the last bit. The table is printed; all figures go to DIR/shared_preparation.json, with versions.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np

from tabkit.catalog import make_model
from tabkit.data import Task, build_table, infer_task

SEED = 0
MODELS = ("stacking", "greedy")


def main() -> None:
    """Run the benchmark."""
    options = parse_options()
    results = []
    print(
        f"{'table':16} {'model':10} {'fit, shared':>12} {'apart':>8} {'ratio':>7} {'predict':>8} {'ratio':>7}"
    )
    for name in options.tables:
        for model in MODELS:
            result = compare(options, name, model)
            results.append(result)
            print(
                f"{name:16} {model:10} {result['fit_shared']:10.2f} s {result['fit_apart']:6.2f} s "
                f"{result['fit_ratio']:7.2f} {1000 * result['predict_shared']:5.0f} ms "
                f"{result['predict_ratio']:7.2f}",
                flush=True,
            )
    options.out.mkdir(parents=True, exist_ok=True)
    versions = {
        package: importlib.metadata.version(package) for package in ("scikit-learn", "pandas", "numpy")
    }
    machine = {"system": platform.platform(), "processors": os.cpu_count()}
    content = {"versions": versions, "machine": machine, "rows": options.rows, "results": results}
    (options.out / "shared_preparation.json").write_text(json.dumps(content, indent=1))


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("TABKIT_BENCHMARK_DATA"), metavar="DIR")
    parser.add_argument(
        "--tables", nargs="+", default=["titanic", "bank_marketing", "california_housing"], metavar="NAME"
    )
    parser.add_argument("--rows", type=int, default=2000, help="of each table (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"), metavar="DIR")
    options = parser.parse_args()
    if options.data is None:
        parser.error("--data DIR is needed, or the environment variable TABKIT_BENCHMARK_DATA")
    options.data = Path(options.data)
    return options


def compare(options: argparse.Namespace, name: str, model: str) -> dict[str, Any]:
    """Seconds of an ensemble as it is and with nothing shared, in turn."""
    table, task = read(options, name)
    X, y = table.frame, table.target
    shared = make_model(model, task=task, random_state=SEED)
    apart = set_apart(make_model(model, task=task, random_state=SEED))
    seconds: dict[str, list[float]] = {
        "fit_shared": [],
        "fit_apart": [],
        "predict_shared": [],
        "predict_apart": [],
    }
    predicted = {}
    for turn in range(options.rounds):
        pairs = [("shared", shared), ("apart", apart)]
        for kind, ensemble in pairs if turn % 2 == 0 else reversed(pairs):
            started = time.perf_counter()
            ensemble.fit(X, y)
            fitted = time.perf_counter()
            predicted[kind] = ensemble.predict_proba(X) if task.is_classification else ensemble.predict(X)
            seconds[f"fit_{kind}"].append(fitted - started)
            seconds[f"predict_{kind}"].append(time.perf_counter() - fitted)
    np.testing.assert_array_equal(predicted["shared"], predicted["apart"])
    medians: dict[str, Any] = {kind: statistics.median(times) for kind, times in seconds.items()}
    ratios = {
        f"{step}_ratio": medians[f"{step}_shared"] / medians[f"{step}_apart"] for step in ("fit", "predict")
    }
    return {"table": name, "model": model, **medians, **ratios}


def read(options: argparse.Namespace, name: str) -> tuple[Any, Task]:
    """Some rows of a set, drawn at random."""
    entry = json.loads((options.data / "index.json").read_text())[name]
    table = build_table([str(options.data / entry["file"])], target=entry["target"])
    rows = np.random.default_rng(SEED).permutation(table.n_rows)[: options.rows]
    table = table.take(np.sort(rows))
    return table, infer_task(table)


def set_apart(pipeline: Any) -> Any:
    """The same ensemble, no two of whose members begin with the same transformer."""
    for number, (_, member) in enumerate(pipeline.steps[-1][1].estimators):
        member.steps.insert(0, (f"nothing_{number}", "passthrough"))
    return pipeline


if __name__ == "__main__":
    main()

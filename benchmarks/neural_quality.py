"""The networks of `tabkit.neural_network` beside RealMLP, TabM, LightGBM and CatBoost: quality and seconds.

    python benchmarks/neural_quality.py --data DIR                        # tabkit's presets and the boosters
    PEER_PYTHON benchmarks/neural_quality.py --data DIR --models realmlp tabm
    python benchmarks/neural_quality.py --data DIR --rows 0 --seeds 0 1 2   # all rows

Every model gets the same rows, prepared in the same way (text and many-valued categories as numbers, other
categories as such, missing values left; the peers, which refuse them, get medians and indicators), and the
same processors. A quarter of the rows is the test set: the last in time, whole groups, or drawn by class. The
peers are those of pytabkit, which may live in an environment of its own: the prepared tables are written into
--out by a run with tabkit and only read there.

One JSON line per fit is appended to OUT/neural_quality.jsonl, and those in it that did not fail are not
repeated. The table shows the metric of each set, ranks (1 is best) and seconds.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from sklearn import metrics

TABKIT_MODELS = ("fast", "balanced", "accurate", "classic")
PEERS = ("realmlp", "tabm")
BOOSTERS = ("lightgbm", "catboost")
LINES = "neural_quality.jsonl"
TEST_SHARE = 0.25


def main() -> int:
    """Run the benchmark."""
    options = parse_options()
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / LINES
    index = json.loads((options.data / "index.json").read_text())
    done = {key(record): record for record in read_lines(path) if "error" not in record}
    names = [name for name in index if not options.only or name in options.only]
    for seed in options.seeds:
        for model in options.models:
            for name in names:
                if (name, model, seed, options.rows) in done:
                    continue
                record = run(name, index[name], model, seed, options)
                done[key(record)] = record
                with path.open("a") as file:
                    file.write(json.dumps(record) + "\n")
                print(describe(record), flush=True)
    chosen = [record for record in done.values() if record["rows"] == options.rows]
    print_table([record for record in chosen if record["set"] in names], index)
    return 0


def parse_options() -> argparse.Namespace:
    """Declare and read the options."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    given = os.environ.get("TABKIT_BENCHMARK_DATA")
    parser.add_argument("--data", type=Path, default=given and Path(given), required=given is None)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these sets only")
    parser.add_argument("--models", nargs="+", default=[*BOOSTERS, "balanced"])
    parser.add_argument("--rows", type=int, default=3_000, help="cut tables to so many; 0 for all")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    return parser.parse_args()


def key(record: dict[str, Any]) -> tuple[str, str, int, int]:
    """What makes two fits the same."""
    return record["set"], record["model"], record["seed"], record["rows"]


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read the records of earlier runs."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def run(
    name: str, entry: dict[str, Any], model: str, seed: int, options: argparse.Namespace
) -> dict[str, Any]:
    """One fit, and its scores on the test rows."""
    train, test = load(name, entry, seed, options)
    X, y = train.drop(columns="__target__"), train["__target__"]
    truth = test.pop("__target__")
    is_classification = entry["task"] != "regression"
    record: dict[str, Any] = {"set": name, "model": model, "seed": seed, "rows": options.rows}
    if model in PEERS:
        X, test = fill_missing(X, test)
    try:
        fit, predict = make(model, is_classification, seed)
        started, used = time.perf_counter(), time.process_time()
        fitted = fit(X, y)
        record |= {
            "fit_seconds": time.perf_counter() - started,
            "fit_processor_seconds": time.process_time() - used,
        }
        started = time.perf_counter()
        predicted = np.asarray(predict(fitted, test), dtype=np.float64)
        record["predict_seconds"] = time.perf_counter() - started
        record["scores"] = score(entry["task"], truth.to_numpy(), predicted)
        record["details"] = explain(fitted)
    except Exception as error:  # noqa: BLE001 - a peer that fails is a row that says so
        record["error"] = f"{type(error).__name__}: {error}"[:300]
    return record | {
        "train_rows": len(X),
        "processors": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "versions": {package: version(package) for package in ("tabkit", "torch", "pytabkit", "lightgbm")},
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def load(
    name: str, entry: dict[str, Any], seed: int, options: argparse.Namespace
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and test rows, prepared once and kept."""
    folder = options.out / "prepared" / f"{name}-{options.rows}-{seed}"
    if not (folder / "test.parquet").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for part, frame in zip(("train", "test"), prepare(entry, seed, options), strict=True):
            frame.to_parquet(folder / f"{part}.parquet")
    return pd.read_parquet(folder / "train.parquet"), pd.read_parquet(folder / "test.parquet")


def prepare(
    entry: dict[str, Any], seed: int, options: argparse.Namespace
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cut, split and prepare a table with tabkit."""
    from tabkit.data import build_table, infer_task
    from tabkit.model_selection import split_for_validation
    from tabkit.preprocessing import TablePreprocessor

    roles = {role: entry[role] for role in ("time", "group") if role in entry}
    table = build_table(options.data / entry["file"], target=entry["target"], **roles)
    task = infer_task(table, kind=entry["task"])
    if options.rows and table.n_rows > options.rows:
        rows = np.random.default_rng(seed).permutation(table.n_rows)[: options.rows]
        table = table.take(np.sort(rows))
    train, test = split_for_validation(
        table.target,
        fraction=TEST_SHARE,
        is_classification=task.is_classification,
        groups=table.groups,
        times=table.times,
        random_state=seed,
    )
    target = table.target
    if task.is_classification:
        # A class that training lacks can be learnt by nobody.
        known = target.iloc[test].isin(target.iloc[train].unique()).to_numpy()
        test = test[known]
        # In the order of the task: the positive class of two is the second.
        target = target.map({label: code for code, label in enumerate(task.classes)})
    preprocessor = TablePreprocessor("boosting", task_kind=task.kind, random_state=seed)
    prepared = (
        preprocessor.fit_transform(table.frame.iloc[train], target.iloc[train]),
        preprocessor.transform(table.frame.iloc[test]),
    )
    parts = []
    for part, rows in zip(prepared, (train, test), strict=True):
        frame = pd.DataFrame(part).reset_index(drop=True)
        frame.columns = [f"column {position}" for position in range(frame.shape[1])]
        parts.append(frame.assign(__target__=target.iloc[rows].to_numpy()))
    return parts[0], parts[1]


def fill_missing(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Medians in place of missing numbers, with an indicator of them: the peers refuse them."""
    lacking = [name for name in train if is_numeric_dtype(train[name]) and train[name].isna().any()]
    medians = train.select_dtypes("number").median().fillna(0.0)
    filled = []
    for frame in (train, test):
        indicators = {f"{name} is missing": frame[name].isna().astype(float) for name in lacking}
        filled.append(frame.fillna(medians.to_dict()).assign(**indicators))
    return filled[0], filled[1]


def make(
    model: str, is_classification: bool, seed: int
) -> tuple[Callable[[pd.DataFrame, pd.Series], Any], Callable[[Any, pd.DataFrame], Any]]:
    """How to fit a model and how to predict with it."""
    estimator = make_estimator(model, is_classification, seed)

    def predict(fitted: Any, X: pd.DataFrame) -> Any:
        return fitted.predict_proba(X) if is_classification else fitted.predict(X)

    return estimator.fit, predict


def make_estimator(model: str, is_classification: bool, seed: int) -> Any:
    """An unfitted estimator with its defaults."""
    if model in PEERS:
        import pytabkit

        name = {"realmlp": "RealMLP_TD", "tabm": "TabM_D"}[model]
        kind = "Classifier" if is_classification else "Regressor"
        return getattr(pytabkit, f"{name}_{kind}")(random_state=seed, device="cpu")
    if model in BOOSTERS:
        from tabkit import boosting

        name = {"lightgbm": "LightGBM", "catboost": "CatBoost"}[model]
        return getattr(boosting, f"{name}{'Classifier' if is_classification else 'Regressor'}")(
            random_state=seed
        )
    from tabkit.neural_network import TabularMLPClassifier, TabularMLPRegressor

    preset, _, given = model.partition(":")
    cls = TabularMLPClassifier if is_classification else TabularMLPRegressor
    changes = json.loads(given) if given else {}
    return cls(preset, random_state=seed, **changes)


def score(task: str, truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Scores by scikit-learn's names, greater is better."""
    if task == "regression":
        return {
            "neg_root_mean_squared_error": -float(np.sqrt(np.mean((truth - predicted) ** 2))),
            "neg_mean_absolute_error": -float(np.mean(np.abs(truth - predicted))),
        }
    labels = np.arange(predicted.shape[1])
    scores = {
        "neg_log_loss": -float(metrics.log_loss(truth, predicted, labels=labels)),
        "accuracy": float(np.mean(predicted.argmax(axis=1) == truth)),
    }
    if task == "binary":
        scores["roc_auc"] = float(metrics.roc_auc_score(truth, predicted[:, 1]))
        scores["average_precision"] = float(metrics.average_precision_score(truth, predicted[:, 1]))
    return scores


def explain(fitted: Any) -> dict[str, Any]:
    """What a network says about its training."""
    names = ("n_epochs_", "n_parameters_")
    return {name: int(getattr(fitted, name)) for name in names if hasattr(fitted, name)}


def version(package: str) -> str | None:
    """Installed version of a package."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def describe(record: dict[str, Any]) -> str:
    """One fit as a line."""
    what = f"{record['set']:20} {record['model']:12} seed {record['seed']}"
    if "error" in record:
        return f"{what}  {record['error']}"
    scores = "  ".join(f"{name} {value:.4f}" for name, value in record["scores"].items())
    return f"{what}  {record['fit_seconds']:7.1f} s  {scores}  {record['details'] or ''}"


def print_table(records: list[dict[str, Any]], index: dict[str, Any]) -> None:
    """The metric of each set by model, mean ranks and seconds."""
    finished = [record for record in records if "scores" in record]
    if not finished:
        return
    frame = pd.DataFrame(
        {
            "set": record["set"],
            "model": record["model"],
            "seed": record["seed"],
            "score": record["scores"][index[record["set"]]["metric"]],
            "seconds": record["fit_seconds"],
        }
        for record in finished
    )
    table = frame.pivot_table(index="set", columns="model", values="score", sort=False)
    seconds = frame.pivot_table(index="set", columns="model", values="seconds", sort=False)
    complete = frame.pivot_table(index=["set", "seed"], columns="model", values="score", sort=False).dropna()
    ranks = complete.rank(axis=1, ascending=False)
    pd.set_option("display.width", 200)
    pd.set_option("display.max_columns", 30)
    print(table.to_string(float_format=lambda value: f"{value:.4f}"))
    print(f"\nranks over {len(complete)} fits that all have finished; seconds are means over the sets")
    summary = pd.DataFrame(
        {"mean rank": ranks.mean(), "first": (ranks == 1).sum(), "seconds": seconds.mean()}
    )
    print(summary.sort_values("mean rank").to_string(float_format=lambda value: f"{value:.2f}"))


if __name__ == "__main__":
    sys.exit(main())

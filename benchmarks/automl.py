"""What systems make of the same seconds on the same processors: error on an untouched third, cost to predict.

    python benchmarks/automl.py --data DIR
    python benchmarks/automl.py --data DIR --systems tabkit lightgbm --sets titanic ames --seconds 15

Every fit runs in a process of its own, one at a time: keep the machine idle. Sets have at most --rows rows,
drawn by the seed; groups and times of index.json are kept, in the split as well. Errors are 1 - ROC AUC, log
loss of several classes, or RMSE. One JSON line per fit goes to OUT/automl.jsonl as it is done and is not run
again; the table has the mean rank, wins against each other system, and how far each is from the best.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import os
import pickle
import platform
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

PRESETS = {
    "autogluon": "best_quality",
    "autogluon-good": "good_quality",
    "autogluon-medium": "medium_quality",
}
SYSTEMS = ("tabkit", "lightgbm", "catboost", *PRESETS)
PACKAGES = ("autogluon.tabular", "lightgbm", "catboost", "scikit-learn", "torch")


def main() -> int:
    """Run the benchmark."""
    options = parse_options()
    index = json.loads((options.data / "index.json").read_text())
    if options.fit:
        name, seed, system, seconds = options.fit
        line = fit(options, index[name], int(seed), system, float(seconds))
        print(
            json.dumps({"set": name, "seed": int(seed), "system": system, "seconds": float(seconds)} | line)
        )
        return 0
    options.out.mkdir(parents=True, exist_ok=True)
    kept = options.out / "automl.jsonl"
    lines = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    done = {(line["set"], line["seed"], line["system"], line["seconds"]) for line in lines}
    names = options.sets or list(index)
    for seed in options.seeds:
        for name in names:
            for system in options.systems:
                if (name, seed, system, options.seconds) in done:
                    continue
                lines.append(run(options, name, seed, system))
                with kept.open("a") as file:
                    file.write(json.dumps(lines[-1]) + "\n")
                print(lines[-1], flush=True)
    asked = [
        line
        for line in lines
        if line["seconds"] == options.seconds and line["set"] in names and line["system"] in options.systems
    ]
    summarise(asked, options)
    return 0


def parse_options() -> argparse.Namespace:
    """Declare and read the options."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--data", type=Path, required=True, help="folder with index.json")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=["tabkit", "lightgbm", "autogluon"])
    parser.add_argument("--sets", nargs="+", metavar="NAME", help="default: all")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rows", type=int, default=5_000, help="at most, test rows included")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--fit", nargs=4, help=argparse.SUPPRESS)
    return parser.parse_args()


def run(options: argparse.Namespace, name: str, seed: int, system: str) -> dict[str, Any]:
    """One fit in a process of its own; a failure is a line as well."""
    command = [sys.executable, __file__, "--data", str(options.data), "--rows", str(options.rows)]
    command += ["--fit", name, str(seed), system, str(options.seconds)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=3 * options.seconds + 120, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        told = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1:]
        return {"set": name, "seed": seed, "system": system, "seconds": options.seconds, "failed": told}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def fit(
    options: argparse.Namespace, facts: dict[str, Any], seed: int, system: str, seconds: float
) -> dict[str, Any]:
    """Fit a system on two thirds of a set, and judge it on the others."""
    warnings.filterwarnings("ignore")
    frame = pd.read_csv(options.data / facts["file"]).dropna(subset=[facts["target"]])
    train, test = split(frame, facts, seed, options.rows)
    X, y = train.drop(columns=facts["target"]), train[facts["target"]]
    rest, truth = test.drop(columns=facts["target"]), test[facts["target"]]
    importlib.import_module("autogluon.tabular" if system in PRESETS else "tabkit.automl")
    started = time.perf_counter()
    if system in PRESETS:
        predict, n_bytes = fit_autogluon(train, facts, PRESETS[system], seconds)
    else:
        predict, n_bytes = fit_own(system, X, y, facts, seconds, seed)
    fit_seconds = time.perf_counter() - started
    timed = {}
    for label, rows in (("predict", rest), ("predict_one", rest[:1])):
        begun = time.perf_counter()
        predicted = predict(rows)
        timed[f"{label}_seconds"] = round(time.perf_counter() - begun, 4)
        if label == "predict":
            error = judge(facts["task"], truth, predicted)
    return {
        "error": error,
        "fit_seconds": round(fit_seconds, 2),
        "bytes": n_bytes,
        "n_test": len(test),
    } | timed


def split(
    frame: pd.DataFrame, facts: dict[str, Any], seed: int, most: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two thirds to train on and the rest: the last in time, other groups, or drawn."""
    rng = np.random.default_rng(seed)
    if "time" in facts:
        frame = frame.sort_values(facts["time"])
        start = int(rng.integers(0, max(1, len(frame) - most + 1)))
        frame = frame[start : start + most]
        return frame[: len(frame) * 2 // 3], frame[len(frame) * 2 // 3 :]
    if "group" in facts:
        groups = rng.permutation(frame[facts["group"]].unique())
        order = frame[facts["group"]].map({group: place for place, group in enumerate(groups)})
        frame = frame.iloc[np.argsort(order, kind="stable")][:most]
        is_train = frame[facts["group"]].isin(groups[: frame[facts["group"]].nunique() * 2 // 3])
        return frame[is_train], frame[~is_train]
    frame = frame.sample(frac=1, random_state=seed)[:most]
    known = frame[: len(frame) * 2 // 3]
    rest = frame[len(frame) * 2 // 3 :]
    if facts["task"] != "regression":
        rest = rest[rest[facts["target"]].isin(known[facts["target"]].unique())]
    return known, rest


def fit_own(
    system: str, X: pd.DataFrame, y: pd.Series, facts: dict[str, Any], seconds: float, seed: int
) -> tuple[Any, int]:
    """An `AutoClassifier` or `AutoRegressor`, or a model of the catalog as it comes."""
    from tabkit import AutoClassifier, AutoRegressor, make_model

    classifies = facts["task"] != "regression"
    groups = X[facts["group"]] if "group" in facts else None
    X = X.drop(columns=[facts["group"]] if "group" in facts else [])
    if system == "tabkit":
        roles = {"times": X[facts["time"]]} if "time" in facts else {}
        roles |= {} if groups is None else {"groups": groups}
        auto = AutoClassifier if classifies else AutoRegressor
        model = auto(time_limit=seconds, random_state=seed).fit(X, y, **roles)
    else:
        model = make_model(system, task=facts["task"], random_state=seed).fit(X, y)
    if not classifies:
        return model.predict, len(pickle.dumps(model))
    classes = list(model.classes_)
    return lambda rows: pd.DataFrame(model.predict_proba(rows), columns=classes), len(pickle.dumps(model))


def fit_autogluon(train: pd.DataFrame, facts: dict[str, Any], preset: str, seconds: float) -> tuple[Any, int]:
    """AutoGluon as it is handed out, with the processors of this process."""
    from autogluon.tabular import TabularPredictor

    metric = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}[facts["task"]]
    folder = tempfile.mkdtemp(prefix="automl-")
    groups = {"groups": facts["group"]} if "group" in facts else {}
    predictor = TabularPredictor(
        facts["target"], problem_type=facts["task"], eval_metric=metric, path=folder, verbosity=0, **groups
    ).fit(train, time_limit=seconds, presets=preset, num_cpus=len(os.sched_getaffinity(0)))
    predictor.persist()
    n_bytes = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    return (predictor.predict if facts["task"] == "regression" else predictor.predict_proba), n_bytes


def judge(task: str, truth: pd.Series, predicted: Any) -> float:
    """Lower is better."""
    from sklearn.metrics import log_loss, roc_auc_score

    if task == "regression":
        return float(np.sqrt(np.mean((np.asarray(predicted, dtype=float) - truth.to_numpy()) ** 2)))
    classes = sorted(predicted.columns)
    if task == "binary":
        return float(1 - roc_auc_score(truth == classes[1], predicted[classes[1]]))
    return float(log_loss(truth, predicted[classes], labels=classes))


def summarise(lines: list[dict[str, Any]], options: argparse.Namespace) -> None:
    """Print and save a row per system."""
    errors = pd.DataFrame([line for line in lines if "error" in line])
    table = errors.pivot_table(index=["set", "seed"], columns="system", values="error").dropna()
    print(table.round(4).to_string())
    ranks = table.rank(axis=1).mean()
    behind = (1 - table.min(axis=1).to_numpy()[:, None] / table).mean()
    cost = errors.groupby("system")[
        ["fit_seconds", "predict_seconds", "predict_one_seconds", "bytes"]
    ].median()
    rows = []
    for system in table.columns:
        wins = {
            other: int((table[system] < table[other]).sum()) for other in table.columns if other != system
        }
        row = {
            "system": system,
            "mean rank": round(ranks[system], 2),
            "behind the best": round(behind[system], 4),
        }
        rows.append(row | {"n": len(table), "wins": wins} | cost.loc[system].round(4).to_dict())
        print(rows[-1])
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    machine = {
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "system": platform.platform(),
    }
    told = {"versions": versions, "machine": machine, "seconds": options.seconds, "rows": rows}
    (options.out / "automl.json").write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    raise SystemExit(main())

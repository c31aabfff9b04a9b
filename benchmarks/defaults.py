"""The catalog's models as they come, beside the same libraries as their authors hand them out.

    python benchmarks/defaults.py --data DIR
    python benchmarks/defaults.py --data DIR --models lightgbm "lightgbm refit=null" raw:lightgbm --sizes 300

A model is a name of the catalog (with settings of its last step, ``NAME KEY=JSON ...``); ``raw:NAME``, the
library behind scikit-learn's OrdinalEncoder, with its defaults; or ``pytabkit:NAME`` (``LGBM_TD``,
``XGB_TD``, ``CB_TD``, ``RealMLP_TD``), in an environment that has both packages. Each is fitted on SIZE rows
of every set, drawn with the seed, whole groups where rows have groups and the last before a moment where they
have times, and judged on up to 10,000 of the others by the metric of the set; size 0 is two thirds, at most
20,000. Every fit has one thread. One JSON line per fit goes to OUT/defaults.jsonl, and what is there is not
fitted again.

Shown for each model: its mean rank over set x size x seed; its mean error, where that of the best of all
models is 0 and that of the median one is 1 (at most 2); seconds of a fit, the geometric mean; and of each
pair NAME and raw:NAME how often the first wins, with the 95 % interval over the sets.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import itertools
import json
import os
import platform
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

MODELS = ("lightgbm", "xgboost", "catboost", "hist_gradient_boosting", "random_forest", "extra_trees")
MOST_TRAINED, MOST_TESTED = 20_000, 10_000
PACKAGES = ("scikit-learn", "lightgbm", "xgboost", "catboost", "numpy", "pandas")
Job = tuple[str, str, int, int]


def main() -> int:
    """Run the benchmark."""
    options = parse_options()
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "defaults.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    done = {key(record): record for record in map(json.loads, lines)}
    index = json.loads((options.data / "index.json").read_text())
    names = [name for name in index if not options.only or name in options.only]
    # One seed and size after the other, so that what is there early says something of all sets.
    wanted = list(itertools.product(options.seeds, options.sizes, names, options.models))
    jobs: list[Job] = [(name, model, size, seed) for seed, size, name, model in wanted]
    jobs = [job for job in jobs if job not in done and fits(index[job[0]], job[2])]
    with ProcessPoolExecutor(options.jobs) as pool, path.open("a") as file:
        for record in pool.map(measure, itertools.repeat(options.data), jobs):
            file.write(json.dumps(record) + "\n")
            file.flush()
            done[key(record)] = record
            if options.verbose:
                print(record, flush=True)
    sizes = [(name, size) for name in names for size in options.sizes if fits(index[name], size)]
    asked = {(*place, seed) for place in sizes for seed in options.seeds}
    frame = pd.DataFrame([r for r in done.values() if (r["set"], r["size"], r["seed"]) in asked])
    show(frame[frame["model"].isin(options.models)], options)
    return 0


def parse_options() -> argparse.Namespace:
    """Declare and read the options."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    given = os.environ.get("TABKIT_BENCHMARK_DATA")
    everybody = [name for model in MODELS for name in (model, f"raw:{model}")]
    parser.add_argument("--data", type=Path, default=given and Path(given), required=given is None)
    parser.add_argument("--models", nargs="+", default=everybody, metavar="MODEL")
    parser.add_argument("--only", nargs="+", metavar="SET", help="these sets only")
    parser.add_argument("--sizes", type=int, nargs="+", default=[300, 1_000, 3_000, 0], metavar="ROWS")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--jobs", type=int, default=2, help="fits at a time (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--verbose", action="store_true", help="print each fit")
    return parser.parse_args()


def key(record: dict[str, Any]) -> Job:
    """What makes two fits the same."""
    return record["set"], record["model"], record["size"], record["seed"]


def fits(entry: dict[str, Any], size: int) -> bool:
    """Whether a set has rows to test beside so many to train."""
    return size <= 0.75 * entry["rows"]


def measure(data: Path, job: Job) -> dict[str, Any]:
    """Fit one model and judge it."""
    name, model, size, seed = job
    table, task, metric = load(data, name)
    train, test = split(table, size, seed)
    record = {"set": name, "model": model, "size": size, "seed": seed, "n_train": len(train)}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator = build(model, table, task, seed)
            X, y = table.frame.iloc[train], table.target.iloc[train]
            start = time.perf_counter()
            fit(estimator, X, y, roles_of(model, table, train))
            record["seconds"] = time.perf_counter() - start
            record["error"] = error_of(estimator, table, test, metric)
            record["predict"] = time.perf_counter() - start - record["seconds"]
    except Exception as error:  # noqa: BLE001 - a row says so, and the others go on
        record |= {"error": None, "why": f"{type(error).__name__}: {error}"[:300]}
    return record


@lru_cache(maxsize=2)
def load(data: Path, name: str) -> tuple[Any, Any, str]:
    """A set as tabkit reads it, its task and its metric."""
    from tabkit.data import build_table, infer_task

    entry = json.loads((data / "index.json").read_text())[name]
    roles = {role: entry[role] for role in ("time", "group") if role in entry}
    table = build_table(data / entry["file"], target=entry["target"], **roles)
    return table, infer_task(table, kind=entry["task"]), entry["metric"]


def split(table: Any, size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on and to test on."""
    rng = np.random.default_rng(seed)
    n_train = size or min(MOST_TRAINED, table.n_rows * 2 // 3)
    if table.times is not None:
        order = np.argsort(table.times.to_numpy(), kind="stable")
        now = int(table.n_rows * (0.7 - 0.05 * seed))
        return order[max(0, now - n_train) : now], order[now : now + MOST_TESTED]
    if table.groups is None:
        order = rng.permutation(table.n_rows)
        return order[:n_train], order[n_train : n_train + MOST_TESTED]
    codes = pd.factorize(table.groups)[0]
    order = np.argsort(rng.permutation(codes.max() + 1)[codes], kind="stable")
    train = order[:n_train]
    rest = order[~np.isin(codes[order], codes[train])]
    return train, rest[:MOST_TESTED]


def build(model: str, table: Any, task: Any, seed: int) -> Any:
    """An unfitted estimator."""
    name, *settings = model.split(" ")
    if name.startswith("raw:"):
        return build_raw(name.removeprefix("raw:"), table, task, seed)
    if name.startswith("pytabkit:"):
        return build_pytabkit(name.removeprefix("pytabkit:"), task, seed)
    import tabkit

    made = tabkit.make_model(name, task=task, random_state=seed)
    given = dict(setting.split("=", 1) for setting in settings)
    made.steps[-1][1].set_params(**{parameter: json.loads(value) for parameter, value in given.items()})
    last = made.steps[-1][1]
    return made.set_params(**{f"{made.steps[-1][0]}__n_jobs": 1}) if "n_jobs" in last.get_params() else made


def build_raw(name: str, table: Any, task: Any, seed: int) -> Any:
    """A library's estimator as it is handed out, behind a plain ordinal encoder."""
    import catboost
    import lightgbm
    import xgboost
    from sklearn import ensemble, linear_model, neighbors, svm
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder, StandardScaler

    is_classifier = task.is_classification
    made: dict[str, Any] = {
        "lightgbm": lambda: (lightgbm.LGBMClassifier if is_classifier else lightgbm.LGBMRegressor)(
            n_jobs=1, random_state=seed, verbosity=-1
        ),
        "xgboost": lambda: (xgboost.XGBClassifier if is_classifier else xgboost.XGBRegressor)(
            n_jobs=1, random_state=seed
        ),
        "catboost": lambda: (catboost.CatBoostClassifier if is_classifier else catboost.CatBoostRegressor)(
            thread_count=1, random_seed=seed, verbose=False, allow_writing_files=False
        ),
        "hist_gradient_boosting": lambda: (
            ensemble.HistGradientBoostingClassifier
            if is_classifier
            else ensemble.HistGradientBoostingRegressor
        )(random_state=seed),
        "random_forest": lambda: (
            ensemble.RandomForestClassifier if is_classifier else ensemble.RandomForestRegressor
        )(random_state=seed),
        "extra_trees": lambda: (
            ensemble.ExtraTreesClassifier if is_classifier else ensemble.ExtraTreesRegressor
        )(random_state=seed),
        "knn": neighbors.KNeighborsClassifier if is_classifier else neighbors.KNeighborsRegressor,
        "svm": lambda: svm.SVC(probability=True, random_state=seed) if is_classifier else svm.SVR(),
        "linear": lambda: linear_model.LogisticRegression() if is_classifier else linear_model.Ridge(),
    }
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1)
    others = table.frame.select_dtypes(exclude=["number", "bool"]).columns.tolist()
    steps: list[Any] = [make_column_transformer((encoder, others), remainder="passthrough")]
    if name not in ("lightgbm", "xgboost", "catboost", "hist_gradient_boosting"):
        steps.append(SimpleImputer(keep_empty_features=True))
    if name in ("knn", "svm", "linear"):
        steps.append(StandardScaler())
    return Coded(make_pipeline(*steps, made[name]()), is_classifier)


def build_pytabkit(name: str, task: Any, seed: int) -> Any:
    """One of pytabkit's estimators."""
    import pytabkit

    kind = "Classifier" if task.is_classification else "Regressor"
    made = getattr(pytabkit, f"{name}_{kind}")(random_state=seed, n_threads=1, device="cpu")
    return Coded(made, task.is_classification)


class Coded:
    """Labels as codes, text and dates as objects: what all libraries take."""

    def __init__(self, estimator: Any, is_classifier: bool) -> None:
        self.estimator, self.is_classifier = estimator, is_classifier

    def fit(self, X: pd.DataFrame, y: pd.Series) -> Coded:
        """Fit on codes of the labels."""
        if self.is_classifier:
            self.classes_ = np.unique(y)
            y = pd.Series(np.searchsorted(self.classes_, y), index=X.index)
        self.estimator.fit(plain(X), y)
        return self

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Probabilities, in the order of ``classes_``."""
        return self.estimator.predict_proba(plain(X))

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Values; of labels nobody asks."""
        return self.estimator.predict(plain(X))


def plain(X: pd.DataFrame) -> pd.DataFrame:
    """Numbers as floats, dates as seconds, everything else as text."""
    columns = {}
    for name in X:
        column = X[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            columns[name] = column.astype("int64").astype(float)
        elif pd.api.types.is_numeric_dtype(column):
            columns[name] = column.astype(float)
        else:
            columns[name] = column.astype(object).where(column.notna(), "missing").astype(str)
    return pd.DataFrame(columns, index=X.index)


def roles_of(model: str, table: Any, rows: np.ndarray) -> Any:
    """Groups and times of some rows, for models that take them."""
    from tabkit.model_selection._row_roles import RowRoles

    given = [None if one is None or ":" in model else one.iloc[rows] for one in (table.groups, table.times)]
    return RowRoles.check(len(rows), None, *given)


def fit(estimator: Any, X: pd.DataFrame, y: pd.Series, roles: Any) -> None:
    """Fit with the roles that the estimator takes, as `tabkit compare` does."""
    from tabkit.model_selection._row_roles import fit_with_roles

    if isinstance(estimator, Coded):
        estimator.fit(X, y)
    else:
        fit_with_roles(estimator, X, y, roles)


def error_of(estimator: Any, table: Any, rows: np.ndarray, metric: str) -> float:
    """How bad the predictions of some rows are: 0 is best."""
    from sklearn import metrics

    X, y = table.frame.iloc[rows], table.target.iloc[rows].to_numpy()
    if metric in ("roc_auc", "average_precision"):
        proba = estimator.predict_proba(X)[:, 1]
        function = metrics.roc_auc_score if metric == "roc_auc" else metrics.average_precision_score
        return 1 - float(function(y == estimator.classes_[1], proba))
    if metric == "neg_log_loss":
        proba = np.clip(np.asarray(estimator.predict_proba(X), dtype=float), 1e-7, 1)
        proba /= proba.sum(axis=1, keepdims=True)
        found = dict(zip(list(estimator.classes_), proba.T, strict=True))
        # A class that training had not has the least probability.
        said = np.array([found[label][i] if label in found else 1e-7 for i, label in enumerate(y)])
        return float(-np.log(said).mean())
    difference = np.asarray(estimator.predict(X), dtype=float).ravel() - y
    return float(np.abs(difference).mean() if "absolute" in metric else np.sqrt((difference**2).mean()))


def show(frame: pd.DataFrame, options: argparse.Namespace) -> None:
    """Print the tables, and save them with versions and machine."""
    failed = frame[frame["error"].isna()]
    for record in failed.to_dict("records"):
        print(f"failed: {record['model']} on {record['set']}, {record['size']} rows: {record['why']}")
    places = ["set", "size", "seed"]
    errors = frame.pivot_table(index=places, columns="model", values="error", dropna=False).dropna(how="all")
    errors = errors.dropna()
    if errors.empty:
        print("no set, size and seed has been fitted by every model")
        return
    summaries = {}
    for size in (*options.sizes, None):
        part = errors if size is None else errors[errors.index.get_level_values("size") == size]
        if part.empty:
            continue
        seconds = frame[frame["size"].isin(part.index.get_level_values("size"))]
        summary = summarise(part, seconds)
        told = "all sizes together" if size is None else f"{size} rows" if size else "all rows"
        print(f"\n{told}: {len(part)} x set, size, seed")
        print(summary.to_string(float_format=lambda value: f"{value:.3f}"))
        wins = list(compare(part))
        for line in wins:
            print(line)
        summaries[told] = {"models": summary.to_dict("index"), "wins": wins}
    record = {
        "summary": summaries,
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
        "machine": {"processors": os.cpu_count(), "python": platform.python_version()},
    }
    (options.out / "defaults.json").write_text(json.dumps(record, indent=2) + "\n")


def summarise(errors: pd.DataFrame, fitted: pd.DataFrame) -> pd.DataFrame:
    """Mean rank, normalised error and seconds of each model."""
    best, median = errors.min(axis=1), errors.median(axis=1)
    normalised = errors.sub(best, axis=0).div((median - best).clip(lower=1e-12), axis=0).clip(upper=2)
    seconds = fitted.groupby("model")["seconds"].apply(lambda s: float(np.exp(np.log(s.dropna()).mean())))
    summary = pd.DataFrame(
        {"rank": errors.rank(axis=1).mean(), "error": normalised.mean(), "seconds": seconds}
    ).loc[errors.columns]
    return summary.sort_values("rank")


def compare(errors: pd.DataFrame) -> Iterator[str]:
    """How often each model beats its raw library, and variants of one model each other's plain one."""
    models: Sequence[str] = list(errors.columns)
    for model in models:
        name = model.split(" ")[0]
        for other in (f"raw:{name}", name):
            if other not in models or other == model or model.startswith("raw:"):
                continue
            won = (errors[model] < errors[other]) + 0.5 * (errors[model] == errors[other])
            of_set = won.groupby(level="set").mean()
            half = 1.96 * of_set.std(ddof=1) / len(of_set) ** 0.5 if len(of_set) > 1 else float("nan")
            ratio = np.exp(np.log(errors[model] / errors[other]).mean())
            low, high = max(0.0, of_set.mean() - half), min(1.0, of_set.mean() + half)
            share = f"{100 * won.mean():.0f} % ({100 * low:.0f} to {100 * high:.0f})"
            yield f"{model} against {other}: wins {share}, error x {ratio:.3f}"


if __name__ == "__main__":
    raise SystemExit(main())

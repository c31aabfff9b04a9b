"""How often 95 % intervals of cross-validated scores and differences cover the truth, and how wide they are.

    python benchmarks/intervals.py
    python benchmarks/intervals.py --scenarios binary-200 grouped-600 --repeats 200
    python benchmarks/intervals.py --data DIR --repeats 20

Tables are drawn from a known source, plain models are judged on five folds, and a large fresh draw says what
the models of the folds are worth. An interval is to cover two truths: what these very models are worth, and
what models of such training rows are worth in the mean ("procedure", over the repeats). Every repeat is a
line in DIR/intervals.jsonl, and a run goes on where it stopped. What is told of each repeat is enough to
judge any formula for the interval, so that `--only-table` compares them without fitting anything.

With `--data`, the tables are draws of 2,000 rows at most of the sets there. One half is judged, whole groups
or the earlier one where there are groups or times, and the other says what the models of its folds are worth;
the variance of that is added to the interval's.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import stats
from scipy.signal import lfilter
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tabkit.comparison._results._spread import Spread, block_units, sum_by_unit
from tabkit.comparison._results._statistics import variance_by_rows
from tabkit.metrics import get_metric, row_influence

N_COLUMNS, N_FOLDS, FRESH = 8, 5, 6
METRICS = {
    "binary": ("roc_auc", "log_loss", "f1"),
    "multiclass": ("log_loss", "accuracy"),
    "regression": ("rmse", "r2"),
}


@dataclass(frozen=True)
class Rows:
    """Columns, target, and the group or the moment of each row."""

    X: np.ndarray
    y: np.ndarray
    unit: np.ndarray | None = None


@dataclass(frozen=True)
class Scenario:
    """Where tables come from."""

    kind: str
    n_rows: int
    structure: str = "iid"

    def draw(self, rng: np.random.Generator, n_rows: int) -> Rows:
        """Draw a table."""
        X = rng.normal(size=(n_rows, N_COLUMNS))
        unit, shared = None, np.zeros(n_rows)
        if self.structure == "grouped":
            unit = np.arange(n_rows) // 20
            n_units = unit[-1] + 1
            X[:, 0] = 0.7 * rng.normal(size=n_units)[unit] + 0.7 * X[:, 0]
            shared = rng.normal(size=n_units)[unit]
        if self.structure == "time":
            unit = np.arange(n_rows)
            steps = rng.normal(size=n_rows) * (1 - 0.9**2) ** 0.5
            shared = lfilter([1.0], [1.0, -0.9], steps)
        signal = X[:, 0] + 0.7 * X[:, 1] * (X[:, 2] > 0) + 0.5 * np.abs(X[:, 3]) + shared
        if self.kind == "regression":
            return Rows(X, signal + rng.standard_t(4, size=n_rows), unit)
        if self.kind == "binary":
            return Rows(X, (rng.random(n_rows) < 1 / (1 + np.exp(1.2 - signal))).astype(int), unit)
        pulls = np.stack([signal, X[:, 4] + X[:, 1], np.zeros(n_rows)], axis=1)
        return Rows(X, (pulls + rng.gumbel(size=pulls.shape)).argmax(axis=1), unit)

    def split(self, rows: Rows, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """Folds as tabkit draws them."""
        if self.structure == "grouped":
            return list(GroupKFold(N_FOLDS, shuffle=True, random_state=seed).split(rows.X, groups=rows.unit))
        if self.structure == "time":
            return list(TimeSeriesSplit(N_FOLDS).split(rows.X))
        splitter = KFold if self.kind == "regression" else StratifiedKFold
        return list(splitter(N_FOLDS, shuffle=True, random_state=seed).split(rows.X, rows.y))


SCENARIOS = {
    "binary-200": Scenario("binary", 200),
    "regression-200": Scenario("regression", 200),
    "multiclass-200": Scenario("multiclass", 200),
    "grouped-600": Scenario("binary", 600, "grouped"),
    "time-500": Scenario("regression", 500, "time"),
    "binary-1000": Scenario("binary", 1000),
    "regression-1000": Scenario("regression", 1000),
    "grouped-regression-1000": Scenario("regression", 1000, "grouped"),
    "binary-5000": Scenario("binary", 5000),
}

# Of the sixteen sets, those of two classes or of numbers in columns.
DATA_SETS = (
    "titanic",
    "german_credit",
    "abalone",
    "phoneme",
    "mammography",
    "telco_churn",
    "ames",
    "nlswork",
    "pollution",
    "california_housing",
    "diamonds",
    "bank_marketing",
    "adult",
)

Fitted = Callable[[np.ndarray], np.ndarray]


def fit_linear(kind: str, X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Fitted:
    """Ridge regression, or logistic regression by Newton steps; for many classes, one against the rest."""

    def widen(X: np.ndarray) -> np.ndarray:
        return np.column_stack([np.ones(len(X)), X])

    columns = widen(X)
    ridge = np.eye(columns.shape[1])
    if kind == "regression":
        weight = np.linalg.solve(columns.T @ columns + ridge, columns.T @ y)
        return lambda X: widen(X) @ weight
    weights = []
    for code in (1,) if kind == "binary" else np.unique(y):
        weight = np.zeros(columns.shape[1])
        for _ in range(6):
            p = 1 / (1 + np.exp(-columns @ weight))
            step = columns.T @ ((y == code) - p) - weight
            weight = weight + np.linalg.solve((columns * (p * (1 - p))[:, None]).T @ columns + ridge, step)
        weights.append(weight)

    def predict(X: np.ndarray) -> np.ndarray:
        p = 1 / (1 + np.exp(-widen(X) @ np.array(weights).T))
        return np.column_stack([1 - p, p]) if kind == "binary" else p / p.sum(axis=1, keepdims=True)

    return predict


def fit_trees(n_trees: int, depth: int) -> Callable[..., Fitted]:
    """Bagged trees, of probabilities that are never 0."""

    def fit(kind: str, X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Fitted:
        tree = DecisionTreeRegressor if kind == "regression" else DecisionTreeClassifier
        trees = []
        for seed in rng.integers(0, 2**31, n_trees):
            drawn = rng.integers(0, len(y), len(y)) if n_trees > 1 else np.arange(len(y))
            trees.append(
                tree(max_depth=depth, min_samples_leaf=3, random_state=int(seed)).fit(X[drawn], y[drawn])
            )
        if kind == "regression":
            return lambda X: np.mean([one.predict(X) for one in trees], axis=0)
        return lambda X: 0.98 * np.mean([one.predict_proba(X) for one in trees], axis=0) + 0.02 / len(set(y))

    return fit


MODELS = {"linear": fit_linear, "tree": fit_trees(1, 4), "bagged": fit_trees(5, 8)}


def judge(metric_name: str, kind: str, y: np.ndarray, given: np.ndarray) -> tuple[float, np.ndarray]:
    """Score and influences."""
    metric = get_metric(metric_name)
    classes = () if kind == "regression" else tuple(range(2 if kind == "binary" else 3))
    predicted = given.argmax(axis=1) if metric.needs == "labels" else given
    influence = row_influence(metric, y, predicted, classes)
    assert influence is not None
    score = PLAIN[metric_name](y, predicted) if kind == "binary" and metric_name in PLAIN else None
    return metric.compute(y, predicted, classes) if score is None else score, influence


def plain_roc_auc(y: np.ndarray, proba: np.ndarray) -> float:
    """Mann and Whitney's statistic."""
    n_true = int(y.sum())
    rank = stats.rankdata(proba[:, 1])[y == 1].sum() - n_true * (n_true + 1) / 2
    return float(rank / (n_true * (len(y) - n_true)))


def plain_f1(y: np.ndarray, label: np.ndarray) -> float:
    """Twice the hits, over all that are true and all that are named."""
    return float(2 * (y & label).sum() / max(y.sum() + label.sum(), 1))


# scikit-learn's checks of the arguments took most of the time.
PLAIN = {"roc_auc": plain_roc_auc, "f1": plain_f1}


def read_rows(folder: Path, name: str) -> tuple[str, str, Rows]:
    """Kind, structure and rows of a set: categories as numbers, gaps filled by the median, no long text."""
    known = json.loads((folder / "index.json").read_text())[name]
    frame = pd.read_csv(folder / known["file"]).dropna(subset=[known["target"]])
    y = frame.pop(known["target"])
    role = known.get("group", known.get("time"))
    structure = "iid" if role is None else "grouped" if "group" in known else "time"
    unit = None
    if role is not None:
        unit = pd.factorize(frame.pop(role), sort=True)[0]
    columns = []
    for column in frame.columns:
        values = frame[column]
        if not pd.api.types.is_numeric_dtype(values):
            values = pd.Series(pd.factorize(values)[0].astype(float))
            if values.nunique() > len(values) / 2:
                continue
        filled = values.astype(float).fillna(values.median()).to_numpy()
        columns.append((filled - filled.mean()) / (filled.std() or 1.0))
    target = y.to_numpy(dtype=float) if known["task"] == "regression" else pd.factorize(y, sort=True)[0]
    return known["task"], structure, Rows(np.stack(columns, axis=1), target, unit)


def halve(rows: Rows, structure: str, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Two halves of a draw."""
    n_rows = min(len(rows.y), 2000)
    if structure == "iid" or rows.unit is None:
        drawn = rng.permutation(len(rows.y))[:n_rows]
    elif structure == "time":
        # A stretch from anywhere, in order.
        start = rng.integers(0, len(rows.y) - n_rows + 1)
        drawn = np.argsort(rows.unit, kind="stable")[start : start + n_rows]
    else:
        drawn = np.argsort(rng.permutation(rows.unit.max() + 1)[rows.unit], kind="stable")[:n_rows]
    first, last = drawn[: len(drawn) // 2], drawn[len(drawn) // 2 :]
    if structure == "grouped" and rows.unit is not None:
        last = last[~np.isin(rows.unit[last], rows.unit[first])]
    return tuple(
        Rows(rows.X[part], rows.y[part], None if rows.unit is None else rows.unit[part])
        for part in (first, last)
    )


def repeat(name: str, seed: int, data: Path | None = None) -> dict[str, Any]:
    """Judge every model on one table: all that a formula for the interval may use, and the truth."""
    rng = np.random.default_rng([seed, *name.encode()])
    if data is None:
        scenario = SCENARIOS[name]
        rows, fresh = scenario.draw(rng, scenario.n_rows), scenario.draw(rng, FRESH * scenario.n_rows)
    else:
        kind, structure, whole = read_rows(data, name)
        scenario = Scenario(kind, 0, structure)
        rows, fresh = halve(whole, structure, rng)
    folds = scenario.split(rows, seed)
    given: dict[str, list[np.ndarray]] = {model: [] for model in MODELS}
    true: dict[str, list[np.ndarray]] = {model: [] for model in MODELS}
    for train, test in folds:
        for model, fit in MODELS.items():
            predict = fit(scenario.kind, rows.X[train], rows.y[train], rng)
            given[model].append(predict(rows.X[test]))
            true[model].append(predict(fresh.X))
    units = [np.asarray(test) if rows.unit is None else rows.unit[test] for _, test in folds]
    fresh_unit = np.arange(len(fresh.y)) if fresh.unit is None else fresh.unit
    if scenario.structure == "time":
        units, fresh_unit = block_units(units), np.arange(len(fresh.y)) * 60 // len(fresh.y)
    figures = []
    for metric in METRICS[scenario.kind]:
        scores, spreads, truths, true_spreads = {}, {}, {}, {}
        for model in MODELS:
            judged = [
                judge(metric, scenario.kind, rows.y[test], one)
                for (_, test), one in zip(folds, given[model], strict=True)
            ]
            scores[model] = np.array([score for score, _ in judged])
            spreads[model] = sum_by_unit([influence for _, influence in judged], units)
            judged = [judge(metric, scenario.kind, fresh.y, one) for one in true[model]]
            truths[model] = np.array([score for score, _ in judged])
            true_spreads[model] = sum_by_unit(
                [influence for _, influence in judged], [fresh_unit] * len(folds)
            )
        figures += [
            describe(metric, model, scores[model], spreads[model], truths[model], true_spreads[model])
            for model in MODELS
        ]
        for one, other in combinations(MODELS, 2):
            figures.append(
                describe(
                    metric,
                    f"{one} - {other}",
                    scores[one] - scores[other],
                    spreads[one] - spreads[other],
                    truths[one] - truths[other],
                    true_spreads[one] - true_spreads[other],
                )
            )
    ratio = float(np.mean([len(test) / len(train) for train, test in folds]))
    return {"scenario": name, "seed": seed, "ratio": ratio, "figures": figures}


def describe(
    metric: str, what: str, scores: np.ndarray, spread: Any, truths: np.ndarray, true_spread: Any
) -> dict[str, Any]:
    """One score or one difference."""
    return {
        "metric": metric,
        "what": what,
        "scores": [float(f"{score:.7g}") for score in scores],
        "variance": spread.variance,
        "variance_of_a_fold": spread.variance_of_a_fold,
        "degrees": spread.degrees_of_freedom,
        "n_units": len(spread.by_unit),
        "truth": float(truths.mean()),
        "truth_variance": true_spread.variance,
    }


def formulas(figure: dict[str, Any], ratio: float) -> Iterator[tuple[str, float, float]]:
    """Name, standard error and degrees of freedom of every way to an interval."""
    scores = np.array(figure["scores"])
    k = len(scores)
    between = scores.var(ddof=1)
    rows, of_fold, degrees = figure["variance"], figure["variance_of_a_fold"], figure["degrees"]
    excess = max(between - of_fold, 0.0)
    yield "folds (Nadeau, Bengio)", (between * (1 / k + ratio)) ** 0.5, k - 1
    yield "folds, naive", (between / k) ** 0.5, k - 1
    yield "rows, normal", rows**0.5, 1e6
    yield "rows", rows**0.5, degrees
    spread = SimpleNamespace(
        n_distinct_folds=k, variance=rows, variance_of_a_fold=of_fold, degrees_of_freedom=degrees
    )
    variance, freedom = variance_by_rows(between, ratio, cast(Spread, spread))
    yield "tabkit", variance**0.5, freedom
    for share in (0.0, 0.2, 0.4):
        variance = rows * (1 + share * k * ratio) + excess / k
        yield f"rows, {share} of the correction, excess", variance**0.5, degrees


def table(lines: list[dict[str, Any]]) -> pd.DataFrame:
    """Coverage of both truths and half width against that of the folds, for each figure of each repeat."""
    means: dict[tuple[str, str, str], list[float]] = {}
    for line in lines:
        for figure in line["figures"]:
            key = line["scenario"], figure["metric"], figure["what"]
            means.setdefault(key, []).append(figure["truth"])
    records = []
    for line in lines:
        for figure in line["figures"]:
            key = line["scenario"], figure["metric"], figure["what"]
            mean = float(np.mean(figure["scores"]))
            first = None
            for way, error, degrees in formulas(figure, line["ratio"]):
                t = stats.t.ppf(0.975, degrees)
                first = t * error if first is None else first
                of_models = t * (error**2 + figure["truth_variance"]) ** 0.5
                records.append(
                    {
                        "scenario": line["scenario"],
                        "metric": figure["metric"],
                        "of": "difference" if " - " in figure["what"] else "score",
                        "way": way,
                        "covers_models": abs(mean - figure["truth"]) <= of_models,
                        "covers_procedure": abs(mean - np.mean(means[key])) <= t * error,
                        "width": t * error / first if first else np.nan,
                    }
                )
    return pd.DataFrame(records)


def summarize(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Shares covered in percent, median width relative to today's."""
    groups = frame.groupby(by, sort=False)
    covered = 100 * groups[["covers_models", "covers_procedure"]].mean()
    return covered.assign(width=groups["width"].median())


def main() -> int:
    """Run the benchmark."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--scenarios", nargs="+", choices=list(SCENARIOS), default=list(SCENARIOS))
    parser.add_argument("--data", type=Path, help="sets of this folder by halves, instead of the scenarios")
    parser.add_argument("--repeats", type=int, default=100)
    parser.add_argument("--only-table", action="store_true", help="of the repeats that are there")
    parser.add_argument("--by", nargs="+", default=["of", "way"], help="columns to show apart")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / ("intervals.jsonl" if options.data is None else "intervals-data.jsonl")
    names = options.scenarios if options.data is None else list(DATA_SETS)
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    done = {(line["scenario"], line["seed"]) for line in lines}
    if not options.only_table:
        with path.open("a") as file:
            for seed in range(options.repeats):
                for name in names:
                    if (name, seed) not in done:
                        lines.append(repeat(name, seed, options.data))
                        file.write(json.dumps(lines[-1]) + "\n")
                        file.flush()
    shown = summarize(table([line for line in lines if line["scenario"] in names]), options.by)
    print(shown.to_string(float_format=lambda value: f"{value:.2f}"))
    packages = ("tabkit-learn", "scikit-learn", "scipy", "numpy")
    record = {
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in packages},
        "repeats": options.repeats,
        "table": shown.reset_index().to_dict(orient="records"),
    }
    (options.out / "intervals.json").write_text(json.dumps(record, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""One model, voting, stacking and greedy weights on the same out-of-fold predictions.

    python benchmarks/ensembles.py --data DIR                                # tables cut to 2,000 rows
    python benchmarks/ensembles.py --data DIR --only titanic abalone --members linear lightgbm
    python benchmarks/ensembles.py --data DIR --finals                       # final estimators of stacks

Members are models of the catalog. Outer folds fit the task (stratified, by group, forward in time); inside
each outer training fold every member makes out-of-fold predictions on RoleAwareKFold(5) and is fitted once
more on all of the fold, as the estimators of tabkit.ensemble do. These predictions are kept in
OUT/ensembles/SET-ROWS-FOLD-MEMBER.npz and not made again; everything else is arithmetic on them:

    single     the member with the best out-of-fold score
    voting     plain mean
    stacking   the default final estimator of tabkit.ensemble
    greedy     tabkit.ensemble.greedy_weights, for log loss or RMSE
    greedy*    the same, for the metric of the set

The table shows the metric of each set on the outer test folds, and how often each way was better than
`single`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from tabkit import make_model
from tabkit.data import Table, Task, build_table, infer_task
from tabkit.ensemble import greedy_weights
from tabkit.ensemble._final_estimators import default_classifier, default_regressor, log_odds
from tabkit.ensemble._members import Member
from tabkit.ensemble._out_of_fold import predict_members_out_of_fold
from tabkit.metrics import get_metric
from tabkit.model_selection import choose_splitter
from tabkit.model_selection._inner_folds import draw_inner_folds
from tabkit.model_selection._out_of_fold import fit_on_all
from tabkit.model_selection._row_roles import RowRoles
from tabkit.model_selection._training_rows import TrainingRows

MEMBERS = ("linear", "random_forest", "extra_trees", "lightgbm", "xgboost")
SETS = (
    "telco_churn",
    "german_credit",
    "bank_marketing",
    "mammography",
    "phoneme",
    "titanic",
    "wine_quality",
    "letter",
    "california_housing",
    "diamonds",
    "abalone",
    "ames",
    "pollution",
    "nlswork",
)
SEED = 0


@dataclass(frozen=True)
class OuterFold:
    """Predictions of all members, and what they are judged by.

    Attributes
    ----------
    oof : ndarray of shape (n_members, n_predicted, n_columns)
    test : ndarray of shape (n_members, n_test, n_columns)
    oof_target, test_target : ndarray
    n_classes : int
        0 for regression.
    metric : str
    """

    oof: np.ndarray
    test: np.ndarray
    oof_target: np.ndarray
    test_target: np.ndarray
    n_classes: int
    metric: str

    def score(self, predicted: np.ndarray, target: np.ndarray) -> float:
        """Value of the metric, turned so that greater is better."""
        metric = get_metric(self.metric)
        classes = tuple(range(self.n_classes))
        value = metric.compute(target, predicted if classes else predicted[:, 0], classes)
        return value if metric.greater_is_better else -value


def main() -> int:
    """Run the benchmark."""
    options = parse_options()
    warnings.simplefilter("ignore")
    index = json.loads((options.data / "index.json").read_text())
    rows = []
    for name in options.only:
        for number, fold in enumerate(outer_folds(name, index[name], options)):
            for way, combine in (FINALS if options.finals else WAYS).items():
                started = time.perf_counter()
                test = combine(fold)
                if test is None:
                    continue
                rows.append(
                    {
                        "set": name,
                        "fold": number,
                        "way": way,
                        "score": fold.score(test, fold.test_target),
                        "loss": own_loss(fold, test),
                        "seconds": time.perf_counter() - started,
                    }
                )
        print(f"{name} done", file=sys.stderr, flush=True)
    print_table(pd.DataFrame(rows), index)
    return 0


def parse_options() -> argparse.Namespace:
    """Declare and read the options."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    given = os.environ.get("TABKIT_BENCHMARK_DATA")
    parser.add_argument("--data", type=Path, default=given and Path(given), required=given is None)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--only", nargs="+", metavar="NAME", default=SETS, help="these sets only")
    parser.add_argument("--members", nargs="+", default=MEMBERS, help="models of the catalog")
    parser.add_argument("--rows", type=int, default=2_000, help="cut tables to so many; 0 for all")
    parser.add_argument("--folds", type=int, default=3, help="outer folds")
    parser.add_argument("--finals", action="store_true", help="compare final estimators of stacks")
    return parser.parse_args()


def outer_folds(name: str, entry: dict[str, Any], options: argparse.Namespace) -> list[OuterFold]:
    """Predictions of all members on the outer folds of a set, made or read."""
    table, task, target = load(entry, options)
    splitter = choose_splitter(task, n_splits=options.folds, random_state=SEED)
    division = {"groups": table.groups, "times": table.times}
    asked = {role: values for role, values in division.items() if values is not None}
    pairs = list(splitter.split(table.frame, target, **asked))
    classes = np.arange(len(task.classes)) if task.is_classification else None
    everything = TrainingRows(
        table.frame, target, RowRoles.check(len(target), None, table.groups, table.times), classes
    )
    found = []
    for number, (train, test) in enumerate(pairs):
        stem = options.out / "ensembles" / f"{name}-{options.rows}-{options.folds}.{number}"
        # A class that training lacks can be learnt by nobody.
        known = test if classes is None else test[np.isin(target[test], target[train])]
        made = [make_or_read(stem, model, everything, train, known, task) for model in options.members]
        oof_rows = made[0][0]
        found.append(
            OuterFold(
                np.stack([oof for _, oof, _ in made]),
                np.stack([predicted for _, _, predicted in made]),
                target[train][oof_rows],
                target[known],
                len(task.classes) if task.is_classification else 0,
                entry["metric"],
            )
        )
    return found


def load(entry: dict[str, Any], options: argparse.Namespace) -> tuple[Table, Task, np.ndarray]:
    """Read and cut a set; classes become codes, the positive one of two is the second."""
    roles = {role: entry[role] for role in ("time", "group") if role in entry}
    table = build_table(options.data / entry["file"], target=entry["target"], **roles)
    task = infer_task(table, kind=entry["task"])
    if options.rows and table.n_rows > options.rows:
        rows = np.random.default_rng(SEED).permutation(table.n_rows)[: options.rows]
        table = table.take(np.sort(rows))
    if not task.is_classification:
        return table, task, table.target.to_numpy(dtype=np.float64)
    codes = table.target.map({label: code for code, label in enumerate(task.classes)})
    return table, task, codes.to_numpy(dtype=np.int64)


def make_or_read(
    stem: Path, model: str, everything: TrainingRows, train: np.ndarray, test: np.ndarray, task: Task
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows with out-of-fold predictions, those predictions, and those for the outer test fold."""
    path = stem.parent / f"{stem.name}-{model}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        started = time.perf_counter()
        method = "predict_proba" if task.is_classification else "predict"
        member = Member(model, make_model(model, task=task, random_state=SEED), method)
        learner = member.as_learner(everything.classes)
        rows = everything.take(train)
        folds = draw_inner_folds(5, rows, seed=SEED, owner="benchmark")
        out_of_fold = predict_members_out_of_fold([member], rows, folds, None)
        (fitted,) = fit_on_all([learner], rows)
        predicted = learner.predict(fitted, everything.take(test).X)
        seconds = time.perf_counter() - started
        np.savez(path, rows=out_of_fold.rows, oof=out_of_fold.predictions[0], test=predicted, seconds=seconds)
    with np.load(path) as kept:
        return kept["rows"], kept["oof"], kept["test"]


def best_single(fold: OuterFold) -> np.ndarray:
    """The member with the best out-of-fold score."""
    return fold.test[int(np.argmax([fold.score(oof, fold.oof_target) for oof in fold.oof]))]


def voting(fold: OuterFold) -> np.ndarray:
    """Plain mean."""
    return fold.test.mean(axis=0)


def greedy(fold: OuterFold, metric: str | None = None) -> np.ndarray:
    """Weights by ensemble selection."""
    oof = fold.oof if fold.n_classes else fold.oof[:, :, 0]
    classes = list(range(fold.n_classes)) or None
    weights = greedy_weights(oof, fold.oof_target, metric, classes=classes)
    return np.tensordot(weights, fold.test, axes=1)


def greedy_for_metric(fold: OuterFold) -> np.ndarray:
    """Weights by ensemble selection, for the metric of the set."""
    return greedy(fold, fold.metric)


def stacking(fold: OuterFold) -> np.ndarray:
    """The default of tabkit."""
    if fold.n_classes:
        return stack(fold, default_classifier(is_proba=True, passthrough=False))
    return stack(fold, default_regressor(passthrough=False))


def stack(fold: OuterFold, final: Any) -> np.ndarray:
    """Predictions of a final estimator."""
    oof, test = (
        np.hstack([part[:, 1:] if fold.n_classes == 2 else part for part in side])
        for side in (fold.oof, fold.test)
    )
    final.fit(oof, fold.oof_target)
    if not fold.n_classes:
        return final.predict(test)[:, np.newaxis]
    proba = np.zeros((len(test), fold.n_classes))
    proba[:, final.classes_] = final.predict_proba(test)
    return proba


def own_loss(fold: OuterFold, predicted: np.ndarray) -> float:
    """Log loss or RMSE."""
    metric = get_metric("log_loss" if fold.n_classes else "rmse")
    classes = tuple(range(fold.n_classes))
    return metric.compute(fold.test_target, predicted if classes else predicted[:, 0], classes)


def logistic(penalty: float, *, of_log_odds: bool) -> Any:
    """Logistic regression of probabilities or log-odds."""
    model = LogisticRegression(C=penalty, max_iter=2_000)
    return make_pipeline(FunctionTransformer(log_odds), model) if of_log_odds else model


def _classify(penalty: float, of_log_odds: bool) -> Callable[[OuterFold], np.ndarray | None]:
    return lambda fold: stack(fold, logistic(penalty, of_log_odds=of_log_odds)) if fold.n_classes else None


def _regress(make: Callable[[], Any]) -> Callable[[OuterFold], np.ndarray | None]:
    return lambda fold: None if fold.n_classes else stack(fold, make())


WAYS: dict[str, Callable[[OuterFold], np.ndarray | None]] = {
    "single": best_single,
    "voting": voting,
    "stacking": stacking,
    "greedy": greedy,
    "greedy*": greedy_for_metric,
}
FINALS: dict[str, Callable[[OuterFold], np.ndarray | None]] = {
    "single": best_single,
    "voting": voting,
    "proba C=1": _classify(1.0, False),
    "proba C=0.1": _classify(0.1, False),
    "odds C=1": _classify(1.0, True),
    "odds C=0.1": _classify(0.1, True),
    "odds C=0.01": _classify(0.01, True),
    "odds C=0.001": _classify(0.001, True),
    "ridge CV": _regress(RidgeCV),
    "linear": _regress(LinearRegression),
    "linear >= 0": _regress(lambda: LinearRegression(positive=True)),
    "linear >= 0, no intercept": _regress(lambda: LinearRegression(positive=True, fit_intercept=False)),
    "ridge >= 0": _regress(lambda: Ridge(positive=True)),
}


def print_table(frame: pd.DataFrame, index: dict[str, Any]) -> None:
    """Means over the outer folds, ranks, and wins and losses against the best single member."""
    pd.set_option("display.width", 250)
    pd.set_option("display.max_columns", 30)
    for kind in ("classification", "regression"):
        part = frame[
            [(index[name]["task"] == "regression") == (kind == "regression") for name in frame["set"]]
        ]
        if part.empty:
            continue
        for column, better in (("score", "higher"), ("loss", "lower")):
            table = part.pivot_table(index="set", columns="way", values=column, sort=False)
            print(f"\n{kind}: {column}, {better} is better")
            print(table.to_string(float_format=lambda value: f"{value:.4f}"))
            by_fold = part.pivot_table(index=["set", "fold"], columns="way", values=column, sort=False)
            losses = by_fold if column == "loss" else -by_fold
            set_losses = table if column == "loss" else -table
            summary = pd.DataFrame(
                {
                    "mean rank of sets": set_losses.rank(axis=1).mean(),
                    "sets better": set_losses.lt(set_losses["single"], axis=0).sum(),
                    "sets worse": set_losses.gt(set_losses["single"], axis=0).sum(),
                    "folds better": losses.lt(losses["single"], axis=0).sum(),
                    "folds worse": losses.gt(losses["single"], axis=0).sum(),
                    "mean loss / single": (losses.div(losses["single"], axis=0)).mean()
                    if column == "loss"
                    else np.nan,
                }
            )
            print(summary.to_string(float_format=lambda value: f"{value:.3f}"))


if __name__ == "__main__":
    sys.exit(main())

"""A made-up comparison with figures as a real run has them, and its predictions on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tabkit._core._files import write_parquet
from tabkit.comparison import Comparison, Winner
from tabkit.data import Column, Table, Task
from tabkit.evaluation import Evaluation, FoldResult, Folds, file_name, probability_columns
from tabkit.metrics import metrics_for

MODELS = {
    "catboost": 1.0,
    "lightgbm": 1.02,
    "xgboost": 1.04,
    "autogluon": 0.99,
    "hist_gradient_boosting": 1.07,
    "random_forest": 1.25,
    "extra_trees": 1.4,
    "linear": 1.5,
    "tree": 2.6,
    "dummy": 40.0,
}

TRACEBACK = """Traceback (most recent call last):
  File "svm.py", line 12, in fit
    raise ValueError("<b>kernel</b> & width")
ValueError: <b>kernel</b> & width
"""


def make_table(
    kind: str, n_rows: int, classes: Sequence[Any], *, extra_columns: Sequence[Column] = ()
) -> Table:
    generator = np.random.default_rng(7)
    frame = pd.DataFrame(
        {"age": generator.integers(18, 90, n_rows), "hours": generator.normal(40, 10, n_rows)}
    )
    if kind == "regression":
        target = pd.Series(np.exp(generator.normal(12, 0.5, n_rows)), name="price")
    else:
        shares = np.linspace(2, 1, len(classes))
        codes = generator.choice(len(classes), n_rows, p=shares / shares.sum())
        target = pd.Series(np.array(list(classes), dtype=object)[codes], name="income")
    columns = (
        Column("age", "numeric", "feature", 0, 73),
        Column("hours", "numeric", "feature", 12, 96, "text read as numbers; 12 values ' ' became missing"),
        Column("customer_id", "identifier", "set aside", 0, n_rows, "a different value in every row"),
        Column(str(target.name), "category", "target", 0, max(len(classes), 1)),
        *extra_columns,
    )
    return Table(
        "adult", frame, target, columns=columns, notes=("The file is UTF-8 with the delimiter ','.",)
    )


def make_folds(n_rows: int, n_folds: int) -> Folds:
    order = np.random.default_rng(3).permutation(n_rows)
    tests = np.array_split(order, n_folds) if n_folds > 1 else [order[: n_rows // 4]]
    pairs = tuple((np.sort(np.setdiff1d(order, test)), np.sort(test)) for test in tests)
    return Folds(pairs, f"{n_folds} stratified folds, shuffled")


def predict(table: Table, task: Task, rows: np.ndarray, noise: float, seed: int) -> pd.DataFrame:
    """Predictions that are the worse the larger the noise."""
    shared, own = np.random.default_rng(1), np.random.default_rng(seed)
    target = table.target.iloc[rows]
    if task.kind == "regression":
        base = shared.normal(0, 0.2, table.n_rows)[rows]
        values = target.to_numpy(float) * np.exp(min(noise, 8) * base + own.normal(0, 0.02, len(rows)))
        return pd.DataFrame({"prediction": values})
    classes = np.array(list(task.classes), dtype=object)
    truth = np.array([str(label) for label in target])[:, None] == np.array([str(c) for c in classes])
    base = shared.gumbel(size=(table.n_rows, len(classes)))[rows]
    logits = 3.2 * truth + 1.3 * noise * base + own.normal(0, 0.15, base.shape)
    proba = np.exp((logits - logits.max(axis=1, keepdims=True)) / 1.8)
    proba /= proba.sum(axis=1, keepdims=True)
    label = pd.DataFrame({"prediction": classes[proba.argmax(axis=1)]})
    return pd.concat([label, pd.DataFrame(proba, columns=probability_columns(task))], axis=1)


def score(table: Table, task: Task, rows: np.ndarray, predicted: pd.DataFrame) -> dict[str, float]:
    if task.kind == "regression":
        truth, values = table.target.iloc[rows].to_numpy(float), predicted["prediction"].to_numpy(float)
        return {metric.name: metric.compute(truth, values, ()) for metric in metrics_for(task.kind)}
    codes = {str(label): code for code, label in enumerate(task.classes)}
    truth = np.array([codes[str(label)] for label in table.target.iloc[rows]])
    proba = predicted.iloc[:, 1:].to_numpy(float)
    return {
        metric.name: metric.compute(
            truth, proba if metric.needs == "probabilities" else proba.argmax(axis=1), task.classes
        )
        for metric in metrics_for(task.kind)
    }


def make_evaluation(
    name: str, noise: float, table: Table, task: Task, folds: Folds, folder: Path, seed: int
) -> Evaluation:
    folder = folder / file_name(name)
    folder.mkdir(parents=True, exist_ok=True)
    results = []
    for fold, (train, test) in enumerate(folds.pairs):
        predicted = predict(table, task, test, noise, 100 * seed + fold)
        rows = pd.DataFrame({"row": test, "position": test, "fold": fold})
        write_parquet(folder / f"fold-{fold}.parquet", pd.concat([rows, predicted], axis=1))
        results.append(
            FoldResult(
                fold=fold,
                scores=score(table, task, test, predicted),
                fit_seconds=0.013 * (seed + 1) ** 3 * (1 + 0.05 * fold),
                predict_seconds=2e-6 * (seed + 1) * len(test),
                n_train=len(train),
                n_test=len(test),
                model_bytes=1_700 * (seed + 1) ** 4,
                n_threads=2,
                details={"version": "1.6.3", "preset": "best_quality", "models": f"{20 + fold} models"}
                if name == "autogluon"
                else {},
            )
        )
    return Evaluation(
        name, "finished", tuple(results), len(folds), folder=folder, description="A made-up model."
    )


def make_comparison(
    folder: Path,
    *,
    kind: str = "binary",
    n_rows: int = 600,
    n_folds: int = 5,
    classes: Sequence[Any] | None = None,
    models: dict[str, float] | None = None,
    failures: Sequence[Evaluation] | None = None,
    extra_columns: Sequence[Column] = (),
    **changes: Any,
) -> Comparison:
    defaults = {
        "binary": ("<=50K", ">50K"),
        "multiclass": ("setosa", "versicolor", "virginica"),
        "regression": (),
    }
    labels = tuple(classes) if classes is not None else defaults[kind]
    table = make_table(kind, n_rows, labels, extra_columns=extra_columns)
    task = Task(kind, labels)  # type: ignore[arg-type]
    folds = make_folds(n_rows, n_folds)
    evaluations = tuple(
        make_evaluation(name, noise, table, task, folds, folder / "predictions", index)
        for index, (name, noise) in enumerate((MODELS if models is None else models).items())
    )
    if failures is None:
        failures = (
            Evaluation(
                "knn",
                "too slow",
                evaluations[0].folds[:2] if evaluations else (),
                n_folds,
                "2 of 5 folds in 120 s",
            ),
            Evaluation("svm", "failed", (), n_folds, "ValueError: <b>kernel</b> & width", TRACEBACK),
            Evaluation("tabm", "not installed", (), n_folds, "pip install 'tabkit-learn[tabm]'"),
        )
    arguments: dict[str, Any] = {
        "settings": {"target": "income", "time_limit": 600, "models": ["catboost", "linear"], "group": None},
        "versions": {"tabkit": "0.1.0", "python": "3.11.2", "scikit-learn": "1.9.1"},
        "seconds": 131.4,
        "winner": Winner("catboost", folder / "model" / "catboost.skops", 3.2),
        "folder": folder,
    }
    return Comparison(table, task, folds, (*evaluations, *failures), **(arguments | changes))


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Comparison]:
    """A function that makes a comparison in a folder of its own, the same one for the same options."""
    made: dict[str, Comparison] = {}

    def make(**options: Any) -> Comparison:
        key = repr(options)
        if key not in made:
            made[key] = make_comparison(tmp_path_factory.mktemp("comparison"), **options)
        return made[key]

    return make

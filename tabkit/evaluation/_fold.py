"""One fit on one fold: runs in a worker process and touches no test row before predicting."""

from __future__ import annotations

import pickle
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabkit.data import Table, Task
from tabkit.evaluation._scores import compute_scores, groups_of

if TYPE_CHECKING:
    import numpy as np

_ROLES = ("groups", "times")
_MAX_WARNINGS = 5
# It warns that the parameter has no effect.
_IGNORE_THREADS = ("LogisticRegression",)


@dataclass(frozen=True)
class FoldOutcome:
    """What a fit on one fold gave, as it comes back from a worker.

    Attributes
    ----------
    prediction : ndarray of shape (n_test,)
        Labels or values.
    proba : ndarray of shape (n_test, n_classes) or None
        In the order of the task's classes; None for regression, and for a classifier that
        has no probabilities.
    scores : mapping of str to float
    fit_seconds, predict_seconds : float
    model_bytes : int or None
    warnings : tuple of str
    details : mapping of str to str
    """

    prediction: np.ndarray
    proba: np.ndarray | None
    scores: Mapping[str, float]
    fit_seconds: float
    predict_seconds: float
    model_bytes: int | None = None
    warnings: tuple[str, ...] = ()
    details: Mapping[str, str] | None = None


def save_table(table: Table, path: Path) -> None:
    """Write a table for the workers of this run to load.

    Parameters
    ----------
    table : Table
    path : Path
    """
    with path.open("wb") as file:
        pickle.dump(table, file, protocol=pickle.HIGHEST_PROTOCOL)


@lru_cache(maxsize=1)
def load_table(path: Path) -> Table:
    """Load the table of this run, once per worker.

    Parameters
    ----------
    path : Path
        Written by `save_table`.

    Returns
    -------
    table : Table
    """
    with path.open("rb") as file:
        table: Table = pickle.load(file)
    return table


def evaluate_fold(
    estimator: Any, table_path: Path, task: Task, train: np.ndarray, test: np.ndarray, n_threads: int
) -> FoldOutcome:
    """Fit an estimator on the training rows and predict the test rows.

    Parameters
    ----------
    estimator : estimator
        Unfitted.
    table_path : Path
        Written by `save_table`.
    task : Task
    train, test : ndarray of int
        Row positions.
    n_threads : int
        Threads the fit may use.

    Returns
    -------
    outcome : FoldOutcome
    """
    table = load_table(table_path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        fitted, fit_seconds = fit_rows(estimator, table, train, n_threads)
        started = time.perf_counter()
        features = table.frame.iloc[test]
        proba = _predict_proba(fitted, features, task) if task.is_classification else None
        # Where both exist, the time of the probabilities is the time of a prediction.
        predict_seconds = time.perf_counter() - started
        prediction = _predict(fitted, features, task)
        if proba is None:
            predict_seconds = time.perf_counter() - started
    return FoldOutcome(
        prediction=prediction,
        proba=proba,
        scores=compute_scores(task, table.target.iloc[test], prediction, proba, groups_of(table, test)),
        fit_seconds=fit_seconds,
        predict_seconds=predict_seconds,
        model_bytes=measure_bytes(fitted),
        warnings=_distinct_messages(caught),
    )


def fit_rows(estimator: Any, table: Table, rows: np.ndarray, n_threads: int) -> tuple[Any, float]:
    """Fit a clone of an estimator on some rows, with the groups and times it asks for.

    Parameters
    ----------
    estimator : estimator
    table : Table
    rows : ndarray of int
    n_threads : int

    Returns
    -------
    fitted : estimator
    seconds : float
        Wall time of ``fit``.
    """
    from sklearn import config_context
    from sklearn.base import clone

    fresh = set_threads(clone(estimator), n_threads)
    features, target = table.frame.iloc[rows], table.target.iloc[rows]
    metadata = _requested_roles(fresh, table, rows)
    with config_context(enable_metadata_routing=bool(metadata)):
        started = time.perf_counter()
        fresh.fit(features, target, **metadata)
        return fresh, time.perf_counter() - started


def _requested_roles(estimator: Any, table: Table, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Groups and times of the rows, where there are any and the estimator asks for them."""
    from sklearn import config_context
    from sklearn.utils.metadata_routing import get_routing_for_object

    present = {role: getattr(table, role) for role in _ROLES if getattr(table, role) is not None}
    if not present:
        return {}
    try:
        with config_context(enable_metadata_routing=True):
            wanted = get_routing_for_object(estimator).consumes("fit", present.keys())
    except NotImplementedError as error:
        warnings.warn(f"fitted without {' and '.join(present)}: {error}", stacklevel=2)
        return {}
    return {role: present[role].iloc[rows].to_numpy() for role in wanted}


def set_threads(estimator: Any, n_threads: int) -> Any:
    """Give an estimator that leaves its number of threads open that many.

    Of estimators inside one another, the outermost gets the threads and the others one each.
    """
    parameters = estimator.get_params(deep=True)
    owners = {name: name.rpartition("__")[0] for name in parameters if _is_thread_count(name)}
    for name, owner in owners.items():
        if parameters[name] is not None or type(parameters.get(owner)).__name__ in _IGNORE_THREADS:
            continue
        is_inside = any((not other and owner) or owner.startswith(f"{other}__") for other in owners.values())
        estimator.set_params(**{name: 1 if is_inside else n_threads})
    return estimator


def _is_thread_count(name: str) -> bool:
    return name.rpartition("__")[2] in ("n_jobs", "thread_count")


def _predict_proba(fitted: Any, features: Any, task: Task) -> np.ndarray | None:
    """Probabilities with a column for each class of the task, those unseen in training 0."""
    import numpy as np

    if not hasattr(fitted, "predict_proba"):
        return None
    given = np.asarray(fitted.predict_proba(features), dtype=float)
    column_of = {label: column for column, label in enumerate(_plain(fitted.classes_))}
    proba = np.zeros((len(given), len(task.classes)))
    for column, label in enumerate(task.classes):
        if label in column_of:
            proba[:, column] = given[:, column_of[label]]
    if not np.isfinite(proba).all():
        raise ValueError("predict_proba returned values that are not finite")
    return proba


def _predict(fitted: Any, features: Any, task: Task) -> np.ndarray:
    import numpy as np

    prediction = np.asarray(fitted.predict(features))
    prediction = prediction.reshape(len(prediction), -1)[:, 0]
    if not task.is_classification and not np.isfinite(prediction.astype(float)).all():
        raise ValueError("predict returned values that are not finite")
    return prediction


def _plain(labels: Any) -> Sequence[Any]:
    """Labels as plain Python values, which compare equal to those of the task."""
    return [label.item() if hasattr(label, "item") else label for label in labels]


class _ByteCounter:
    """A file that keeps nothing but the number of bytes written to it."""

    def __init__(self) -> None:
        self.n_bytes = 0

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        self.n_bytes += size
        return size


def measure_bytes(estimator: Any) -> int | None:
    """Size of a fitted estimator when pickled; None when it cannot be."""
    counter = _ByteCounter()
    try:
        pickle.Pickler(counter, protocol=5).dump(estimator)
    except (pickle.PicklingError, TypeError, AttributeError):
        return None
    return counter.n_bytes


def _distinct_messages(caught: Sequence[warnings.WarningMessage]) -> tuple[str, ...]:
    """The first line of each distinct warning, at most a few."""
    lines = [f"{entry.category.__name__}: {str(entry.message).strip().splitlines()[0]}" for entry in caught]
    return tuple(dict.fromkeys(lines))[:_MAX_WARNINGS]

"""One fit on one fold: runs in a worker process and touches no test row before predicting."""

from __future__ import annotations

import pickle
import time
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cloudpickle

from tabkit._core import first_line
from tabkit._core._files import write_atomically
from tabkit._core._warnings import record_warnings
from tabkit.data import Table, Task
from tabkit.evaluation._judging import asked_metrics, metrics_of
from tabkit.evaluation._metadata import take_metadata
from tabkit.evaluation._predict import predict_rows
from tabkit.evaluation._preparation import is_preparable, prepare_fold
from tabkit.evaluation._preparations import Preparations
from tabkit.evaluation._scores import compute_scores, groups_of
from tabkit.evaluation._shared_table import SharedTable

if TYPE_CHECKING:
    import numpy as np

# Among the details of a fold.
THRESHOLD = "threshold"

_MAX_WARNINGS = 5
# Of a model that is kept in case there is no time for another fit.
_MOST_BYTES = 10**9
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
        Of the metrics that were asked for.
    fit_seconds, predict_seconds : float
    model_bytes : int or None
    warnings : tuple of str
    details : mapping of str to str
    shared_seconds : float
        See `FoldResult`.
    model : estimator or None
        Fitted on the training rows, where it is to be kept.
    n_train : int or None
        Rows that it was fitted on; None for all of the fold.
    """

    prediction: np.ndarray
    proba: np.ndarray | None
    scores: Mapping[str, float]
    fit_seconds: float
    predict_seconds: float
    model_bytes: int | None = None
    warnings: tuple[str, ...] = ()
    details: Mapping[str, str] | None = None
    shared_seconds: float = 0.0
    model: Any = None
    n_train: int | None = None


def evaluate_fold(
    estimator: Any,
    shared: SharedTable,
    task: Task,
    train: np.ndarray,
    test: np.ndarray,
    n_threads: int,
    *,
    has_all_metrics: bool = False,
    measures_size: bool = True,
    keeps_model: bool = False,
    model_path: Path | None = None,
) -> FoldOutcome:
    """Fit an estimator on the training rows and predict the test rows.

    Parameters
    ----------
    estimator : estimator
        Unfitted.
    shared : SharedTable
    task : Task
    train, test : ndarray of int
        Row positions.
    n_threads : int
        Threads the fit may use.
    has_all_metrics : bool, default=False
        Whether all metrics of the task are computed now, and not only those that rank or are shown first.
    measures_size : bool, default=True
        Whether to count the bytes of the fitted model.
    keeps_model : bool, default=False
        Whether the fitted model is part of the outcome.
    model_path : Path, default=None
        File to pickle the fitted model into, where that can be done.

    Returns
    -------
    outcome : FoldOutcome
    """
    table = shared.load()
    with record_warnings() as caught:
        fresh = _make_fresh(estimator, n_threads)
        if is_preparable(fresh):
            outcome = _evaluate_prepared(fresh, table, task, train, test, shared.preparations)
        else:
            outcome = _evaluate_whole(fresh, table, task, train, test)
        scores = _compute_scores(outcome, table, task, test, has_all_metrics=has_all_metrics)
    if model_path is not None:
        _write_model(fresh, model_path)
    return replace(
        outcome,
        scores=scores,
        warnings=_distinct_messages(caught),
        model_bytes=measure_bytes(fresh) if measures_size else None,
        model=fresh if keeps_model else None,
        n_train=len(train),
    )


def _evaluate_whole(fresh: Any, table: Table, task: Task, train: np.ndarray, test: np.ndarray) -> FoldOutcome:
    fit_seconds = _fit(fresh, table.frame.iloc[train], table, train)
    predictions = predict_rows(fresh, table.frame.iloc[test], task)
    return _as_outcome(fresh, task, predictions, fit_seconds)


def _evaluate_prepared(
    fresh: Any, table: Table, task: Task, train: np.ndarray, test: np.ndarray, preparations: Preparations
) -> FoldOutcome:
    """Fit what follows the preprocessor on rows that are prepared once for all candidates.

    The seconds are those of the whole Pipeline, as if nothing were shared.
    """
    (name, step), *rest = fresh.steps
    ready = prepare_fold(step, table, train, test, preparations)
    model = rest[0][1] if len(rest) == 1 else type(fresh)(rest)
    fit_seconds = _fit(model, ready.train, table, train)
    prediction, proba, predict_seconds = predict_rows(model, ready.test, task)
    fresh.steps[0] = (name, ready.step)
    predictions = prediction, proba, predict_seconds + ready.transform_seconds
    outcome = _as_outcome(fresh, task, predictions, fit_seconds + ready.fit_seconds)
    shared_seconds = ready.fit_seconds + ready.transform_seconds if ready.is_shared else 0.0
    return replace(outcome, shared_seconds=shared_seconds)


def _as_outcome(
    fitted: Any, task: Task, predictions: tuple[np.ndarray, np.ndarray | None, float], fit_seconds: float
) -> FoldOutcome:
    """What is known before the predictions are scored."""
    prediction, proba, predict_seconds = predictions
    return FoldOutcome(
        prediction=prediction,
        proba=proba,
        scores={},
        fit_seconds=fit_seconds,
        predict_seconds=predict_seconds,
        details=_describe_threshold(fitted, task, proba),
    )


def _compute_scores(
    outcome: FoldOutcome, table: Table, task: Task, test: np.ndarray, *, has_all_metrics: bool
) -> dict[str, float]:
    groups = groups_of(table, test)
    choose = metrics_of if has_all_metrics else asked_metrics
    metrics = choose(task, has_groups=groups is not None)
    target = table.target.iloc[test]
    return compute_scores(task, target, outcome.prediction, outcome.proba, groups, metrics=metrics)


def _describe_threshold(fitted: Any, task: Task, proba: np.ndarray | None) -> dict[str, str]:
    """The threshold of class predictions, of two classes: 0.5 where none was chosen."""
    if task.kind != "binary" or proba is None:
        return {}
    found = find_threshold(fitted)
    return {} if found is None else {THRESHOLD: repr(found)}


def find_threshold(fitted: Any) -> float | None:
    """The threshold of the class predictions of a fitted classifier of two classes.

    Parameters
    ----------
    fitted : estimator

    Returns
    -------
    threshold : float or None
        0.5 where none was chosen; None where it is no number.
    """
    while hasattr(fitted, "steps"):
        fitted = fitted.steps[-1][1]
    names = ("threshold_", "best_threshold_", "threshold")
    found = next((getattr(fitted, name) for name in names if hasattr(fitted, name)), 0.5)
    return float(found) if isinstance(found, int | float) else None


def fit_rows(estimator: Any, table: Table, rows: np.ndarray, n_threads: int) -> tuple[Any, float]:
    """Fit a clone of an estimator on some rows, with the groups, times and weights it asks for.

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
    fresh = _make_fresh(estimator, n_threads)
    return fresh, _fit(fresh, table.frame.iloc[rows], table, rows)


def _make_fresh(estimator: Any, n_threads: int) -> Any:
    from sklearn.base import clone

    return set_threads(clone(estimator), n_threads)


def _fit(estimator: Any, features: Any, table: Table, rows: np.ndarray) -> float:
    """Fit in place, with the metadata that are asked for; the seconds of ``fit``.

    What is done in parallel is done by threads: processes of joblib's would import for seconds, beside
    the folds that run at the same time.
    """
    from joblib import parallel_config
    from sklearn import config_context

    metadata = take_metadata(estimator, table, rows)
    with config_context(enable_metadata_routing=bool(metadata)), parallel_config(backend="threading"):
        started = time.perf_counter()
        estimator.fit(features, table.target.iloc[rows], **metadata)
        return time.perf_counter() - started


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


def _write_model(fitted: Any, path: Path) -> None:
    """Pickle a fitted model into a file; none that cannot be, or is too large to be kept beside others."""
    with suppress(Exception):
        content = cloudpickle.dumps(fitted)
        if len(content) <= _MOST_BYTES:
            write_atomically(path, lambda temporary: temporary.write_bytes(content))


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
    except Exception:  # noqa: BLE001 - a model that cannot be measured has no size, and is no worse for it
        return None
    return counter.n_bytes


def _distinct_messages(caught: Sequence[warnings.WarningMessage]) -> tuple[str, ...]:
    """The first line of each distinct warning, at most a few."""
    lines = [f"{entry.category.__name__}: {first_line(entry.message)}" for entry in caught]
    return tuple(dict.fromkeys(lines))[:_MAX_WARNINGS]

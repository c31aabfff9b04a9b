"""The run: one table in, a `Comparison` out."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import time as clock
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tabkit._core import InputError
from tabkit._core._processors import count_processors
from tabkit.comparison._baseline import AutoGluonBaseline
from tabkit.comparison._choose_metric import choose_metric
from tabkit.comparison._comparison import Comparison
from tabkit.comparison._duration import parse_duration
from tabkit.comparison._entrants import Models, make_entrants
from tabkit.comparison._folds import make_folds
from tabkit.comparison._identity import describe_run, fingerprint_run
from tabkit.comparison._introduction import introduce
from tabkit.comparison._record import write_results
from tabkit.comparison._run import Run
from tabkit.comparison._time_plan import TimePlan
from tabkit.comparison._versions import collect_versions
from tabkit.data import Table, Task, TaskKind, build_table, infer_task
from tabkit.evaluation import Event, Listener, LocalProcesses, RunFolder, ignore
from tabkit.metrics import Metric


def compare(
    data: Any,
    *,
    query: str | None = None,
    target: Any = None,
    task: TaskKind | None = None,
    metric: str | Metric | Callable[..., Any] | None = None,
    positive: Any = None,
    time: str | None = None,
    group: str | None = None,
    drop: Sequence[str] = (),
    n_folds: int = 5,
    models: Models = None,
    exclude: Sequence[str] = (),
    time_limit: str | float | None = "10m",
    autogluon: bool = True,
    autogluon_preset: str = "best_quality",
    n_jobs: int | None = None,
    n_threads: int | None = None,
    random_state: int = 0,
    out: str | Path | None = None,
    overwrite: bool = False,
    listener: Listener = ignore,
) -> Comparison:
    """Compare models on a table by predictions of rows that they were not fitted on.

    Parameters
    ----------
    data : str, path-like, sequence of such, or table in memory of shape (n_rows, n_columns)
        Where a table is: see `tabkit.data.read_table`. Or the table: a pandas or polars frame,
        an Arrow table, a 2-D array, a sparse matrix.
    query : str, default=None
        Of a database: SQL, or the name of a table.
    target : str or array-like of shape (n_rows,), default=None
        Column to predict, or its values. None takes the one that a published set names, one
        named target, label, class, y or outcome, else the last.
    task : {"binary", "multiclass", "regression"}, default=None
        None lets the target decide.
    metric : str, Metric or callable, default=None
        What ranks the models: a name such as "roc_auc" or "rmse", or that of scikit-learn's
        scorer; a `tabkit.metrics.Metric`; a function of the true and the predicted labels or
        values; or a scorer by `sklearn.metrics.make_scorer`. Of a function, greater is better
        unless its name ends with error, loss or deviance; see `tabkit.metrics.as_metric`. None
        takes ROC AUC, log loss or RMSE by task.
    positive : object, default=None
        The positive label of a binary target.
    time : str, default=None
        Column with the time of a row: every split goes forward in time.
    group : str, default=None
        Column with the group of a row: no split tears a group apart.
    drop : sequence of str, default=()
        Columns to leave out.
    n_folds : int, default=5
        Folds of the outer cross-validation.
    models : sequence or mapping, default=None
        A sequence of names of the catalog and of ``(name, estimator)`` pairs: these and no
        others. A mapping of names to estimators: these beside the default candidates.
    exclude : sequence of str, default=()
        Names of the catalog to leave out.
    time_limit : str, float or None, default="10m"
        For the whole run: "90s", "10m", "1h", seconds, or None for none.
    autogluon : bool, default=True
        Whether AutoGluon has a row.
    autogluon_preset : str, default="best_quality"
        AutoGluon's preset.
    n_jobs : int, default=None
        Fits at once; None takes the processors, at most the folds.
    n_threads : int, default=None
        Threads of each fit; None shares the processors among the jobs.
    random_state : int, default=0
        Seed of everything random.
    out : str or Path, default=None
        Folder of the results, in which the same call goes on where it stopped. None keeps
        them in a temporary folder until Python ends.
    overwrite : bool, default=False
        Whether to replace another run's results in `out`.
    listener : callable, default=ignore
        Gets an `Event` whenever something happens.

    Returns
    -------
    comparison : Comparison

    Raises
    ------
    InputError
        If the table, an option or the folder cannot be used; one line that says why.

    Examples
    --------
    >>> import tabkit
    >>> from sklearn.datasets import load_iris
    >>> table = load_iris(as_frame=True).frame
    >>> result = tabkit.compare(table, target="target", models=["dummy", "tree"], autogluon=False, n_folds=3)
    >>> result.leaderboard.rows[0].name
    'tree'
    """
    started = clock.monotonic()
    limit = parse_duration(time_limit)
    jobs, threads = _share_processors(n_jobs, n_threads, n_folds)
    baseline = AutoGluonBaseline(autogluon_preset, jobs * threads, random_state) if autogluon else None
    # Saving the winner needs skops, whose import takes seconds.
    with LocalProcesses(jobs, threads, spare_modules=["skops.io"]) as executor:
        listener(Event("phase", "reading the table"))
        table, settled = _settle(data, query, target, task, metric, positive, time, group, drop)
        folds = make_folds(table, settled, n_folds, random_state)
        listener(Event("table", introduce(table, settled, folds, is_guess=target is None)))
        entrants = make_entrants(models, exclude, settled, random_state)
        description = describe_run(table, settled, folds, random_state)
        folder = Path(out) if out is not None else _temporary_folder()
        with RunFolder(folder, fingerprint_run(description), description, overwrite=overwrite) as store:
            run = Run(table, settled, folds, entrants, baseline, store, executor, listener)
            autogluon_needs = baseline.seconds_needed if baseline else None
            plan = TimePlan(started, limit, n_folds, autogluon_needs, clock.monotonic())
            comparison = replace(
                run.go(plan),
                settings={
                    "time": time,
                    "group": group,
                    "drop": list(drop),
                    "seed": random_state,
                    "time_limit_seconds": limit,
                    "autogluon_preset": autogluon_preset if autogluon else None,
                    "jobs": executor.n_jobs,
                    "threads_per_fit": executor.n_threads,
                },
                versions=collect_versions(),
                seconds=clock.monotonic() - started,
            )
            write_results(comparison)
            return comparison


def _share_processors(n_jobs: int | None, n_threads: int | None, n_folds: int) -> tuple[int, int]:
    """Fits at once, and threads of each."""
    n_processors = count_processors()
    for name, count in (("--jobs", n_jobs), ("n_threads", n_threads), ("--folds", n_folds)):
        if count is not None and (not isinstance(count, int) or count < 1):
            raise InputError(f"{name} is {count!r}: a whole number of at least one is needed")
    jobs = min(n_jobs or n_processors, n_processors, n_folds)
    return jobs, n_threads or max(1, n_processors // jobs)


def _settle(
    data: Any,
    query: str | None,
    target: Any,
    kind: TaskKind | None,
    metric: Any,
    positive: Any,
    time: str | None,
    group: str | None,
    drop: Sequence[str],
) -> tuple[Table, Task]:
    """Read the table and find out what is to be done with it."""
    if isinstance(drop, str):
        raise InputError(f"drop={drop!r} is one name: pass a list, [{drop!r}]")
    table = build_table(data, query=query, target=target, time=time, group=group, drop=drop)
    task = choose_metric(metric, table, infer_task(table, kind=kind, positive=positive))
    return table, replace(task, n_rows=table.n_rows)


def _temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tabkit-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder

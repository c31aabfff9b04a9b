"""The run: one table in, a `Comparison` out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tabkit.comparison._comparison import Comparison
from tabkit.comparison._question._resolve import Question
from tabkit.comparison._run._entrants import Models
from tabkit.comparison._run._run_comparison import RunOptions, run_comparison
from tabkit.data import ColumnKind, ReadingOptions, TaskKind
from tabkit.evaluation import Listener, ignore
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
    weight: str | None = None,
    fold: str | None = None,
    drop: Sequence[str] = (),
    kinds: Mapping[str, ColumnKind] | None = None,
    reading: ReadingOptions | Mapping[str, Any] | None = None,
    n_folds: int | None = None,
    n_repeats: int = 1,
    cv: Any = None,
    gap: Any = None,
    horizon: Any = None,
    embargo: Any = None,
    test: Any = None,
    holdout: float | None = None,
    models: Models = None,
    exclude: Sequence[str] = (),
    objective: str | None = None,
    target_transform: str | None = None,
    monotone: Mapping[str, int] | None = None,
    calibrate: str | None = None,
    threshold: str | float | None = None,
    imbalance: bool = False,
    deduplicate: bool = False,
    time_limit: str | float | None = "10m",
    memory_limit: str | int | None = None,
    autogluon: bool = True,
    autogluon_preset: str = "best_quality",
    audit: bool = True,
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
    weight : str, default=None
        Column that says how much a row counts in fitting; models that take no weights say so.
    fold : str, default=None
        Column that says in which fold a row is tested; a row without one never is.
    drop : sequence of str, default=()
        Columns to leave out.
    kinds : mapping of str to kind, default=None
        Kinds of columns that are known better than they are found: "numeric", "category",
        "date", "text" or "identifier".
    reading : ReadingOptions or mapping, default=None
        How the table is written where it would be read wrongly: ``{"decimal": ",", "na_values": ["-999"]}``;
        see `tabkit.data.ReadingOptions`.
    n_folds : int, default=None
        Folds of the outer cross-validation. None is 10 for at most 1,000 rows, with 20 of each class and
        groups at least, two minutes or more, and without times; else 5.
    n_repeats : int, default=1
        How often to draw the folds anew.
    cv : cross-validator or iterable of (train, test), default=None
        Folds of your own, instead of those that the task and the roles demand.
    gap : number, str or Timedelta, default=None
        With `time`: how much older than a test block training rows are at least, such as "7D"; also in
        the splits inside models, and before the last rows.
    horizon : number, str or Timedelta, default=None
        With `time`: how far labels look ahead; training rows whose label is not known before a test block
        begins are left out of its fold; also in the splits inside models, and before the last rows.
    embargo : number, str or Timedelta, default=None
        With `time`, and instead of `gap`: folds train on later rows too, but on none within this time after
        the test block, see `tabkit.model_selection.PurgedKFold`; "1%" is a share of the whole time.
    test : as `data`, default=None
        Rows for one last score of the winner, read as the table is.
    holdout : float, default=None
        Share of the rows to put away for one last score of the winner: the last in time,
        whole groups, or drawn with the classes in their shares.
    models : sequence or mapping, default=None
        A sequence of names of the catalog and of ``(name, estimator)`` pairs: these and no
        others. A mapping of names to estimators: these beside the default candidates. For an
        estimator, "module:Class" may stand, as a name of its own too: it is imported, and a table
        is prepared for it; an estimator itself gets the table as it is.
    exclude : sequence of str, default=()
        Names of the catalog to leave out.
    objective : str, default=None
        What regression models minimise that have a choice: "squared_error", "absolute_error",
        "poisson", "gamma", "tweedie" or, with another power than 1.5, "tweedie:1.3".
    target_transform : {"log"}, default=None
        "log" fits regression models on the logarithm of 1 + target; predictions and scores stay
        in the target's unit.
    monotone : mapping of str to {1, -1}, default=None
        Numeric columns in which predictions never fall (1) or never rise (-1), for the models
        that have it; of two classes, the probability of the positive one.
    calibrate : {"auto", "temperature", "sigmoid", "beta", "isotonic"}, default=None
        Calibrate the probabilities of every classifier on rows held out of its training rows, see
        `tabkit.calibration.CalibratedClassifier`; it fits each six times instead of once.
    threshold : str or float, default=None
        Of class predictions of two classes: a probability; or what it is chosen by on rows held out:
        "f1" or another score of labels, "recall@precision=0.9" for the highest recall at a precision of
        at least 0.9, "precision@recall=0.8", or "costs:fp=5,fn=100". None predicts the most probable class.
    imbalance : bool, default=False
        Compare cures for a rare class, unless `models` are named: none, weights, SMOTE, under-sampling
        (as they are and calibrated), balanced ensembles and the focal loss, by average precision with the
        Brier score, the calibration error and F2 beside it.
    deduplicate : bool, default=False
        Use only the first of rows that are equal in every column.
    time_limit : str, float or None, default="10m"
        For the whole run: "90s", "10m", "1h", seconds, or None for none.
    memory_limit : str or int, default=None
        For all fits at once: "8g", "500m", or bytes. A fit that uses more than its part is
        stopped, and its row says so. None leaves it to the system.
    autogluon : bool, default=True
        Whether AutoGluon has a row.
    autogluon_preset : str, default="best_quality"
        AutoGluon's preset.
    audit : bool, default=True
        Whether to look for leaks first, see `tabkit.audit`; it takes a twentieth of the time limit at most.
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
    question = Question(data, query, target, task, metric, positive)
    question = replace(question, time=time, group=group, weight=weight, fold=fold, drop=drop, kinds=kinds)
    question = replace(question, reading=reading, gap=gap, horizon=horizon)
    question = replace(question, embargo=embargo, test=test, holdout=holdout)
    question = replace(question, objective=objective, target_transform=target_transform, monotone=monotone)
    question = replace(question, calibrate=calibrate, threshold=threshold, imbalance=imbalance)
    question = replace(question, deduplicate=deduplicate)
    options = RunOptions(n_folds, n_repeats, cv, models, exclude, time_limit, memory_limit)
    options = replace(options, autogluon=autogluon, autogluon_preset=autogluon_preset, audit=audit)
    options = replace(options, n_jobs=n_jobs, n_threads=n_threads, random_state=random_state)
    options = replace(options, out=out, overwrite=overwrite, listener=listener)
    return run_comparison(question, options)

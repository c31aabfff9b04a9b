"""AutoGluon on one outer fold, in a process of its own that can be killed."""

from __future__ import annotations

import fcntl
import pickle
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tabkit._core import InputError, TabkitError
from tabkit._core._memory import measure_memory
from tabkit._core._parameters import say_parameter
from tabkit._core._processes import kill_group, start_module
from tabkit._core._wording import say_value
from tabkit.data._table import Table
from tabkit.data._task import Task

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

AutoGluonStatus = Literal["failed", "too slow", "too little time", "interrupted"]

_FOLDER_PREFIX = "tabkit-autogluon-"
_POLL_SECONDS = 0.05
_LOG_LINES = 60

_EVAL_METRICS = {
    "calibration_error": "log_loss",
    "f2": "f1",
    "brier": "log_loss",
    "rmse": "root_mean_squared_error",
    "mae": "mean_absolute_error",
}
# For a ranking within groups and for metrics of the user's own, what comes closest.
_RANKING_METRICS = ("ndcg", "map")
_CLOSEST = {"probabilities": "log_loss", "labels": "accuracy", "values": "root_mean_squared_error"}
_MULTICLASS_EVAL_METRICS = {
    "roc_auc": "roc_auc_ovr_macro",
    "average_precision": "log_loss",
    "precision": "precision_macro",
    "recall": "recall_macro",
    "f1": "f1_macro",
}


@dataclass(frozen=True)
class AutoGluonFold:
    """What AutoGluon predicted for the test rows of one outer fold, and at what cost.

    Attributes
    ----------
    prediction : ndarray of shape (n_test,)
        Labels, or float values for regression.
    proba : ndarray of shape (n_test, n_classes), or None
        In the order of the task's classes, 0 for a class that AutoGluon did not learn;
        the rows sum to 1. None for regression.
    fit_seconds, predict_seconds : float
        Wall time of AutoGluon's ``fit``, and of predicting the test rows; without the start
        of the process.
    model_bytes : int
        Size of AutoGluon's folder.
    details : dict of str to str
        "seconds given", "version", "preset", "other than the preset", "processors", "metric",
        "models fitted", "best model", "validation" (how it validated inside, and where that is
        weaker than ours) and "not fitted" (families of the preset that are missing, and why).
    """

    prediction: np.ndarray
    proba: np.ndarray | None
    fit_seconds: float
    predict_seconds: float
    model_bytes: int
    details: dict[str, str]


class AutoGluonError(TabkitError):
    """AutoGluon has no predictions for the fold; the message is one sentence for the reader.

    Attributes
    ----------
    status : {"failed", "too slow", "too little time", "interrupted"}
    log : str
        The last lines that its process wrote, or empty.
    """

    def __init__(self, message: str, status: AutoGluonStatus, log: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.log = log

    def __reduce__(self) -> tuple[type, tuple[str, AutoGluonStatus, str]]:
        return type(self), (str(self), self.status, self.log)


@dataclass(frozen=True)
class AutoGluonRequest:
    """What the child process is asked to do.

    Columns are renamed, so that no name of the user's can clash with the label's or break a
    library: features are ``feature_0`` and so on, besides ``label``, ``weight``, ``group`` and
    ``time``.

    Attributes
    ----------
    train : DataFrame
        Features, ``label`` (class codes or floats), and ``weight``, ``group`` and ``time`` where
        there are such.
    test : DataFrame
        Features.
    n_classes : int
        0 for regression.
    problem_type, eval_metric, preset : str
        In AutoGluon's words.
    deadline : float
        Seconds since the epoch at which the answer must be there.
    n_threads, random_state : int
    """

    train: pd.DataFrame
    test: pd.DataFrame
    n_classes: int
    problem_type: str
    eval_metric: str
    preset: str
    deadline: float
    n_threads: int
    random_state: int

    @property
    def has_weights(self) -> bool:
        return "weight" in self.train

    @property
    def has_groups(self) -> bool:
        return "group" in self.train

    @property
    def has_times(self) -> bool:
        return "time" in self.train


@dataclass(frozen=True)
class AutoGluonFailure:
    """What the child process answers when it has no predictions: arguments of `AutoGluonError`."""

    message: str
    status: AutoGluonStatus


def seconds_needed(preset: str) -> float:
    """The least seconds for one fold; with less, AutoGluon is not started.

    On two processors its process takes some 6 s to start and up to 4 s to ensemble and predict.
    What remains must do for one model at least: fitted once with "medium_quality", and on eight
    folds with the others.

    Examples
    --------
    >>> seconds_needed("best_quality")
    30.0
    """
    return 15.0 if preset in ("medium_quality", "medium", "mq") else 30.0


def evaluate_autogluon_fold(
    table: Table,
    task: Task,
    train: np.ndarray,
    test: np.ndarray,
    *,
    seconds: float,
    preset: str = "best_quality",
    n_threads: int,
    random_state: int,
    memory_limit: int | None = None,
    stop: threading.Event | None = None,
) -> AutoGluonFold:
    """Fit AutoGluon on an outer training fold and predict the test rows.

    It sees the training rows only (and at predict the features of the test rows), in a
    process of its own with a temporary folder of its own. Both are gone when this returns or
    raises; should this process be killed, the child ends with it and the next call removes
    the folder.

    Parameters
    ----------
    table : Table
    task : Task
    train, test : ndarray of int
        Row positions in the table.
    seconds : float
        Wall time of everything: start of the process, imports, fit and prediction.
    preset : str, default="best_quality"
        AutoGluon's.
    n_threads : int
    random_state : int
        Of AutoGluon's inner splits.
    memory_limit : int, default=None
        Bytes; the process is stopped when it uses more.
    stop : threading.Event, default=None
        When set, the process is killed at once.

    Returns
    -------
    fold : AutoGluonFold

    Raises
    ------
    AutoGluonError
        If it failed, was too slow, had too little time, or was stopped.
    """
    needed = seconds_needed(preset)
    if seconds < needed:
        raise AutoGluonError(
            f"half of the time is {seconds:.0f} s per fold, and AutoGluon needs {needed:.0f} s at least with "
            f"{preset}: raise {say_parameter('time_limit')}",
            "too little time",
        )
    deadline = time.time() + seconds
    request = _build_request(table, task, train, test, preset, deadline, n_threads, random_state)
    with _temporary_folder() as folder, (folder / "log.txt").open("wb") as log:
        (folder / "request.pickle").write_bytes(pickle.dumps(request))
        process = start_module(
            "tabkit.comparison._autogluon._process",
            [str(folder)],
            n_threads=n_threads,
            # Its forests take every processor that joblib counts, whatever number they are given.
            environment={"TMPDIR": str(folder), "LOKY_MAX_CPU_COUNT": str(n_threads)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(process, deadline + _grace(seconds), memory_limit, stop)
        finally:
            return_code = process.poll()
            kill_group(process)
        fold = _read_answer(folder, return_code, seconds)
    details = {"seconds given": f"{seconds:.1f}", **fold.details}
    if not task.is_classification:
        return replace(fold, details=details)
    return replace(fold, prediction=_labels(task.classes)[fold.prediction], details=details)


def _build_request(
    table: Table,
    task: Task,
    train: np.ndarray,
    test: np.ndarray,
    preset: str,
    deadline: float,
    n_threads: int,
    random_state: int,
) -> AutoGluonRequest:
    import numpy as np
    import pandas as pd

    features = pd.DataFrame({f"feature_{i}": _plain(table.frame[name]) for i, name in enumerate(table.frame)})
    train_frame = features.iloc[train].reset_index(drop=True)
    train_frame["label"] = _encode_target(table.target, task)[train]
    if table.weights is not None:
        train_frame["weight"] = table.weights.to_numpy(dtype=np.float64)[train]
    if task.has_groups and table.groups is not None:
        train_frame["group"] = pd.factorize(table.groups, use_na_sentinel=False)[0][train]
    if task.has_times and table.times is not None:
        train_frame["time"] = table.times.rank(method="dense").to_numpy()[train]
        train_frame = train_frame.sort_values("time", kind="stable", ignore_index=True)
    return AutoGluonRequest(
        train=train_frame,
        test=features.iloc[test].reset_index(drop=True),
        n_classes=len(task.classes),
        problem_type=task.kind,
        eval_metric=_eval_metric(task),
        preset=preset,
        deadline=deadline,
        n_threads=n_threads,
        random_state=random_state,
    )


def _plain(column: pd.Series) -> pd.Series:
    """Turn dtypes of pandas' own and of Arrow into those of NumPy, which AutoGluon knows."""
    import numpy as np
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype | pd.DatetimeTZDtype | np.dtype):
        return column
    if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_numeric_dtype(column.dtype):
        return column.astype(np.float64)
    return column.astype(object).where(column.notna(), None)


def _encode_target(target: pd.Series, task: Task) -> np.ndarray:
    """Positions in the task's classes, so that labels of any kind are integers to AutoGluon."""
    import numpy as np
    import pandas as pd

    if not task.is_classification:
        return target.to_numpy(dtype=np.float64)
    codes = pd.Categorical(target.astype(object), categories=_labels(task.classes)).codes
    if (codes < 0).any():
        wrong = say_value(target[codes < 0].iloc[0])
        raise InputError(f"label {wrong} of the target is not among the task's classes")
    return codes.astype(np.int64)


def _labels(classes: tuple[Any, ...]) -> np.ndarray:
    import numpy as np
    import pandas as pd

    labels = np.empty(len(classes), dtype=object)
    labels[:] = classes
    return pd.Series(labels).infer_objects().to_numpy()


def _eval_metric(task: Task) -> str:
    """AutoGluon's name for the task's metric, or for the closest one that it has."""
    if task.metric in _RANKING_METRICS or (task.own_metric is not None and task.own_metric.needs == "scores"):
        return "average_precision" if task.is_classification else "root_mean_squared_error"
    if task.own_metric is not None:
        return _CLOSEST[task.own_metric.needs]
    metric = _EVAL_METRICS.get(task.metric, task.metric)
    return _MULTICLASS_EVAL_METRICS.get(metric, metric) if task.kind == "multiclass" else metric


def _grace(seconds: float) -> float:
    return max(1.0, 0.05 * seconds)


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    """Make a folder that is gone afterwards, and remove those of processes that were killed.

    Each folder has a file ``lock`` that its process holds a lock on, before it gets that name;
    the system gives the lock back when the process ends, however it ends.
    """
    for path in Path(tempfile.gettempdir()).glob(f"{_FOLDER_PREFIX}*/lock"):
        with suppress(OSError), path.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path.parent)
    with tempfile.TemporaryDirectory(prefix=_FOLDER_PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / "lock-to-be").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (folder / "lock-to-be").rename(folder / "lock")
            yield folder


def _wait(
    process: subprocess.Popen[bytes],
    deadline: float,
    memory_limit: int | None,
    stop: threading.Event | None,
) -> None:
    """Wait until the process ends, the time or memory is used up, or the caller wants it to stop."""
    stop = stop or threading.Event()
    while process.poll() is None:
        if stop.wait(_POLL_SECONDS):
            raise AutoGluonError("AutoGluon was stopped before it had finished", "interrupted")
        if time.time() > deadline:
            return
        if memory_limit is not None and measure_memory(process.pid) > memory_limit:
            raise AutoGluonError(
                f"AutoGluon used more than {memory_limit / 1e9:.1f} GB of memory: "
                f"raise {say_parameter('memory_limit')}",
                "failed",
            )


def _read_answer(folder: Path, return_code: int | None, seconds: float) -> AutoGluonFold:
    """Load what the child wrote, or raise what went wrong."""
    log = "\n".join((folder / "log.txt").read_text(errors="replace").splitlines()[-_LOG_LINES:])
    path = folder / "answer.pickle"
    if path.exists():
        answer = pickle.loads(path.read_bytes())
        if isinstance(answer, AutoGluonFold):
            return answer
        raise AutoGluonError(answer.message, answer.status, log)
    if return_code is None:
        raise AutoGluonError(
            f"AutoGluon was stopped: it had not finished after its {seconds:.0f} s per fold", "too slow", log
        )
    if return_code == -signal.SIGKILL:
        reason = "was killed, most likely because the memory was used up"
    elif return_code < 0:
        reason = f"ended by signal {signal.Signals(-return_code).name}"
    else:
        last_line = log.rpartition("\n")[2] or "nothing in its log"
        reason = f"ended with exit code {return_code}: {last_line}"
    raise AutoGluonError(f"AutoGluon's process {reason}", "failed", log)

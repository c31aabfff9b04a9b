"""What AutoGluon is asked to do on one outer fold, in its own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tabkit._core import InputError
from tabkit._core._wording import say_value
from tabkit.data._table import Table
from tabkit.data._task import Task

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

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
class AutoGluonRequest:
    """What the process of AutoGluon is asked to do.

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


def build_request(
    table: Table,
    task: Task,
    train: np.ndarray,
    test: np.ndarray,
    preset: str,
    deadline: float,
    n_threads: int,
    random_state: int,
) -> AutoGluonRequest:
    """Make the request for one outer fold.

    Parameters
    ----------
    table : Table
    task : Task
    train, test : ndarray of int
        Row positions in the table.
    preset : str
    deadline : float
        Seconds since the epoch.
    n_threads, random_state : int

    Returns
    -------
    request : AutoGluonRequest

    Raises
    ------
    InputError
        If the target has a label that is not among the task's classes.
    """
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
        eval_metric=eval_metric(task),
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
    codes = pd.Categorical(target.astype(object), categories=make_labels(task.classes)).codes
    if (codes < 0).any():
        wrong = say_value(target[codes < 0].iloc[0])
        raise InputError(f"label {wrong} of the target is not among the task's classes")
    return codes.astype(np.int64)


def make_labels(classes: tuple[Any, ...]) -> np.ndarray:
    """Make an array of the task's classes, with the dtype that such labels have by themselves.

    Parameters
    ----------
    classes : tuple

    Returns
    -------
    labels : ndarray of shape (n_classes,)
    """
    import numpy as np
    import pandas as pd

    labels = np.empty(len(classes), dtype=object)
    labels[:] = classes
    return pd.Series(labels).infer_objects().to_numpy()


def eval_metric(task: Task) -> str:
    """AutoGluon's name for the task's metric, or for the closest one that it has."""
    if task.metric in _RANKING_METRICS or (task.own_metric is not None and task.own_metric.needs == "scores"):
        return "average_precision" if task.is_classification else "root_mean_squared_error"
    if task.own_metric is not None:
        return _CLOSEST[task.own_metric.needs]
    metric = _EVAL_METRICS.get(task.metric, task.metric)
    return _MULTICLASS_EVAL_METRICS.get(metric, metric) if task.kind == "multiclass" else metric

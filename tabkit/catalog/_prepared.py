"""The Pipeline that every model of the catalog is handed out as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabkit.data import Task

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def prepared(model: Any, model_family: str, task: Task, random_state: int) -> Pipeline:
    """Put the preparation that a family of models wants before a model.

    Parameters
    ----------
    model : estimator
    model_family : {"linear", "tree", "boosting", "net"}
        See `tabkit.preprocessing.TablePreprocessor`.
    task : Task
        What it knows of the columns is kept.
    random_state : int

    Returns
    -------
    pipeline : Pipeline
        Steps "prepare" and "model".
    """
    from sklearn.pipeline import Pipeline

    from tabkit.preprocessing import TablePreprocessor

    prepare = TablePreprocessor(
        model_family,
        kinds=dict(task.kinds) or None,
        written_as=dict(task.written_as) or None,
        task_kind=task.kind,
        random_state=random_state,
    )
    return Pipeline([("prepare", prepare), ("model", model)])

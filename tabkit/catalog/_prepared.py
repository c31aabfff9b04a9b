"""The Pipeline that every model of the catalog is handed out as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabkit.catalog._finish import finish_model
from tabkit.data import ColumnKind, Task

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator


def prepared(
    model: Any,
    model_family: str,
    task: Task,
    random_state: int,
    *,
    objective: str = "",
    expansion: str | None = None,
    with_features: bool = False,
) -> BaseEstimator:
    """Put the preparation that a family of models wants before a model.

    Parameters
    ----------
    model : estimator
    model_family : {"linear", "tree", "boosting", "net"}
        See `tabkit.preprocessing.TablePreprocessor`.
    task : Task
        What it knows of the columns is kept.
    random_state : int
    objective : str, default=""
        What the model minimises, where values without a logarithm are not for it and it does not say so.
    expansion : {"splines", "bins", "polynomial"} or None, default=None
        Of numeric columns.
    with_features : bool, default=False
        Whether there is a step "features" between the two, see `tabkit.preprocessing.MadeFeatures`.

    Returns
    -------
    pipeline : TablePipeline or estimator
        Steps "prepare" and "model"; around them what the task asks of every model, see `finish_model`.
    """
    from tabkit.preprocessing import MadeFeatures, TablePipeline, TablePreprocessor

    # Those that a model is told of must be there, under their name, in every fold.
    constrained = task.monotone if model_family == "boosting" else {}
    kinds: dict[str, ColumnKind] = {**task.kinds, **dict.fromkeys(constrained, "numeric")}
    prepare = TablePreprocessor(
        model_family,
        kinds=kinds or None,
        written_as=dict(task.written_as) or None,
        na_values=task.na_values,
        keep=tuple(constrained),
        task_kind=task.kind,
        expansion=expansion,
        random_state=random_state,
    )
    steps: list[tuple[str, Any]] = [("prepare", prepare), ("model", model)]
    if with_features:
        # A column made of one that predictions are monotone in would let them fall in it after all.
        make = MadeFeatures(exclude=tuple(constrained), task_kind=task.kind, random_state=random_state)
        steps.insert(1, ("features", make))
    pipeline = TablePipeline(steps, objective=objective)
    return finish_model(pipeline, task, random_state)

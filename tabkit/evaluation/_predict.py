"""The predictions of a fitted model as a fold keeps them: labels and probabilities, made once."""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from tabkit.data import Task

_HISTOGRAMS = "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier"
# Where a `predict` is defined that takes the most probable class, the first of equals, and the
# `predict_proba` that it agrees with: any, where it calls it. A subclass with one of its own is none of them.
_MOST_PROBABLE = {
    "tabkit.boosting._classifier.BoostingClassifier.predict": "",
    "tabkit.boosting._hist_early_stopping.RoleAwareEarlyStopping.predict": (
        "tabkit.boosting._hist_gradient_boosting.HistGradientBoostingClassifier.predict_proba"
    ),
    "tabkit.neural_network._classes.NetworkClassifier.predict": "",
    "tabkit.ensemble._averaged.AveragedClassifier.predict": "",
    "sklearn.ensemble._forest.ForestClassifier.predict": "",
    f"{_HISTOGRAMS}.predict": f"{_HISTOGRAMS}.predict_proba",
    "sklearn.tree._classes.BaseDecisionTree.predict": (
        "sklearn.tree._classes.DecisionTreeClassifier.predict_proba"
    ),
}


def predict_rows(fitted: Any, features: Any, task: Task) -> tuple[np.ndarray, np.ndarray | None, float]:
    """Predict rows as a fold keeps them.

    What a Pipeline does before its last step is done once; and where labels are known to be the most
    probable ones, so is the rest.

    Parameters
    ----------
    fitted : estimator
    features : DataFrame of shape (n_rows, n_features)
    task : Task

    Returns
    -------
    prediction : ndarray of shape (n_rows,)
        Labels or values.
    proba : ndarray of shape (n_rows, n_classes) or None
        In the order of the task's classes; None for regression, and where there are none.
    seconds : float
        Of the probabilities where there are any, else of the prediction.
    """
    started = time.perf_counter()
    model, rows = _apply_first_steps(fitted, features)
    is_taken = task.is_classification and takes_most_probable(model)
    # Rows that are used twice are not left to a model that may write into them.
    once = rows if is_taken or rows is features else copy.deepcopy(rows)
    given = _predict_proba(model, once) if task.is_classification else None
    seconds = time.perf_counter() - started
    if given is not None and is_taken:
        prediction = model.classes_[given.argmax(axis=1)]
    else:
        prediction = _predict(model, rows, task)
    proba = None if given is None else _order_classes(given, model.classes_, task)
    return prediction, proba, seconds if proba is not None else time.perf_counter() - started


def takes_most_probable(model: Any) -> bool:
    """Whether a classifier is known to predict the class of the highest probability, the first of equals."""
    agrees_with = _MOST_PROBABLE.get(_name_of(type(model).predict))
    return agrees_with is not None and agrees_with in ("", _name_of(type(model).predict_proba))


def _name_of(function: Any) -> str:
    return f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}"


def _apply_first_steps(fitted: Any, features: Any) -> tuple[Any, Any]:
    """The last step of a plain Pipeline and the rows as it gets them; else what came."""
    from sklearn.pipeline import Pipeline

    from tabkit.preprocessing import TablePipeline

    if type(fitted) not in (Pipeline, TablePipeline) or len(fitted.steps) < 2:
        return fitted, features
    if fitted.steps[-1][1] in (None, "passthrough"):
        return fitted, features
    rows = features
    for _, step in fitted.steps[:-1]:  # a slice of the Pipeline would ask whether its last step is fitted
        if step not in (None, "passthrough"):
            rows = step.transform(rows)
    return fitted.steps[-1][1], rows


def _predict_proba(fitted: Any, features: Any) -> np.ndarray | None:
    import numpy as np

    if not hasattr(fitted, "predict_proba"):
        return None
    return np.asarray(fitted.predict_proba(features), dtype=float)


def _order_classes(given: np.ndarray, classes: Any, task: Task) -> np.ndarray:
    """Probabilities with a column for each class of the task, those unseen in training 0."""
    import numpy as np

    column_of = {label: column for column, label in enumerate(_plain(classes))}
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

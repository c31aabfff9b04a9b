"""The predictions of a fitted model as a fold keeps them: labels and probabilities, made once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from tabkit.data import Task

# Where `predict` is defined that takes the most probable class, the first of equals. A subclass with a
# `predict` of its own is none of them.
_MOST_PROBABLE = {
    "tabkit.boosting._classifier.BoostingClassifier.predict",
    "tabkit.neural_network._classifier.TabularMLPClassifier.predict",
    "tabkit.ensemble._averaged.AveragedClassifier.predict",
    "sklearn.ensemble._forest.ForestClassifier.predict",
    "tabkit.boosting._hist_gradient_boosting._RoleAwareEarlyStopping.predict",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingClassifier.predict",
    "sklearn.tree._classes.BaseDecisionTree.predict",
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
    given = _predict_proba(model, rows) if task.is_classification else None
    seconds = time.perf_counter() - started
    if given is not None and takes_most_probable(model):
        prediction = model.classes_[given.argmax(axis=1)]
    else:
        prediction = _predict(model, rows, task)
    proba = None if given is None else _order_classes(given, model.classes_, task)
    return prediction, proba, seconds if proba is not None else time.perf_counter() - started


def takes_most_probable(model: Any) -> bool:
    """Whether a classifier is known to predict the class of the highest probability, the first of equals."""
    predict = type(model).predict
    return f"{predict.__module__}.{predict.__qualname__}" in _MOST_PROBABLE


def _apply_first_steps(fitted: Any, features: Any) -> tuple[Any, Any]:
    """The last step of a plain Pipeline and the rows as it gets them; else what came."""
    from sklearn.pipeline import Pipeline

    from tabkit.preprocessing import TablePipeline

    if type(fitted) not in (Pipeline, TablePipeline) or len(fitted.steps) < 2:
        return fitted, features
    if fitted.steps[-1][1] in (None, "passthrough"):
        return fitted, features
    return fitted.steps[-1][1], fitted[:-1].transform(features)


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

"""Out-of-fold predictions beside the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tabkit._core._files import as_unicode
from tabkit.data import Table, Task
from tabkit.evaluation._evaluation import Evaluation
from tabkit.evaluation._store import probability_columns

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


@dataclass(frozen=True)
class ClassPredictions:
    """Out-of-fold predictions of a classifier, aligned with the truth.

    Attributes
    ----------
    fold, truth, label : ndarray of int, shape (n_predictions,)
        Fold; codes of the true and of the predicted class, in the order of the task's classes.
    proba : ndarray of shape (n_predictions, n_classes)
    """

    fold: np.ndarray
    truth: np.ndarray
    label: np.ndarray
    proba: np.ndarray


@dataclass(frozen=True)
class ValuePredictions:
    """Out-of-fold predictions of a regressor, aligned with the truth.

    Attributes
    ----------
    truth, predicted : ndarray of shape (n_predictions,)
    """

    truth: np.ndarray
    predicted: np.ndarray


def align_classes(evaluation: Evaluation, table: Table, task: Task) -> ClassPredictions:
    """Out-of-fold predictions of one candidate, as codes and probabilities.

    Parameters
    ----------
    evaluation : Evaluation
        Of a candidate with probabilities.
    table : Table
    task : Task
        A classification.

    Returns
    -------
    predictions : ClassPredictions
    """
    frame = evaluation.predictions()
    truth = table.target.iloc[frame["position"].to_numpy(dtype=int)]
    return ClassPredictions(
        fold=frame["fold"].to_numpy(dtype=int),
        truth=encode_written(task, truth),
        label=encode_written(task, frame["prediction"]),
        proba=frame[probability_columns(task)].to_numpy(dtype=float),
    )


def align_values(evaluation: Evaluation, table: Table) -> ValuePredictions:
    """Out-of-fold predictions of one candidate of a regression.

    Parameters
    ----------
    evaluation : Evaluation
    table : Table

    Returns
    -------
    predictions : ValuePredictions
    """
    frame = evaluation.predictions()
    truth = table.target.iloc[frame["position"].to_numpy(dtype=int)]
    return ValuePredictions(truth.to_numpy(dtype=float), frame["prediction"].to_numpy(dtype=float))


def encode_written(task: Task, labels: pd.Series) -> np.ndarray:
    """Turn labels into positions in ``task.classes`` by how they are written: a file may change their type.

    Parameters
    ----------
    task : Task
    labels : Series of shape (n_rows,)

    Returns
    -------
    codes : ndarray of int of shape (n_rows,)

    Raises
    ------
    KeyError
        If a label is not among the classes.
    """
    import numpy as np
    import pandas as pd

    position = {as_unicode(str(label)): code for code, label in enumerate(task.classes)}
    codes, found = pd.factorize(labels, use_na_sentinel=False)
    return np.array([position[as_unicode(str(label))] for label in found], dtype=int)[codes]

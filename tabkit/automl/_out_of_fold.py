"""What the candidates predict for rows that they were not fitted on, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tabkit.data import Table, Task
from tabkit.evaluation import Evaluation, encode_written, probability_columns


@dataclass(frozen=True)
class OutOfFold:
    """Out-of-fold predictions of several candidates for the same rows.

    Attributes
    ----------
    names : tuple of str
        Of the candidates.
    rows : ndarray of int of shape (n_rows,)
        Positions of the rows in the table, increasing.
    predicted : ndarray of shape (n_candidates, n_rows, n_columns)
        Probabilities in the order of the task's classes, or values in one column.
    truth : ndarray of shape (n_rows,)
        Codes of the classes, or values.
    """

    names: tuple[str, ...]
    rows: np.ndarray
    predicted: np.ndarray
    truth: np.ndarray

    @classmethod
    def of(
        cls, evaluations: Sequence[Evaluation], folds: Sequence[int], table: Table, task: Task
    ) -> OutOfFold:
        """Put what candidates predicted in some folds side by side.

        Parameters
        ----------
        evaluations : sequence of Evaluation
            Of candidates that have a result of each of these folds.
        folds : sequence of int
        table : Table
        task : Task

        Returns
        -------
        out_of_fold : OutOfFold
        """
        columns = probability_columns(task) if task.is_classification else ["prediction"]
        predicted = []
        rows = np.empty(0, dtype=np.int64)
        for evaluation in evaluations:
            frame = pd.concat([evaluation.predictions_of(fold) for fold in folds]).sort_values("position")
            rows = frame["position"].to_numpy(dtype=np.int64)
            predicted.append(frame[columns].to_numpy(dtype=np.float64))
        target = table.target.iloc[rows]
        truth = encode_written(task, target) if task.is_classification else target.to_numpy(dtype=np.float64)
        return cls(tuple(e.name for e in evaluations), rows, np.stack(predicted), truth)

    def take(self, names: Sequence[str]) -> OutOfFold:
        """Only some of the candidates, in this order.

        Parameters
        ----------
        names : sequence of str

        Returns
        -------
        out_of_fold : OutOfFold
        """
        places = [self.names.index(name) for name in names]
        return OutOfFold(tuple(names), self.rows, self.predicted[places], self.truth)


def row_losses(out_of_fold: OutOfFold, task: Task) -> np.ndarray:
    """Loss of each row by each candidate: log loss, or squared error.

    Parameters
    ----------
    out_of_fold : OutOfFold
    task : Task

    Returns
    -------
    losses : ndarray of shape (n_candidates, n_rows)
    """
    if not task.is_classification:
        return np.asarray((out_of_fold.predicted[:, :, 0] - out_of_fold.truth) ** 2)
    chosen = out_of_fold.predicted[:, np.arange(len(out_of_fold.rows)), out_of_fold.truth]
    return np.asarray(-np.log(np.clip(chosen, 1e-15, 1.0)))

"""The spread of a candidate's score over the rows, from its kept predictions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from tabkit._core import InputError, first_line
from tabkit.comparison._results._spread import Spread, block_units, sum_by_unit
from tabkit.data import Table, Task
from tabkit.evaluation import Evaluation, Folds, encode_written, primary_metric, probability_columns
from tabkit.metrics import METRICS, Metric, row_influence

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


class JudgedRows:
    """The rows that every candidate of a run was judged on, with their truth and their units.

    Parameters
    ----------
    table : Table
    task : Task
    folds : Folds
    metric : Metric, default=None
        None for the primary one.
    """

    def __init__(self, table: Table, task: Task, folds: Folds, metric: Metric | None = None) -> None:
        self.table = table
        self.task = task
        self.folds = folds
        self.metric = primary_metric(task) if metric is None else metric

    def spread_of(self, evaluation: Evaluation) -> Spread | None:
        """How much a candidate's score varies over the rows.

        Parameters
        ----------
        evaluation : Evaluation
            Finished.

        Returns
        -------
        spread : Spread or None
            None where the influence of a row is not known for the metric, or not defined on a fold, and
            where no predictions were kept.

        Raises
        ------
        InputError
            If a file of predictions is damaged.
        """
        import numpy as np

        is_known = METRICS.get(self.metric.name) is self.metric and self.metric.needs != "scores"
        is_whole = len(evaluation.folds) == len(self.folds) and _has_predictions(evaluation)
        if not (is_known and is_whole):
            return None
        influences, units = [], []
        for result in evaluation.folds:
            frame = _read(evaluation, result.fold)
            rows = frame["position"].to_numpy(dtype=int)
            given = self._given(frame)
            if given is None:
                return None
            influence = row_influence(self.metric, self._truth[rows], given, self.task.classes)
            if influence is None or np.isnan(influence).any():
                return None
            influences.append(influence)
            units.append(self._units[result.fold][rows])
        return sum_by_unit(influences, units)

    @cached_property
    def _truth(self) -> np.ndarray:
        import numpy as np

        if not self.task.is_classification:
            return np.asarray(self.table.target, dtype=float)
        return encode_written(self.task, self.table.target)

    @cached_property
    def _units(self) -> list[np.ndarray]:
        """The unit of each row as a test row of each fold: rows that stand for each other have one number.

        Groups where there are any, blocks where there are times, the coarser where there are both.
        """
        import numpy as np
        import pandas as pd

        table, tests = self.table, [test for _, test in self.folds.pairs]
        choices = []
        if table.groups is not None:
            codes = pd.factorize(table.groups, use_na_sentinel=False)[0]
            choices.append([codes] * len(tests))
        if table.times is not None:
            moments = pd.factorize(table.times, sort=True, use_na_sentinel=False)[0]
            blocks = []
            for test, numbers in zip(tests, block_units([moments[test] for test in tests]), strict=True):
                of_rows = np.full(table.n_rows, -1)
                of_rows[test] = numbers
                blocks.append(of_rows)
            choices.append(blocks)
        if not choices:
            return [np.arange(table.n_rows)] * len(tests)
        return min(choices, key=lambda units: _count_units(units, tests))

    def _given(self, frame: pd.DataFrame) -> np.ndarray | None:
        """What the metric judges, of the predictions of a fold; None where there are no probabilities."""
        if self.metric.needs == "probabilities":
            names = probability_columns(self.task)
            if not set(names) <= set(frame.columns):
                return None
            return frame[names].to_numpy(dtype=float)
        if self.metric.needs == "labels":
            return encode_written(self.task, frame["prediction"])
        return frame["prediction"].to_numpy(dtype=float)


def _count_units(units: Sequence[np.ndarray], tests: Sequence[np.ndarray]) -> int:
    import numpy as np

    return len(np.unique(np.concatenate([one[test] for one, test in zip(units, tests, strict=True)])))


def _has_predictions(evaluation: Evaluation) -> bool:
    """Whether those of every fold are there: a folder of results may have been thinned out."""
    if evaluation.in_memory is not None:
        return all(result.fold in evaluation.in_memory for result in evaluation.folds)
    folder = evaluation.folder
    return folder is not None and all(
        (folder / f"fold-{result.fold}.parquet").exists() for result in evaluation.folds
    )


def _read(evaluation: Evaluation, fold: int) -> pd.DataFrame:
    try:
        return evaluation.predictions_of(fold)
    except (OSError, ValueError) as error:
        assert evaluation.folder is not None
        path = evaluation.folder / f"fold-{fold}.parquet"
        raise InputError(f"{str(path)!r} cannot be read: {first_line(error)}") from error

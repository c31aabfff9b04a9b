"""Candidates of the catalog that are fitted once in a process, for the tests that only look at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from awkward_tables import make_awkward_frame
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import Pipeline

from tabkit.catalog import make_model
from tabkit.data import Table, Task, build_table, infer_task
from tabkit.evaluation import fit_rows

_FEWER = {
    "model__n_estimators": 10,
    "model__max_iter": 10,  # the same, of a booster that knows both names
    "model__max_epochs": 5,
}


@dataclass(frozen=True)
class Split:
    """An awkward table, and which of its rows are for training."""

    table: Table
    task: Task
    train: np.ndarray = field(repr=False)
    test: np.ndarray = field(repr=False)

    @property
    def test_frame(self) -> pd.DataFrame:
        return self.table.frame.iloc[self.test]


class Recorder(TransformerMixin, BaseEstimator):
    """Passes a frame on and remembers which rows it was fitted on."""

    def fit(self, X: pd.DataFrame, y: Any = None) -> Recorder:
        self.rows_ = list(X.index)
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        return X


@cache
def split_table(kind: str) -> Split:
    table = build_table(make_awkward_frame(kind, n_rows=160), target="outcome")
    rows = np.random.default_rng(0).permutation(table.n_rows)
    return Split(table, infer_task(table), rows[:120], rows[120:])


def make_small(name: str, task: Task) -> Pipeline:
    """The candidate with fewer trees, rounds or epochs, where it has any."""
    model = make_model(name, task=task)
    known = model.get_params()
    if name == "easy_ensemble":  # each of them is fifty trees
        model.set_params(model__n_estimators=2)
    elif name not in ("linear", "linear_splines", "elastic_net", "lasso"):
        model.set_params(**{key: value for key, value in _FEWER.items() if key in known})
    return model


@cache
def fit_candidate(name: str, kind: str) -> Pipeline:
    """The small candidate behind a recorder, fitted on the training rows: not to be changed."""
    split = split_table(kind)
    model = make_small(name, split.task)
    model.steps.insert(0, ("recorder", Recorder()))
    return fit_rows(model, split.table, split.train, n_threads=1)[0]

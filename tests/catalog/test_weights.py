"""Weights reach every candidate that takes them, and the others say so."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from fitted_candidates import make_small

from tabkit.catalog import CATALOG
from tabkit.data import build_table, infer_task
from tabkit.evaluation import fit_rows

TAKES_NONE = {
    "knn": "no part of it takes them",
    "adaboost": "has not implemented metadata routing",
    "easy_ensemble": "AdaBoostClassifier has not implemented metadata routing",
}


@pytest.fixture
def frame(awkward_frame) -> pd.DataFrame:
    frame = awkward_frame("binary", n_rows=200).dropna(subset=["outcome"])
    frame["weight"] = np.where(np.arange(len(frame)) % 2 == 0, 10.0, 0.1)
    return frame


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        # Most take weights of classes and of values by the same lines.
        pytest.param(
            c.name, kind, marks=pytest.mark.slow if kind == "regression" and "binary" in c.tasks else ()
        )
        for c in CATALOG
        for kind in ("binary", "regression")
        if kind in c.tasks
    ],
)
def test_weights_change_the_model(name: str, kind: str, frame: pd.DataFrame, awkward_frame) -> None:
    if kind == "regression":
        frame["outcome"] = awkward_frame("regression", n_rows=200)["outcome"]
    rows = np.arange(len(frame))
    predicted = []
    for weight in (None, "weight"):
        table = build_table(frame, target="outcome", weight=weight, drop=["weight"] if weight is None else [])
        model = make_small(name, infer_task(table))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            fitted, _ = fit_rows(model, table, rows, n_threads=1)
        predict = fitted.predict_proba if kind == "binary" else fitted.predict
        predicted.append(predict(table.frame))
    said = [str(entry.message) for entry in caught if "fitted without weights" in str(entry.message)]
    if name in TAKES_NONE:
        assert TAKES_NONE[name] in said[0]
        np.testing.assert_array_equal(*predicted)
    else:
        assert said == []
        assert abs(predicted[0] - predicted[1]).max() > 1e-3

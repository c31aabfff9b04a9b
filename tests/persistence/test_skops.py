"""Saved models: what is read back, and what is not trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fitted_candidates import fit_candidate, split_table
from sklearn.datasets import make_classification
from sklearn.linear_model import LinearRegression, LogisticRegression

import tabkit
from tabkit._core import InputError
from tabkit.calibration import (
    CalibratedClassifier,
    ConformalClassifier,
    ConformalRegressor,
    Costs,
    MaxRecall,
    TunedThresholdClassifier,
)
from tabkit.catalog import CALIBRATIONS, CATALOG
from tabkit.ensemble import (
    FoldBaggingRegressor,
    GreedyEnsembleClassifier,
    StackingClassifier,
    StackingRegressor,
)
from tabkit.resampling import ResampledClassifier, Resampler


@pytest.mark.parametrize(
    ("name", "task"),
    [
        pytest.param(
            c.name, task, marks=pytest.mark.slow if task == "regression" and "multiclass" in c.tasks else ()
        )
        for c in CATALOG
        for task in ("multiclass", "regression")
        if task in c.tasks
    ],
)
def test_every_candidate_predicts_the_same_when_read_back(name: str, task: str, tmp_path: Path) -> None:
    X, model = split_table(task).table.frame, fit_candidate(name, task)[1:]
    again = tabkit.load(tabkit.save(model, tmp_path / "model.skops"))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    if task == "multiclass":
        np.testing.assert_allclose(again.predict_proba(X), model.predict_proba(X), rtol=1e-12)


L, R = LogisticRegression(max_iter=1000), LinearRegression()


@pytest.mark.parametrize(
    "model",
    [
        *(
            CalibratedClassifier(L, method=method, min_isotonic_rows=50, random_state=0)
            for method in CALIBRATIONS
        ),
        CalibratedClassifier(L, method="sigmoid", ensemble=True, random_state=0),
        *(
            TunedThresholdClassifier(L, objective=goal, random_state=0)
            for goal in ("f1", MaxRecall(0.9), Costs(5.0, 1.0))
        ),
        ConformalClassifier(L, random_state=0),
        *(ConformalRegressor(R, method=method, random_state=0) for method in ("split", "cv_plus")),
        StackingClassifier([("one", L)]),
        StackingRegressor([("one", R)]),
        GreedyEnsembleClassifier([("one", L)]),
        FoldBaggingRegressor(R),
        *(ResampledClassifier(L, Resampler(method)) for method in ("smote", "random_under", "smote_enn")),
    ],
    ids=str,
)
def test_estimators_of_estimators_predict_the_same_when_read_back(model: Any, tmp_path: Path) -> None:
    X, y = make_classification(300, random_state=0)
    model.fit(X, y)
    again = tabkit.load(tabkit.save(model, tmp_path / "model.skops"))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_foreign_types_are_refused_unless_named(tmp_path: Path) -> None:
    from misbehaving_model import Foreign

    path = tabkit.save(Foreign().fit(), tmp_path / "model.skops")
    with pytest.raises(InputError, match=r"types that are not trusted: misbehaving_model\.Foreign"):
        tabkit.load(path)
    assert tabkit.load(path, trusted=["misbehaving_model.Foreign"]).fitted_ == 1


def test_functions_of_trusted_packages_are_not_trusted(tmp_path: Path) -> None:
    from sklearn.preprocessing import FunctionTransformer

    path = tabkit.save(FunctionTransformer(np.load), tmp_path / "model.skops")
    with pytest.raises(InputError, match="not trusted"):
        tabkit.load(path)


def test_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        tabkit.load(tmp_path / "model.skops")

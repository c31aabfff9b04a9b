"""Dates, durations and complex numbers, as targets and as columns: refused by every estimator, in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from public_estimators import CLASSIFIERS, REGRESSORS, build, build_from_catalog
from sklearn.base import is_classifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from tabkit import InputError, make_model
from tabkit.boosting import HistGradientBoostingRegressor
from tabkit.calibration import CalibratedClassifier, ConformalClassifier, SplitCalibratedClassifier
from tabkit.catalog import CATALOG
from tabkit.neural_network import TabularMLPMultiTarget, TabularPretrainer
from tabkit.preprocessing import TablePreprocessor

N_ROWS = 40
X = np.random.default_rng(0).normal(size=(N_ROWS, 2))
DAYS = pd.Series(pd.date_range("2024-01-01", periods=2).repeat(N_ROWS // 2))
COMPLEX = "Complex data not supported"

REFUSED = {
    "datetime64": (DAYS, "holds dates: choose a column of numbers or labels"),
    "named": (DAYS.rename("day"), "the target 'day' holds dates"),
    "with a time zone": (DAYS.dt.tz_localize("UTC"), "holds dates"),
    "datetime objects": (pd.Series([day.to_pydatetime() for day in DAYS], dtype=object), "holds dates"),
    "date objects": (DAYS.dt.date, "holds dates"),
    "Arrow": (DAYS.astype("timestamp[ns][pyarrow]"), "holds dates"),
    "category": (DAYS.astype("category"), "holds dates"),
    "periods": (DAYS.dt.to_period("D"), "holds dates"),
    "durations": (DAYS - DAYS[0], r"holds durations: count them, as by \.dt\.total_seconds\(\)"),
    "complex": (X[:, 0] + 1j, f"holds complex numbers: {COMPLEX}, choose a column of numbers or labels"),
    "complex objects": ((X[:, 0] + 1j).astype(object), "holds complex numbers"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("cls", [*CLASSIFIERS, *REGRESSORS], ids=lambda cls: cls.__name__)
def test_every_estimator_refuses_such_targets(cls: type, kind: str) -> None:
    y, message = REFUSED[kind]
    with pytest.raises(InputError, match=message):
        build(cls).fit(X, y)


@pytest.mark.parametrize(
    ("name", "task"),
    [(c.name, task) for c in CATALOG for task in ("binary", "regression") if task in c.tasks],
)
def test_every_model_of_the_catalog_refuses_such_targets(name: str, task: str) -> None:
    for y, message in REFUSED.values():
        with pytest.raises(InputError, match=message):
            build_from_catalog(name, task).fit(X, y)


@pytest.mark.parametrize("kind", REFUSED)
def test_the_logarithm_of_such_targets_is_refused(kind: str) -> None:
    y, message = REFUSED[kind]
    with pytest.raises(InputError, match=message):
        make_model("linear", task="regression", target_transform="log").fit(X, y)


def test_the_target_among_several_is_named() -> None:
    y = pd.DataFrame({"price": X[:, 0], "day": DAYS})
    with pytest.raises(InputError, match=r"target 'day'.* holds dates"):
        TabularMLPMultiTarget(max_epochs=1).fit(X, y)


@pytest.mark.parametrize("cls", REGRESSORS, ids=lambda cls: cls.__name__)
def test_regressors_count_missing_values_and_name_text(cls: type) -> None:
    missing = pd.Series(range(N_ROWS), dtype="Int64").where(X[:, 0] > -10).mask(np.arange(N_ROWS) < 3)
    with pytest.raises(InputError, match=r"y: 3 of 40 values are missing \(NaN or None\): drop these rows"):
        build(cls).fit(X, missing)
    with pytest.raises(InputError, match=r"values that are no numbers, .*: could not convert .*'a'"):
        build(cls).fit(X, ["a", "b"] * (N_ROWS // 2))


ENCODING = [
    TablePreprocessor(),
    TabularPretrainer(max_epochs=1),
    TabularMLPMultiTarget(max_epochs=1),
    SplitCalibratedClassifier(LinearSVC(), random_state=0),
    *(build(cls) for cls in [*CLASSIFIERS, *REGRESSORS] if "estimator" not in build(cls).get_params()),
    make_model("linear", task="binary"),
    CalibratedClassifier(make_model("linear", task="binary"), cv=2, random_state=0),
    ConformalClassifier(make_model("lightgbm", task="binary"), random_state=0),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("is_object", [False, True])
@pytest.mark.parametrize("model", ENCODING, ids=str)
def test_complex_columns_are_named(model: Any, is_object: bool) -> None:
    if hasattr(model, "estimators"):
        task = "binary" if is_classifier(model) else "regression"
        model.set_params(estimators=[("one", make_model("linear", task=task))])
    frame = pd.DataFrame({"a": X[:, 0], "z": X[:, 1] + 1j})
    if is_object:
        frame["z"] = frame["z"].astype(object).mask(np.arange(N_ROWS) < 2)
    y = np.arange(N_ROWS) % 2
    dtype = "object" if is_object else "complex128"
    with pytest.raises(InputError, match=rf"column 'z' holds complex numbers \({dtype}\): {COMPLEX}, pass"):
        model.fit(frame, y)


@pytest.mark.parametrize("model", [TablePreprocessor(), *map(build, REGRESSORS[:1])], ids=str)
def test_complex_arrays_are_refused(model: Any) -> None:
    with pytest.raises(InputError, match=rf"X holds complex numbers \(complex128\): {COMPLEX}"):
        model.fit(X + 1j, X[:, 0])


@pytest.mark.parametrize(
    "model", [HistGradientBoostingRegressor(), SplitCalibratedClassifier(LinearSVC(), random_state=0)]
)
def test_dates_are_refused_where_none_are_read(model: Any) -> None:
    frame = pd.DataFrame({"a": X[:, 0], "day": DAYS})
    owner = type(model).__name__
    with pytest.raises(
        InputError, match=rf"column 'day' holds dates \(datetime64\[ns\]\): {owner} reads none"
    ):
        model.fit(frame, np.arange(N_ROWS) % 2)
    with pytest.raises(InputError, match="column 'day' holds durations"):
        model.fit(frame.assign(day=DAYS - DAYS[0]), np.arange(N_ROWS) % 2)


def test_dates_are_read_where_they_are_prepared() -> None:
    frame = pd.DataFrame({"a": X[:, 0], "day": pd.date_range("2024-01-01", periods=N_ROWS)})
    model = make_model("linear", task="binary").fit(frame, np.arange(N_ROWS) >= N_ROWS // 2)
    assert model.score(frame, np.arange(N_ROWS) >= N_ROWS // 2) > 0.9
    assert isinstance(model[-1], LogisticRegression)

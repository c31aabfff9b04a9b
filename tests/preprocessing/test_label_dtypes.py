"""Labels of every dtype go into every classifier and come back in their own terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from public_estimators import CLASSIFIERS, build, build_from_catalog, shrink
from sklearn.base import clone, is_classifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from tabkit import InputError
from tabkit.catalog import CATALOG, finish_model
from tabkit.data import Task
from tabkit.preprocessing import TablePipeline, TablePreprocessor
from tabkit.preprocessing._labels import as_labels, find_labels, learn_classes

N_ROWS = 80
CODES = np.random.default_rng(0).integers(0, 2, N_ROWS)
# A column that tells the classes apart, and one that does not.
X = np.random.default_rng(1).normal(size=(N_ROWS, 2)) + CODES[:, np.newaxis] * [6.0, 0.0]

BOOL, INT, FLOAT = np.array([False, True]), np.array([3, 7]), np.array([1.0, 2.0])
TEXT = np.array(["no", "yes"], dtype=object)


def series(labels: np.ndarray, dtype: Any) -> pd.Series:
    return pd.Series(labels[CODES], name="sold").astype(dtype)


# Classes as they must come back, and the target.
TARGETS: dict[str, tuple[np.ndarray, Any]] = {
    "bool": (BOOL, BOOL[CODES]),
    "boolean": (BOOL, series(BOOL, "boolean")),
    "boolean array": (BOOL, pd.array(BOOL[CODES], dtype="boolean")),
    "boolean frame": (BOOL, series(BOOL, "boolean").to_frame()),
    "bool[pyarrow]": (BOOL, series(BOOL, "bool[pyarrow]")),
    "object bools": (BOOL, series(BOOL, object)),
    "Int64": (INT, series(INT, "Int64")),
    "UInt8": (INT.astype("uint8"), series(INT, "UInt8")),
    "int8": (INT.astype("int8"), series(INT, "int8")),
    "int64[pyarrow]": (INT, series(INT, "int64[pyarrow]")),
    "object ints": (INT, series(INT, object)),
    "category of ints": (INT, series(INT, "category")),
    "float": (FLOAT, series(FLOAT, float)),
    "Float64": (FLOAT, series(FLOAT, "Float64")),
    "float32": (FLOAT.astype("float32"), series(FLOAT, "float32")),
    "text": (TEXT, series(TEXT, object)),
    "list": (TEXT.astype(str), TEXT[CODES].tolist()),
    "str_": (TEXT.astype(str), TEXT.astype(str)[CODES]),
    "string": (TEXT, series(TEXT, "string[python]")),
    "string[pyarrow]": (TEXT, series(TEXT, "string[pyarrow]")),
    "Arrow string": (TEXT, series(TEXT, pd.ArrowDtype(pa.string()))),
    "category": (TEXT, series(TEXT, "category")),
    # Sorted by value: the order of categories is no order of classes.
    "ordered category": (TEXT, series(TEXT, pd.CategoricalDtype(["yes", "unused", "no"], ordered=True))),
    "polars bool": (BOOL, pl.Series(BOOL[CODES])),
    "polars text": (TEXT, pl.Series(TEXT[CODES].tolist())),
    "polars category": (TEXT, pl.Series(TEXT[CODES].tolist(), dtype=pl.Categorical)),
    "Arrow array": (INT, pa.array(INT[CODES])),
    "chunked Arrow array": (TEXT, pa.chunked_array([TEXT[CODES].tolist()])),
}
# One of each kind that scikit-learn or a library would change by itself.
TELLING = ("boolean", "Int64", "UInt8", "object bools", "string[pyarrow]", "category of ints", "polars text")
# Every dtype goes into these: of the boosters, of scikit-learn, around others, networks.
THOROUGH = (
    "LightGBMClassifier",
    "HistGradientBoostingClassifier",
    "CalibratedClassifier",
    "StackingClassifier",
    "TabularMLPClassifier",
)

warns = pytest.mark.filterwarnings("ignore")


def check_labels_come_back(model: Any, classes: np.ndarray, y: Any, *, is_exact: bool = True) -> None:
    predicted = model.fit(X, y).predict(X)
    for labels in (model.classes_, predicted):
        assert isinstance(labels, np.ndarray)
        assert labels.dtype == classes.dtype
    assert model.classes_.tolist() == classes.tolist()
    if is_exact:
        assert (predicted == classes[CODES]).mean() > 0.9


@warns
@pytest.mark.parametrize(
    ("cls", "target"),
    [
        pytest.param(
            cls,
            target,
            id=f"{cls.__name__}-{target}",
            marks=() if target in TELLING or cls.__name__ in THOROUGH else pytest.mark.slow,
        )
        for cls in CLASSIFIERS
        for target in TARGETS
    ],
)
def test_every_classifier_keeps_the_dtype_of_labels(cls: type, target: str) -> None:
    classes, y = TARGETS[target]
    # A network needs more epochs to be right.
    check_labels_come_back(build(cls), classes, y, is_exact=not cls.__name__.startswith("Tabular"))


@warns
@pytest.mark.parametrize(
    "target",
    [
        pytest.param(t, marks=() if t in ("boolean", "category of ints") else pytest.mark.slow)
        for t in TELLING
    ],
)
@pytest.mark.parametrize("name", [c.name for c in CATALOG if "binary" in c.tasks])
def test_every_model_of_the_catalog_keeps_the_dtype_of_labels(name: str, target: str) -> None:
    classes, y = TARGETS[target]
    # A few rows are left of each class by under-sampling, too few for a booster's leaves.
    is_exact = name not in ("dummy", "mlp", "tabm", "ft_transformer", "mlp_focal", "elastic_net", "lasso")
    is_exact = is_exact and not name.startswith("lightgbm_undersampled")
    if name == "dummy" and classes.dtype == object:
        # scikit-learn's predicts text as NumPy's own.
        predicted = build_from_catalog(name, "binary").fit(X, y).predict(X)
        assert set(predicted.tolist()) <= set(classes.tolist())
        return
    check_labels_come_back(build_from_catalog(name, "binary"), classes, y, is_exact=is_exact)


@warns
@pytest.mark.parametrize("target", TELLING)
@pytest.mark.parametrize(
    "asked", [{"threshold": "0.3"}, {"threshold": "f1"}, {"calibration": "sigmoid"}], ids=str
)
def test_what_stands_around_a_model_keeps_the_dtype_of_labels(asked: dict[str, str], target: str) -> None:
    classes, y = TARGETS[target]
    task = Task("binary", classes=tuple(classes.tolist()), **asked)
    pipeline = TablePipeline([("prepare", TablePreprocessor("linear")), ("model", LogisticRegression())])
    check_labels_come_back(shrink(finish_model(pipeline, task, 0)), classes, y)


@warns
@pytest.mark.parametrize(
    "kind",
    [
        "object",
        "boolean",
        *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("float", "string", "category")),
    ],
)
@pytest.mark.parametrize("cls", CLASSIFIERS, ids=lambda cls: cls.__name__)
def test_every_classifier_refuses_missing_labels(cls: type, kind: str) -> None:
    plain = {"boolean": BOOL, "float": FLOAT}.get(kind, TEXT)
    y = pd.Series(plain[CODES], dtype=kind).where(np.arange(N_ROWS) >= 7)
    with pytest.raises(InputError, match=r"y: 7 of 80 rows have no label .*: drop these rows"):
        build(cls).fit(X, y)


@pytest.mark.parametrize("threshold", ["", "0.3"])
def test_a_pipeline_refuses_missing_labels(threshold: str) -> None:
    y = pd.Series(TEXT[CODES]).where(np.arange(N_ROWS) >= 7, None)
    task = Task("binary", classes=("no", "yes"), threshold=threshold)
    pipeline = TablePipeline([("prepare", TablePreprocessor("linear")), ("model", LogisticRegression())])
    with pytest.raises(InputError, match="y: 7 of 80 rows have no label"):
        finish_model(pipeline, task, 0).fit(X, y)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([1, "a"] * 4, "labels of type int and str, .*: make them all text"),
        ([(1,), (2,)] * 4, "labels of type tuple"),
        (pd.Series(pd.cut(np.arange(8.0), 2)), "labels of type Interval"),
        (np.array([b"a", b"b"] * 4), "labels of type bytes: make them text"),
        (np.array([1.0, np.inf] * 4), "4 of 8 labels are infinite"),
    ],
)
def test_what_cannot_be_a_label_is_refused_in_words(y: Any, message: str) -> None:
    target: Any = y
    if isinstance(y, list):
        target = np.empty(len(y), dtype=object)
        target[:] = y
    with pytest.raises(InputError, match=message):
        learn_classes(target)


def test_the_pipeline_is_scikit_learns_but_for_the_target() -> None:
    model = TablePipeline([("prepare", TablePreprocessor("linear")), ("model", LogisticRegression())])
    assert isinstance(model, Pipeline)
    assert is_classifier(model)
    assert type(clone(model)) is type(model[:1]) is TablePipeline
    assert list(model.named_steps) == ["prepare", "model"]
    plain = Pipeline(clone(model).steps)
    weight = np.linspace(0.1, 2.0, N_ROWS)
    for own in (model, plain):
        own.set_output(transform="pandas").fit(X, BOOL[CODES], model__sample_weight=weight)
    np.testing.assert_array_equal(model.predict_proba(X), plain.predict_proba(X))
    pd.testing.assert_frame_equal(model[:-1].transform(X), plain[:-1].transform(X))
    assert model.score(X, TARGETS["boolean"][1]) > 0.9


LABELS = st.one_of(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2, unique=True),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=2, unique=True),
    st.lists(st.integers(-1000, 1000).map(float), min_size=2, unique=True),
    st.just([False, True]),
)
CONTAINERS: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "objects": lambda labels: pd.Series(labels, dtype=object),
    "nullable": lambda labels: pd.Series(labels).convert_dtypes(),
    "Arrow-backed": lambda labels: pd.Series(labels).convert_dtypes(dtype_backend="pyarrow"),
    "category": lambda labels: pd.Series(labels).astype("category"),
    "polars": pl.Series,
    "Arrow": pa.array,
}


@settings(deadline=None, max_examples=50)
@given(
    labels=LABELS,
    container=st.sampled_from(sorted(CONTAINERS)),
    rows=st.lists(st.integers(0, 10**6), max_size=20),
)
def test_labels_come_back_from_any_container(labels: list[Any], container: str, rows: list[int]) -> None:
    given_labels = labels + [labels[row % len(labels)] for row in rows]
    y = CONTAINERS[container](given_labels)
    codes, classes = learn_classes(y)
    assert classes[codes].tolist() == given_labels
    assert classes.tolist() == sorted(labels)
    assert classes.dtype == as_labels(y).dtype
    assert classes.dtype.kind in {bool: "b", int: "iu", float: "fi", str: "UO"}[type(labels[0])]
    np.testing.assert_array_equal(find_labels(y, classes), codes)

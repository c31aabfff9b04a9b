"""What goes in: categories, text, dates, any column names, any labels; alike for all libraries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from boosting_cases import make, predict

from tabkit import InputError

Target = Callable[[type], np.ndarray]


def test_a_frame_goes_in_as_it_is(estimator: type, frame: pd.DataFrame, target: Target) -> None:
    y = target(estimator)
    untouched = frame.copy(deep=True)
    model = make(estimator, validation_fraction=0.2).fit(frame, y)
    assert model.score(frame, y) > (0.85 if y.dtype.kind == "U" else 0.7)
    assert list(model.feature_names_in_) == list(frame)
    pd.testing.assert_frame_equal(frame, untouched)


def test_importances_name_the_columns_that_matter(
    estimator: type, frame: pd.DataFrame, target: Target
) -> None:
    importances = make(estimator).fit(frame, target(estimator)).feature_importances_
    assert importances.sum() == pytest.approx(1.0)
    best = pd.Series(importances, index=frame.columns).nlargest(2).index
    assert set(best) == {"colour", "size"}


def test_the_order_of_categories_changes_no_prediction(
    estimator: type, frame: pd.DataFrame, target: Target
) -> None:
    permuted = frame.assign(colour=frame["colour"].cat.reorder_categories(["green", "red", "blue"]))
    assert (permuted["colour"].cat.codes != frame["colour"].cat.codes).any()
    model = make(estimator).fit(frame, target(estimator))
    expected = predict(model, frame)
    np.testing.assert_array_equal(predict(model, permuted), expected)
    np.testing.assert_array_equal(predict(make(estimator).fit(permuted, target(estimator)), frame), expected)


def test_a_category_means_the_same_in_any_dtype(estimator: type, frame: pd.DataFrame, target: Target) -> None:
    model = make(estimator).fit(frame, target(estimator))
    for dtype in ("object", "string"):
        other = frame.assign(colour=frame["colour"].astype(dtype))
        np.testing.assert_array_equal(predict(model, other), predict(model, frame))


def test_an_unseen_category_counts_as_missing(estimator: type, frame: pd.DataFrame, target: Target) -> None:
    model = make(estimator).fit(frame, target(estimator))
    unseen = frame.assign(town="Atlantis", colour=pd.Categorical(["violet"] * len(frame)))
    missing = frame.assign(town=None, colour=None)
    np.testing.assert_array_equal(predict(model, unseen), predict(model, missing))
    assert not np.array_equal(predict(model, unseen), predict(model, frame))


def test_a_batch_with_one_category_is_read_like_the_whole(
    estimator: type, frame: pd.DataFrame, target: Target
) -> None:
    model = make(estimator).fit(frame, target(estimator))
    rows = np.flatnonzero(frame["colour"] == "red")
    batch = frame.iloc[rows].assign(colour=lambda part: part["colour"].cat.remove_unused_categories())
    np.testing.assert_array_equal(predict(model, batch), predict(model, frame)[rows])


def test_any_column_names(estimator: type) -> None:
    X = np.random.default_rng(0).normal(size=(200, 5))
    names = ['a["x"]: {1}', "<b>", "a, b", "größe 中文", ""]
    plain = make(estimator).fit(X, X[:, 0] > 0)
    named = make(estimator).fit(pd.DataFrame(X, columns=names), X[:, 0] > 0)
    assert list(named.feature_names_in_) == names
    np.testing.assert_array_equal(predict(named, pd.DataFrame(X, columns=names)), predict(plain, X))


def test_columns_are_found_by_name(estimator: type, frame: pd.DataFrame, target: Target) -> None:
    model = make(estimator).fit(frame, target(estimator))
    others = frame[frame.columns[::-1]].assign(other=1.0)
    np.testing.assert_array_equal(predict(model, others), predict(model, frame))
    with pytest.raises(
        InputError, match=r"feature names should match.*lacks 1 column of those at fit: 'colour'"
    ):
        model.predict(frame.drop(columns="colour"))
    with pytest.raises(InputError, match="X has no column names"):
        model.predict(frame.to_numpy())


@pytest.mark.parametrize("dtype", [np.float32, np.int64, object])
def test_arrays(estimator: type, dtype: type) -> None:
    X = np.random.default_rng(0).integers(0, 50, (200, 3))
    expected = make(estimator).fit(X.astype(np.float64), X[:, 0] > 20)
    model = make(estimator).fit(X.astype(dtype), X[:, 0] > 20)
    np.testing.assert_array_equal(predict(model, X.astype(dtype)), predict(expected, X))


def test_an_array_of_text(classifier: type) -> None:
    X = np.array([["a", "x"], ["b", "x"], ["a", "y"], ["b", "y"]] * 40)
    model = make(classifier, validation_fraction=0.25).fit(X, X[:, 0])
    assert (model.predict(X) == X[:, 0]).all()


def test_infinite_values_are_refused(estimator: type) -> None:
    X = np.random.default_rng(0).normal(size=(100, 2))
    model = make(estimator).fit(X, X[:, 0] > 0)
    X[3, 1] = np.inf
    for infinite in (X, pd.DataFrame(X)):
        with pytest.raises(ValueError, match="infinity"):
            make(estimator).fit(infinite, X[:, 0] > 0)
    with pytest.raises(ValueError, match="infinity"):
        model.predict(X)


@pytest.mark.parametrize(
    "labels",
    [
        ["no", "yes"],
        [False, True],
        [3, 7],
        [-1.0, 1.0],
        ["low", "middle", "high"],
        [10, 20, 40],
        pd.Categorical(["z", "a", "m"]),
    ],
    ids=lambda labels: "-".join(map(str, labels)),
)
def test_any_labels(classifier: type, labels: Any) -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, len(labels), 300)
    X = codes[:, None] + rng.normal(0, 0.1, (300, 1))
    y = np.asarray(labels)[codes]
    model = make(classifier).fit(X, y)
    np.testing.assert_array_equal(model.classes_, np.unique(y))
    assert model.classes_.dtype == y.dtype
    assert (model.predict(X) == y).mean() > 0.98
    proba = model.predict_proba(X)
    assert proba.dtype == np.float64
    assert proba.shape == (300, len(labels))
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(model.classes_[proba.argmax(axis=1)], model.predict(X))


@pytest.mark.parametrize("dtype", ["Int64", "boolean"])
def test_nullable_labels_stay_what_they_are(classifier: type, dtype: str) -> None:
    X = np.random.default_rng(0).normal(size=(100, 1))
    model = make(classifier).fit(X, pd.Series(X[:, 0] > 0).astype(dtype))
    assert model.classes_.dtype.kind == {"Int64": "i", "boolean": "b"}[dtype]


def test_a_class_with_one_row_keeps_its_column(classifier: type) -> None:
    X = np.random.default_rng(0).normal(size=(200, 2))
    y = np.where(X[:, 0] > 0, "a", "b").astype(object)
    y[17] = "once"
    model = make(classifier).fit(X, y)
    assert list(model.classes_) == ["a", "b", "once"]
    assert model.predict_proba(X).shape == (200, 3)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (["a"] * 50, "1 class, 'a'"),
        (["a", None] * 25, "25 of 50 rows have no label"),
        (np.linspace(0, 1, 50), "Unknown label type"),
    ],
)
def test_says_what_is_wrong_with_labels(classifier: type, y: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(classifier).fit(np.zeros((50, 1)), y)


@pytest.mark.parametrize(("value", "called"), [(np.nan, "missing"), (np.inf, "infinite")])
def test_values_must_be_finite(regressor: type, value: float, called: str) -> None:
    with pytest.raises(InputError, match=f"y: 25 of 50 values are {called}"):
        make(regressor).fit(np.zeros((50, 1)), [1.0, value] * 25)


def test_an_empty_frame_is_refused(estimator: type, frame: pd.DataFrame, target: Target) -> None:
    model = make(estimator).fit(frame, target(estimator))
    with pytest.raises(InputError, match=r"X has no rows: .*shape=\(0, 9\)"):
        model.predict(frame[:0])


def test_too_many_categories_keep_the_most_frequent(estimator: type) -> None:
    rng = np.random.default_rng(0)
    town = rng.permutation(np.repeat([f"town {number}" for number in range(1, 30)], [200, 99, 60, *[5] * 26]))
    X = pd.DataFrame({"town": town, "size": rng.normal(size=len(town))})
    y = X["town"].eq("town 1")
    model = make(estimator, max_categories=3).fit(X, y)
    assert model._encoder.columns[0].categories == ["town 1", "town 2", "town 3"]
    other = X.assign(town=X["town"].where(X["town"].isin(["town 1", "town 2", "town 3"])))
    np.testing.assert_array_equal(predict(model, X), predict(model, other))


def test_writes_nothing_to_the_folder_or_the_terminal(
    estimator: type,
    frame: pd.DataFrame,
    target: Target,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    predict(make(estimator).fit(frame, target(estimator)), frame)

    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")

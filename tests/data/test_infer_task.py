"""The task that follows from a target."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tabkit._core import InputError
from tabkit.data import build_table, infer_task


@pytest.mark.parametrize(
    ("target", "kind", "classes"),
    [
        ([0, 1] * 10, "binary", (0, 1)),
        ([0.0, 1.0] * 10, "binary", (0, 1)),
        ([1.5, 2.5] * 10, "regression", ()),
        ([True, False] * 10, "binary", (False, True)),
        (["a", "b", "c"] * 10, "multiclass", ("a", "b", "c")),
        ([3, 4, 5, 6, 7, 8, 9] * 10, "multiclass", (3, 4, 5, 6, 7, 8, 9)),
        (list("ABCDEFGHIJKLMNOPQRSTUVWXYZ") * 3, "multiclass", tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
        (list(range(20)) * 3, "multiclass", tuple(range(20))),
        (list(range(21)) * 30, "regression", ()),
        (list(range(20)) * 2, "regression", ()),
        ([0.5, 1.5, 2.5] * 30, "regression", ()),
        (np.linspace(0, 1, 50), "regression", ()),
    ],
)
def test_kind_and_classes(target: Any, kind: str, classes: tuple[Any, ...]) -> None:
    task = infer_task(pd.Series(target))
    assert (task.kind, task.classes) == (kind, classes)
    assert [type(label) for label in task.classes] == [type(label) for label in classes]


@pytest.mark.parametrize(
    ("labels", "counts", "positive"),
    [
        (["no", "yes"], (2, 8), "yes"),
        (["No", "Yes"], (8, 2), "Yes"),
        ([0, 1], (2, 8), 1),
        ([-1, 1], (2, 8), 1),
        ([False, True], (2, 8), True),
        (["negative", "positive"], (2, 8), "positive"),
        (["no", "subscribed"], (2, 8), "subscribed"),
        ([1, 2], (8, 2), 2),
        ([1, 2], (2, 8), 1),
        (["good", "bad"], (7, 3), "bad"),
        (["ham", "spam"], (8, 2), "spam"),
        (["<=50K", ">50K"], (8, 2), ">50K"),
        (["cat", "dog"], (5, 5), "dog"),
        (["dog", "cat"], (5, 5), "dog"),
    ],
)
def test_positive_class(labels: list[Any], counts: tuple[int, int], positive: Any) -> None:
    target = pd.Series([labels[0]] * counts[0] + [labels[1]] * counts[1])
    task = infer_task(target)
    assert task.positive == positive
    assert set(task.classes) == set(labels)


@pytest.mark.parametrize(
    ("labels", "given", "positive"),
    [
        ([0, 1], "0", 0),
        ([0, 1], 0, 0),
        ([0, 1], 0.0, 0),
        ([False, True], "false", False),
        ([False, True], False, False),
        (["Yes", "No"], "no", "No"),
        (["a", "A"], "A", "A"),
        (["a", "A"], "a", "a"),
        ([1.0, 2.0], "1.0", 1),
    ],
)
def test_positive_class_as_given(labels: list[Any], given: Any, positive: Any) -> None:
    task = infer_task(pd.Series(labels * 5), positive=given)
    assert task.classes[1] == positive
    assert type(task.positive) is type(positive)


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        (["a", "b"], {"kind": "regression"}, "regression needs numbers, and the target 't' holds 'a'"),
        (["a", "b"], {"kind": "multiclass"}, "the task cannot be multiclass: the target 't' has 2 labels"),
        (["a", "b", "c"], {"kind": "binary"}, "the task cannot be binary: the target 't' has 3 labels"),
        ([1, 2], {"kind": "ranking"}, "unknown task 'ranking': choose one of binary, multiclass, regression"),
        ([0, 1], {"positive": "2"}, "there is no positive class '2': the labels of 't' are 0 and 1"),
        (
            ["a", "b", "c"],
            {"positive": "a"},
            r"a positive class \('a'\) needs two labels, and the task is multiclass",
        ),
        (
            [0.5, 1.5, 2],
            {"positive": 2},
            r"a positive class \(2\) needs two labels, and the task is regression",
        ),
        (
            [f"message {row}" for row in range(50)],
            {},
            "has 50 different values in 50 rows, too many for labels",
        ),
        (
            np.arange(50.0) / 3,
            {"kind": "multiclass"},
            "has 50 different values in 50 rows, too many for labels",
        ),
        (["a", "a"], {}, "the target 't' has one value only"),
    ],
)
def test_what_does_not_fit(target: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        infer_task(pd.Series(target, name="t"), **options)


def test_kind_can_be_chosen() -> None:
    ratings = pd.Series([3, 4, 5, 6] * 10)
    assert infer_task(ratings).kind == "multiclass"
    assert infer_task(ratings, kind="regression").kind == "regression"
    rings = pd.Series(list(range(30)) * 10)
    assert infer_task(rings).kind == "regression"
    assert infer_task(rings, kind="multiclass").classes == tuple(range(30))


def test_metric() -> None:
    target = pd.Series([0, 1] * 5)
    assert infer_task(target).metric == "roc_auc"
    assert infer_task(target, metric="log_loss").metric == "log_loss"


def test_roles_and_kinds_come_from_the_table() -> None:
    frame = pd.DataFrame(
        {
            "a": [1.5, 2.5, 3.5, 4.5],
            "word": ["x", "y", "x", "y"],
            "same": 1,
            "who": [1, 1, 2, 2],
            "when": pd.date_range("2020", periods=4),
            "y": ["n", "y", "n", "y"],
        }
    )
    task = infer_task(build_table(frame, time="when", group="who"))
    assert (task.has_groups, task.has_times) == (True, True)
    assert task.kinds == {"a": "numeric", "word": "category", "when": "date"}
    assert task.classes == ("n", "y")
    plain = infer_task(frame["y"])
    assert (plain.has_groups, plain.has_times, plain.kinds) == (False, False, {})


def test_fractions_are_no_labels() -> None:
    with pytest.raises(InputError, match=r"cannot be binary: labels are text or whole numbers.*holds 0\.5"):
        infer_task(pd.Series([0.5, 1.5] * 10, name="y"), kind="binary")

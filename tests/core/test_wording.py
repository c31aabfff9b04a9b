"""Values and counts in messages: no type of a library, and no "1 rows"."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

import tabkit
from tabkit._core import InputError
from tabkit._core._times import encode_times
from tabkit._core._wording import agree, say_count, say_value, say_values
from tabkit.calibration import CalibratedClassifier, SplitCalibratedClassifier
from tabkit.metrics import expected_calibration_error
from tabkit.preprocessing._labels import find_labels, learn_classes


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.int64(2), "2"),
        (np.float64(1.5), "1.5"),
        (np.float32(2.0), "2.0"),
        (np.bool_(True), "True"),
        (np.str_("no"), "'no'"),
        ("it's", '"it\'s"'),
        (pd.Timestamp("2024-01-02"), "2024-01-02 00:00:00"),
        (np.datetime64("2024-01-02"), "2024-01-02"),
        (None, "None"),
        ("x" * 40, f"'{'x' * 26}..."),
    ],
)
def test_a_value_is_said_without_its_type(value: object, said: str) -> None:
    assert say_value(value) == said


def test_several_values_and_counts() -> None:
    assert say_values(np.array(["no", "yes"])) == "'no', 'yes'"
    assert say_values(np.arange(12), limit=3) == "0, 1, 2 and 9 more"
    assert [say_count(n, "row") for n in (0, 1, 2, 1204)] == ["0 rows", "1 row", "2 rows", "1,204 rows"]
    assert [agree(n, "is", "are") for n in (0, 1, 2)] == ["are", "is", "are"]


@pytest.mark.parametrize("label", [np.int64(3), np.float64(3.0), np.bool_(True), np.str_("only")])
def test_one_class_is_named_as_it_is_written(label: Any) -> None:
    y = np.array([label] * 8)
    X = np.arange(16.0).reshape(8, 2)
    wanted = rf"{re.escape(say_value(label))}: at least (2|two)"
    for model in (
        CalibratedClassifier(LogisticRegression(), random_state=0),
        SplitCalibratedClassifier(LinearSVC(), random_state=0),
    ):
        with pytest.raises(ValueError, match=wanted):
            model.fit(X, y)
    with pytest.raises(InputError, match=rf"y has 1 class, {re.escape(say_value(label))}: at least 2"):
        learn_classes(y)


def test_labels_that_are_none_of_the_classes() -> None:
    with pytest.raises(InputError, match=r"the label 7 is none of the classes 1, 2$"):
        find_labels(np.array([1, 7]), np.array([1, 2]))
    with pytest.raises(InputError, match=r"label 7 is not among labels 1, 2$"):
        expected_calibration_error([1, 7], [[0.5, 0.5], [0.5, 0.5]], labels=np.array([1, 2]))


def test_one_row_without_a_time_has_none() -> None:
    with pytest.raises(InputError, match="times: 1 of 2 rows has no time: fill it in or drop them"):
        encode_times(pd.Series([pd.Timestamp("2024-01-01"), pd.NaT]), 2)
    with pytest.raises(InputError, match="times: 1 value for 2 rows"):
        encode_times([1], 2)


def test_no_message_puts_a_value_of_a_table_through_repr() -> None:
    """NumPy's repr has its type: what is taken from an array or a Series is written by `say_value`."""
    taken = re.compile(r"\.iloc\[|\.idxm(in|ax)\(|classes_?\[|\.unique\(|\.item\b")
    found = []
    for path in Path(tabkit.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_repr = isinstance(node, ast.FormattedValue) and node.conversion == ord("r")
            if is_repr and taken.search(ast.unparse(node.value)) and "str(" not in ast.unparse(node.value):
                found.append(f"{path.name}:{node.lineno}")
    assert found == []

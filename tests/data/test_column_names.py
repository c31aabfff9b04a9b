"""What names of columns give away."""

from __future__ import annotations

import pandas as pd
import pytest

from tabkit._core import InputError
from tabkit.data import find_column, guess_target


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["age", "Target", "height"], "Target"),
        (["y", "label", "height"], "label"),
        (["outcome", "age"], "outcome"),
        (["class_name", "my_target", "age"], "age"),
        ([1, 2, 3], "3"),
    ],
)
def test_guess_target(columns: list[object], expected: str) -> None:
    assert guess_target(pd.DataFrame(columns=columns)) == expected


def test_guess_target_needs_a_column() -> None:
    with pytest.raises(InputError, match="the table has no columns"):
        guess_target(pd.DataFrame())


def test_find_column_suggests() -> None:
    frame = pd.DataFrame(columns=["income", "age", "workclass"])
    assert find_column(frame, "age") == "age"
    with pytest.raises(InputError, match="there is no column 'Income': did you mean 'income'"):
        find_column(frame, "Income")
    with pytest.raises(
        InputError, match="there is no column 'xyz': the columns are 'income', 'age', 'workclass'"
    ):
        find_column(frame, "xyz")

"""`FrameEncoder`: from a frame to numbers and codes."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tabkit import InputError
from tabkit.preprocessing._frame_encoder import FrameEncoder

NAN = np.nan


def encode(values: Any) -> tuple[str, list[float]]:
    encoder = FrameEncoder()
    matrix = encoder.fit_transform(pd.DataFrame({"x": values}))
    return encoder.columns[0].kind, matrix[:, 0].tolist()


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1, 2, 3], "number", [1, 2, 3]),
        ([True, False, True], "number", [1, 0, 1]),
        (pd.array([1, None, 3], dtype="Int64"), "number", [1, NAN, 3]),
        (pd.array([True, None, False], dtype="boolean"), "number", [1, NAN, 0]),
        (pd.array([1.5, None, 3.0], dtype="float64[pyarrow]"), "number", [1.5, NAN, 3]),
        (pd.Series([1, None, 2.5], dtype=object), "number", [1, NAN, 2.5]),
        (pd.Series([True, None, False], dtype=object), "number", [1, NAN, 0]),
        ([Decimal("1.5"), None, Decimal(2)], "number", [1.5, NAN, 2]),
        (["b", None, "a"], "category", [1, NAN, 0]),
        (pd.array(["b", None, "a"], dtype="string"), "category", [1, NAN, 0]),
        (pd.Categorical(["b", None, "a"], categories=["z", "b", "a"]), "category", [1, NAN, 0]),
        (pd.Categorical([30, 9, 30]), "category", [1, 0, 1]),
        (["b", 2, "a"], "category", [2, 0, 1]),
        ([None, None, None], "category", [NAN, NAN, NAN]),
        (pd.cut([0.5, 1.5, 0.5], [0, 1, 2]), "category", [0, 1, 0]),
        (pd.to_datetime(["2024-01-02 00:00", None, "2024-01-01 12:00"]), "date", [0.5, NAN, 0]),
        (pd.to_datetime(["2024-01-02", None, "2024-01-01"]).tz_localize("UTC"), "date", [1, NAN, 0]),
        (pd.PeriodIndex(["2024-02", "2024-01", "2024-01"], freq="M"), "date", [31, 0, 0]),
        ([datetime.date(2024, 1, 3), None, datetime.date(2024, 1, 1)], "date", [2, NAN, 0]),
        (pd.to_datetime([None, None, None]), "date", [NAN, NAN, NAN]),
        (pd.to_timedelta(["12h", None, "2D"]), "duration", [0.5, NAN, 2]),
    ],
)
def test_columns_of_every_kind(values: Any, kind: str, expected: list[float]) -> None:
    found, encoded = encode(values)
    assert found == kind
    np.testing.assert_array_equal(encoded, expected)


def test_categories_against_a_plain_version() -> None:
    rng = np.random.default_rng(0)
    train = pd.DataFrame({"x": rng.choice(["d", "b", "a", None], 200), "y": 1.0})
    test = pd.DataFrame({"x": rng.choice(["a", "b", "c", "d", None], 200), "y": 2.0})
    expected = np.array([{"a": 0, "b": 1, "d": 2}.get(value, NAN) for value in test["x"]])
    encoder = FrameEncoder()
    encoder.fit_transform(train)
    matrix = encoder.transform(test)
    np.testing.assert_array_equal(matrix, np.column_stack([expected, test["y"]]))
    assert matrix.flags.c_contiguous
    encoder = FrameEncoder(by_column=True)
    encoder.fit_transform(train)
    apart = encoder.transform(test)
    np.testing.assert_array_equal(apart[0].cat.codes, np.nan_to_num(expected, nan=3))
    np.testing.assert_array_equal(apart[1], test["y"])
    assert encoder.categorical == [0]
    # Every batch declares all codes, whichever occur in it.
    assert apart[:1][0].cat.categories.tolist() == [0, 1, 2, 3]


def test_equally_frequent_categories_are_kept_in_order() -> None:
    encoder = FrameEncoder(max_categories=2)
    encoder.fit_transform(pd.DataFrame({"x": list("dcbaab")}))
    assert encoder.columns[0].categories == ["a", "b"]


def test_precision_of_dates_survives_32_bits() -> None:
    seconds = pd.Timestamp("2024-05-05") + pd.to_timedelta(np.arange(3600), "s")
    matrix = FrameEncoder().fit_transform(pd.DataFrame({"x": seconds}))
    assert len(np.unique(matrix.astype(np.float32))) == 3600


def test_numbers_are_not_copied_where_they_lie_right() -> None:
    X = np.random.default_rng(0).normal(size=(50, 3))
    assert np.shares_memory(FrameEncoder().fit_transform(X), X)
    assert np.shares_memory(FrameEncoder().fit_transform(pd.DataFrame(X)), X)
    assert FrameEncoder().fit_transform(X.astype(np.float32)).dtype == np.float32
    assert FrameEncoder(by_column=True).fit_transform(X).flags.f_contiguous


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ([1.0, 2.0], pd.to_datetime(["2024-01-01", "2024-01-02"]), "column 'x' held numbers"),
        (pd.to_datetime(["2024-01-01", "2024-01-02"]), [1, 2], "column 'x' held dates .* int64 now"),
        (pd.to_timedelta(["1D", "2D"]), [1, 2], "column 'x' held durations"),
    ],
)
def test_a_column_that_changed_its_kind_is_named(before: Any, after: Any, message: str) -> None:
    encoder = FrameEncoder()
    encoder.fit_transform(pd.DataFrame({"x": before}))
    with pytest.raises(InputError, match=message):
        encoder.transform(pd.DataFrame({"x": after}))


def test_the_same_number_is_the_same_category_as_text_too() -> None:
    encoder = FrameEncoder()
    encoder.fit_transform(pd.DataFrame({"x": ["1", "2", "b"], "y": [1, "b", 2.5]}))
    later = pd.DataFrame({"x": [1.0, NAN, 2.0], "y": ["1", "2.5", "3"]})
    np.testing.assert_array_equal(encoder.transform(later), [[0, 0], [NAN, 1], [1, NAN]])


def test_numbers_and_dates_written_as_text_are_read() -> None:
    encoder = FrameEncoder()
    encoder.fit_transform(pd.DataFrame({"n": [1.0, 2.0], "d": pd.to_datetime(["2024-01-01", "2024-01-02"])}))
    later = pd.DataFrame({"n": ["1.5", None], "d": ["2024-01-03", None]})
    np.testing.assert_array_equal(encoder.transform(later), [[1.5, 2.0], [NAN, NAN]])

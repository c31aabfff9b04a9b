"""Roles: what becomes of each column and of rows that lack something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tabkit._core import InputError
from tabkit.data import build_table


@pytest.fixture
def frame() -> pd.DataFrame:
    """Thirty customers with most of what goes wrong."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "customerID": [f"{number * 37:04d}-QX" for number in range(30)],
            "country": "Chad",
            "charges": [" ", "1,250.5", *[f"{number}.25" for number in range(28)]],
            "speed": rng.normal(size=30),
            "joined": pd.date_range("2020-01-01", periods=30).astype(str),
            "shop": np.arange(30) % 5,
            "churn": ["yes", "no", None] * 10,
        },
        index=np.arange(30) * 2,
    )


def _roles(table) -> dict[str, str]:
    return {column.name: column.role for column in table.columns}


def test_every_column_has_a_role(frame: pd.DataFrame) -> None:
    before = frame.copy()
    table = build_table(frame, target="churn", time="joined", group="shop", drop=["speed"], name="customers")
    pd.testing.assert_frame_equal(frame, before)
    assert _roles(table) == {
        "customerID": "set aside",
        "country": "set aside",
        "charges": "feature",
        "speed": "dropped",
        "joined": "time",
        "shop": "group",
        "churn": "target",
    }
    assert table.name == "customers"
    assert list(table.frame) == ["charges", "joined"]
    assert table.notes == (
        "10 rows without a target left out",
        "set aside: 'customerID' (identifier), 'country' (constant)",
    )
    assert table.n_rows == len(table.target) == len(table.groups) == len(table.times) == 20
    for part in (table.frame, table.target, table.groups, table.times):
        assert part.index.equals(pd.RangeIndex(20))
    assert table.times.dtype == "datetime64[ns]"
    assert table.groups.dtype == np.int64


def test_columns_are_read_as_their_kind_and_say_so(frame: pd.DataFrame) -> None:
    table = build_table(frame, target="churn")
    columns = {column.name: column for column in table.columns}
    assert table.frame["charges"].tolist()[:2] == pytest.approx([np.nan, 1250.5], nan_ok=True)
    assert (
        columns["charges"].note == "text read as numbers, written like '1,234.5'; 1 value ' ' became missing"
    )
    assert table.frame["joined"].dtype == "datetime64[ns]"
    assert columns["churn"].n_missing == 10
    assert columns["customerID"].note == "different in every row"


def test_file(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame["charges"] = frame["charges"].replace("1,250.5", "1250.5")
    path = tmp_path / "churn.2024.csv.gz"
    frame.to_csv(path, index=False)
    table = build_table(path, target="churn")
    assert table.name == "churn.2024"
    columns = {column.name: column for column in table.columns}
    assert columns["charges"].note == "1 value ' ' read as missing; text read as numbers"
    assert table.fingerprint == build_table(str(path), target="churn").fingerprint
    assert table.fingerprint != build_table(path, target="churn", drop=["shop"]).fingerprint


def test_labels_of_columns_become_strings() -> None:
    table = build_table(pd.DataFrame({0: [1.5, 2, 3], ("a", 1): [1, 0, 1]}))
    assert list(table.frame) == ["0"]
    assert table.target.name == "('a', 1)"


def test_table_does_not_share_memory_with_the_frame() -> None:
    frame = pd.DataFrame({"a": [1.5, 2.5, 3.5], "b": ["x", "y", "x"], "c": [0, 1, 1]})
    table = build_table(frame)
    frame.loc[0, ["a", "c"]] = 9
    frame.loc[0, "b"] = "z"
    assert table.frame.iloc[0].tolist() == [1.5, "x"]
    assert table.target[0] == 0


@pytest.mark.parametrize(
    ("target", "expected", "dtype"),
    [
        ([0.0, 1.0, None, 1.0], [0, 1, 1], np.int64),
        ([True, False, None, True], [True, False, True], bool),
        (["1,5", "2,5", "?", "7"], [1.5, 2.5, 7.0], np.float64),
        (["a", "b", None, "a"], ["a", "b", "a"], object),
        (pd.Categorical(["a", "b", None, "a"], categories=["c", "b", "a"]), ["a", "b", "a"], object),
        ([1, "a", None, 2.5], ["1", "a", "2.5"], object),
        (pd.array([3, 4, None, 4], dtype="Int64"), [3, 4, 4], np.int64),
    ],
)
def test_target_keeps_its_labels(target: object, expected: list[object], dtype: type) -> None:
    table = build_table(pd.DataFrame({"a": [1.5, 2.5, 3.5, 4.5], "t": target}), target="t")
    assert table.target.tolist() == expected
    assert table.target.dtype == dtype
    assert table.frame["a"].tolist() == [1.5, 2.5, 4.5]


def test_target_that_looks_like_an_identifier() -> None:
    rank = np.arange(100)
    table = build_table(pd.DataFrame({"a": rank * 1.5, "rank": rank}))
    assert table.columns[1].kind == "numeric"
    assert table.target.tolist() == rank.tolist()


def test_rows_without_time_or_group_are_left_out() -> None:
    frame = pd.DataFrame(
        {
            "a": [1.5, 2.5, 3.5, 4.5, 5.5],
            "when": ["2020-01-01", "?", "2020-01-02", "2020-01-03", "2020-01-04"],
            "who": ["x", "y", None, "x", "y"],
            "y": [1, 0, 1, 0, 1],
        }
    )
    table = build_table(frame, time="when", group="who")
    assert table.frame["a"].tolist() == [1.5, 4.5, 5.5]
    assert table.notes[:2] == ("1 row without a time left out", "1 row without a group left out")


@pytest.mark.parametrize(("drop", "features"), [((), ["a", "when"]), (("when",), ["a"])])
def test_dates_of_the_time_column_are_features_unless_dropped(
    drop: tuple[str, ...], features: list[str]
) -> None:
    frame = pd.DataFrame({"a": [1.5, 2.5], "when": ["2020-01-01", "2020-01-02"], "y": [0, 1]})
    table = build_table(frame, time="when", drop=drop)
    assert list(table.frame) == features
    assert table.columns[1].role == "time"


@pytest.mark.parametrize("step", [1, 5])
def test_a_time_that_only_counts_is_no_feature(step: int) -> None:
    frame = pd.DataFrame({"a": np.arange(40) * 1.5, "step": np.arange(40) * step, "y": [0, 1] * 20})
    table = build_table(frame, time="step")
    assert list(table.frame) == ["a"]
    assert table.times.tolist() == frame["step"].tolist()
    assert (table.columns[1].role, table.columns[1].kind) == ("time", "numeric")


def test_named_index_is_pointed_out() -> None:
    frame = pd.DataFrame({"a": [1.5, 2.5], "y": [0, 1]}, index=pd.Index([3, 4], name="key"))
    assert build_table(frame).notes == (
        "the index 'key' is no column and is left out: reset_index() makes one of it",
    )


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"y": [None, None]}, {}, "the target 'y' has no values"),
        ({"y": [1, 1]}, {}, "the target 'y' has one value only"),
        ({"y": ["a", None]}, {}, "the target 'y' has one value only"),
        ({"y": [1.0, np.inf]}, {}, "the target 'y' has 1 infinite value: .*, or remove these rows"),
        ({"y": [0, 1], "x": [-np.inf, 1]}, {}, "column 'x' has 1 infinite value: .*, or drop the column"),
        ({"y": [0, 1], "x": [np.inf, 1]}, {"time": "x"}, "the time column 'x' has 1 infinite value"),
        ({"y": pd.to_datetime(["2020", "2021"])}, {}, "the target 'y' holds dates"),
        ({"y": [0, 1]}, {"target": "z"}, "there is no column 'z'"),
        ({"y": [0, 1]}, {"time": "tmie"}, "there is no column 'tmie': did you mean 'time'"),
        ({"y": [0, 1]}, {"group": "q"}, "there is no column 'q'"),
        ({"y": [0, 1]}, {"drop": ["q"]}, "there is no column 'q'"),
        (
            {"y": [0, 1]},
            {"time": "word"},
            "the time column 'word' holds neither dates nor numbers, such as 'dog'",
        ),
        ({"y": [0, 1]}, {"time": "same"}, "the time column 'same' has one value only"),
        ({"y": [0, 1]}, {"group": "same"}, "the group column 'same' has one value only"),
        ({"y": [0, 1]}, {"time": "y"}, "column 'y' cannot be both the target and the time"),
        ({"y": [0, 1]}, {"group": "y"}, "column 'y' cannot be both the target and the group"),
        (
            {"y": [0, 1]},
            {"time": "time", "group": "time"},
            "column 'time' cannot be both the time and the group",
        ),
        ({"y": [0, 1]}, {"drop": ["y"]}, "column 'y' cannot be both the target and dropped"),
        (
            {"y": [0, 1]},
            {"drop": ["time", "word"]},
            "no feature is left beside the target 'y': 'time' is dropped, 'word' is dropped",
        ),
    ],
)
def test_what_cannot_be_used(columns: dict[str, object], options: dict[str, object], message: str) -> None:
    frame = pd.DataFrame({"time": [3, 4], "word": ["dog", "cat"], "same": [1, 1], **columns})
    with pytest.raises(InputError, match=message) as caught:
        build_table(frame, **options)
    assert "\n" not in str(caught.value)


def test_infinity_that_is_written_out() -> None:
    frame = pd.DataFrame({"speed": ["inf", "1.5", "2.5", "-"], "y": [0, 1, 0, 1]})
    with pytest.raises(InputError, match="column 'speed' has 1 infinite value"):
        build_table(frame)
    assert build_table(frame, kinds={"speed": "category"}).frame["speed"].nunique() == 4


def test_frames_that_are_none() -> None:
    with pytest.raises(InputError, match="the table has no rows"):
        build_table(pd.DataFrame({"a": [], "y": []}))
    with pytest.raises(InputError, match="more than one column named '1'"):
        build_table(pd.DataFrame([[1, 2, 3]], columns=[1, "1", "y"]))
    with pytest.raises(InputError, match="the table has no other column"):
        build_table(pd.DataFrame({"y": [0, 1]}))


def test_one_value_is_left_without_the_rows_that_lack_a_time() -> None:
    frame = pd.DataFrame({"a": [1, 2, 4], "when": ["2020-01-01", "2020-01-02", None], "y": [0, 0, 1]})
    with pytest.raises(InputError, match="the target 'y' has one value only in the 2 rows that are left"):
        build_table(frame, time="when")


@pytest.fixture
def shop() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "code": [7, 7, 8, 9, 9, 9],
            "zip": ["01067", "10115", "01067", "80331", "?", "10115"],
            "size": ["1,5", "2,5", "x", "4,5", "5,25", "6"],
            "when": ["3/4/2024", "4/4/2024", "5/4/2024", "25/4/2024", "never", None],
            "count": [1, 2, 2, 3, 0, 1],
            "part": ["a", "b", None, "a", "b", "b"],
            "y": [0, 1, 0, 1, 0, 1],
        }
    )


def test_kinds_that_are_given(shop: pd.DataFrame) -> None:
    table = build_table(
        shop,
        kinds={"code": "category", "zip": "numeric", "size": "numeric", "when": "date", "part": "identifier"},
    )
    columns = {column.name: column for column in table.columns}
    assert columns["code"].kind == "category"
    assert columns["code"].note == "category as told, and not numeric"
    assert table.frame["code"].tolist() == [7, 7, 8, 9, 9, 9]
    assert table.frame["zip"].tolist()[:4] == [1067, 10115, 1067, 80331]
    assert table.frame["size"].tolist()[:2] == [1.5, 2.5]
    assert columns["size"].written_as == "1.234,5"
    assert "1 value became missing" in columns["size"].note
    assert table.frame["when"].dt.day.tolist()[:4] == [3, 4, 5, 25]
    assert "part" not in table.frame
    assert columns["part"].role == "set aside"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kinds": {"zipp": "text"}}, "there is no column 'zipp': did you mean 'zip'"),
        ({"kinds": {"y": "text"}}, "column 'y' is the target: a kind can be given to features only"),
        ({"kinds": {"zip": "words"}}, "unknown kind 'words' of column 'zip'"),
        ({"kinds": {"part": "numeric"}}, "column 'part' cannot be numeric: 5 of 5 values, such as 'a'"),
        ({"kinds": {"part": "date"}}, "column 'part' cannot be date"),
        ({"weight": "part"}, "the weight column 'part' has no number in 6 rows, such as 'a'"),
        ({"weight": "size"}, "the weight column 'size' has no number in 1 row"),
        ({"weight": "y", "fold": "y"}, "column 'y' cannot be both the target and the weight"),
        ({"fold": "constant"}, "the fold column 'constant' has one value only"),
    ],
)
def test_kinds_and_roles_that_cannot_be(options: dict[str, Any], message: str, shop: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=message):
        build_table(shop.assign(constant=1), target="y", **options)


def test_weights_and_folds_are_no_features(shop: pd.DataFrame) -> None:
    table = build_table(shop, weight="count", fold="part", time="code")
    assert table.weights is not None
    assert table.weights.tolist() == [1, 2, 2, 3, 0, 1]
    assert table.fold_labels is not None
    assert table.fold_labels.tolist()[:2] == ["a", "b"]
    assert table.fold_labels.isna().sum() == 1
    assert table.n_rows == 6
    assert {"count", "part"}.isdisjoint(table.frame)
    with pytest.raises(InputError, match="the weight column 'count' is negative in 2 rows"):
        build_table(shop.assign(count=[-1, 2, 2, 3, 0, -2]), weight="count")
    with pytest.raises(InputError, match="the weight column 'count' is zero in every row"):
        build_table(shop.assign(count=0), weight="count")

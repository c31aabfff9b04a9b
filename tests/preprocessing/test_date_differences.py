"""Several dates as the elapsed days of one and the days between them, against plain versions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse.csgraph import minimum_spanning_tree

from tabkit.preprocessing import TablePreprocessor
from tabkit.preprocessing._columns import ColumnReading, ReadTable, read_table
from tabkit.preprocessing._date_differences import DateDifferences, DateGaps
from tabkit.preprocessing._training_target import TrainingTarget

ROWS = TrainingTarget(0, None, None, None, "auto", 5, 0)


def _read(frame: pd.DataFrame) -> ReadTable:
    return read_table(frame, [ColumnReading(label, "date") for label in frame], strict=True)


def _stays(n_rows: int = 200) -> pd.DataFrame:
    """Birth, admission and discharge, of which the last two are near each other."""
    rng = np.random.default_rng(0)
    admitted = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1300, n_rows), unit="D")
    born = admitted - pd.to_timedelta(rng.integers(7_000, 30_000, n_rows), unit="D")
    discharged = admitted + pd.to_timedelta(rng.integers(1, 20, n_rows), unit="D")
    return pd.DataFrame({"born": born, "discharged": discharged, "admitted": admitted})


def test_dates_are_counted_from_the_one_nearest_to_them() -> None:
    frame = _stays()
    block = DateDifferences(list(frame), has_elapsed=True)
    measured = block.fit_transform(_read(frame), ROWS)
    days = frame.apply(lambda column: (column - frame["born"].min()) / pd.Timedelta(days=1))
    assert block.names == [
        "born__elapsed_days",
        "admitted__days_since_born",
        "discharged__days_since_admitted",
    ]
    assert block.sources == ["born", "admitted", "discharged"]
    np.testing.assert_allclose(measured[:, 0], days["born"])
    np.testing.assert_allclose(measured[:, 1], days["admitted"] - days["born"])
    np.testing.assert_allclose(measured[:, 2], days["discharged"] - days["admitted"])


@pytest.mark.parametrize("seed", range(5))
def test_the_tree_is_a_minimum_spanning_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    days = rng.normal(0, 900, (300, 1)) + rng.normal(0, rng.uniform(1, 200, 6), (300, 6))
    frame = pd.DataFrame(pd.Timestamp("2020-01-01").to_datetime64() + days.round().astype("timedelta64[D]"))
    block = DateDifferences(list(frame), has_elapsed=False)
    block.fit_transform(_read(frame), ROWS)
    spreads = np.zeros((6, 6))
    for one in range(6):
        for other in range(one):
            differences = days[:, one].round() - days[:, other].round()
            spreads[one, other] = np.abs(differences - np.median(differences)).mean()
    assert len(block.steps_) == 5
    length = sum(spreads[max(step), min(step)] for step in block.steps_)
    assert length == pytest.approx(minimum_spanning_tree(spreads).sum())


def test_missing_dates_leave_their_differences_out_and_the_level_in() -> None:
    frame = _stays(5)
    fitted = DateDifferences(list(frame), has_elapsed=True)
    whole = fitted.fit_transform(_read(frame), ROWS)
    later = frame.copy()
    later.loc[0, "admitted"] = later.loc[1, "born"] = pd.NaT
    later.loc[2] = pd.NaT
    measured = fitted.transform(_read(later))
    np.testing.assert_array_equal(measured[3:], whole[3:])
    np.testing.assert_array_equal(np.isnan(measured[:3]), [[0, 1, 1], [0, 1, 0], [1, 1, 1]])
    # As far before the nearest other date as births are in the median.
    spread = [(frame["born"] - frame[other]).dt.days for other in ("discharged", "admitted")]
    nearest = min((0, 1), key=lambda i: np.abs(spread[i] - spread[i].median()).mean())
    stand_in = frame.loc[1, ["discharged", "admitted"][nearest]] + pd.Timedelta(days=spread[nearest].median())
    assert measured[1, 0] == pytest.approx((stand_in - frame["born"].min()) / pd.Timedelta(days=1))


def test_the_tree_begins_where_fewest_are_missing_and_anew_where_no_row_is_shared() -> None:
    frame = _stays(40)
    frame.loc[:4, "born"] = pd.NaT
    frame["died"] = frame["admitted"].where(frame.index < 5)
    frame.loc[:4, ["admitted", "discharged"]] = pd.NaT
    block = DateDifferences(list(frame), has_elapsed=True)
    assert np.isfinite(block.fit_transform(_read(frame), ROWS)).any(axis=0).all()
    assert [name for name in block.names if name.endswith("elapsed_days")] == [
        "born__elapsed_days",
        "died__elapsed_days",
    ]


def test_far_centuries_do_not_overflow() -> None:
    frame = pd.DataFrame(
        {"a": pd.to_datetime(["1700-01-01", "2020-01-01"] * 9), "b": pd.Timestamp("2200-01-01")}
    )
    measured = DateDifferences(["b", "a"], has_elapsed=False).fit_transform(_read(frame), ROWS)
    np.testing.assert_allclose(measured[:2, 0], [-182_621, -65_744])


def test_gaps_are_told_apart() -> None:
    frame = _stays(10)
    frame.loc[0, "admitted"] = frame.loc[1, "born"] = pd.NaT
    block = DateGaps(list(frame))
    marks = block.fit_transform(_read(frame), ROWS)
    assert block.names == ["born__missing", "admitted__missing"]
    np.testing.assert_array_equal(marks[:2], [[0, 1], [1, 0]])
    np.testing.assert_array_equal(marks[2:], 0)


@pytest.mark.parametrize("family", ["linear", "net"])
def test_forward_in_time_differences_stay(family: str) -> None:
    frame = _stays()
    names = set(TablePreprocessor(family).fit(frame, times=frame["admitted"]).get_feature_names_out())
    assert {"admitted__days_since_born", "discharged__days_since_admitted"} < names
    assert not any(name.endswith("elapsed_days") for name in names)


@pytest.mark.parametrize("family", ["tree", "boosting"])
def test_trees_keep_the_elapsed_days_of_each(family: str) -> None:
    names = set(TablePreprocessor(family).fit(_stays()).get_feature_names_out())
    assert {"born__elapsed_days", "discharged__elapsed_days", "admitted__elapsed_days"} < names

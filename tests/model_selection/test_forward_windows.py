"""`ForwardSplit` with windows: compared with a slow plain version over random times, groups and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_validate

from tabkit import InputError
from tabkit.model_selection import ForwardSplit, TooFewRowsError

Folds = list[tuple[list[int], list[int]]]
Size = tuple[str, int] | None


def nearest_cut(times: Sequence[int], distinct: list[int], n_rows: int) -> int:
    """Of all changes of time, the one before which there are nearest to so many rows."""
    before = [sum(time < value for time in times) for value in distinct] + [len(times)]
    return min(range(len(before)), key=lambda cut: abs(before[cut] - n_rows))


def slow_folds(
    times: Sequence[int],
    groups: Sequence[int] | None,
    *,
    n_splits: int | None,
    train: Size,
    test: tuple[str, int],
    step: int,
    gap: int,
    horizon: int,
) -> Folds | None:
    """The folds by loops over rows and whole numbers; None where they cannot be made."""
    distinct = sorted(set(times))
    blocks = []
    if test[0] == "length":
        end = distinct[-1]
        while end >= distinct[0]:
            blocks.append([time for time in distinct if end - test[1] < time <= end])
            end -= step
    else:
        stop = len(times)
        while stop > 0:
            cuts = [nearest_cut(times, distinct, rows) for rows in (max(stop - test[1], 0), stop)]
            blocks.append(distinct[cuts[0] : cuts[1]])
            stop -= step
    folds = []
    for block in reversed([block for block in blocks if block]):
        window = slow_window(times, distinct, block[0], train, gap, horizon)
        least = test if n_splits is None and train is None else train
        if window and slow_window(times, distinct, block[0], least, gap, horizon, must_be_complete=True):
            folds.append((window, block))
    if n_splits is not None:
        if len(folds) < n_splits:
            return None
        folds = folds[-n_splits:]
    pairs = []
    for window, block in folds:
        tested = [row for row, time in enumerate(times) if time in block]
        banned = set() if groups is None else {groups[row] for row in tested}
        trained = [row for row, time in enumerate(times) if time in window]
        trained = [row for row in trained if groups is None or groups[row] not in banned]
        if not trained:
            return None
        pairs.append((trained, tested))
    return pairs or None


def slow_window(
    times: Sequence[int],
    distinct: list[int],
    start: int,
    size: Size,
    gap: int,
    horizon: int,
    *,
    must_be_complete: bool = False,
) -> list[int]:
    early = [time for time in distinct if time + horizon < start and time + gap <= start]
    if size is None or not early:
        return early
    if size[0] == "rows":
        n_early = sum(time in early for time in times)
        if must_be_complete and n_early < size[1]:
            return []
        return early[min(nearest_cut(times, distinct, n_early - size[1]), len(early) - 1) :]
    end = start - max(gap, horizon)
    if must_be_complete and distinct[0] > end - size[1]:
        return []
    if gap > horizon:
        return [time for time in early if time > end - size[1]]
    return [time for time in early if time >= end - size[1]]


def written(size: Size, unit: str) -> Any:
    """The size as the parameter has it, for times in days, in halves or in whole numbers."""
    if size is None or size[0] == "rows":
        return None if size is None else size[1]
    return f"{size[1]}D" if unit == "days" else str(size[1] / 2 if unit == "halves" else size[1])


def length(number: int, unit: str) -> Any:
    return pd.Timedelta(days=number) if unit == "days" else number / 2 if unit == "halves" else number


def in_unit(times: np.ndarray, unit: str) -> Any:
    if unit == "days":
        return pd.Timestamp("2024-02-20", tz="Europe/Berlin").tz_convert("UTC") + pd.to_timedelta(times, "D")
    return times / 2 if unit == "halves" else times.astype(np.uint8)


@pytest.mark.parametrize("unit", ["days", "halves", "numbers"])
@pytest.mark.parametrize("seed", range(60))
def test_is_what_a_slow_plain_version_says(seed: int, unit: str) -> None:
    rng = np.random.default_rng(seed)
    n_rows = int(rng.integers(2, 60))
    times = rng.integers(0, int(rng.choice([8, 60, 120])), n_rows)
    groups = rng.integers(0, 30, n_rows) if rng.random() < 0.4 else None
    kind, size = ("rows", "length")[rng.integers(2)], int(rng.integers(1, 15))
    train: Size = [None, ("rows", int(rng.integers(1, 20))), ("length", int(rng.integers(1, 30)))][
        rng.integers(3)
    ]
    step = size + int(rng.integers(0, 8)) * int(rng.random() < 0.5)
    n_splits = None if rng.random() < 0.5 else int(rng.integers(1, 4))
    gap, horizon = (int(rng.integers(0, 9)) * int(rng.random() < 0.5) for _ in range(2))
    expected = slow_folds(
        times.tolist(),
        groups,
        n_splits=n_splits,
        train=train,
        test=(kind, size),
        step=step,
        gap=gap,
        horizon=horizon,
    )
    splitter = ForwardSplit(
        n_splits,
        train_size=written(train, unit),
        test_size=written((kind, size), unit),
        step=None if step == size else written((kind, step), unit),
        gap=length(gap, unit),
        horizon=length(horizon, unit),
    )
    given = {"groups": groups, "times": in_unit(times, unit)}
    if expected is None:
        with pytest.raises(
            InputError, match=r"nothing of it fits|with a complete window|no row left to train"
        ):
            list(splitter.split(times, **given))
        return
    found = list(splitter.split(times, **given))
    assert [(train.tolist(), test.tolist()) for train, test in found] == expected
    assert splitter.get_n_splits(times, **given) == len(expected)


def random_case(seed: int) -> tuple[ForwardSplit, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    sizes = [None, 20, 0.2, "20"]
    n_rows = 200
    splitter = ForwardSplit(
        3,
        train_size=sizes[rng.integers(4)],
        test_size=sizes[rng.integers(4)],
        gap=int(rng.integers(0, 10)),
        horizon=float(rng.integers(0, 10)),
    )
    return splitter, {"times": rng.integers(0, 150, n_rows), "groups": rng.integers(0, 150, n_rows)}


@pytest.mark.parametrize("seed", range(40))
def test_nothing_of_the_test_block_reaches_training(seed: int) -> None:
    splitter, given = random_case(seed)
    times, groups = given["times"], given["groups"]
    tested: list[int] = []
    for train, test in splitter.split(times, **given):
        start = times[test].min()
        assert (times[train] + splitter.horizon < start).all()
        assert (times[train] <= start - splitter.gap).all()
        assert not set(groups[train]) & set(groups[test])
        assert not set(times[test]) & set(np.delete(times, test))
        tested.extend(test)
    assert len(set(tested)) == len(tested)


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_the_rows_does_not_matter(seed: int) -> None:
    splitter, given = random_case(seed)
    order = np.random.default_rng(seed).permutation(200)
    shuffled = {name: values[order] for name, values in given.items()}
    pairs = zip(splitter.split(order, **given), splitter.split(order, **shuffled), strict=True)
    for plain, other in pairs:
        for rows, other_rows in zip(plain, other, strict=True):
            np.testing.assert_array_equal(rows, np.sort(order[other_rows]))


@pytest.mark.parametrize(("test_size", "max_train_size", "gap"), [(7, None, 0), (7, 20, 0), (5, 10, 4)])
def test_equals_scikit_learns_split_in_rows(test_size: int, max_train_size: int | None, gap: int) -> None:
    X = np.zeros((60, 1))
    theirs = TimeSeriesSplit(4, test_size=test_size, max_train_size=max_train_size, gap=gap)
    # Times are distinct whole numbers: older by the gap and one more.
    ours = ForwardSplit(4, test_size=test_size, train_size=max_train_size, gap=gap + 1)
    for pair, expected in zip(ours.split(X, times=np.arange(60)), theirs.split(X), strict=True):
        for rows, expected_rows in zip(pair, expected, strict=True):
            np.testing.assert_array_equal(rows, expected_rows)


@pytest.mark.parametrize(
    "times", [np.arange(400), pd.date_range("2023-11-05", periods=400, tz="America/New_York")]
)
def test_windows_have_the_length_that_is_asked_for(times: Any) -> None:
    is_dates = isinstance(times, pd.DatetimeIndex)
    sizes = {"train_size": 90, "test_size": 30}
    lengths = {name: f"{size}D" if is_dates else str(size) for name, size in sizes.items()}
    in_time = list(ForwardSplit(None, **lengths).split(times, times=times))  # type: ignore[arg-type]
    in_rows = list(ForwardSplit(None, **sizes).split(times, times=times))  # type: ignore[arg-type]
    assert len(in_time) == len(in_rows) == (400 - 90) // 30
    # A day of summer time has 23 or 25 hours: there a window of 30 days has a day less or more.
    off = 1 if is_dates else 0
    for (train, test), (train_rows, test_rows) in zip(in_time, in_rows, strict=True):
        assert (len(train_rows), len(test_rows)) == (90, 30)
        assert abs(len(train) - 90) <= off
        assert abs(len(test) - 30) <= off
        assert train[-1] + 1 == test[0]


def test_the_first_window_alone_is_not_tested() -> None:
    days = pd.date_range("2024-01-01", periods=100)
    folds = list(ForwardSplit(4, train_size="20D").split(days, times=days))
    assert [(train[0], train[-1], test[0], test[-1]) for train, test in folds] == [
        (0, 19, 20, 39),
        (20, 39, 40, 59),
        (40, 59, 60, 79),
        (60, 79, 80, 99),
    ]
    (only,) = ForwardSplit(1, train_size=0.75).split(days, times=days)
    assert (len(only[0]), len(only[1])) == (75, 25)


def test_a_share_is_one_of_all_rows() -> None:
    times = np.arange(50)
    share = ForwardSplit(None, train_size=0.4, test_size=0.1).split(times, times=times)
    count = ForwardSplit(None, train_size=20, test_size=5).split(times, times=times)
    for (train, test), (other_train, other_test) in zip(share, count, strict=True):
        np.testing.assert_array_equal(train, other_train)
        np.testing.assert_array_equal(test, other_test)


def test_blocks_without_rows_are_passed_over() -> None:
    week = pd.bdate_range("2024-01-01", periods=20)
    folds = list(ForwardSplit(8, test_size="1D").split(week, times=week))
    assert [test.tolist() for _, test in folds] == [[row] for row in range(12, 20)]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_splits": None}, "n_splits=None walks over all times and needs test_size"),
        ({"n_splits": 2.0}, "n_splits=2.0: expected a whole number"),
        ({"n_splits": True}, "n_splits=True: expected a whole number"),
        ({"step": 3}, "step=3 needs test_size"),
        ({"test_size": 0}, "test_size=0: expected a number of rows"),
        ({"test_size": -3}, "test_size=-3: expected a number of rows"),
        ({"test_size": 1.5}, "test_size=1.5: expected a number of rows"),
        ({"test_size": True}, "test_size=True: expected a number, as times are"),
        ({"test_size": "30D"}, "test_size='30D': expected a number, as times are"),
        ({"test_size": pd.Timedelta(days=1)}, "expected a number, as times are"),
        ({"test_size": np.timedelta64(1, "D")}, "expected a number, as times are"),
        ({"test_size": "0"}, "test_size='0': a window has some length"),
        ({"train_size": "-4"}, "train_size='-4': a length of time is never negative"),
        ({"gap": -1}, "gap=-1: a length of time is never negative"),
        ({"horizon": float("nan")}, "horizon=nan: expected a number"),
        ({"test_size": 3, "step": "3"}, "step='3' and test_size=3: expected both in rows"),
        ({"test_size": 3, "step": 2}, "step=2 is smaller than test_size=3"),
        ({"test_size": "3", "step": "2.5"}, "step='2.5' is smaller than test_size='3'"),
        ({"test_size": 20}, "n_splits=5: only 1 test block"),
        ({"test_size": 40}, r"test_size=40: nothing of it fits between 0 and 29 \(30 rows\)"),
        ({"train_size": "29.5"}, "train_size='29.5': nothing of it fits"),
        ({"test_size": 5, "train_size": 28}, "train_size=28, test_size=5: nothing of it fits"),
        ({"n_splits": None, "test_size": "1e-6"}, "makes 29,000,001 test windows"),
        ({"horizon": 100}, "no row left to train on before 5"),
    ],
)
def test_says_what_is_wrong_with_numeric_times(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        list(ForwardSplit(**parameters).split(range(30), times=range(30)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", ["30", 2.5, "a while", "nan", float("nan"), "2 moons", None])
def test_says_what_is_no_length_between_dates(value: Any) -> None:
    days = pd.date_range("2024-01-01", periods=30)
    with pytest.raises(InputError, match=r"gap=.*: expected a Timedelta or text like '7D'"):
        list(ForwardSplit(gap=value).split(days, times=days))


def test_no_rows_are_said_to_be_none() -> None:
    with pytest.raises(TooFewRowsError, match="0 rows cannot be split"):
        list(ForwardSplit(None, test_size=1).split(np.zeros((0, 1)), times=[]))


@pytest.mark.parametrize(
    ("times", "test_size"),
    [
        (np.arange(8, dtype=np.uint8), "2"),
        (pd.Series(range(8), dtype="Int32"), "2"),
        (np.arange(8, dtype=np.float16), "2"),
        (np.array([f"{3000 + year}-01-01" for year in range(8)], dtype="datetime64[s]"), "730D"),
        (np.array([f"2024-01-0{day}" for day in range(1, 9)], dtype="datetime64[D]"), "48h"),
        (
            [f"2024-03-30T{3 * row + row % 2:02}:00:00+0{row % 2}:00" for row in range(8)],
            np.timedelta64(6, "h"),
        ),
        (pd.period_range("2024-01", periods=8, freq="D"), pd.Timedelta(days=2)),
        (pd.Series(pd.date_range("2024", periods=8, unit="us")).astype("timestamp[us][pyarrow]"), "2D"),
    ],
    ids=[
        "uint8",
        "nullable",
        "float16",
        "far dates",
        "datetime64[D]",
        "text with offsets",
        "periods",
        "arrow",
    ],
)
def test_windows_are_laid_on_times_of_many_types(times: Any, test_size: Any) -> None:
    folds = list(ForwardSplit(2, test_size=test_size, gap=0).split(np.zeros((8, 1)), times=times))
    assert [(train.tolist(), test.tolist()) for train, test in folds] == [
        ([0, 1, 2, 3], [4, 5]),
        ([0, 1, 2, 3, 4, 5], [6, 7]),
    ]


def test_a_number_of_folds_that_depends_on_times_needs_them() -> None:
    walk = ForwardSplit(None, test_size=10)
    assert walk.get_n_splits(times=range(50)) == 4
    with pytest.raises(InputError, match="needs times"):
        walk.get_n_splits()


def test_times_are_routed_to_windows_in_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, 400), "D")
    X = rng.normal(size=(400, 2))
    y = X[:, 0] > 0
    walk = ForwardSplit(None, train_size="100D", test_size="50D", horizon="5D")
    expected = [test for _, test in walk.split(X, times=days)]
    with config_context(enable_metadata_routing=True):
        scores = cross_validate(
            LogisticRegression(), X, y, cv=walk, params={"times": days}, return_indices=True
        )
        search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=walk).fit(X, y, times=days)
    assert search.n_splits_ == len(expected) >= 3
    for test, wanted in zip(scores["indices"]["test"], expected, strict=True):
        np.testing.assert_array_equal(test, wanted)


def test_lengths_beyond_all_times_are_refused() -> None:
    with pytest.raises(InputError, match="gap"):
        list(ForwardSplit(2, gap="1e30").split(np.zeros((9, 1)), times=np.arange(9)))

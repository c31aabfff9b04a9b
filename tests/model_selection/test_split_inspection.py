"""`inspect_splits` and `plot_splits`: folds in numbers and in pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    TimeSeriesSplit,
)

from tabkit import InputError
from tabkit.model_selection import ForwardSplit, PurgedKFold, RoleAwareKFold, inspect_splits, plot_splits

N_ROWS = 240
SPLITTERS = [
    ForwardSplit(3, train_size="30D", gap="2D"),
    PurgedKFold(4, horizon="3D", embargo="1%"),
    RoleAwareKFold(3, random_state=0),
    KFold(3, shuffle=True, random_state=0),
    GroupKFold(3),
    StratifiedGroupKFold(3),
    LeaveOneGroupOut(),
    RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0),
    TimeSeriesSplit(3),
    ShuffleSplit(2, train_size=0.3, test_size=0.1, random_state=0),
]
BLUE, ORANGE, GREY = "#4477aa", "#ee7733", "#dddddd"


@pytest.fixture
def rows() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "X": rng.normal(size=(N_ROWS, 2)),
        "y": rng.choice(["no", "yes"], N_ROWS, p=[0.8, 0.2]),
        "groups": rng.choice([f"shop {number}" for number in range(6)], N_ROWS),
        "times": pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 90, N_ROWS), "D")),
    }


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def drawn_areas(ax: Any) -> dict[str, float]:
    """Area of each colour, in rows times the height of a lane."""
    from matplotlib.colors import to_hex
    from matplotlib.patches import StepPatch

    areas: dict[str, float] = {}
    for patch in ax.patches:
        assert isinstance(patch, StepPatch)
        high, edges, low = patch.get_data()
        colour = to_hex(patch.get_facecolor())
        areas[colour] = areas.get(colour, 0.0) + float(((low - high) * np.diff(edges)).sum()) / 0.76
    return areas


@pytest.mark.parametrize("splitter", SPLITTERS, ids=lambda splitter: type(splitter).__name__)
@pytest.mark.parametrize("with_times", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.filterwarnings("error")
def test_draws_every_splitter_with_areas_that_are_its_counts(
    rows: dict[str, Any], splitter: Any, with_times: bool
) -> None:
    if not with_times:
        if isinstance(splitter, ForwardSplit | PurgedKFold):
            with pytest.raises(InputError, match="needs times"):
                inspect_splits(splitter, rows["X"], rows["y"], groups=rows["groups"])
            return
        rows |= {"times": None}
    # Groups that last through all times would leave nothing to train on.
    if isinstance(splitter, ForwardSplit | PurgedKFold | RoleAwareKFold) and with_times:
        rows |= {"groups": None}
    inspection = inspect_splits(splitter, **rows)
    frame = inspection.frame()
    ax = inspection.plot()
    ax.figure.canvas.draw()
    areas = drawn_areas(ax)
    assert len(inspection.pairs) == len(frame) > 0
    assert areas[BLUE] == pytest.approx(frame["n_train"].sum(), abs=1e-6)
    assert areas[ORANGE] == pytest.approx(frame["n_test"].sum(), abs=1e-6)
    assert areas.get(GREY, 0.0) == pytest.approx(frame["n_left_out"].sum(), abs=1e-6)
    assert [label.get_text() for label in ax.get_yticklabels()][: len(frame)] == [
        f"fold {n}" for n in frame["fold"]
    ]


def test_numbers_are_those_of_a_plain_count(rows: dict[str, Any]) -> None:
    splitter = KFold(3, shuffle=True, random_state=1)
    frame = inspect_splits(splitter, **rows).frame()
    times, groups, y = rows["times"], rows["groups"], rows["y"]
    for (_, told), (train, test) in zip(frame.iterrows(), splitter.split(y), strict=True):
        assert (told["n_train"], told["n_test"], told["n_left_out"]) == (160, 80, 0)
        assert told["train_start"] == min(times[train])
        assert told["train_end"] == max(times[train])
        assert told["test_start"] == min(times[test])
        assert told["test_end"] == max(times[test])
        assert told["n_train_not_earlier"] == sum(time >= min(times[test]) for time in times[train])
        assert told["n_shared_groups"] == len(set(groups[train]) & set(groups[test])) > 0
        assert (told["n_train_groups"], told["n_test_groups"]) == (6, 6)
        assert told["train_positive_share"] == pytest.approx(np.mean(y[train] == "yes"))
        assert told["test_positive_share"] == pytest.approx(np.mean(y[test] == "yes"))
        assert (told["n_train_classes"], told["n_test_classes"]) == (2, 2)


def test_what_must_be_zero_is(rows: dict[str, Any]) -> None:
    forward = inspect_splits(ForwardSplit(3), rows["X"], times=rows["times"]).frame()
    assert forward["n_train_not_earlier"].tolist() == [0, 0, 0]
    grouped = inspect_splits(GroupKFold(3), rows["X"], groups=rows["groups"]).frame()
    assert grouped["n_shared_groups"].tolist() == [0, 0, 0]
    assert list(grouped) == [
        *("fold", "n_train", "n_test", "n_left_out", "n_train_groups", "n_test_groups", "n_shared_groups")
    ]


@pytest.mark.parametrize(
    ("y", "columns"),
    [
        (np.linspace(0, 1, 60), ["train_mean", "test_mean"]),
        (np.arange(60), ["train_mean", "test_mean"]),
        (pd.Series([1.5, None] * 30, dtype="Float64"), ["train_mean", "test_mean"]),
        (np.arange(60) % 3, ["n_train_classes", "n_test_classes"]),
        (
            pd.Series([True, False] * 30),
            [*("n_train_classes", "n_test_classes"), *("train_positive_share", "test_positive_share")],
        ),
        (pd.Series(list("abc") * 20, dtype="category"), ["n_train_classes", "n_test_classes"]),
        (pd.Series(["a", None, "b"] * 20), ["n_train_classes", "n_test_classes"]),
        (np.zeros((60, 2)), []),
    ],
    ids=[
        "floats",
        "many whole numbers",
        "missing",
        "codes",
        "booleans",
        "category",
        "text or none",
        "two columns",
    ],
)
def test_classes_and_values_are_told_apart(y: Any, columns: list[str]) -> None:
    inspection = inspect_splits(KFold(2), np.zeros((60, 1)), y)
    assert list(inspection.frame())[4:] == columns
    assert inspection.frame()[columns].notna().all(axis=None)
    inspection.plot().figure.canvas.draw()


def test_blocks_are_drawn_where_they_are() -> None:
    from matplotlib.colors import to_hex

    times = np.random.default_rng(0).permutation(1000)
    ax = plot_splits(ForwardSplit(1, test_size=100, train_size=300, gap=51), times, times=times)
    spans = {}
    for patch in ax.patches:
        high, edges, low = patch.get_data()
        is_filled = low - high > 0
        spans[to_hex(patch.get_facecolor())] = (edges[:-1][is_filled].min(), edges[1:][is_filled].max())
    assert spans[ORANGE] == (900, 1000)
    assert spans[BLUE] == (550, 850)


def test_draws_into_given_axes(rows: dict[str, Any]) -> None:
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(1, 2)
    assert plot_splits(KFold(2), rows["X"], ax=axes[1]) is axes[1]
    assert not axes[0].patches
    assert axes[1].get_xlabel() == "rows in their order"


@pytest.mark.parametrize(
    ("given", "labels"),
    [
        ({"groups": list("bbaacc")}, ["a", "b", "c"]),
        ({"groups": [2, "b", None, 2, "b", None]}, ["2", "b", "None"]),
        ({"times": [70, 70, 68, 68, 69, 69]}, ["68", "69", "70"]),
        ({"times": ["2024-03-01", "2024-01-01"] * 3}, ["2024-01-01", "2024-03-01"]),
        ({"times": [20240101, 20240102] * 3}, ["20240101", "20240102"]),
        ({"times": ["2024-01-01T10:00", "2024-01-01T11:30"] * 3}, ["01-01 10:00", "01-01 11:30"]),
    ],
)
def test_few_groups_and_times_are_named_on_the_axis(given: dict[str, Any], labels: list[str]) -> None:
    ax = plot_splits(KFold(2), np.zeros((6, 1)), **given)
    assert [label.get_text() for label in ax.get_xticklabels()] == labels


def test_many_groups_and_classes_are_not_drawn_as_if_they_could_be_seen() -> None:
    X = np.zeros((2000, 1))
    ax = plot_splits(KFold(2), X, np.arange(2000) % 9, groups=np.arange(2000) % 700)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["fold 0", "fold 1"]
    assert ax.get_xlabel() == "rows by group (700 groups)"
    ax.figure.canvas.draw()


@pytest.mark.parametrize(
    "X", [sparse.csr_matrix(np.eye(8)), pd.DataFrame({"a": range(8)}, index=[5] * 8), [[1]] * 8]
)
def test_takes_pairs_of_rows_and_any_table(X: Any) -> None:
    inspection = inspect_splits(
        [([0, 1], [2, 3]), ([4], [7])], X, groups=pd.Series(list("ababcdef"), index=[1] * 8)
    )
    assert inspection.description == "2 folds as given"
    assert inspection.frame()["n_left_out"].tolist() == [4, 6]
    assert inspection.frame()["n_shared_groups"].tolist() == [2, 0]
    with pytest.raises(FrozenInstanceError, match="cannot assign"):
        inspection.description = "else"  # type: ignore[misc]


def test_masks_are_rows_and_a_part_may_be_empty() -> None:
    is_early = np.arange(8) < 3
    pairs = [(is_early, ~is_early), ([0], [])]
    inspection = inspect_splits(pairs, np.zeros((8, 1)), range(8), groups=range(8), times=range(8))
    assert inspection.frame()["n_train"].tolist() == [3, 1]
    assert inspection.frame()["n_test"].tolist() == [5, 0]
    inspection.plot().figure.canvas.draw()


@pytest.mark.parametrize(
    ("splitter", "message"),
    [
        ([], "gives no fold"),
        ([([0], [9])], "expected positions among 6 rows"),
        ([([0.5], [1])], "expected positions"),
    ],
)
def test_says_what_are_no_rows(splitter: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        inspect_splits(splitter, np.zeros((6, 1)))


@pytest.mark.parametrize("splitter", [5, "KFold", None, KFold])
def test_says_what_is_no_splitter(splitter: Any) -> None:
    with pytest.raises(InputError, match="expected a splitter or pairs"):
        inspect_splits(splitter, np.zeros((6, 1)))

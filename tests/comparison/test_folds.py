"""Folds: drawn, repeated, given by a column or a splitter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import LeaveOneGroupOut, ShuffleSplit, TimeSeriesSplit

import tabkit
from tabkit import InputError
from tabkit.comparison._run._folds import make_folds
from tabkit.data import Table, Task, build_table, infer_task
from tabkit.evaluation import default_n_folds
from tabkit.model_selection import ForwardSplit


def make(**roles: Any) -> tuple[Table, Task]:
    frame = pd.DataFrame(
        {
            "x": np.random.default_rng(0).normal(size=60),
            "shop": [f"shop {row % 6}" for row in range(60)],
            "day": pd.date_range("2024-01-01", periods=60)[::-1],
            "part": [None if row < 6 else f"part {row % 3}" for row in range(60)],
            "y": ["no", "yes"] * 30,
        }
    )
    table = build_table(frame, target="y", **roles)
    return table, infer_task(table)


def test_repeated_folds_are_drawn_anew() -> None:
    table, task = make(group="shop")
    folds = make_folds(table, task, 3, 0, n_repeats=2)
    assert len(folds) == 6
    called = "3 stratified folds that keep groups of 'shop' together, shuffled, drawn 2 times"
    assert folds.description == called
    first, second = (np.sort(np.concatenate([test for _, test in folds.pairs[i : i + 3]])) for i in (0, 3))
    assert first.tolist() == second.tolist() == list(range(60))
    assert folds.pairs[0][1].tolist() != folds.pairs[3][1].tolist()
    once = make_folds(table, task, 3, 0)
    assert [test.tolist() for _, test in once.pairs] == [test.tolist() for _, test in folds.pairs[:3]]


def test_folds_of_a_column() -> None:
    table, task = make(fold="part")
    folds = make_folds(table, task, 5, 0)
    assert len(folds) == 3
    for number, (train, test) in enumerate(folds.pairs):
        assert test.tolist() == [row for row in range(6, 60) if row % 3 == number]
        assert sorted([*train, *test]) == list(range(60))
    assert folds.description == "3 folds as column 'part' has them; 6 rows without one are never tested"


def test_folds_of_a_splitter_get_the_roles() -> None:
    table, task = make(group="shop")
    folds = make_folds(table, task, 5, 0, cv=LeaveOneGroupOut())
    assert table.groups is not None
    assert [set(table.groups.iloc[test]) for _, test in folds.pairs] == [{f"shop {i}"} for i in range(6)]
    table, task = make(time="day")
    folds = make_folds(table, task, 5, 0, cv=ForwardSplit(3))
    assert folds.pairs[0][0].min() > folds.pairs[0][1].max()  # the table is in reverse order


def test_given_pairs() -> None:
    table, task = make()
    folds = make_folds(table, task, 5, 0, cv=[([0, 1, 2, 3], [4, 5]), ([4, 5, 6], [0, 1])])
    assert [test.tolist() for _, test in folds.pairs] == [[4, 5], [0, 1]]
    assert folds.description == "2 folds as given"
    assert len(make_folds(table, task, 5, 0, cv=ShuffleSplit(4, random_state=0))) == 4
    assert len(make_folds(table, task, 5, 0, cv=TimeSeriesSplit(4))) == 4


@pytest.mark.parametrize(
    ("roles", "options", "message"),
    [
        ({"time": "day"}, {"n_repeats": 2}, "folds in time are not drawn"),
        ({}, {"n_repeats": 0}, "n_repeats is 0"),
        ({}, {"cv": 3}, "cv=3 is a number: pass n_folds=3"),
        ({}, {"cv": [([0, 1], [1, 2])]}, "fold 0 of cv has 1 row in training and in test"),
        ({}, {"cv": [([0, 1], [99])]}, "expected positions among 60 rows"),
        ({}, {"cv": [([0, 1], [])]}, "fold 0 of cv"),
        ({}, {"cv": []}, "gives no fold"),
        ({}, {"cv": LeaveOneGroupOut()}, "cv cannot split the table"),
    ],
)
def test_folds_that_cannot_be(roles: dict[str, Any], options: dict[str, Any], message: str) -> None:
    table, task = make(**roles)
    with pytest.raises(InputError, match=message):
        make_folds(table, task, 3, 0, **options)


def test_given_folds_must_keep_to_the_roles() -> None:
    table, task = make(group="shop")
    with pytest.raises(InputError, match=r"fold 0 as given has \d groups of 'shop' in training"):
        make_folds(table, task, 5, 0, cv=ShuffleSplit(2, random_state=0))
    table, task = make(time="day")
    with pytest.raises(InputError, match="do not go forward in time"):
        make_folds(table, task, 5, 0, cv=ShuffleSplit(2, random_state=0))


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        ([0, 1, 2], "2"),
        (np.array([0.5, 1.5, 2.5]), "2.5"),
        ([False, False, True], "True"),
        (["low", "mid", "rare"], "'rare'"),
    ],
    ids=["int", "float", "bool", "text"],
)
def test_rare_class_is_named_and_counted_as_people_do(labels: Any, shown: str) -> None:
    target = pd.Series([*[labels[0]] * 30, *[labels[1]] * 29, labels[2]], name="y")
    table = Table("made up", pd.DataFrame({"x": np.arange(60.0)}), target)
    task = Task("multiclass", tuple(pd.unique(target).tolist()))
    with pytest.raises(InputError) as caught:  # noqa: PT011 - compared whole
        make_folds(table, task, 5, 0)
    assert str(caught.value) == (
        f"class {shown} of 'y' has 1 row, fewer than the 5 folds: pass a smaller n_folds, or remove or merge "
        "the class"
    )


def _outcomes(n_rows: int, n_positive: int, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "x": np.random.default_rng(0).normal(size=n_rows),
            "y": [1] * n_positive + [0] * (n_rows - n_positive),
        }
        | columns
    )


@pytest.mark.parametrize(
    ("frame", "roles", "expected"),
    [
        (_outcomes(1_000, 20), {}, 10),
        (_outcomes(1_000, 19), {}, 5),
        (_outcomes(1_001, 500), {}, 5),
        (_outcomes(100, 50, shop=[row % 20 for row in range(100)]), {"group": "shop"}, 10),
        (_outcomes(100, 50, shop=[row % 19 for row in range(100)]), {"group": "shop"}, 5),
        (_outcomes(100, 50, day=pd.date_range("2024-01-01", periods=100)), {"time": "day"}, 5),
    ],
    ids=["small", "rare class", "large", "groups", "few groups", "times"],
)
def test_small_tables_have_more_folds(frame: pd.DataFrame, roles: dict[str, str], expected: int) -> None:
    table = build_table(frame, target="y", **roles)
    assert default_n_folds(table, infer_task(table)) == expected


def test_values_are_no_classes_for_the_number_of_folds() -> None:
    table = build_table(
        pd.DataFrame({"x": np.random.default_rng(0).normal(size=60), "y": np.arange(60.0) ** 2}), target="y"
    )
    assert default_n_folds(table, infer_task(table)) == 10


def test_a_short_limit_leaves_a_small_table_its_five_folds() -> None:
    table = build_table(_outcomes(500, 200), target="y")
    task = infer_task(table)
    assert [default_n_folds(table, task, limit) for limit in (None, 120.0, 119.0)] == [10, 10, 5]


def test_a_run_that_is_gone_on_with_keeps_its_folds(tmp_path: Path) -> None:
    def run(time_limit: str) -> int:
        return len(
            tabkit.compare(
                _outcomes(100, 40),
                target="y",
                models=["dummy"],
                autogluon=False,
                audit=False,
                time_limit=time_limit,
                out=tmp_path / "run",
            ).folds
        )

    assert (run("60s"), run("10m")) == (5, 5)

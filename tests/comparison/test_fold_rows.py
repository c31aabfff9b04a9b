"""Which rows folds leave out, folds that are too short, and folds with an embargo."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tabkit
from tabkit import InputError
from tabkit._core._parameters import speak_of_options
from tabkit.comparison import FoldRows, count_fold_rows
from tabkit.comparison._question._label_spans import add_label_spans
from tabkit.comparison._run._folds import make_folds
from tabkit.comparison._run._short_folds import describe_short_folds
from tabkit.comparison._words._fold_rows import describe_fold_rows, say_training_share
from tabkit.data import Table, Task, build_table, infer_task
from tabkit.evaluation import Folds

QUICK: dict[str, Any] = {"autogluon": False, "audit": False, "time_limit": None, "n_jobs": 1, "n_threads": 1}


def make_panel() -> pd.DataFrame:
    """Twelve years, in each of which 20 of 60 persons are seen."""
    generator = np.random.default_rng(0)
    rows = [(p, year) for year in range(2000, 2012) for p in generator.permutation(60)[:20]]
    frame = pd.DataFrame(rows, columns=["person", "year"])
    noise = generator.normal(size=(len(frame), 2))
    return frame.assign(x=noise[:, 0], wage=noise[:, 0] + noise[:, 1] + frame["person"] * 0.01)


def make_short_panel() -> pd.DataFrame:
    """Its first nine years: so few rows that folds begin after a sixth of them."""
    return make_panel().query("year < 2009")


def read(frame: pd.DataFrame, **distances: Any) -> tuple[Table, Task]:
    table = build_table(frame, target="wage", time="year", group="person")
    table = add_label_spans(table, distances.get("gap"), distances.get("horizon"))
    return table, infer_task(table)


def test_every_row_is_used_or_left_out_for_one_reason() -> None:
    table, task = read(make_panel())
    folds = make_folds(table, task, 5, 0, gap=2)
    counts = count_fold_rows(table, folds)
    assert table.times is not None
    assert table.groups is not None
    years, persons = table.times.to_numpy(), table.groups.to_numpy()
    for (train, test), found in zip(folds.pairs, counts, strict=True):
        first, last = years[test].min(), years[test].max()
        is_later, is_tested = years > last, np.isin(persons, persons[test])
        is_near = (years < first) & (years > first - 2) & ~is_tested
        expected = FoldRows(
            len(train), len(test), is_later.sum(), ((years < first) & is_tested).sum(), is_near.sum()
        )
        assert found == expected
        assert found.n_train + found.n_test + found.n_left_out == table.n_rows
        assert found.n_of_test_groups > 0
    assert counts[0].n_later > counts[4].n_later == 0
    # Four years to train on, of which the gap takes one; two to test; six that come later.
    first = counts[0]
    assert (first.n_test, first.n_later) == (40, 120)
    assert first.n_other > 0
    assert describe_fold_rows(table, folds)[0] == (
        f"fold 1: {first.n_train} train, 40 test; left out: 120 later, {first.n_of_test_groups} of groups "
        f"that are tested, {first.n_other} too near in time"
    )


def test_folds_that_use_every_row_have_no_line() -> None:
    frame = make_panel()
    table = build_table(frame, target="wage", group="person")
    folds = make_folds(table, infer_task(table), 5, 0)
    assert describe_fold_rows(table, folds) == []
    assert say_training_share(table, folds, []) == "80 % of the rows"


def test_many_folds_are_not_all_listed() -> None:
    table = build_table(make_panel().head(120), target="wage")
    folds = Folds(tuple((np.arange(10), np.arange(10, 20)) for _ in range(12)), "given")
    lines = describe_fold_rows(table, folds)
    assert lines[0] == "fold 1: 10 train, 10 test; left out: 100 in no part of the fold"
    assert lines[10:] == ["and 2 more folds: all are in the report"]


def test_folds_too_short_to_be_divided_again_are_said_with_what_would_do() -> None:
    table, task = read(make_short_panel(), gap=1)
    task = replace(task, n_rows=table.n_rows)
    folds = make_folds(table, task, 5, 0, gap=1)
    draw = partial(make_folds, table, task, random_state=0, gap=1)
    with speak_of_options({"n_folds": "--folds"}):
        said = describe_short_folds(table, task, folds, draw)
    assert said.startswith("Fold 1 trains on too short a time to be divided once more, so that models which ")
    assert said.endswith("fail there: --folds 4 would do.")
    assert describe_short_folds(table, task, make_folds(table, task, 4, 0, gap=1), draw) == ""
    cure = "fail there: a shorter gap or horizon, or earlier rows, or other folds would do."
    assert describe_short_folds(table, task, folds, None).endswith(cure)


def test_without_times_nothing_is_too_short() -> None:
    table = build_table(make_panel(), target="wage", group="person")
    task = infer_task(table)
    assert describe_short_folds(table, task, make_folds(table, task, 5, 0), None) == ""


def test_what_is_said_beforehand_comes_true_and_stays_with_the_result() -> None:
    said: list[str] = []
    comparison = tabkit.compare(
        make_short_panel(),
        target="wage",
        time="year",
        group="person",
        gap=1,
        models=["dummy", "linear"],
        listener=lambda event: said.append(event.text) if event.kind == "table" else None,
        **QUICK,
    )
    assert "Fold 1 trains on too short a time" in said[0]
    assert "fold 1: " in said[0]
    assert "n_folds=4 would do" in said[0]
    assert any("Fold 1 trains on too short a time" in note for note in comparison.notes)
    assert [row.name for row in comparison.leaderboard.rows if row.rank is None] == ["linear"]


def test_embargo_trains_on_both_sides_and_keeps_clear_of_the_block() -> None:
    table, task = read(make_panel())
    folds = make_folds(table, task, 3, 0, embargo=2)
    assert table.times is not None
    years = table.times.to_numpy()
    assert sorted(np.concatenate([test for _, test in folds.pairs])) == list(range(table.n_rows))
    (_, _), (train, test), (_, _) = folds.pairs
    assert years[train].min() < years[test].min()
    assert years[train][years[train] > years[test].max()].min() > years[test].max() + 2
    assert folds.description == (
        "3 contiguous folds in time, trained on earlier and later rows, with an embargo of 2"
    )
    assert count_fold_rows(table, folds)[1].n_later == 0


def test_embargo_of_a_run_is_in_its_settings() -> None:
    comparison = tabkit.compare(
        make_panel(), target="wage", time="year", embargo="10%", models=["dummy", "tree"], n_folds=3, **QUICK
    )
    assert comparison.settings["embargo"] == "10%"
    assert "an embargo of 10%" in comparison.folds.description
    assert all(row.rank for row in comparison.leaderboard.rows)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"embargo": 1}, r"^embargo is 1, and rows have no times: name their column with time=\.\.\.$"),
        ({"embargo": 1, "gap": 2, "time": "year"}, r"^gap is for folds that train on earlier rows only, and"),
    ],
)
def test_embargo_that_cannot_be(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        tabkit.compare(make_panel(), target="wage", models=["dummy"], **options, **QUICK)

"""One last score: rows that nothing else sees, read as the table is, scored once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import tabkit
from tabkit import InputError
from tabkit.comparison._question._resolve import Question, resolve
from tabkit.data import Task, build_table, infer_task, read_alike
from tabkit.evaluation import score_last

QUICK: dict[str, Any] = {
    "autogluon": False,
    "audit": False,
    "n_folds": 3,
    "time_limit": None,
    "models": ["dummy", "tree"],
}


@pytest.mark.parametrize(("role", "column"), [("time", "joined"), ("group", "city"), (None, None)])
def test_rows_put_away_honour_the_roles(role: str | None, column: str | None, awkward_frame) -> None:
    frame = awkward_frame(n_rows=200)
    roles: dict[str, Any] = {role: column} if role else {}
    resolved = resolve(Question(frame, target="outcome", holdout=0.25, **roles), random_state=0)
    assert resolved.last is not None
    table, last = resolved.table, resolved.last.table
    assert resolved.task.n_rows == table.n_rows
    assert table.source_rows is not None
    assert last.source_rows is not None
    assert sorted([*table.source_rows, *last.source_rows]) == list(range(200))
    assert 30 < last.n_rows < 70
    expected = frame["outcome"].iloc[last.source_rows]
    assert last.target.tolist() == expected.tolist()
    if role == "time":
        assert table.times is not None
        assert last.times is not None
        assert table.times.max() < last.times.min()
    elif role == "group":
        assert not set(table.groups) & set(last.groups)
    else:
        assert abs((last.target == "yes").mean() - (table.target == "yes").mean()) < 0.03


def test_last_score_is_that_of_the_saved_model(awkward_frame, tmp_path: Path) -> None:
    frame = awkward_frame(n_rows=200)
    comparison = tabkit.compare(frame, target="outcome", holdout=0.25, out=tmp_path / "run", **QUICK)
    winner = comparison.winner
    assert winner is not None
    assert winner.last_score is not None
    kept = pd.read_parquet(tmp_path / "run" / "last_predictions.parquet")
    again = tabkit.load(winner.path).predict_proba(frame.iloc[kept["row"]])
    np.testing.assert_allclose(kept[["probability_no", "probability_yes"]], again)
    truth = frame["outcome"].iloc[kept["row"]] == "yes"
    assert winner.last_score.scores["roc_auc"] == pytest.approx(roc_auc_score(truth, again[:, 1]))
    low, high = winner.last_score.interval
    assert low < winner.last_score.scores["roc_auc"] < high
    assert comparison.sentences[-1].startswith(
        "On rows that no choice has touched (50 rows, drawn at random)"
    )
    tested = pd.concat([evaluation.predictions() for evaluation in comparison.evaluations])
    assert not set(tested["row"]) & set(kept["row"])


@pytest.mark.slow
def test_table_of_its_own(awkward_frame, tmp_path: Path) -> None:
    frame = awkward_frame(n_rows=160)
    frame["joined"] = pd.to_datetime(frame["joined"]).dt.strftime("%d/%m/%Y")
    frame.iloc[:120].to_csv(tmp_path / "train.csv", index=False)
    later = frame.iloc[120:].drop(columns=["customer id", "country"])
    later.loc[125, "outcome"] = None
    later[later.columns[::-1]].to_csv(tmp_path / "later.csv", index=False)
    comparison = tabkit.compare(
        tmp_path / "train.csv", target="outcome", test=tmp_path / "later.csv", **QUICK
    )
    assert comparison.table.n_rows == 120
    assert comparison.winner is not None
    assert comparison.winner.last_score is not None
    assert comparison.winner.last_score.description == "39 rows of 'later'"


def test_labels_that_another_file_made_numbers_of() -> None:
    table = build_table(pd.DataFrame({"x": [1.0, 2, 3, 4], "y": ["1", "2", "x", "1"]}), target="y")
    later = read_alike(pd.DataFrame({"x": [5.0, 6], "y": [2, 1]}), table, infer_task(table))
    assert later.target.tolist() == ["2", "1"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda frame: frame.drop(columns="x"),
            "the test table 'table' has no column 'x', which 'table' has",
        ),
        (lambda frame: frame.assign(y="c"), "has 'c' in 'y', a label that no row to learn from has"),
        (lambda frame: frame.assign(y=None), "no row of the test table 'table' has a target"),
        (
            lambda frame: frame.assign(x="one"),
            "4 values of column 'x' in 'table', such as 'one', cannot be read",
        ),
    ],
)
def test_test_tables_that_cannot_be(change: Any, message: str) -> None:
    frame = pd.DataFrame({"x": [1.0, 2, 3, 4], "y": ["a", "b", "b", "a"]})
    with pytest.raises(InputError, match=message):
        resolve(Question(frame, target="y", test=change(frame)), random_state=0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"holdout": 1.5}, "holdout is 1.5: a share of the rows"),
        ({"holdout": 0.5, "test": "x.csv"}, "test and holdout both choose"),
        ({"test": "missing.csv"}, "there is no file 'missing.csv'"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], message: str, awkward_frame) -> None:
    with pytest.raises(InputError, match=message):
        resolve(Question(awkward_frame(n_rows=60), target="outcome", **options), random_state=0)


class Oracle:
    """Predicts the column x."""

    def predict(self, features: pd.DataFrame) -> np.ndarray:
        return features["x"].to_numpy()


def test_interval_covers_and_groups_widen_it() -> None:
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(40), 10)
    truth = rng.normal(size=400)
    error = rng.normal(size=40)[group] + 0.1 * rng.normal(size=400)
    frame = pd.DataFrame({"x": truth + error, "g": group, "y": truth})
    task = Task("regression", metric="mae")
    widths = []
    for role in (None, "g"):
        score, _ = score_last(Oracle(), build_table(frame, target="y", group=role), task, "all", 0)
        assert score.interval is not None
        assert score.interval[0] < abs(error).mean() < score.interval[1]
        widths.append(score.interval[1] - score.interval[0])
    assert widths[1] > 2 * widths[0]


def test_rows_of_the_test_table_without_a_group_are_left_out() -> None:
    frame = pd.DataFrame({"x": np.arange(8.0), "g": list("aabbccdd"), "y": [0, 1] * 4})
    table = build_table(frame, target="y", group="g")
    later = read_alike(frame.assign(g=["e", None] * 4), table, infer_task(table))
    assert later.n_rows == 4
    assert "4 rows of 'table' without a target or a group left out" in later.notes
    with pytest.raises(InputError, match="has 'two' in 'y', a label that no row to learn from has"):
        read_alike(frame.assign(y=["0", "1", "two", "1"] * 2), table, infer_task(table))

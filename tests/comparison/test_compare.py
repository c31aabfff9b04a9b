"""`tabkit.compare` from Python: own models, honest scores, the same numbers however it is run."""

from __future__ import annotations

import html
import inspect
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline

import tabkit
from tabkit._core import InputError
from tabkit.catalog import CATALOG, select_candidates
from tabkit.preprocessing import TablePreprocessor

EVERYONE = {
    kind: [candidate.name for candidate in CATALOG if kind in candidate.tasks]
    for kind in ("binary", "multiclass", "regression")
}
QUICK = {"autogluon": False, "audit": False, "n_folds": 3, "time_limit": None}


def scores_by_fold(comparison: tabkit.Comparison) -> dict[str, tuple[float, ...]]:
    return {row.name: row.fold_scores for row in comparison.leaderboard.rows}


def test_own_model_stands_beside_the_catalog(awkward_frame) -> None:
    own = make_pipeline(TablePreprocessor("linear"), LogisticRegression())
    everyone_else = [c.name for c in select_candidates() if c.name not in ("dummy", "tree")]
    comparison = tabkit.compare(
        awkward_frame(n_rows=120), target="outcome", models={"<mine>": own}, exclude=everyone_else, **QUICK
    )
    assert {row.name for row in comparison.leaderboard.rows} == {"dummy", "tree", "<mine>"}
    assert all(row.rank for row in comparison.leaderboard.rows)
    assert html.escape("<mine>") in comparison._repr_html_()
    assert "<mine>" not in comparison._repr_html_()
    assert "<mine>" in repr(comparison)


def test_only_the_named_ones(awkward_frame) -> None:
    own = make_pipeline(TablePreprocessor("linear"), LogisticRegression())
    comparison = tabkit.compare(awkward_frame(n_rows=120), models=["dummy", ("mine", own)], **QUICK)
    assert [evaluation.name for evaluation in comparison.evaluations] == ["dummy", "mine"]


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ({"linear": LogisticRegression()}, "the name 'linear' is taken"),
        ({"mine": LinearRegression()}, "model 'mine' is a regressor, and the task is binary"),
        ({"mine": LogisticRegression}, "no scikit-learn estimator"),
        ({"mine": 3}, "no scikit-learn estimator"),
        ("linear", "pass a list"),
        ([], "no model is left"),
    ],
)
def test_models_that_cannot_be_used_are_refused(models, message: str, awkward_frame) -> None:
    with pytest.raises(InputError, match=message):
        tabkit.compare(awkward_frame(n_rows=60), models=models, **QUICK)


def test_rare_class_is_refused_with_its_count(awkward_frame) -> None:
    frame = awkward_frame(n_rows=60)
    frame["outcome"] = ["rare", "rare", *["common"] * 58]
    with pytest.raises(InputError, match="class 'rare' of 'outcome' has 2 rows, fewer than the 3 folds"):
        tabkit.compare(frame, models=["dummy"], **QUICK)


def test_frame_of_the_caller_is_not_changed(awkward_frame) -> None:
    frame = awkward_frame(n_rows=90)
    before = frame.copy(deep=True)
    tabkit.compare(frame, models=["tree"], **QUICK)
    pd.testing.assert_frame_equal(frame, before)


def test_forward_folds_predict_only_the_future(awkward_frame) -> None:
    comparison = tabkit.compare(awkward_frame(n_rows=150), time="joined", models=["tree"], **QUICK)
    times = comparison.table.times
    assert times is not None
    for train, test in comparison.folds.pairs:
        assert times.iloc[train].max() < times.iloc[test].min()


def test_groups_are_never_torn_apart(awkward_frame) -> None:
    comparison = tabkit.compare(awkward_frame(n_rows=150), group="city", models=["tree", "lightgbm"], **QUICK)
    groups = comparison.table.groups
    assert groups is not None
    for train, test in comparison.folds.pairs:
        assert not set(groups.iloc[train]) & set(groups.iloc[test])
    assert comparison.evaluation("lightgbm").is_finished


def test_numeric_boolean_and_text_labels_are_ranked_alike(awkward_frame) -> None:
    frame = awkward_frame(n_rows=120)
    boards = []
    for labels in ({"no": "no", "yes": "yes"}, {"no": 0, "yes": 1}, {"no": False, "yes": True}):
        frame["outcome"] = awkward_frame(n_rows=120)["outcome"].map(labels)
        boards.append(scores_by_fold(tabkit.compare(frame, models=["dummy", "tree", "linear"], **QUICK)))
    assert boards[0] == boards[1] == boards[2]


def test_temporary_results_can_be_read_as_long_as_python_runs(awkward_frame) -> None:
    comparison = tabkit.compare(awkward_frame(n_rows=90), models=["tree"], **QUICK)
    assert len(comparison.evaluation("tree").predictions()) == 90
    assert comparison.winner is not None
    assert comparison.winner.path is not None
    assert tabkit.load(comparison.winner.path).predict(comparison.table.frame).shape == (90,)


def test_winner_reads_later_text_as_the_table_was_written(tmp_path: Path) -> None:
    days = [f"{day:02}/{month:02}/2024" for month in range(1, 13) for day in range(1, 29, 3)]
    rows = [f"{day};{position},5;{position * 2},25" for position, day in enumerate(days)]
    path = tmp_path / "sales.csv"
    path.write_text("\n".join(["day;size;price", *rows]))
    winner = tabkit.compare(path, models=["tree"], **QUICK).winner
    assert winner is not None
    assert winner.path is not None
    model = tabkit.load(winner.path)
    native = pd.DataFrame({"day": pd.to_datetime(["2024-04-03"]), "size": [30.5]})
    written = pd.DataFrame({"day": ["03/04/2024"], "size": ["30,5"]})
    assert model.predict(written).tolist() == model.predict(native).tolist()
    kinds = model["prepare"].written_as
    assert kinds == {"day": "%d/%m/%Y", "size": "1.234,5"}


@pytest.mark.slow
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_one_and_two_jobs_give_the_same_numbers(task: str, awkward_frame, tmp_path: Path) -> None:
    frame = awkward_frame(task, n_rows=150)
    boards = [
        scores_by_fold(tabkit.compare(frame, models=EVERYONE[task], n_jobs=jobs, n_threads=1, **QUICK))
        for jobs in (1, 2)
    ]
    assert boards[0].keys() == set(EVERYONE[task])
    assert boards[0] == boards[1]


@pytest.mark.slow
def test_shuffled_target_scores_at_chance_in_every_row(awkward_frame) -> None:
    frame = awkward_frame(n_rows=300)
    frame["outcome"] = np.random.default_rng(7).permutation(frame["outcome"])
    comparison = tabkit.compare(
        frame, models=EVERYONE["binary"], autogluon=False, audit=False, time_limit=None
    )
    assert_at_chance(comparison)


@pytest.mark.slow
def test_shuffled_target_scores_at_chance_for_autogluon(awkward_frame) -> None:
    pytest.importorskip("autogluon.tabular")
    frame = awkward_frame(n_rows=300)
    frame["outcome"] = np.random.default_rng(7).permutation(frame["outcome"])
    comparison = tabkit.compare(
        frame, models=["dummy"], autogluon_preset="medium_quality", n_folds=3, time_limit=None
    )
    assert {row.name for row in comparison.leaderboard.rows if row.rank} == {"dummy", "autogluon"}
    assert_at_chance(comparison)


def assert_at_chance(comparison: tabkit.Comparison) -> None:
    n_rows = comparison.table.n_rows
    positives = int((comparison.table.target == "yes").sum())
    # Of the area under the curve of a score that knows nothing (Mann and Whitney 1947), over all rows.
    standard_error = math.sqrt((n_rows + 1) / (12 * positives * (n_rows - positives)))
    for row in comparison.leaderboard.rows:
        assert row.mean is not None, row.reason
        assert abs(row.mean - 0.5) < 4 * standard_error, row.name


@pytest.mark.slow
def test_shuffled_target_leaves_nothing_to_explain_in_regression(awkward_frame) -> None:
    frame = awkward_frame("regression", n_rows=300)
    frame["outcome"] = np.random.default_rng(7).permutation(frame["outcome"])
    comparison = tabkit.compare(
        frame, models=EVERYONE["regression"], metric="r2", autogluon=False, audit=False, time_limit=None
    )
    for row in comparison.leaderboard.rows:
        assert row.mean is not None, row.reason
        assert row.mean < 0.1, row.name


@pytest.mark.slow
def test_own_models_that_leave_their_seed_open_get_that_of_the_run(awkward_frame) -> None:
    frame = awkward_frame(n_rows=90)
    forest = make_pipeline(TablePreprocessor("tree"), RandomForestClassifier(3))
    first, again, other = (
        tabkit.compare(frame, target="outcome", models=[("forest", forest)], random_state=seed, **QUICK)
        for seed in (0, 0, 1)
    )
    assert scores_by_fold(first) == scores_by_fold(again)
    assert scores_by_fold(first) != scores_by_fold(other)
    assert forest[-1].random_state is None


def test_every_argument_reaches_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from tabkit.comparison import _compare

    passed: list[Any] = []
    monkeypatch.setattr(_compare, "run_comparison", lambda *asked: passed.extend(asked))
    arguments = {name: object() for name in inspect.signature(_compare.compare).parameters}
    data = arguments["data"]
    _compare.compare(**arguments)
    question, options = passed
    assert question.data is data
    assert vars(question) | vars(options) == arguments

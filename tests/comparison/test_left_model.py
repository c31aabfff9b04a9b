"""What a run leaves: always a model, the better one, and the rows of earlier runs into the same folder."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import tabkit
from tabkit.reporting._sections._answer import describe_winner

N_ROWS = 150
QUICK: dict[str, Any] = {
    "target": "y",
    "autogluon": False,
    "audit": False,
    "n_folds": 3,
    "n_jobs": 1,
    "n_threads": 1,
}


class LingersOnAll(LogisticRegression):
    """Is quick on the training rows of a fold, and has no end on all rows."""

    def fit(self, X: Any, y: Any) -> LingersOnAll:
        if len(X) == N_ROWS:
            time.sleep(1000)
        return super().fit(X, y)


class FailsOnAll(LogisticRegression):
    """Learns the training rows of a fold, and fails on all rows."""

    def fit(self, X: Any, y: Any) -> FailsOnAll:
        if len(X) == N_ROWS:
            raise ValueError("too many for me")
        return super().fit(X, y)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    x, other = rng.normal(size=(2, N_ROWS))
    return pd.DataFrame({"x": x, "other": other, "y": np.where(x + rng.normal(size=N_ROWS) > 0, "b", "a")})


def kept_model(folder: Path) -> tuple[int, bytes]:
    path = folder / "model" / "model.skops"
    return path.stat().st_mtime_ns, path.read_bytes()


@pytest.mark.slow
def test_where_time_is_out_a_model_of_a_fold_is_left_and_said_to_be_one(frame, tmp_path: Path) -> None:
    made = tabkit.compare(
        frame, models=[("slow", LingersOnAll())], time_limit=8, out=tmp_path / "run", **QUICK
    )
    winner = made.winner
    assert winner is not None
    assert winner.path is not None
    assert winner.n_rows == 100
    assert describe_winner(made) == (
        "slow, the best of all, is saved as it was fitted on one fold, on 100 of 150 rows: "
        "model/model.skops; no time was left: raise time_limit"
    )
    model = tabkit.load(winner.path, trusted=["test_left_model.LingersOnAll"])
    # Of the rows that one fold was trained on, and of no others.
    candidates = [
        LogisticRegression().fit(frame.iloc[train][["x", "other"]], frame["y"].iloc[train])
        for train, _ in made.folds.pairs
    ]
    given = model.predict_proba(frame[["x", "other"]])
    assert any(np.allclose(given, one.predict_proba(frame[["x", "other"]])) for one in candidates)
    assert tabkit.load_comparison(tmp_path / "run").winner == winner


def test_where_the_fit_on_all_rows_fails_a_model_of_a_fold_is_left(frame) -> None:
    winner = tabkit.compare(frame, models=[("fails", FailsOnAll())], time_limit=60, **QUICK).winner
    assert winner is not None
    assert winner.path is not None
    assert winner.n_rows == 100
    assert "too many for me" in winner.note


def test_without_a_limit_no_models_are_kept_and_the_failure_is_said(frame) -> None:
    winner = tabkit.compare(frame, models=[("fails", FailsOnAll())], time_limit=None, **QUICK).winner
    assert winner is not None
    assert winner.path is None
    assert winner.n_rows is None
    assert "too many for me" in winner.note


def test_rows_of_an_earlier_run_stay_and_its_model_too(frame, tmp_path: Path) -> None:
    options = {"out": tmp_path / "run", "time_limit": 60, **QUICK}
    first = tabkit.compare(frame, models=["dummy", "tree", "linear"], **options)
    assert first.winner is not None
    assert first.winner.name == "linear"
    before = kept_model(tmp_path / "run")
    second = tabkit.compare(frame, models=["dummy", "knn"], exclude=[], **options)
    assert {row.name: row.rank is not None for row in second.leaderboard.rows} == dict.fromkeys(
        ("dummy", "tree", "linear", "knn"), True
    )
    assert second.winner is not None
    assert (second.winner.name, second.winner.n_rows) == ("linear", N_ROWS)
    assert kept_model(tmp_path / "run") == before
    told = "Of an earlier run into this folder, and not asked for in this one: linear, tree."
    assert told in second.notes
    assert tabkit.load_comparison(tmp_path / "run").frame().equals(second.frame())
    # What is left out on purpose does not come back.
    third = tabkit.compare(frame, models=["dummy"], exclude=["linear", "knn"], **options)
    assert {row.name for row in third.leaderboard.rows} == {"dummy", "tree"}
    assert third.winner is not None
    assert third.winner.name == "tree"
    assert kept_model(tmp_path / "run") != before


def test_a_half_finished_candidate_of_an_earlier_run_has_no_row(frame, tmp_path: Path) -> None:
    options = {"out": tmp_path / "run", "time_limit": 60, **QUICK}
    tabkit.compare(frame, models=["dummy", "tree"], **options)
    (tmp_path / "run" / "evaluations" / "tree" / "fold-1.json").unlink()
    again = tabkit.compare(frame, models=["dummy"], **options)
    assert [row.name for row in again.leaderboard.rows] == ["dummy"]


def test_a_failing_fit_leaves_the_model_of_an_earlier_run(frame, tmp_path: Path) -> None:
    options = {"out": tmp_path / "run", "time_limit": None, **QUICK}
    tabkit.compare(frame, models=["tree"], **options)
    before = kept_model(tmp_path / "run")
    winner = tabkit.compare(frame, models=["tree", ("fails", FailsOnAll())], **options).winner
    assert winner is not None
    assert (winner.name, winner.path) == ("fails", None)
    assert kept_model(tmp_path / "run") == before


def test_a_model_file_that_was_changed_is_made_anew(frame, tmp_path: Path) -> None:
    options = {"out": tmp_path / "run", "time_limit": 60, **QUICK}
    tabkit.compare(frame, models=["tree"], **options)
    path = tmp_path / "run" / "model" / "model.skops"
    path.write_bytes(path.read_bytes()[:100])
    winner = tabkit.compare(frame, models=["tree"], **options).winner
    assert winner is not None
    assert tabkit.load(winner.path).predict(frame).shape == (N_ROWS,)

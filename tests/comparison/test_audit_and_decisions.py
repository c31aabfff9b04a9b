"""What a comparison does of the audit, of calibration and thresholds, of rare classes and of equal rows."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tabkit
from tabkit import InputError
from tabkit._core._files import write_json
from tabkit.catalog import IMBALANCE
from tabkit.comparison._run import _audit
from tabkit.comparison._run._identity import describe_run, fingerprint_run
from tabkit.comparison._run._requests import note_requests
from tabkit.data import Task, build_table, infer_task
from tabkit.evaluation import Folds
from tabkit.leakage import Audit, audit_table
from tabkit.model_selection import PurgedKFold
from tabkit.reporting import render_terminal

QUICK: dict[str, Any] = {"autogluon": False, "n_folds": 3, "time_limit": None, "n_jobs": 1, "n_threads": 1}


@pytest.fixture
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    n_rows = 240
    age, income = generator.normal(size=(2, n_rows))
    churn = np.where(age + generator.normal(size=n_rows) > 0.8, "yes", "no")
    return pd.DataFrame({"age": age, "income": income, "churn": churn})


def test_a_leak_is_told_before_the_scores_and_kept(frame: pd.DataFrame, tmp_path: Path) -> None:
    leaky = frame.assign(cancelled_on=np.where(frame["churn"] == "yes", 20.0 + frame["age"], np.nan))
    arguments = {"target": "churn", "models": ["dummy", "tree"], "out": tmp_path / "run", **QUICK}
    comparison = tabkit.compare(leaky, **arguments)
    assert comparison.audit is not None
    leak = comparison.audit.findings[0]
    assert (leak.severity, leak.columns) == ("error", ("cancelled_on",))
    assert "error target-leak" in render_terminal(comparison, width=100)
    tabkit.report(comparison, tmp_path / "report.html")
    assert "cancelled_on" in (tmp_path / "report.html").read_text().split("Leaks", 1)[1]
    record = json.loads((tmp_path / "run" / "comparison.json").read_text())
    assert record["audit"]["findings"][0]["code"] == leak.code
    # The same call reads what is kept, and makes no other.
    written = (tmp_path / "run" / "audit.json").stat().st_mtime_ns
    again = tabkit.compare(leaky, **arguments)
    assert (tmp_path / "run" / "audit.json").stat().st_mtime_ns == written
    assert again.audit is not None
    assert again.audit.as_record() == comparison.audit.as_record() | {
        "checks": again.audit.as_record()["checks"],
        "seconds": again.audit.as_record()["seconds"],
    }


def test_columns_that_are_set_aside_are_looked_at(frame: pd.DataFrame) -> None:
    # Given out in the order of the outcome.
    order = np.argsort(frame["churn"].to_numpy(), kind="stable")
    numbers = np.empty(len(frame), dtype=int)
    numbers[order] = np.arange(len(frame)) + 1000
    comparison = tabkit.compare(frame.assign(customer_id=numbers), target="churn", models=["dummy"], **QUICK)
    assert "customer_id" not in comparison.table.frame
    assert comparison.audit is not None
    assert any("customer_id" in finding.columns for finding in comparison.audit.at_least("warning"))


def test_no_audit_is_none(frame: pd.DataFrame) -> None:
    assert tabkit.compare(frame, target="churn", models=["dummy"], audit=False, **QUICK).audit is None


def test_equal_rows_are_left_out_on_request(frame: pd.DataFrame) -> None:
    doubled = pd.concat([frame, frame.iloc[:40]], ignore_index=True)
    comparison = tabkit.compare(
        doubled, target="churn", models=["dummy"], deduplicate=True, audit=False, **QUICK
    )
    assert comparison.table.n_rows == 240
    assert "40 rows that equal another left out" in comparison.notes


@pytest.mark.slow
def test_a_threshold_by_costs_predicts_more_of_what_is_dear_to_miss(frame: pd.DataFrame) -> None:
    def score(threshold: Any) -> tuple[float, float | None]:
        comparison = tabkit.compare(
            frame, target="churn", models=["linear"], threshold=threshold, audit=False, **QUICK
        )
        row = comparison.leaderboard.rows[0]
        return row.scores["recall"], row.threshold

    recall, threshold = score(None)
    dear_recall, dear_threshold = score("costs:fp=1,fn=20")
    assert threshold == 0.5
    assert dear_threshold is not None
    assert dear_threshold < 0.3
    assert dear_recall > recall
    assert score(0.9)[1] == 0.9


def test_calibration_is_fitted_inside_the_training_rows_and_saved(
    frame: pd.DataFrame, tmp_path: Path
) -> None:
    comparison = tabkit.compare(
        frame,
        target="churn",
        models=["linear"],
        calibrate="sigmoid",
        audit=False,
        out=tmp_path / "run",
        **QUICK,
    )
    assert comparison.winner is not None
    model = tabkit.load(comparison.winner.path)
    assert (type(model).__name__, model.method_) == ("CalibratedClassifier", "sigmoid")
    assert comparison.evaluation("linear").description.endswith("calibrated (sigmoid)")


@pytest.mark.slow
def test_cures_for_a_rare_class_stand_side_by_side() -> None:
    generator = np.random.default_rng(1)
    X = generator.normal(size=(1200, 3))
    y = np.where(X[:, 0] + generator.normal(size=1200) > 1.8, "ill", "well")
    frame = pd.DataFrame(X, columns=list("abc")).assign(state=y)
    left_out = ("mlp", "mlp_focal", "easy_ensemble")
    comparison = tabkit.compare(
        frame, target="state", positive="ill", imbalance=True, exclude=left_out, audit=False, **QUICK
    )
    board = comparison.leaderboard
    assert {row.name for row in board.rows} == set(IMBALANCE) - set(left_out)
    assert board.metric.name == "average_precision"
    assert [metric.name for metric in board.secondary[:3]] == ["brier", "calibration_error", "f2"]
    brier = {row.name: row.scores["brier"] for row in board.rows}
    assert brier["lightgbm_undersampled_calibrated"] < brier["lightgbm_undersampled"]
    assert brier["lightgbm_weighted"] > brier["linear"]


def test_folds_keep_their_distance_in_time(frame: pd.DataFrame) -> None:
    dated = frame.assign(day=pd.date_range("2024-01-01", periods=len(frame), freq="D").astype(str))
    arguments = {"target": "churn", "time": "day", "models": ["dummy"], "audit": False, **QUICK}
    comparison = tabkit.compare(dated, gap="7D", horizon="3D", **arguments)
    times = comparison.table.times
    assert times is not None
    for train, test in comparison.folds.pairs:
        assert times.iloc[test].min() - times.iloc[train].max() >= pd.Timedelta("7D")
    assert "7D" in comparison.folds.description
    purged = tabkit.compare(dated, cv=PurgedKFold(3, horizon="3D"), **arguments)
    assert len(np.concatenate([test for _, test in purged.folds.pairs])) == len(frame)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"calibrate": "sigmoids"}, "unknown calibration 'sigmoids'"),
        ({"threshold": "f3"}, "threshold 'f3': expected"),
        ({"threshold": 1.5}, "between 0 and 1"),
        ({"threshold": "recall@precision=2"}, "expected"),
        ({"threshold": "costs:fx=2"}, "'fx' is none of"),
        ({"gap": "7D"}, "gap is 7D, and rows have no times"),
        ({"target": "age", "calibrate": "auto"}, "the task is regression"),
        ({"target": "age", "threshold": "f1"}, "the task is regression"),
        ({"target": "age", "imbalance": True}, "imbalance is about rare classes"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(arguments: dict[str, Any], message: str, frame: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=message):
        tabkit.compare(frame, **{"target": "churn", "models": ["dummy"], **QUICK, **arguments})


def test_the_last_rows_keep_their_distance_too(frame: pd.DataFrame) -> None:
    dated = frame.assign(day=pd.date_range("2024-01-01", periods=len(frame), freq="D").astype(str))
    comparison = tabkit.compare(
        dated, target="churn", time="day", models=["dummy"], horizon="20D", holdout=0.2, audit=False, **QUICK
    )
    assert comparison.winner is not None
    assert comparison.winner.last_score is not None
    assert comparison.table.times is not None
    first_held_out = pd.Timestamp("2024-01-01") + pd.Timedelta(days=192)
    assert first_held_out - comparison.table.times.max() >= pd.Timedelta("20D")
    assert comparison.table.label_spans is not None
    assert (comparison.table.label_spans.array.length == pd.Timedelta("20D")).all()


def test_rows_too_near_to_those_of_test_are_left_out(frame: pd.DataFrame) -> None:
    dated = frame.assign(day=pd.date_range("2024-01-01", periods=len(frame), freq="D"))
    arguments = {"target": "churn", "time": "day", "models": ["dummy"], "audit": False, **QUICK}
    early, late = dated.iloc[:200], dated.iloc[200:]
    comparison = tabkit.compare(early, test=late, gap="15D", **arguments)
    assert comparison.table.n_rows == 186
    assert any(note.startswith("14 rows left out: too near to those of") for note in comparison.notes)
    with pytest.raises(InputError, match="leaves no row that is far enough"):
        tabkit.compare(early, test=late, gap="300D", **arguments)


def test_gap_and_horizon_reach_the_splits_inside_models(frame: pd.DataFrame) -> None:
    from sklearn.linear_model import LogisticRegression

    from tabkit.calibration import CalibratedClassifier
    from tabkit.comparison._question._label_spans import add_label_spans
    from tabkit.data import build_table
    from tabkit.evaluation._metadata import take_metadata

    dated = frame.assign(day=pd.date_range("2024-01-01", periods=len(frame), freq="D"))
    table = build_table(dated, target="churn", time="day")
    rows = np.arange(50, 150)
    for gap, horizon, days, closed in (("7D", None, 7, "left"), ("7D", "9D", 9, "right")):
        spanned = add_label_spans(table, gap, horizon)
        metadata = take_metadata(CalibratedClassifier(LogisticRegression(), random_state=0), spanned, rows)
        assert (metadata["times"].array.left == dated["day"].iloc[rows]).all()
        assert (metadata["times"].array.length == pd.Timedelta(days=days)).all()
        assert metadata["times"].array.closed == closed
    assert add_label_spans(table, None, None) is table
    # Kept folds are not taken up by a run whose models divide their rows otherwise.
    folds = Folds(((np.arange(50), np.arange(50, 100)),), "one")
    described = [
        fingerprint_run(describe_run(one, Task("binary", classes=("a", "b")), folds, 0))
        for one in (table, add_label_spans(table, "7D", None), add_label_spans(table, None, "7D"))
    ]
    assert len(set(described)) == 3
    with pytest.raises(InputError, match="gap or horizon is too long"):
        add_label_spans(table, None, "100000D")


def test_rows_of_other_entities_are_not_equal(frame: pd.DataFrame) -> None:
    coarse = frame.assign(age=frame["age"].round(), income=frame["income"].round())
    named = coarse.assign(customer_id=[f"C-{number:04d}" for number in range(len(frame))])
    settings = {"target": "churn", "models": ["dummy"], "deduplicate": True, "audit": False, **QUICK}
    assert tabkit.compare(named, **settings).table.n_rows == len(frame)
    assert tabkit.compare(coarse, **settings).table.n_rows < len(frame)


@pytest.mark.slow
def test_an_audit_that_cannot_be_read_is_made_anew(frame: pd.DataFrame, tmp_path: Path) -> None:
    settings = {"target": "churn", "models": ["dummy"], "out": tmp_path / "run", **QUICK}
    tabkit.compare(frame, **settings)
    for content in ("[]", "{}", "no JSON"):
        (tmp_path / "run" / "audit.json").write_text(content)
        assert tabkit.compare(frame, **settings).audit is not None


@pytest.mark.slow
def test_the_threshold_of_a_nested_model_is_found(frame: pd.DataFrame) -> None:
    comparison = tabkit.compare(
        frame,
        target="churn",
        models=["lightgbm_undersampled_calibrated"],
        threshold=0.2,
        audit=False,
        **QUICK,
    )
    assert comparison.leaderboard.rows[0].threshold == pytest.approx(0.2)


def test_autogluons_row_says_that_it_is_neither_calibrated_nor_has_the_threshold() -> None:
    task = Task("binary", classes=("no", "yes"), calibration="auto", threshold="f1")
    assert note_requests([], task, has_autogluon=True) == (
        "Judged without the calibration and threshold of the others: AutoGluon.",
    )
    assert note_requests([], task, has_autogluon=False) == ()


def run_audit(frame: pd.DataFrame, folder: Path) -> _audit.RunAudit:
    table = build_table(frame, target="churn")
    rows = np.arange(table.n_rows)
    folds = Folds(tuple((rows[rows % 3 != k], rows[rows % 3 == k]) for k in range(3)), "every third row")
    return _audit.RunAudit(
        table, infer_task(table), folds, None, folder=folder, fingerprint="run", n_threads=1, random_state=0
    )


def audit_whole(frame: pd.DataFrame, folder: Path) -> Audit:
    with run_audit(frame, folder) as audit:
        audit.begin(None, None)
        found = audit.finish(None)
    assert found.note == ""
    assert found.audit is not None
    return found.audit


def half_an_audit(*arguments: Any) -> Any:
    """In the place of `_audit._audit`: finds what one check finds, and then stays or dies."""
    *inputs, _seconds, _known, so_far, fingerprint = arguments
    table, task, folds, test, *_ = inputs
    seen = []

    def note(audit: Any) -> None:
        seen.append(audit)
        write_json(so_far, {"run": fingerprint, **audit.as_record()})
        if len(seen) == 3:
            if os.environ.get("TABKIT_DIES"):
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(1000)

    return audit_table(table, task, folds, test=test, on_check=note)


@pytest.mark.parametrize("dies", [pytest.param(False, marks=pytest.mark.slow), True])
def test_an_audit_that_hangs_or_dies_leaves_what_it_had_found_and_is_gone_on_with(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies: bool
) -> None:
    leaky = frame.assign(left=frame["churn"])
    if dies:
        monkeypatch.setenv("TABKIT_DIES", "1")
    with monkeypatch.context() as patch, run_audit(leaky, tmp_path) as audit:
        patch.setattr(_audit, "_audit", half_an_audit)
        audit.begin(20.0, None)  # a twentieth of this is waited for
        assert (audit.outcome is None) or dies
        outcome = audit.finish(time.monotonic() + 6)
    if dies:
        assert outcome.note.startswith("The audit failed: the process was killed by SIGKILL")
    else:
        assert re.match(r"The audit had no time for \d+ of its \d+ checks: the same command", outcome.note)
    assert outcome.audit is not None
    assert {finding.code for finding in outcome.audit.findings} == {"target-leak"}
    assert not (tmp_path / "audit.part.json").exists()
    # What was found is taken over, and the others are made now.
    again = audit_whole(leaky, tmp_path)
    assert [check.seconds for check in again.checks[:3]] == [c.seconds for c in outcome.audit.checks[:3]]
    (tmp_path / "audit.json").unlink()
    anew = audit_whole(leaky, tmp_path)
    assert [(c.name, c.skipped, c.n_findings) for c in again.checks] == [
        (c.name, c.skipped, c.n_findings) for c in anew.checks
    ]
    assert again.findings == anew.findings


def test_an_audit_of_another_run_is_not_taken(frame: pd.DataFrame, tmp_path: Path) -> None:
    first = audit_whole(frame, tmp_path)
    second = audit_whole(frame.assign(left=frame["churn"]), tmp_path)
    assert first.findings != second.findings


def test_without_time_there_is_no_audit_and_that_is_said(frame: pd.DataFrame, tmp_path: Path) -> None:
    with run_audit(frame, tmp_path) as audit:
        audit.begin(0.001, time.monotonic())
        outcome = audit.finish(time.monotonic())
    assert outcome == _audit.AuditOutcome(None, "The audit had no time.")
    assert not (tmp_path / "audit.json").exists()

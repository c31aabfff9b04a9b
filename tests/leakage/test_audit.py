"""What an audit is: sorted, printable, within its time, and never stopped by one of its checks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold

import tabkit
from tabkit.data import build_table, infer_task
from tabkit.evaluation import Folds
from tabkit.leakage import NO_TIME, Audit, Finding, audit_table, describe_audit, find_rows_to_keep
from tabkit.leakage._audit_table import run_check
from tabkit.leakage._check import Check
from tabkit.leakage._clock import Clock


@pytest.fixture(scope="module")
def leaky(clean_frame: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    """A table with a target leak, an identifier and rows that come twice."""
    frame = clean_frame("binary", n_rows=300)
    frame["left on"] = np.where(frame["outcome"] == "yes", "2024", "never")
    frame["id"] = [f"A{number:04}" for number in np.random.default_rng(0).permutation(300)]
    return frame


@pytest.fixture(scope="module")
def audit(leaky: pd.DataFrame) -> Audit:
    return tabkit.audit(leaky, target="outcome")


def test_most_severe_come_first(audit: Audit) -> None:
    ranks = [("info", "warning", "error").index(finding.severity) for finding in audit.findings]
    assert ranks == sorted(ranks, reverse=True)
    assert audit.findings[0].columns == ("left on",)
    assert audit.count("error") == len(audit.at_least("error")) == 1
    assert audit.at_least("info") == audit.findings


def test_frame_and_record_hold_every_finding(audit: Audit) -> None:
    record = json.loads(json.dumps(audit.as_record(), allow_nan=False))
    assert [finding["code"] for finding in record["findings"]] == audit.frame()["code"].tolist()
    assert record["findings"][0]["evidence"]["score_alone"] == 1.0
    assert {check["name"] for check in record["checks"]} == {check.name for check in audit.checks}


def test_text_fits_the_terminal(audit: Audit) -> None:
    lines = str(audit).splitlines()
    assert lines[0].startswith("1 error")
    assert max(map(len, lines)) <= 80
    assert max(map(len, describe_audit(audit, width=60).splitlines())) <= 60
    assert any(line.startswith("ERROR target-leak: left on") for line in lines)
    assert repr(audit) == str(audit)


def test_nothing_found_is_said() -> None:
    empty = Audit((), (), 0.5, "ROC AUC", "5 folds", 10, 10, 0.1)
    assert str(empty).startswith("Nothing found by")
    assert empty.frame().empty


def test_numbers_that_are_not_finite_are_null_in_a_record() -> None:
    finding = Finding("code", "info", "It is.", "Do.", evidence={"moved": float("nan"), "share": 0.5})
    assert finding.as_record()["evidence"] == {"moved": None, "share": 0.5}


def test_same_seed_gives_the_same_findings(leaky: pd.DataFrame, audit: Audit) -> None:
    again = tabkit.audit(leaky, target="outcome")
    assert [finding.as_record() for finding in again.findings] == audit.as_record()["findings"]


def test_time_limit_is_kept_and_what_was_left_out_is_named(leaky: pd.DataFrame) -> None:
    started = time.monotonic()
    result = tabkit.audit(pd.concat([leaky] * 8, ignore_index=True), target="outcome", time_limit=0.05)
    assert time.monotonic() - started < 10
    assert "no time left" in {check.skipped for check in result.checks}


def test_check_that_does_not_apply_never_lacks_time(leaky: pd.DataFrame) -> None:
    """However short the time: a run goes on only with what time can mend."""
    skipped = {
        check.name: check.skipped for check in tabkit.audit(leaky, target="outcome", time_limit=0.0).checks
    }
    assert skipped["test rows that training has seen"] == "no test table was given"
    assert skipped["shift between training and test table"] == "no test table was given"
    assert skipped["copies of the declared time"] == "no time is declared"
    assert skipped["times that are only known afterwards"] == "fewer than two columns of dates"
    assert skipped["times that were not declared"] == "no column holds times"
    assert (
        skipped["a column that tells the target by being missing"]
        == "no column has missing values in some rows"
    )
    assert skipped["a column that gives the target away"] == NO_TIME
    assert skipped["identifiers that carry the target"] == NO_TIME


def test_check_that_fails_is_named_and_what_it_found_before_is_kept() -> None:
    before = Finding("code", "info", "It is.", "Do.")

    def fail(examination: Any) -> Iterator[Finding]:
        yield before
        raise ZeroDivisionError("of a check")

    examination: Any = SimpleNamespace(clock=Clock(None))
    findings, run = run_check(Check("one that fails", ("code",), fail), examination)
    assert findings == [before]
    assert run.skipped == "failed: ZeroDivisionError: of a check"


def test_unknown_code_is_refused(leaky: pd.DataFrame) -> None:
    with pytest.raises(tabkit.InputError, match="no finding 'target-leek': did you mean 'target-leak'"):
        tabkit.audit(leaky, target="outcome", codes=["target-leek"])


@pytest.mark.parametrize(
    ("options", "message"),
    [({"drop": "id"}, "is one name"), ({"n_folds": 1}, "at least two"), ({"target": "nothere"}, "no column")],
)
def test_options_that_cannot_be_used(leaky: pd.DataFrame, options: dict[str, Any], message: str) -> None:
    with pytest.raises(tabkit.InputError, match=message):
        tabkit.audit(leaky, **{"target": "outcome", **options})


def test_rows_to_keep_are_those_of_a_slow_plain_version() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "number": rng.choice([1.5, 2.5, np.nan], 200),
            "word": rng.choice(np.array(["a", "b", None], dtype=object), 200),
            "y": rng.choice(["no", "yes"], 200),
        }
    )
    table = build_table(frame, target="y")
    seen, kept = set(), []
    for position, row in enumerate(
        frame.astype(object).where(frame.notna(), "missing").itertuples(index=False)
    ):
        if tuple(row) not in seen:
            seen.add(tuple(row))
            kept.append(position)
    assert find_rows_to_keep(table).tolist() == kept


def test_rows_are_those_of_the_file(clean_frame: Callable[..., pd.DataFrame]) -> None:
    """Rows without a target are left out before; positions count them."""
    frame = clean_frame("binary", n_rows=100)
    frame = pd.concat([frame, frame.iloc[[7]]], ignore_index=True)
    frame.loc[[0, 1, 2], "outcome"] = None
    (finding,) = tabkit.audit(frame, target="outcome", codes=["duplicate-rows"]).findings
    assert finding.rows == (7, 100)


def odd_tables(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "few rows", frame.iloc[:12]
    yield "one feature", frame[["width", "outcome"]]
    yield "one category", frame[["colour", "outcome"]]
    yield "all rows equal but the target", frame[["outcome"]].assign(one=[1, 2] * 150)
    yield "index with doubles", frame.set_index(pd.Index([0] * len(frame)))
    yield "rare class", frame.assign(outcome=["rare", "rare"] + ["often"] * 298)
    yield "unfilled", frame.assign(width=np.nan, height=frame["height"].mask(frame["noise"] > -2))
    yield (
        "booleans",
        frame.assign(flag=frame["noise"] > 0, other=pd.array([True, None] * 150, dtype="boolean")),
    )
    yield "categorical", frame.assign(colour=frame["colour"].astype("category"))
    yield "dates with a zone", frame.assign(at=pd.date_range("2024", periods=300, freq="h", tz="Asia/Tokyo"))
    yield "odd names", frame.rename(columns={"width": 'a "b" [c] {d}: <e>', "height": "größe, 数"})
    yield "huge numbers", frame.assign(width=frame["width"] * 1e300, height=frame["height"] * 1e-300)
    yield "constant target in a block", frame.sort_values("outcome").reset_index(drop=True)


@pytest.mark.parametrize("number", range(13))
def test_odd_tables_fail_no_check(number: int, clean_frame: Callable[..., pd.DataFrame]) -> None:
    name, frame = list(odd_tables(clean_frame("binary", n_rows=300)))[number]
    result = tabkit.audit(frame, target="outcome")
    assert [check.skipped for check in result.checks if check.skipped.startswith("failed")] == [], name
    assert str(result)


def test_weights_and_text_are_taken(clean_frame: Callable[..., pd.DataFrame]) -> None:
    frame = clean_frame("binary", n_rows=200)
    words = frame["outcome"].map({"yes": "thank you for your order", "no": "we are sorry to hear this"})
    frame["mail"] = [f"{text} number {number}" for number, text in enumerate(words)]
    frame["weight"] = [0.0, 1.0] * 100
    result = tabkit.audit(frame, target="outcome", weight="weight", kinds={"mail": "text"})
    assert [check.skipped for check in result.checks if check.skipped.startswith("failed")] == []
    (finding,) = [finding for finding in result.findings if finding.code == "target-leak"]
    assert (finding.columns, finding.severity) == (("mail",), "warning")


def test_what_was_found_is_told_after_every_check(leaky: pd.DataFrame, audit: Audit) -> None:
    table = build_table(leaky, target="outcome")
    folds = Folds(tuple(KFold(3, shuffle=True, random_state=0).split(leaky)), "3 folds")
    told: list[Audit] = []
    last = audit_table(table, infer_task(table), folds, on_check=told.append)
    assert len(told) == len(last.checks)
    for number, so_far in enumerate(told, start=1):
        to_come = zip(so_far.checks[number:], last.checks[number:], strict=True)
        assert all(check.skipped and check.skipped in (later.skipped, NO_TIME) for check, later in to_come)
        assert set(map(str, so_far.findings)) <= set(map(str, last.findings))
    assert told[-1].findings == last.findings
    assert Audit.from_record(told[0].as_record()).checks == tuple(
        replace(check, seconds=round(check.seconds, 3), n_findings=0) for check in told[0].checks
    )
    assert "no score in time" in describe_audit(told[0])

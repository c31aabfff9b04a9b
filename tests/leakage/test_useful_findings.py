"""A finding is worth a person's minute: said once, of what it is about, and true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tabkit
from tabkit.data import build_table, infer_task
from tabkit.evaluation import Folds
from tabkit.leakage import Finding, audit_table
from tabkit.leakage._times import have_same_order, say_how_timed

N_ROWS = 400


def audit(frame: pd.DataFrame, codes: list[str], **options: Any) -> tuple[Finding, ...]:
    return tabkit.audit(frame, codes=codes, time_limit=None, **{"target": "outcome", **options}).findings


def make_drifting(n_rows: int = N_ROWS) -> pd.DataFrame:
    """Rows one after the other, with an outcome that walks."""
    rng = np.random.default_rng(0)
    walk = np.cumsum(rng.normal(size=n_rows))
    width = rng.normal(size=n_rows)
    return pd.DataFrame({"width": width, "depth": rng.normal(size=n_rows), "outcome": walk + width})


def make_trips(n_rows: int = N_ROWS) -> pd.DataFrame:
    """Trips whose cost goes with how long they took."""
    rng = np.random.default_rng(0)
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 150_000, n_rows), unit="min")
    minutes = np.exp(rng.normal(2.5, 0.7, n_rows))
    end = start + pd.to_timedelta(np.ceil(minutes), unit="min")
    frame = pd.DataFrame({"begin": start, "end": end, "zone": rng.choice(list("abcd"), n_rows)})
    return frame.assign(outcome=3 + 0.5 * minutes + rng.normal(size=n_rows))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("time", np.random.default_rng(0).integers(1, 300, N_ROWS)),
        ("delivery_time", np.random.default_rng(0).integers(1, 60, N_ROWS)),
        ("time_days", np.arange(N_ROWS)),
        ("tenure_month", np.random.default_rng(0).integers(1, 72, N_ROWS)),
        ("contract_year", np.random.default_rng(0).integers(1, 30, N_ROWS)),
        ("screen time", np.random.default_rng(0).normal(4, 1, N_ROWS)),
    ],
)
def test_durations_are_no_times(name: str, values: np.ndarray) -> None:
    assert say_how_timed(name, pd.Series(values)) == ""
    frame = make_drifting().assign(**{name: values})
    assert audit(frame, ["undeclared-time"]) == ()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("sale_year", np.arange(N_ROWS) // 40 + 2010),
        ("year", np.arange(N_ROWS) // 40 + 70),
        ("sale_month", np.arange(N_ROWS) % 12 + 1),
        ("date", pd.date_range("2023-01-01", periods=N_ROWS).strftime("%Y%m%d").astype(int)),
        (
            "yearmonth_date",
            pd.date_range("2000-01-01", periods=N_ROWS, freq="MS").strftime("%Y%m").astype(int),
        ),
        ("event time", 1_700_000_000 + 3600 * np.random.default_rng(0).permutation(N_ROWS)),
        ("Time", np.sort(np.random.default_rng(0).integers(0, 9000, N_ROWS))),
    ],
)
def test_times_in_numbers_are_times(name: str, values: Any) -> None:
    assert say_how_timed(name, pd.Series(np.asarray(values)))


def test_times_in_one_order_are_one_finding() -> None:
    frame = make_drifting()
    frame["signed"] = pd.date_range("2022-01-01", periods=N_ROWS)
    frame["booked"] = frame["signed"] + pd.to_timedelta(np.arange(N_ROWS) % 3, unit="D")
    (finding,) = audit(frame, ["undeclared-time"])
    assert finding.columns == ("signed", "booked")
    assert finding.cure.endswith("time='signed'")
    assert not have_same_order(frame["signed"], frame["signed"].sample(frac=1.0, random_state=0))


def make_copies() -> dict[str, tuple[pd.DataFrame, tuple[str, ...]]]:
    """Tables with a finding on a column, and that column in other words or another unit."""
    rng = np.random.default_rng(0)
    plain = make_drifting().assign(outcome=lambda frame: np.where(frame["width"] > 0.2, "yes", "no"))
    plain["width"] += 0.8 * rng.normal(size=N_ROWS)
    is_yes = plain["outcome"] == "yes"
    fee = np.where(is_yes, 10.0, 0.0) + 0.5 * rng.normal(size=N_ROWS)
    shop = rng.integers(0, 60, N_ROWS)
    taste = rng.normal(size=60)[shop]
    means = is_yes.groupby(rng.integers(0, 90, N_ROWS)).transform("mean")
    reply = pd.Series(rng.normal(size=N_ROWS)).mask(is_yes & (rng.random(N_ROWS) < 0.8))
    weak = plain["width"] + 2 * rng.normal(size=N_ROWS)
    known = np.where(is_yes, 2.5, 0.0) + rng.normal(size=N_ROWS)
    return {
        "target-leak": (plain.assign(fee=fee, fee_eur=(0.9 * fee).round(4)), ("fee", "fee_eur")),
        "dominant-column": (plain.assign(grade=known, mark=-3 * known), ("grade", "mark")),
        "target-leak-missing": (plain.assign(reply=reply, answer=2 * reply), ("reply", "answer")),
        "encoded-on-all-rows": (plain.assign(rate=means, percent=100 * means), ("rate", "percent")),
        "leaky-name": (plain.assign(refund=known, refund_eur=0.9 * known), ("refund", "refund_eur")),
        "undeclared-groups": (
            pd.DataFrame(
                {
                    "shop_id": shop,
                    "shop": [f"shop {number}" for number in shop],
                    "size": rng.normal(size=60)[shop],
                    "width": weak,
                    "outcome": 3 * taste + rng.normal(size=N_ROWS),
                }
            ),
            ("shop_id", "shop"),
        ),
    }


@pytest.mark.parametrize("code", list(make_copies()))
def test_column_and_its_copy_are_one_finding(code: str) -> None:
    frame, columns = make_copies()[code]
    (finding,) = (
        audit(frame, [code])
        if code != "dominant-column"
        else [finding for finding in audit(frame, [code]) if finding.code == code]
    )
    assert finding.columns[:2] == columns
    assert finding.severity in ("warning", "error")
    assert all(repr(name) in finding.message for name in columns)
    if "drop" in finding.cure:
        assert repr(list(columns)) in finding.cure


def test_column_does_not_hide_behind_its_copy() -> None:
    """Without one of two copies no score falls; without both it does."""
    frame, columns = make_copies()["dominant-column"]
    (with_copy,) = [found for found in audit(frame, ["dominant-column"]) if found.code == "dominant-column"]
    (alone,) = [
        found
        for found in audit(frame.drop(columns="mark"), ["dominant-column"])
        if found.code == "dominant-column"
    ]
    assert with_copy.columns[:2] == columns
    assert with_copy.evidence["moved"] == pytest.approx(alone.evidence["moved"], abs=0.02)


def test_columns_of_numbers_that_come_once_are_no_copies() -> None:
    from tabkit.leakage._copies import find_copies

    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"first": rng.normal(size=50), "second": rng.normal(size=50)})
    frame["name"] = [f"name {number}" for number in range(50)]
    kinds = {"first": "numeric", "second": "numeric", "name": "category"}
    assert find_copies(frame, kinds) == {name: (name,) for name in frame}


def test_copy_of_the_declared_time_is_told() -> None:
    frame = make_drifting()
    frame["signed"] = pd.date_range("2022-01-01", periods=N_ROWS).repeat(1)
    frame["day"] = np.arange(N_ROWS) // 2 + 730_000
    frame["signed_on"] = frame["signed"].dt.floor("D")
    frame["born"] = frame["signed"].sample(frac=1.0, random_state=0).to_numpy()
    found = audit(frame, ["copy-of-time"], time="signed")
    assert {finding.columns: finding.severity for finding in found} == {
        ("day",): "warning",
        ("signed_on",): "info",
    }


@pytest.mark.parametrize("time", [None, "begin", "end"])
def test_end_of_a_trip_is_known_afterwards(time: str | None) -> None:
    (finding,) = audit(make_trips(), ["time-known-afterwards"], time=time)
    assert finding.columns == ("end", "begin")
    assert finding.severity in ("warning", "error")
    assert finding.evidence["score"] > 0.75
    assert finding.evidence["score_without"] < 0.2
    assert finding.cure.endswith("drop=['end']")


def test_later_time_that_tells_nothing_is_no_finding() -> None:
    frame = make_trips()
    frame["outcome"] = np.random.default_rng(1).normal(size=N_ROWS) + (frame["zone"] == "a")
    assert audit(frame, ["time-known-afterwards"]) == ()
    apart = make_trips().assign(end=lambda rows: rows["end"].sample(frac=1.0, random_state=0).to_numpy())
    assert audit(apart, ["time-known-afterwards"]) == ()


def test_column_of_a_few_percent_does_not_dominate() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(600, 8)), columns=list("abcdefgh"))
    frame["outcome"] = frame.sum(axis=1) + 0.5 * rng.normal(size=600)
    (finding,) = audit(frame, ["dominant-column"])
    assert (finding.code, finding.severity) == ("influential-columns", "info")
    assert len(finding.columns) >= 4
    assert "Nothing to do" in finding.cure


def test_columns_that_dominate_are_one_finding(clean_frame: Callable[..., pd.DataFrame]) -> None:
    found = audit(clean_frame("binary"), ["dominant-column"])
    assert [finding.code for finding in found].count("dominant-column") <= 1


def test_nothing_dominates_where_nothing_is_known() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(N_ROWS, 4)), columns=list("abcd"))
    assert audit(frame.assign(outcome=rng.normal(size=N_ROWS)), ["dominant-column"]) == ()


@pytest.mark.parametrize(
    ("is_one", "severity", "advice"),
    [(True, "info", "Nothing to do"), (False, "warning", "same source")],
)
def test_new_categories_of_rows_put_away(
    is_one: bool, severity: str, advice: str, clean_frame: Callable[..., pd.DataFrame]
) -> None:
    """Rows of one table are written alike and stem from one source."""
    frame = clean_frame("binary")
    frame["town"] = [f"town {number // 10}" for number in range(len(frame))]
    table = build_table(frame, target="outcome")
    train, last = np.arange(400), np.arange(400, 500)
    other = build_table(frame.iloc[last].reset_index(drop=True), target="outcome")
    folds = Folds(((np.arange(200), np.arange(200, 400)), (np.arange(200, 400), np.arange(200))), "2 folds")
    (finding,) = audit_table(
        table.take(train),
        infer_task(table),
        folds,
        test=table.take(last) if is_one else other,
        codes=["new-categories"],
    ).findings
    assert (finding.severity, finding.columns, finding.n_rows) == (severity, ("town",), 100)
    assert advice in finding.cure

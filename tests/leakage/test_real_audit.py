"""The real sets: what is known to be wrong with them is found unaided, and what is honest is no error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tabkit
from tabkit.leakage import Audit

pytestmark = pytest.mark.real_data


def audit(folder: Path, name: str, *, with_roles: bool = True, codes: list[str] | None = None) -> Audit:
    entry = json.loads((folder / "index.json").read_text())[name]
    roles = {role: entry[role] for role in ("time", "group") if with_roles and role in entry}
    return tabkit.audit(
        folder / entry["file"], target=entry["target"], time_limit=None, max_rows=2000, codes=codes, **roles
    )


def test_duration_dominates_bank_marketing(benchmark_data: Path) -> None:
    (finding,) = audit(benchmark_data, "bank_marketing", codes=["dominant-column"]).at_least("warning")
    assert (finding.columns, finding.severity) == (("duration",), "warning")
    assert finding.evidence["moved"] > 0.1


def test_customer_of_telco_churn_is_an_identifier(benchmark_data: Path) -> None:
    (finding,) = audit(benchmark_data, "telco_churn", codes=["identifier"]).findings
    assert (finding.code, finding.columns) == ("identifier", ("customerID",))
    assert abs(finding.evidence["score_alone"] - 0.5) < 0.06


def test_person_of_nlswork_is_an_undeclared_group(benchmark_data: Path) -> None:
    found = audit(benchmark_data, "nlswork", with_roles=False, codes=["undeclared-groups"]).findings
    assert [finding.columns for finding in found] == [("idcode",)]
    assert found[0].severity in ("warning", "error")
    assert found[0].evidence["moved"] > 0.05


def test_carat_of_diamonds_is_no_error(benchmark_data: Path) -> None:
    codes = ["target-leak", "dominant-column", "target-leak-pair"]
    assert audit(benchmark_data, "diamonds", codes=codes).at_least("error") == ()


@pytest.mark.slow
def test_clean_sets_have_at_most_one_error(benchmark_data: Path) -> None:
    index = json.loads((benchmark_data / "index.json").read_text())
    results = {name: audit(benchmark_data, name) for name in index}
    failed = [
        check.skipped for result in results.values() for check in result.checks if "failed" in check.skipped
    ]
    assert failed == []
    assert sum(result.count("error") for result in results.values()) <= 1

"""Every kind of leak is found where it was planted, and not where it was not."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tabkit
from tabkit.leakage import Audit, Finding

# At full strength.
EXPECTED = {
    "target copy": ("target-leak", "error"),
    "target pair": ("target-leak-pair", "error"),
    "missing values": ("target-leak-missing", "warning"),
    "duplicate rows": ("duplicate-rows", "warning"),
    "near duplicate rows": ("near-duplicate-rows", "warning"),
    "identifier": ("identifier-carries-target", "warning"),
    "row order": ("row-order-carries-target", "warning"),
    "entities": ("undeclared-groups", "warning"),
    "times": ("undeclared-time", "warning"),
    "encoding": ("encoded-on-all-rows", "error"),
    "leaky name": ("leaky-name", "warning"),
    "test shift": ("train-test-shift", "warning"),
    "known test rows": ("test-rows-in-training", "error"),
}
LEAKS = {code for code, _ in EXPECTED.values()}


def audit(clean: Any, planted: Any = None, **options: Any) -> Audit:
    frame = clean.frame if planted is None else planted.frame
    test = None if planted is None else planted.test
    return tabkit.audit(frame, target=clean.target, test=test, time_limit=None, **options)


def find(result: Audit, planted: Any) -> list[Finding]:
    wanted = set(planted.columns)
    return [
        finding
        for finding in result.findings
        if finding.code in planted.codes and (not wanted or wanted & set(finding.columns))
    ]


def test_clean_table_has_no_leak(clean: Any) -> None:
    result = audit(clean)
    assert [check.skipped for check in result.checks if check.skipped.startswith("failed")] == []
    assert {finding.code for finding in result.at_least("warning")} <= {"dominant-column"}
    assert result.count("error") == 0
    assert not LEAKS & {finding.code for finding in result.findings}


@pytest.mark.parametrize("kind", [kind for kind in EXPECTED if kind != "leaky name"])
def test_leak_is_found_and_measured(kind: str, clean: Any, planted_leaks: ModuleType) -> None:
    planted = planted_leaks.plant(kind, clean, planted_leaks.GENERATORS[kind][1][0])
    code, least = EXPECTED[kind]
    result = audit(clean, planted, codes=[code])
    assert [check.skipped for check in result.checks if check.skipped] == []
    (finding, *_) = find(result, planted)
    assert finding.code == code
    assert finding in result.at_least(least)
    assert finding.message.endswith((".", "?"))
    assert finding.cure
    if "moved" in finding.evidence:
        assert finding.evidence["moved"] > 0.02


def test_leaky_name_is_measured(clean: Any, planted_leaks: ModuleType) -> None:
    """A noisy copy: a perfect one is a target leak and said once."""
    planted = planted_leaks.plant("leaky name", clean, 0.6)
    (finding,) = find(audit(clean, planted, codes=["leaky-name"]), planted)
    assert finding.severity == "warning"
    assert finding.evidence["moved"] > 0.02


def test_conflicting_labels_are_counted(planted_leaks: ModuleType, clean_frame: Any) -> None:
    clean = planted_leaks.Clean(clean_frame("binary"), "outcome", "binary")
    planted = planted_leaks.plant("conflicting labels", clean, 0.2)
    (finding,) = audit(clean, planted, codes=["conflicting-labels"]).findings
    assert (finding.code, finding.n_rows) == ("conflicting-labels", 200)
    assert finding.evidence["least_wrong"] == 100


def test_measured_score_is_that_of_the_folds(clean_frame: Any, planted_leaks: ModuleType) -> None:
    """Duplicates that stay together in given folds are told, and cost nothing."""
    import numpy as np
    from sklearn.model_selection import GroupKFold

    from tabkit.data import build_table, infer_task
    from tabkit.evaluation import Folds
    from tabkit.leakage import audit_table

    clean = planted_leaks.Clean(clean_frame("binary"), "outcome", "binary")
    planted = planted_leaks.plant("duplicate rows", clean, 1.0)
    table = build_table(planted.frame, target="outcome")
    pairs = tuple(GroupKFold(4).split(np.zeros(table.n_rows), groups=planted.units))
    torn = audit(clean, planted, codes=["duplicate-rows"]).findings[0]
    kept = audit_table(
        table, infer_task(table), Folds(pairs, "four folds"), codes=["duplicate-rows"]
    ).findings[0]
    assert torn.evidence["rows_across_folds"] > 500
    assert kept.evidence["rows_across_folds"] == 0
    assert (kept.severity, kept.n_rows) == ("info", 1000)


def test_declared_group_and_time_are_no_finding(planted_leaks: ModuleType, clean_frame: Any) -> None:
    clean = planted_leaks.Clean(clean_frame("regression"), "outcome", "regression")
    entities = planted_leaks.plant("entities", clean, 1.0)
    times = planted_leaks.plant("times", clean, 1.0)
    found = audit(clean, entities, codes=["undeclared-groups"], group="customer_id")
    assert (found.findings, found.checks[0].skipped) == ((), "groups are declared")
    found = audit(clean, times, codes=["undeclared-time"], time="signed_on")
    assert (found.findings, found.checks[0].skipped) == ((), "a time is declared")


def test_group_that_was_dropped_is_still_found(planted_leaks: ModuleType, clean_frame: Any) -> None:
    clean = planted_leaks.Clean(clean_frame("binary"), "outcome", "binary")
    planted = planted_leaks.plant("entities", clean, 1.0)
    found = audit(clean, planted, codes=["undeclared-groups"], drop=["customer_id"]).findings
    assert [finding.columns for finding in found] == [("customer_id",)]


@pytest.mark.parametrize("shift", [0.0, 5.0], ids=["scaled", "scaled and moved"])
def test_columns_scaled_on_all_rows(clean_frame: Any, shift: float) -> None:
    frame = clean_frame("binary")
    for name in ("width", "height", "depth"):
        frame[name] = (frame[name] - frame[name].mean()) / frame[name].std() + shift
    found = tabkit.audit(frame, target="outcome", codes=["scaled-on-all-rows"]).findings
    assert [finding.columns for finding in found] == ([] if shift else [("width", "height", "depth")])


def test_means_of_the_other_rows_are_found(clean_frame: Any) -> None:
    """Leave-one-out encoding: within a category the value says whether the row's own target is above."""
    import numpy as np

    frame = clean_frame("binary")
    frame["shop"] = np.random.default_rng(0).choice([f"shop {number}" for number in range(50)], len(frame))
    is_yes = (frame["outcome"] == "yes").astype(float)
    by_shop = is_yes.groupby(frame["shop"])
    frame["shop score"] = (by_shop.transform("sum") - is_yes) / (by_shop.transform("count") - 1)
    (finding,) = tabkit.audit(frame, target="outcome", codes=["encoded-on-all-rows"]).findings
    assert (finding.severity, finding.columns) == ("error", ("shop score", "shop"))


def test_new_categories_and_shared_groups_of_a_test_table(clean_frame: Any) -> None:
    frame = clean_frame("binary").assign(shop=[number % 50 for number in range(500)])
    test = frame.iloc[:100].assign(colour="mauve", width=range(100))
    found = {
        finding.code: finding
        for finding in tabkit.audit(frame, target="outcome", group="shop", test=test).findings
    }
    assert found["new-categories"].columns == ("colour",)
    assert found["new-categories"].n_rows == found["test-groups-in-training"].n_rows == 100
    assert "test-rows-in-training" not in found


def test_test_rows_should_be_later(clean_frame: Any) -> None:
    import pandas as pd

    frame = clean_frame("binary").assign(day=pd.date_range("2024-01-01", periods=500))
    test = clean_frame("binary", n_rows=50, seed=1).assign(day=pd.date_range("2025-05-01", periods=50))
    (finding,) = tabkit.audit(
        frame, target="outcome", time="day", test=test, codes=["test-rows-not-later"]
    ).findings
    assert (finding.severity, finding.columns, finding.n_rows) == ("warning", ("day",), 14)


@pytest.mark.parametrize(("time", "advice"), [(None, "time=..."), ("day", "gap=...")])
def test_shift_advises_what_was_not_done_yet(time: str | None, advice: str, clean_frame: Any) -> None:
    import pandas as pd

    frame = clean_frame("binary").assign(day=pd.date_range("2024-01-01", periods=500))
    test = clean_frame("binary", n_rows=50, seed=1).assign(day=pd.date_range("2025-05-20", periods=50))
    test["width"] += 100.0
    (finding,) = tabkit.audit(
        frame, target="outcome", time=time, test=test, codes=["train-test-shift"]
    ).findings
    assert advice in finding.cure


def test_target_that_comes_otherwise_in_the_test_table(clean_frame: Any) -> None:
    frame, test = clean_frame("binary"), clean_frame("binary", n_rows=300, seed=1)
    codes = ["target-shift", "changed-relation"]
    assert not tabkit.audit(frame, target="outcome", test=test, codes=codes).findings
    rare = test[(test["outcome"] == "no") | (test.index % 6 == 0)]
    (finding,) = tabkit.audit(frame, target="outcome", test=rare, codes=codes).findings
    assert (finding.code, finding.severity) == ("target-shift", "warning")


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_relation_that_the_test_table_does_not_have(task: str, clean_frame: Any) -> None:
    frame, test = clean_frame(task), clean_frame(task, n_rows=300, seed=1)
    for rows, seed in ((frame, 0), (test, 1)):
        noise = np.random.default_rng(seed).normal(size=len(rows))
        known = (rows["outcome"] == "yes") if task == "binary" else rows["outcome"]
        rows["score"] = known.astype(float) + known.astype(float).std() * noise
    assert not tabkit.audit(frame, target="outcome", test=test, codes=["changed-relation"]).findings
    test["score"] = test["score"].sample(frac=1.0, random_state=0).to_numpy()
    (finding,) = tabkit.audit(frame, target="outcome", test=test, codes=["changed-relation"]).findings
    assert finding.columns == ("score",)
    assert finding.evidence["score_alone"] - finding.evidence["score_alone_test"] > 0.1


def test_leaks_that_hide_one_another_are_both_told() -> None:
    import pandas as pd

    rng = np.random.default_rng(0)
    entity, n_rows = np.repeat(np.arange(150), 5), 750
    target = (rng.random(150) < 0.5)[entity].astype(int)
    measured = rng.normal(size=(150, 5))[entity] + 0.05 * rng.normal(size=(n_rows, 5))
    frame = pd.DataFrame(measured, columns=list("abcde")).assign(
        patient_id=entity, code=target + 0.02 * rng.normal(size=n_rows), outcome=target
    )
    found = {finding.code: finding for finding in tabkit.audit(frame, target="outcome").findings}
    assert found["undeclared-groups"].severity == "error"
    assert found["target-leak"].columns == ("code",)
    cured = tabkit.audit(frame, target="outcome", group="patient_id").findings
    (leak,) = [finding for finding in cured if finding.code == "target-leak"]
    assert leak.severity == "error"


def test_cures_can_be_pasted_into_a_shell(clean_frame: Any) -> None:
    frame = clean_frame("binary")
    frame["reason why"] = (frame["outcome"] == "yes").astype(float)
    (finding,) = tabkit.audit(frame, target="outcome", codes=["target-leak"]).findings
    assert finding.cure == "Leave it out: drop=['reason why']"


def test_duplicates_that_only_an_identifier_tells_apart(clean_frame: Any) -> None:
    import pandas as pd

    frame = pd.concat([clean_frame("binary")] * 2, ignore_index=True)
    (finding,) = tabkit.audit(frame, target="outcome", codes=["duplicate-rows"]).findings
    assert "deduplicate=True leaves 500 out" in finding.cure
    apart = frame.assign(number=range(len(frame)))
    (finding,) = tabkit.audit(apart, target="outcome", drop=["number"], codes=["duplicate-rows"]).findings
    assert "deduplicate=True leaves none out" in finding.cure

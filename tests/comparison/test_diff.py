"""What changed from one run to another: pairs where the folds are the same, words elsewhere."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tabkit._core import InputError
from tabkit.comparison import (
    Comparison,
    RunDiff,
    describe_decline,
    describe_diff,
    diff_runs,
    load_comparison,
)
from tabkit.comparison._files._record import write_results
from tabkit.comparison._results._statistics import estimate_mean
from tabkit.data import Column, Table, Task
from tabkit.evaluation import Evaluation, FoldResult, Folds
from tabkit.metrics import as_metric
from tabkit.reporting import render_diff

N_ROWS = 50
GOOD = (0.90, 0.91, 0.92, 0.90, 0.91)
NEAR = (0.91, 0.90, 0.925, 0.905, 0.90)
WORSE = (0.80, 0.81, 0.83, 0.80, 0.81)


def save(
    folder: Path,
    models: Mapping[str, Sequence[float] | str],
    *,
    metric: str = "roc_auc",
    seed: int = 0,
    noise: int = 0,
    target: Sequence[Any] | None = None,
    n_folds: int = 5,
    own: Callable[..., float] | None = None,
    predictions: int | None = 0,
    **changes: Any,
) -> Path:
    """Write the folder of a made-up run: a model has its scores by fold, or why it failed."""
    rng = np.random.default_rng(1)
    labels = target if target is not None else rng.permutation(["no", "yes"] * (N_ROWS // 2))
    frame = pd.DataFrame({"x": np.arange(N_ROWS) + noise})
    columns = (Column("x", "numeric", "feature"), Column("y", "category", "target"))
    table = Table("made up", frame, pd.Series(labels, name="y"), columns=columns)
    task = Task("binary", ("no", "yes"), metric=metric)
    if metric in ("rmse", "mae"):
        task = Task("regression", metric=metric)
    if own is not None:
        found = as_metric(own, "binary")
        metric, task = found.name, Task("binary", ("no", "yes"), metric=found.name, own_metric=found)
    tests = np.array_split(np.random.default_rng(seed).permutation(N_ROWS), n_folds)
    folds = Folds(tuple((np.setdiff1d(np.arange(N_ROWS), test), test) for test in tests), f"{n_folds} folds")
    evaluations = tuple(evaluate(name, scores, metric, n_folds) for name, scores in models.items())
    arguments: dict[str, Any] = {
        "settings": {"seed": seed, "jobs": 2, "drop": []},
        "versions": {"tabkit": "0.1.0", "numpy": "2.1.0"},
        "folder": folder,
    }
    folder.mkdir(parents=True)
    write_results(Comparison(table, task, folds, evaluations, **(arguments | changes)))
    for evaluation in evaluations if predictions is not None else ():
        for fold, test in enumerate(tests):
            guess = np.where(np.arange(len(test)) < predictions, "yes", "no")  # type: ignore[operator]
            path = folder / "predictions" / evaluation.name / f"fold-{fold}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            pd.DataFrame({"fold": fold, "position": test, "prediction": guess}).to_parquet(path)
    return folder


def evaluate(name: str, scores: Sequence[float] | str, metric: str, n_folds: int) -> Evaluation:
    if isinstance(scores, str):
        return Evaluation(name, "failed", (), n_folds, reason=scores)
    results = tuple(
        FoldResult(fold, {metric: score, "accuracy": score / 2}, 1.0, 0.1, 40, 10)
        for fold, score in enumerate(scores[:n_folds])
    )
    return Evaluation(name, "finished", results, n_folds)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return save(tmp_path / "old", {"tree": GOOD, "linear": NEAR, "dummy": WORSE, "gone": WORSE})


def by_name(diff: RunDiff) -> dict[str, Any]:
    return {model.name: model for model in diff.models}


def test_same_folds_are_paired_and_tested(old: Path, tmp_path: Path) -> None:
    new = save(tmp_path / "new", {"tree": WORSE, "linear": GOOD, "dummy": WORSE, "fresh": NEAR})
    diff = diff_runs(old, new)
    models = by_name(diff)
    assert diff.untested == ""
    assert list(models) == ["linear", "fresh", "tree", "dummy", "gone"]
    expected = estimate_mean([after - before for before, after in zip(GOOD, WORSE, strict=True)], 10 / 40)
    tree = models["tree"].score
    assert (tree.change, tree.interval, tree.p_value) == (expected.mean, expected.interval, expected.p_value)
    assert [models[name].score.verdict for name in ("tree", "linear", "dummy")] == [
        "worse",
        "within chance",
        "same",
    ]
    assert (models["tree"].old_rank, models["tree"].new_rank) == (1, 3)
    assert (models["gone"].new_status, models["fresh"].old_status) == ("", "")
    assert (models["gone"].score.old_mean, models["gone"].score.change) == (pytest.approx(0.81), None)
    assert (diff.best.old_name, diff.best.new_name, diff.best.score.verdict) == ("tree", "linear", "same")
    answer = describe_diff(diff)
    assert answer[0].startswith("The best, linear after tree, scores the same on every fold: ROC AUC 0.908")
    assert {"Only in the old run: gone.", "Only in the new run: fresh."} <= set(answer)


def test_run_compared_with_itself_has_no_difference(old: Path) -> None:
    diff = diff_runs(old, old)
    assert {model.score.verdict for model in diff.models} == {"same"}
    assert {model.changed_predictions for model in diff.models} == {0.0}
    assert (dict(diff.settings), dict(diff.versions)) == ({}, {})
    assert describe_decline(diff, None) == ""


def test_other_features_on_the_same_rows_and_folds_are_pairs_still(old: Path, tmp_path: Path) -> None:
    diff = diff_runs(old, save(tmp_path / "new", {"tree": WORSE}, noise=1))
    assert diff.untested == ""
    assert by_name(diff)["tree"].score.verdict == "worse"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"seed": 1}, "other folds"),
        ({"target": ["no", "yes"] * 25}, "other data"),
        ({"metric": "log_loss"}, "other metric (ROC AUC before, log loss now)"),
    ],
)
def test_other_runs_are_only_described(old: Path, tmp_path: Path, changes: Any, reason: str) -> None:
    diff = diff_runs(old, save(tmp_path / "new", {"tree": WORSE}, **changes))
    assert diff.untested == reason
    score = by_name(diff)["tree"].score
    assert (score.interval, score.p_value, score.verdict) == (None, None, "not tested")
    assert by_name(diff)["tree"].changed_predictions is None
    assert f"not tested: {reason}." in " ".join(describe_diff(diff))


def test_other_metric_is_compared_by_one_that_both_have(old: Path, tmp_path: Path) -> None:
    diff = diff_runs(old, save(tmp_path / "new", {"tree": WORSE}, metric="log_loss"))
    assert diff.metric.name == "accuracy"
    assert by_name(diff)["tree"].score.old_mean == pytest.approx(np.mean(GOOD) / 2)


def test_own_metric_of_the_same_name_that_does_something_else_is_another(tmp_path: Path) -> None:
    def gain(y_true: Any, y_pred: Any) -> float:
        return 1.0

    first = save(tmp_path / "first", {"tree": GOOD}, own=gain)
    again = save(tmp_path / "again", {"tree": WORSE}, own=gain)
    assert diff_runs(first, again).metric.label == "gain"

    def gain(y_true: Any, y_pred: Any) -> float:  # type: ignore[no-redef]
        return 2.0

    other = save(tmp_path / "other", {"tree": WORSE}, own=gain)
    diff = diff_runs(first, other)
    assert diff.metric.name == "accuracy"
    assert diff.untested == "other metric (gain before, gain now)"


def test_runs_of_other_tasks_are_refused(old: Path, tmp_path: Path) -> None:
    new = save(tmp_path / "new", {"tree": GOOD}, metric="rmse", target=np.arange(N_ROWS))
    with pytest.raises(
        InputError, match=r"no metric in common: .*old' is binary by ROC AUC, .*regression by RMSE"
    ):
        diff_runs(old, new)


def test_three_folds_have_intervals_and_no_test(tmp_path: Path) -> None:
    old, new = (save(tmp_path / name, {"tree": s}, n_folds=3) for name, s in (("a", GOOD), ("b", WORSE)))
    diff = diff_runs(old, new)
    score = by_name(diff)["tree"].score
    assert score.interval is not None
    assert (score.p_value, score.verdict) == (None, "not tested")
    assert diff.untested == "3 scores per model are too few: a test needs 5"


def test_undefined_folds_are_left_out(old: Path, tmp_path: Path) -> None:
    scores = (math.nan, *WORSE[1:])
    score = by_name(diff_runs(old, save(tmp_path / "new", {"tree": scores})))["tree"].score
    assert score.change == pytest.approx(np.mean(np.subtract(WORSE[1:], GOOD[1:])))
    assert (score.p_value, score.verdict) == (None, "not tested")


def test_model_that_fails_now_is_named_with_its_reason(old: Path, tmp_path: Path) -> None:
    diff = diff_runs(old, save(tmp_path / "new", {"tree": "ValueError: no", "linear": NEAR}))
    assert by_name(diff)["tree"].score.new_mean is None
    assert "tree had rank 1 and has none now: ValueError: no." in describe_diff(diff)
    assert diff.best.score.old_mean == pytest.approx(np.mean(GOOD))


def test_settings_versions_and_columns_that_differ_are_listed(old: Path, tmp_path: Path) -> None:
    versions = {"tabkit": "0.2.0", "scipy": "1.14"}
    new = save(
        tmp_path / "new", {"tree": GOOD}, versions=versions, settings={"seed": 0, "jobs": 4, "drop": ["z"]}
    )
    record = json.loads((new / "comparison.json").read_text())
    record["table"]["columns"].append({"name": "added", "kind": "numeric", "role": "feature"})
    (new / "comparison.json").write_text(json.dumps(record))
    diff = diff_runs(old, new)
    assert dict(diff.versions) == {
        "tabkit": ("0.1.0", "0.2.0"),
        "numpy": ("2.1.0", None),
        "scipy": (None, "1.14"),
    }
    assert dict(diff.settings) == {"jobs": (2, 4), "drop": ([], ["z"]), "columns": ([], ["added"])}


def test_share_of_rows_that_are_predicted_otherwise(old: Path, tmp_path: Path) -> None:
    diff = diff_runs(old, save(tmp_path / "new", {"tree": GOOD}, predictions=3))
    assert by_name(diff)["tree"].changed_predictions == pytest.approx(0.3)
    diff = diff_runs(old, save(tmp_path / "bare", {"tree": GOOD}, predictions=None))
    assert by_name(diff)["tree"].changed_predictions is None


def test_results_and_their_folders_can_be_mixed(old: Path, tmp_path: Path) -> None:
    new = save(tmp_path / "new", {"tree": WORSE})
    assert diff_runs(load_comparison(old), new) == diff_runs(old, new)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no run of tabkit in"),
        ('{"leaderboard": [', "comparison.json' cannot be read"),
        ("[1, 2]", "is no record of a run, or is damaged"),
        ('{"table": {"roles": {}}}', "is damaged .FileNotFoundError"),
        ('{"table": {}}', "is of an older tabkit: run its command again"),
    ],
)
def test_what_is_no_run_is_refused(content: str | None, message: str, old: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    if content is not None:
        (tmp_path / "new" / "comparison.json").write_text(content)
    with pytest.raises(InputError, match=message):
        diff_runs(old, tmp_path / "new")


def test_missing_and_unfinished_folders_are_told_apart(old: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no folder .*nothere"):
        diff_runs(tmp_path / "nothere", old)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "run.json").write_text("{}")
    with pytest.raises(InputError, match="has not come to its end"):
        diff_runs(old, tmp_path / "new")


def test_damaged_predictions_are_refused(old: Path, tmp_path: Path) -> None:
    new = save(tmp_path / "new", {"tree": GOOD})
    (new / "predictions" / "tree" / "fold-0.parquet").write_text("no parquet")
    with pytest.raises(InputError, match=r"fold-0\.parquet' cannot be read"):
        diff_runs(old, new)


@pytest.mark.parametrize(
    ("scores", "tolerance", "line"),
    [
        (WORSE, None, "got worse: ROC AUC 0.908 before, 0.81 now .*, more than chance"),
        (WORSE, 0.05, "by 0.098 where 0.05 is allowed"),
        (WORSE, 0.1, ""),
        ([score - 0.001 * (-1) ** i for i, score in enumerate(GOOD)], None, ""),
        ([score - 0.001 for score in GOOD], 0.0, "by 0.001 where 0 is allowed"),
        ([score + 0.001 for score in GOOD], 0.0, ""),
    ],
)
def test_decline_of_the_best(
    scores: Sequence[float], tolerance: float | None, line: str, tmp_path: Path
) -> None:
    old, new = (save(tmp_path / name, {"tree": s}) for name, s in (("a", GOOD), ("b", scores)))
    decline = describe_decline(diff_runs(old, new), tolerance)
    assert bool(decline) is bool(line)
    assert re.search(line, decline)


def test_decline_that_cannot_be_tested_asks_for_a_tolerance(old: Path, tmp_path: Path) -> None:
    diff = diff_runs(old, save(tmp_path / "new", {"tree": WORSE}, seed=1))
    assert describe_decline(diff, None).endswith("which cannot be tested (other folds): give a tolerance")
    assert describe_decline(diff, 0.2) == ""


def test_error_that_grows_is_a_decline_and_one_that_shrinks_is_none(tmp_path: Path) -> None:
    values = np.arange(N_ROWS)
    low, high = (
        save(tmp_path / name, {"tree": s}, metric="rmse", target=values, predictions=None)
        for name, s in (("low", [1.0, 1.1, 1.2, 1.0, 1.1]), ("high", [2.0, 2.2, 2.3, 2.0, 2.1]))
    )
    assert "got worse: RMSE 1.08 before, 2.12 now" in describe_decline(diff_runs(low, high), None)
    assert describe_decline(diff_runs(high, low), None) == ""
    assert by_name(diff_runs(high, low))["tree"].score.verdict == "better"


def test_best_that_has_no_rank_now_is_a_decline(old: Path, tmp_path: Path) -> None:
    nothing = save(tmp_path / "new", {"tree": "no", "autogluon": GOOD})
    assert "no model of tabkit's own has a rank now" in describe_decline(diff_runs(old, nothing), 0.5)
    assert describe_decline(diff_runs(nothing, old), None) == ""
    assert describe_diff(diff_runs(nothing, old))[0].endswith("before, no model had a rank.")
    assert describe_diff(diff_runs(nothing, nothing))[0].endswith("has a rank now, nor had one.")


def test_frame_record_and_text_say_the_same(old: Path, tmp_path: Path) -> None:
    diff = diff_runs(
        old, save(tmp_path / "new", {"tree": WORSE, "linear": GOOD, "<b>\x1b[31m": NEAR}, predictions=2)
    )
    record = json.loads(json.dumps(diff.as_record(), allow_nan=False))
    frame = diff.frame()
    assert [model["name"] for model in record["models"]] == list(frame["model"])
    assert record["new"] == str(tmp_path / "new")
    text = render_diff(diff, width=120)
    assert "\x1b" not in text
    row = next(line for line in text.splitlines() if line.split()[3:4] == ["tree"])
    assert row.split()[:3] == ["1", "→", "3"]
    assert "worse" in row
    assert "20 % changed" in row
    assert "\x1b[" in render_diff(diff, width=60, color=True)


def test_record_of_a_run_has_what_a_later_diff_needs(tmp_path: Path) -> None:
    record = json.loads((save(tmp_path / "run", {"tree": GOOD}) / "comparison.json").read_text())
    assert record["primary_metric"] == {
        "name": "roc_auc",
        "label": "ROC AUC",
        "greater_is_better": True,
        "task_kinds": ["binary", "multiclass"],
        "needs": "probabilities",
        "lowest": 0.0,
        "highest": 1.0,
        "needs_groups": False,
        "needs_positive": False,
        "fingerprint": None,
    }
    assert len(record["folds"]["fingerprint"]) == len(record["table"]["target_fingerprint"]) == 32

"""What ranks the models: named, the user's own, or of a ranking within groups."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import ndcg_score

import tabkit
from tabkit._core import InputError
from tabkit.comparison._question._choose_metric import choose_metric
from tabkit.data import Task, build_table, infer_task
from tabkit.metrics import Metric

QUICK = {
    "models": ["dummy", "tree"],
    "autogluon": False,
    "audit": False,
    "n_folds": 3,
    "time_limit": None,
    "n_jobs": 2,
}


def missed(y_true, y_pred) -> float:
    return float(np.mean((y_true == "yes") & (y_pred == "no")))


def queries(*, binary: bool) -> pd.DataFrame:
    """Results of 30 queries, whose relevance follows from one column."""
    rng = np.random.default_rng(0)
    match = rng.random(240)
    relevance = np.clip(np.round(3 * match + rng.normal(0, 0.4, 240)), 0, 3) + rng.integers(0, 2, 240) / 4
    shown = np.where(relevance > 2, "yes", "no") if binary else relevance
    return pd.DataFrame(
        {"query": np.arange(240) // 8, "match": match, "noise": rng.random(240), "target": shown}
    )


def choose(metric: object, frame: pd.DataFrame, **roles: str) -> Task:
    table = build_table(frame, target="target", **roles)
    return choose_metric(metric, table, infer_task(table))


@pytest.mark.parametrize(
    ("metric", "binary", "roles", "message"),
    [
        ("ndcg", True, {}, "there is no group column: name it with group=..."),
        ("map", False, {}, "there is no group column"),
        ("rmse", True, {}, "metric 'rmse' does not apply to binary"),
        (lambda y, p: y.nothing_like_this, False, {}, "metric 'own_metric' fails: AttributeError"),
        (lambda y, p: "high", True, {}, "metric 'own_metric' returned 'high'"),
        (
            Metric("gain", "gain", True, ("regression",), "values", missed),
            True,
            {},
            "does not apply to binary",
        ),
    ],
)
def test_metric_that_does_not_fit_is_refused_before_the_first_fit(
    metric, binary: bool, roles: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        choose(metric, queries(binary=binary), **roles)


def test_negative_relevance_is_refused() -> None:
    frame = queries(binary=False)
    frame["target"] -= 1.5
    with pytest.raises(InputError, match=r"'ndcg' needs a relevance of zero or more.*goes down to -1.5"):
        choose("ndcg", frame, group="query")
    assert choose("map", frame, group="query").metric == "map"


def test_relevance_of_several_labels_is_refused() -> None:
    frame = queries(binary=False)
    frame["target"] = frame["target"].round().map(lambda value: f"grade {value:.0f}")
    own = Metric("own", "own", True, ("multiclass",), "scores", lambda *_: 1.0)
    with pytest.raises(InputError, match="'own' needs a relevance"):
        choose(own, frame)


def test_metric_of_tabkits_own_is_named_and_nothing_else() -> None:
    task = choose("neg_log_loss", queries(binary=True))
    assert (task.metric, task.own_metric) == ("log_loss", None)


def test_function_ranks_and_is_shown(awkward_frame, tmp_path: Path) -> None:
    own = Metric("missed", "missed", False, ("binary",), "labels", lambda y, p, _: float(np.mean(y > p)))
    frame = awkward_frame(n_rows=150)
    result = tabkit.compare(frame, metric=own, out=tmp_path / "run", **QUICK)
    rows = result.leaderboard.rows
    assert rows[0].mean is not None
    assert rows[1].mean is not None
    assert rows[0].mean < rows[1].mean
    assert "leads: missed" in repr(result)
    assert "lower is better" in repr(result)
    kept = result.evaluation(rows[0].name).predictions()
    truth = result.table.target.to_numpy()[kept["position"]]
    by_fold = ((truth == "yes") & (kept["prediction"] == "no")).groupby(kept["fold"]).mean()
    assert rows[0].fold_scores == pytest.approx(tuple(by_fold), abs=1e-12)
    again = tabkit.compare(frame, metric=own, out=tmp_path / "run", **QUICK)
    assert [row.fold_scores for row in again.leaderboard.rows] == [row.fold_scores for row in rows]
    with pytest.raises(InputError, match=r"holds another run \(other metric\)"):
        tabkit.compare(frame, metric=missed, out=tmp_path / "run", **QUICK)


def test_ranking_within_groups() -> None:
    frame = queries(binary=True)
    result = tabkit.compare(frame, group="query", metric="ndcg", **QUICK)
    best, last = result.leaderboard.rows
    assert (best.name, last.name) == ("tree", "dummy")
    assert [metric.name for metric in result.leaderboard.secondary][-1] == "map"
    kept = result.evaluation("tree").predictions()
    kept["query"] = frame["query"].to_numpy()[kept["position"]]
    kept["relevance"] = frame["target"].eq("yes").to_numpy(float)[kept["position"]]
    for fold, rows in kept.groupby("fold"):
        of_groups = [
            ndcg_score([part["relevance"]], [part["probability_yes"]])
            for _, part in rows.groupby("query")
            if part["relevance"].any()
        ]
        assert best.fold_scores[fold] == pytest.approx(np.mean(of_groups), rel=1e-12)

"""What units do to a mean over folds, and the intervals that come from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tabkit._core import InputError
from tabkit.comparison import build_leaderboard
from tabkit.comparison._results._row_spread import JudgedRows
from tabkit.comparison._results._spread import Spread, block_units, sum_by_unit
from tabkit.comparison._results._statistics import estimate_gap, estimate_mean
from tabkit.comparison._words._verdict import describe_ranking
from tabkit.data import Table, Task
from tabkit.evaluation import Evaluation, FoldResult, Folds
from tabkit.metrics import METRICS, get_metric

N_ROWS = 200
TASK = Task("binary", ("no", "yes"), metric="roc_auc")


def split(n_rows: int = N_ROWS, seed: int = 0) -> list[np.ndarray]:
    return np.array_split(np.random.default_rng(seed).permutation(n_rows), 5)


def losses_of(tests: list[np.ndarray], seed: int = 0) -> tuple[list[float], Spread]:
    """Means of normal losses per fold, and their spread."""
    losses = np.random.default_rng(seed).normal(1.0, 2.0, sum(map(len, tests)))
    scores = [float(losses[test].mean()) for test in tests]
    return scores, sum_by_unit([losses[test] - losses[test].mean() for test in tests], tests)


def test_variance_of_a_mean_of_losses_is_the_pooled_one_within_folds() -> None:
    tests = split()
    losses = np.random.default_rng(0).normal(1.0, 2.0, N_ROWS)
    _, spread = losses_of(tests)
    within = sum(((losses[test] - losses[test].mean()) ** 2).sum() for test in tests) / (N_ROWS - 5)
    assert spread.variance == pytest.approx(within / N_ROWS, rel=1e-12)
    of_fold = np.mean([losses[test].var(ddof=1) / len(test) for test in tests])
    assert spread.variance_of_a_fold == pytest.approx(of_fold, rel=1e-12)
    assert spread.n_distinct_folds == 5


def test_repeated_folds_know_no_more_rows_than_one_time() -> None:
    once, again = split(), split(seed=1)
    losses = np.random.default_rng(0).normal(1.0, 2.0, N_ROWS)
    centred = [losses[test] - losses.mean() for test in (*once, *again)]
    single, repeated = sum_by_unit(centred[:5], once), sum_by_unit(centred, [*once, *again])
    assert repeated.variance == pytest.approx(single.variance, rel=1e-9)
    assert repeated.n_distinct_folds == 5


def test_rows_of_a_group_count_as_one() -> None:
    """Forty rows that are ten copies each know what four rows know."""
    values = np.random.default_rng(2).normal(size=40)
    values -= values.mean()
    groups = np.repeat(np.arange(40), 10)
    apart = sum_by_unit([values], [np.arange(40)])
    together = sum_by_unit([values[groups]], [groups])
    assert together.variance == pytest.approx(apart.variance, rel=1e-12)


def test_degrees_of_freedom_are_many_for_even_rows_and_few_where_one_row_is_all() -> None:
    even = Spread(np.tile([1.0, -1.0], 50), np.tile([1.0, -1.0], 50), np.zeros(100, dtype=int), 1)
    assert even.degrees_of_freedom == 99
    assert losses_of(split(2000))[1].degrees_of_freedom == pytest.approx(2000, rel=0.2)
    one = np.full(100, -0.01)
    one[0] = 0.99
    heavy = Spread(one, one, np.zeros(100, dtype=int), 1)
    assert heavy.degrees_of_freedom < 3


def test_blocks_follow_time_and_keep_a_moment_together() -> None:
    times = [np.array([5, 1, 1, 3, 2, 4] * 10), np.arange(100)[::-1]]
    first, second = block_units(times)
    assert all(len(set(first[times[0] == moment])) == 1 for moment in range(1, 6))
    assert (np.diff(second) <= 0).all()
    assert len(set(second)) == 10
    assert first.max() < second.min()


def test_interval_is_the_formula_written_out() -> None:
    scores, spread = losses_of(split())
    between = np.var(scores, ddof=1)
    rows = spread.variance * (1 + 5 * 0.25 / 3)
    excess = max(between - spread.variance_of_a_fold, 0) / 5
    total = rows + excess
    degrees = spread.degrees_of_freedom
    if excess:
        degrees = total**2 / (rows**2 / degrees + excess**2 / 4)
    low, high = estimate_mean(scores, 0.25, spread).interval or (np.nan, np.nan)
    assert (high - low) / 2 == pytest.approx(stats.t.ppf(0.975, degrees) * total**0.5, rel=1e-12)


def test_folds_that_differ_by_more_than_their_rows_widen_the_interval() -> None:
    scores, spread = losses_of(split())
    apart = [score + shift for score, shift in zip(scores, (-5, -2, 0, 2, 5), strict=True)]
    low, high = estimate_mean(apart, 0.25, spread).interval or (np.nan, np.nan)
    # Nearly all of the variance is the folds': it is that of the plain t of five values.
    plain = stats.t.ppf(0.975, 4) * (np.var(apart, ddof=1) / 5) ** 0.5
    assert (high - low) / 2 == pytest.approx(plain, rel=0.02)


def test_intervals_cover_and_are_narrower_than_those_of_folds() -> None:
    covered, widths = 0, []
    for seed in range(300):
        scores, spread = losses_of(split(100, seed), seed)
        low, high = estimate_mean(scores, 0.25, spread).interval or (np.nan, np.nan)
        of_folds = estimate_mean(scores, 0.25).interval or (np.nan, np.nan)
        covered += low <= 1.0 <= high
        widths.append((high - low) / (of_folds[1] - of_folds[0]))
    assert covered >= 0.95 * 300
    assert np.median(widths) < 0.7


def test_equal_models_have_no_gap_and_pairs_are_narrower_than_two_intervals() -> None:
    scores, spread = losses_of(split())
    same = estimate_gap(scores, scores, get_metric("mae"), 0.25, spread, spread)
    assert (same.mean, same.interval, same.p_value) == (0.0, (0.0, 0.0), 1.0)
    nearly = [score - 0.01 for score in scores]
    gap = estimate_gap(scores, nearly, get_metric("mae"), 0.25, spread, spread)
    assert gap.p_value is not None
    assert gap.p_value < 1e-9


def make_table(**roles: pd.Series) -> Table:
    rng = np.random.default_rng(3)
    target = pd.Series(np.where(rng.random(N_ROWS) < 0.4, "yes", "no"), name="target")
    frame = pd.DataFrame({"x": rng.normal(size=N_ROWS)})
    return Table("made", frame, target, roles.get("groups"), roles.get("times"))


def make_folds(tests: list[np.ndarray]) -> Folds:
    return Folds(tuple((np.setdiff1d(np.arange(N_ROWS), test), test) for test in tests), "made up")


def judge(
    name: str, table: Table, tests: list[np.ndarray], noise: float, folder: Path | None = None
) -> Evaluation:
    """A candidate that knows the target but for noise."""
    truth = (table.target == "yes").to_numpy().astype(int)
    proba = 1 / (1 + np.exp(-(2 * truth - 1 + noise * np.random.default_rng(7).normal(size=N_ROWS))))
    both = np.column_stack([1 - proba, proba])
    frames, results = {}, []
    for fold, test in enumerate(tests):
        frames[fold] = pd.DataFrame(
            {
                "row": test,
                "position": test,
                "fold": fold,
                "prediction": np.where(proba[test] > 0.5, "yes", "no"),
            }
        ).assign(probability_no=both[test, 0], probability_yes=both[test, 1])
        score = METRICS["roc_auc"].compute(truth[test], both[test], TASK.classes)
        results.append(FoldResult(fold, {"roc_auc": score}, 1.0, 0.1, N_ROWS - len(test), len(test)))
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            frames[fold].to_parquet(folder / f"fold-{fold}.parquet")
    kept = frames if folder is None else None
    return Evaluation(name, "finished", tuple(results), len(tests), folder=folder, in_memory=kept)


def test_leaderboard_takes_the_rows_where_the_table_is_known() -> None:
    table, tests = make_table(), split()
    near, far = judge("near", table, tests, 1.0), judge("far", table, tests, 3.0)
    folds = make_folds(tests)
    of_folds, of_rows = (
        build_leaderboard([near, far], folds, TASK),
        build_leaderboard([near, far], folds, TASK, table),
    )
    assert (of_folds.is_by_rows, of_rows.is_by_rows) == (False, True)
    assert [row.mean for row in of_folds.rows] == [row.mean for row in of_rows.rows]
    spread = JudgedRows(table, TASK, folds).spread_of(near)
    assert (
        of_rows.rows[0].interval == estimate_mean(of_rows.rows[0].fold_scores, of_rows.ratio, spread).interval
    )
    gap = of_rows.estimate_gap(of_rows.rows[1], of_rows.rows[0])
    assert (gap.interval, gap.p_value) == (of_rows.rows[1].difference_interval, of_rows.rows[1].p_value)
    assert gap.p_value is not None
    assert gap.p_value < 1e-4


def test_groups_and_blocks_are_the_units() -> None:
    tests = [np.arange(start, start + 40) for start in range(0, N_ROWS, 40)]
    folds = make_folds(tests)
    groups, times = pd.Series(np.arange(N_ROWS) // 8), pd.Series(pd.date_range("2020", periods=N_ROWS))
    n_units = {}
    for name, roles in {
        "rows": {},
        "groups": {"groups": groups},
        "times": {"times": times},
        "both": {"groups": groups, "times": times},
    }.items():
        table = make_table(**roles)
        spread = JudgedRows(table, TASK, folds).spread_of(judge("a", table, tests, 2.0))
        assert spread is not None
        n_units[name] = len(spread.by_unit)
    assert n_units == {"rows": 200, "groups": 25, "times": 50, "both": 25}


def test_without_predictions_or_for_an_unknown_metric_the_folds_decide(tmp_path: Path) -> None:
    table, tests = make_table(), split()
    folds = make_folds(tests)
    kept = judge("a", table, tests, 2.0, tmp_path / "a")
    assert JudgedRows(table, TASK, folds).spread_of(kept) is not None
    assert JudgedRows(table, TASK, folds, METRICS["calibration_error"]).spread_of(kept) is None
    (tmp_path / "a" / "fold-3.parquet").unlink()
    assert JudgedRows(table, TASK, folds).spread_of(kept) is None
    assert build_leaderboard([kept], folds, TASK, table).rows[0].interval is not None
    (tmp_path / "a" / "fold-3.parquet").write_bytes(b"broken")
    with pytest.raises(InputError, match=r"fold-3.parquet' cannot be read"):
        JudgedRows(table, TASK, folds).spread_of(kept)


def test_blind_test_says_who_is_better_on_every_fold() -> None:
    """Few folds with a huge spread: no test sees what every fold shows."""
    task, folds = Task("regression", metric="rmse"), make_folds(split())

    def on_folds(name: str, scores: list[float]) -> Evaluation:
        results = tuple(FoldResult(n, {"rmse": score}, 1.0, 0.1, 160, 40) for n, score in enumerate(scores))
        return Evaluation(name, "finished", results, 5)

    linear, dummy = on_folds("linear", [20, 30, 25, 40, 30]), on_folds("dummy", [22, 35, 200, 45, 53])
    answer = " ".join(describe_ranking(build_leaderboard([linear, dummy], folds, task)))
    assert "dummy, which ignores the columns, is worse than linear on 5 of 5 folds" in answer
    assert "no signal" not in answer
    lightgbm = on_folds("lightgbm", [19, 29, 5, 39, 29])
    answer = " ".join(describe_ranking(build_leaderboard([linear, lightgbm], folds, task)))
    assert "though it is better than linear on 5 of 5 folds" in answer
    assert "within chance, though on 5 of 5 folds" in answer
    once = on_folds("dummy", [19, 35, 200, 45, 53])
    answer = " ".join(describe_ranking(build_leaderboard([linear, once], folds, task)))
    assert "there may be no signal" in answer

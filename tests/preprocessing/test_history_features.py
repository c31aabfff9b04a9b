"""History of rows: against a plain version row by row, and what no row may ever see."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from contract_checks import contracts, find_broken
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error
from sklearn.pipeline import Pipeline

import tabkit
from tabkit import DistantValuesWarning, InputError
from tabkit.model_selection import ForwardSplit, PurgedKFold
from tabkit.preprocessing import HistoryFeatures, TablePreprocessor

pytestmark = pytest.mark.filterwarnings("ignore::tabkit.DistantValuesWarning")

START = pd.Timestamp("2024-01-01")
UNMET = {
    "check_sample_weights_pandas_series": "passes a frame without the column of times",
    "check_sample_weight_equivalence_on_dense_data": "a row is one row of history, whatever its weight",
}


@contracts(
    "history",
    {"all rows": lambda: HistoryFeatures("x0"), "bounded": lambda: HistoryFeatures("x0", max_history=10**6)},
)
def test_scikit_learn_contract(build: Any) -> None:
    assert not (broken := find_broken(build(), UNMET)), broken


def _draw(seed: int, n_rows: int = 60) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """A random table with ties, gaps and everything missing somewhere, its target and weights."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "t": rng.integers(0, 25, n_rows).astype(float),
            "who": rng.choice(["a", "b", "c"], n_rows).astype(object),
            "u": rng.normal(1e6, 1, n_rows),
            "v": rng.normal(size=n_rows),
        }
    )
    X.loc[rng.random(n_rows) < 0.06, "t"] = np.nan
    X.loc[rng.random(n_rows) < 0.06, "who"] = None
    X.loc[rng.random(n_rows) < 0.2, "v"] = np.nan
    return X, rng.normal(size=n_rows), (rng.random(n_rows) > 0.15).astype(float)


def _statistics(values: list[float]) -> list[float]:
    present = [value for value in values if not np.isnan(value)]
    mean = float(np.mean(present)) if present else np.nan
    return [mean, float(np.std(present, ddof=1)) if len(present) > 1 else np.nan]


def _plain_row(
    row: Any,
    history: list[Any],
    lags: list[int],
    windows: list[int],
    length: float,
    gap: float,
    horizon: float,
) -> list[float]:
    """What one row sees, by going through all rows of the history."""
    if pd.isna(row.t) or pd.isna(row.who):
        return [np.nan] * (2 + 3 * (len(lags) + 2 * len(windows) + 2))
    own = [one for one in history if one.who == row.who and one.t < row.t and one.t <= row.t - gap]
    own = sorted(own, key=lambda one: one.t)
    told = [one for one in own if one.t + horizon < row.t]
    out: list[float] = [len(own), row.t - own[-1].t if own else np.nan]
    for name, seen, delay in (("u", own, gap), ("v", own, gap), ("y", told, max(gap, horizon))):
        values = [getattr(one, name) for one in seen]
        out += [values[-lag] if lag <= len(values) else np.nan for lag in lags]
        for window in windows:
            out += _statistics(values[-window:])
        first = row.t - delay - length
        is_after = gap > horizon if name == "y" else gap > 0
        out += _statistics(
            [getattr(one, name) for one in seen if (one.t > first if is_after else one.t >= first)]
        )
    return out


def _plain(X: pd.DataFrame, history: pd.DataFrame, **settings: Any) -> np.ndarray:
    rows = [row for row in history.itertuples() if not (pd.isna(row.t) or pd.isna(row.who))]
    return np.array([_plain_row(row, rows, **settings) for row in X.itertuples()], dtype=float)


def _history(X: pd.DataFrame, y: np.ndarray, weight: np.ndarray | None = None) -> pd.DataFrame:
    history = X.assign(y=y)
    return history if weight is None else history[weight > 0]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("gap", "horizon"), [(0, 0), (3, 0), (0, 4), (2, 2), (5, 2)])
def test_as_the_plain_version_has_it(seed: int, gap: int, horizon: int) -> None:
    X, y, weight = _draw(seed)
    later, _, _ = _draw(seed + 1000, 25)
    build = HistoryFeatures(
        "t",
        entity="who",
        columns=["u", "v"],
        lags=[1, 3],
        windows=[2, 5, "6"],
        target_lags=[1, 3],
        target_windows=[2, 5, "6"],
        gap=gap,
        horizon=horizon,
    )
    settings: dict[str, Any] = {
        "lags": [1, 3],
        "windows": [2, 5],
        "length": 6,
        "gap": gap,
        "horizon": horizon,
    }
    history = _history(X, y, weight)
    made = build.fit_transform(X, y, sample_weight=weight).iloc[:, 4:].to_numpy()
    np.testing.assert_allclose(made, _plain(X, history, **settings), rtol=1e-9, atol=1e-9)
    # Tests before, among and after the training rows see what was before them, as in PurgedKFold.
    made = build.transform(later).iloc[:, 4:].to_numpy()
    np.testing.assert_allclose(made, _plain(later, history, **settings), rtol=1e-9, atol=1e-9)
    pd.testing.assert_frame_equal(build.transform(X), build.fit_transform(X, y, sample_weight=weight))


@pytest.mark.parametrize("seed", range(8))
def test_new_rows_see_each_other_where_they_are_told_to(seed: int) -> None:
    X, y, _ = _draw(seed)
    later, _, _ = _draw(seed + 1000, 25)
    later["t"] += 20
    later.loc[::5, "who"] = "d"  # nobody has seen
    build = HistoryFeatures(
        "t",
        entity="who",
        columns=["u", "v"],
        lags=[1, 3],
        windows=[2, 5, "6"],
        target_lags=[1],
        uses_new_rows=True,
    )
    made = build.fit(X, y).transform(later)
    times = set(zip(X["who"], X["t"], strict=True))
    fresh = [pair not in times for pair in zip(later["who"], later["t"], strict=True)]
    history = pd.concat([_history(X, y), later[fresh].assign(y=np.nan)])
    settings: dict[str, Any] = {"lags": [1, 3], "windows": [2, 5], "length": 6, "gap": 0, "horizon": 0}
    plain = _plain(later, history, **settings)
    np.testing.assert_allclose(made.iloc[:, 4:-1].to_numpy(), plain[:, :18], rtol=1e-9, atol=1e-9)
    # Their targets are not known: the last one known is that of a training row.
    told = _plain(later, _history(X, y), **settings)
    np.testing.assert_array_equal(made["target (1 row before)"], told[:, 18])
    pd.testing.assert_frame_equal(build.transform(X), build.fit_transform(X, y))  # no row counts twice


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("gap", "horizon"), [(0, 0), (3, 0), (0, 4)])
def test_a_bound_changes_nothing_of_later_rows_and_makes_nothing_up(
    seed: int, gap: int, horizon: int
) -> None:
    X, y, _ = _draw(seed, 150)
    probe, _, _ = _draw(seed + 1000, 60)
    probe["t"] += np.where(np.arange(60) < 30, 0, 25)
    settings: dict[str, Any] = {
        "entity": "who",
        "lags": [1, 3],
        "windows": [2, 5],
        "target_lags": [1, 4],
        "gap": gap,
        "horizon": horizon,
    }
    all_rows = HistoryFeatures("t", **settings).fit(X, y)
    bounded = HistoryFeatures("t", **settings, max_history=20).fit(X, y)
    assert bounded.n_history_rows_ < all_rows.n_history_rows_
    full, part = all_rows.transform(probe), bounded.transform(probe)
    pd.testing.assert_frame_equal(part[30:], full[30:])
    made = part.columns[4:]
    told = part[made].notna().to_numpy()
    assert 0 < told[:30].sum() < full[made][:30].notna().to_numpy().sum()
    np.testing.assert_array_equal(part[made].to_numpy()[told], full[made].to_numpy()[told])
    pd.testing.assert_frame_equal(bounded.fit_transform(X, y), all_rows.fit_transform(X, y))


def test_a_bound_is_the_most_in_a_window_of_a_length_of_time() -> None:
    X = pd.DataFrame({"t": [1.0, 2, 3, 4, 5, 6], "v": [1.0, 2, 4, 8, 16, 32]})
    build = HistoryFeatures("t", lags=[1], windows=["100"], max_history=2)
    means = build.fit_transform(X)["v (mean of last 100)"]
    np.testing.assert_array_equal(means, [np.nan, 1, 1.5, 3, 6, 12])
    np.testing.assert_array_equal(
        build.transform(pd.DataFrame({"t": [9.0, 3.0], "v": 0.0}))["v (mean of last 100)"], [24, np.nan]
    )


@pytest.mark.parametrize("seed", range(6))
def test_the_future_changes_nothing(seed: int) -> None:
    X, y, _ = _draw(seed)
    build = HistoryFeatures("t", entity="who", windows=[3, "8"], target_lags=[1], target_windows=[4])
    before = build.fit_transform(X, y)
    is_late = ~(X["t"] < 15).to_numpy()
    rng = np.random.default_rng(seed)
    changed = X.assign(u=X["u"].where(~is_late, rng.normal(size=60)), v=X["v"].where(~is_late, 1e9))
    after = build.fit_transform(changed, np.where(is_late, 1e9, y))
    pd.testing.assert_frame_equal(before[X["t"] <= 15], after[X["t"] <= 15].assign(u=X["u"], v=X["v"]))
    without = build.fit(X[~is_late], y[~is_late]).transform(X[X["t"] <= 15])
    pd.testing.assert_frame_equal(before[X["t"] <= 15], without)


def test_a_planted_future_is_not_used() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=400)
    # The next value of the column is the target: whoever looks ahead knows it.
    X = pd.DataFrame({"day": START + pd.to_timedelta(np.arange(400), "D"), "told": np.roll(y, 1)})
    steps = [("history", HistoryFeatures("day", drop=["day"])), ("fill", TablePreprocessor("linear"))]
    for splitter in (ForwardSplit(3), PurgedKFold(3)):
        for train, test in splitter.split(X, times=X["day"]):
            model = Pipeline([*steps, ("model", Ridge())]).fit(X.iloc[train], y[train])
            assert np.corrcoef(model.predict(X.iloc[test]), y[test])[0, 1] < 0.2


def test_it_wins_where_the_lag_is_the_signal() -> None:
    rng = np.random.default_rng(0)
    n_rows = 600
    X = pd.DataFrame(
        {"t": np.arange(n_rows) // 3, "shop": np.arange(n_rows) % 3, "load": rng.normal(size=n_rows)}
    )
    y = X.groupby("shop")["load"].shift(1).fillna(0) + 0.1 * rng.normal(size=n_rows)
    X["shop"] = "shop " + X["shop"].astype(str)
    past, later = X["t"] < 150, X["t"] >= 150
    history = HistoryFeatures("t", entity="shop", lags=[1], windows=[], uses_new_rows=True)
    errors = []
    for steps in ([("history", history)], []):
        model = Pipeline([*steps, ("prepare", TablePreprocessor("linear")), ("model", Ridge())])
        model.fit(X[past], y[past])
        errors.append(mean_absolute_error(y[later], model.predict(X[later])))
    assert errors[0] < 0.15 < 0.5 < errors[1]


def test_a_row_alone_comes_out_as_among_others() -> None:
    X, y, _ = _draw(3)
    build = HistoryFeatures("t", entity="who", windows=[3, "8"], target_lags=[1]).fit(X, y)
    together = build.transform(X)
    alone = pd.concat([build.transform(X.iloc[[row]]) for row in range(len(X))])
    pd.testing.assert_frame_equal(alone, together)
    pd.testing.assert_frame_equal(build.transform(X[::-1]), together[::-1])


def test_order_of_the_rows_does_not_count_where_times_differ() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"t": rng.permutation(50), "v": rng.normal(size=50)})
    build = HistoryFeatures("t", windows=[4, "9"])
    expected = build.fit_transform(X)
    pd.testing.assert_frame_equal(build.fit_transform(X.sort_values("t")).loc[X.index], expected)


def test_dates_in_zones_text_and_other_frames() -> None:
    days = START + pd.to_timedelta([0, 1, 1, 3, 9], "D")
    X = pd.DataFrame({"day": days, "who": [1, 1, 2, 1, 1], "v": [1.0, 2, 3, 4, 5]})
    build = HistoryFeatures("day", entity="who", lags=[1], windows=["3D"], gap="2D")
    expected = build.fit_transform(X)
    assert expected["v (1 row before)"].tolist()[-2:] == [2.0, 4.0]  # 2 days ago, not 2 rows
    assert expected["day (days since last row)"].tolist()[-2:] == [2.0, 6.0]
    assert expected["who (earlier rows)"].tolist() == [0, 0, 0, 2, 3]
    zoned = X.assign(day=X["day"].dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"))
    others = [X.assign(day=X["day"].dt.strftime("%Y-%m-%d")), zoned, X.assign(day=X["day"].astype("M8[s]"))]
    others += [X.assign(who=["1", "1", "2", "1", "1"]), X.assign(who=X["who"].astype(float))]
    made = expected.columns[3:]
    for other in [*others, pl.from_pandas(X), pa.Table.from_pandas(X)]:
        pd.testing.assert_frame_equal(build.fit_transform(other)[made], expected[made])
    mixed = build.fit(X).transform(zoned)
    pd.testing.assert_frame_equal(mixed[made], expected[made])


def test_several_columns_are_one_entity() -> None:
    X = pd.DataFrame(
        {"t": [1, 2, 3, 4], "shop": ["a", "a", "b", "a"], "item": [1, 2, 1, 1], "v": [1.0, 2, 3, 4]}
    )
    build = HistoryFeatures("t", entity=["shop", "item"], columns=["v"], lags=[1], windows=[])
    assert build.fit_transform(X)["v (1 row before)"].tolist()[3] == 1.0
    assert build.fit_transform(X)["shop (earlier rows)"].tolist() == [0, 0, 0, 1]
    unseen = build.transform(pd.DataFrame({"t": [9], "shop": ["b"], "item": [2], "v": [0.0]}))
    assert unseen["shop (earlier rows)"].tolist() == [0]


def test_one_row_unseen_missing_and_unreadable() -> None:
    build = HistoryFeatures("t", entity="who", lags=[1], windows=[2])
    one = build.fit_transform(pd.DataFrame({"t": [3], "who": ["a"], "v": [1.5]}))
    assert one["who (earlier rows)"].tolist() == [0]
    X = pd.DataFrame({"t": [1, 2], "who": ["a", "a"], "v": [1.0, 2.0]})
    build.fit(X)
    odd = build.transform(
        pd.DataFrame({"t": [np.nan, np.nan, 5, 5], "who": ["a", "a", None, "z"], "v": np.nan})
    )
    np.testing.assert_array_equal(odd["who (earlier rows)"], [np.nan, np.nan, np.nan, 0])
    assert odd["v (1 row before)"].isna().all()
    with pytest.raises(InputError, match=r"X has no rows"):
        build.transform(X[:0])
    with pytest.warns(tabkit.UnreadableValuesWarning, match=r"column 't': 1 value") as seen:
        build.transform(pd.DataFrame({"t": [np.inf], "who": ["a"], "v": [1.0]}))
    assert len(seen) == 1
    nobody = build.fit(X.assign(who=None)).transform(X)
    assert nobody["v (1 row before)"].isna().all()


def test_names_sources_and_sentences() -> None:
    X, y, _ = _draw(0)
    build = HistoryFeatures(
        "t", entity="who", lags=[1], windows=[2], target_lags=[2], gap=1, horizon=3, drop=["t", "v"]
    )
    out = build.fit_transform(X, pd.Series(y, name="sales"))
    expected = {
        "who": "who",
        "u": "u",
        "who (earlier rows)": "who",
        "t (since last row)": "t",
        "u (1 row before)": "u",
        "u (mean of last 2 rows)": "u",
        "u (standard deviation of last 2 rows)": "u",
        "v (1 row before)": "v",
        "v (mean of last 2 rows)": "v",
        "v (standard deviation of last 2 rows)": "v",
        "sales (2 rows before)": "who",
    }
    assert dict(zip(build.get_feature_names_out(), build.feature_sources_, strict=True)) == expected
    assert list(out) == list(expected)
    assert build.describe().splitlines() == [
        "History of 'u', 'v' by 't', of each 'who' for itself, in rows that are strictly earlier "
        "by 1 or more.",
        f"Kept: {build.n_history_rows_} rows of 3 entities.",
        "Targets of the training rows are seen; each is known 3 after its row.",
        "Rows to predict for see training rows alone.",
    ]
    assert HistoryFeatures("t", columns=["v"]).fit(X).describe().startswith("History of 'v' by 't', in rows")
    # What does not come out is not needed later.
    pd.testing.assert_frame_equal(build.transform(X.drop(columns="v")), build.transform(X))


def test_saved_and_loaded(tmp_path: Path) -> None:
    X, y, _ = _draw(0)
    build = HistoryFeatures("t", entity="who", windows=[3, "8"], target_lags=[1], max_history=8).fit(X, y)
    expected = build.transform(X)
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(build)).transform(X), expected)
    tabkit.save(build, tmp_path / "history.skops")
    pd.testing.assert_frame_equal(tabkit.load(tmp_path / "history.skops").transform(X), expected)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"time": "no"}, r"time names column 'no', which X does not have"),
        ({"entity": ["who", "no"]}, r"entity names column 'no'"),
        ({"columns": ["no"]}, r"columns names column 'no'"),
        ({"drop": ["no"]}, r"drop names column 'no'"),
        ({"time": "who"}, r"time='who': expected a column of dates or numbers, got one of dtype object"),
        ({"lags": [0]}, r"lags=\[0\]: expected distinct numbers of rows"),
        ({"lags": [1, 1]}, r"lags=\[1, 1\]: expected distinct"),
        ({"windows": [0.5]}, r"windows=0\.5: expected a number of rows .* length of time as text"),
        ({"windows": ["0"]}, r"windows='0': a window has some length"),
        ({"windows": [3, 3]}, r"windows=\[3, 3\]: a window is there twice"),
        ({"gap": "1D"}, r"gap='1D': expected a number"),
        ({"horizon": -1}, r"horizon=-1: a length of time is never negative"),
        ({"max_history": 4}, r"max_history=4: lags and windows look back 10 rows"),
        ({"target_lags": [1]}, r"target_lags and target_windows need the target: pass y to fit"),
        ({"max_history": 0}, r"max_history"),
    ],
)
def test_refusals(settings: dict[str, Any], message: str) -> None:
    X, _, _ = _draw(0)
    with pytest.raises(InputError, match=message):
        HistoryFeatures(**{"time": "t", **settings}).fit(X)


def test_more_refusals() -> None:
    X, y, _ = _draw(0)
    with pytest.raises(InputError, match=r"time='t': all values of this column are missing"):
        HistoryFeatures("t").fit(X.assign(t=np.nan))
    with pytest.raises(InputError, match=r"y holds values that are no numbers"):
        HistoryFeatures("t", target_lags=[1]).fit(X, np.where(y > 0, "yes", "no"))
    with pytest.raises(InputError, match=r"lacks 1 column of those at fit: 'who'"):
        HistoryFeatures("t", entity="who").fit(X).transform(X.drop(columns="who"))


def test_rows_that_see_older_ones_than_training_rows_did_are_told_of() -> None:
    X = pd.DataFrame({"day": START + pd.to_timedelta(np.arange(100), "D"), "v": np.arange(100.0)})
    later = X.assign(day=X["day"] + pd.Timedelta(days=100))
    build = HistoryFeatures("day").fit(X)
    message = r"99 of 100 rows with a history see a last row that is older \(50.5 days in the middle\)"
    with pytest.warns(DistantValuesWarning, match=message) as told:
        build.transform(later)
    assert [one.filename for one in told] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        build.transform(later[:1])
        build.transform(X)
        HistoryFeatures("day", uses_new_rows=True).fit(X).transform(later)
        HistoryFeatures("day", gap="60D").fit(X).transform(later[:60])


def test_times_that_are_centuries_apart() -> None:
    X = pd.DataFrame({"day": ["1700-01-01", "2024-01-01", "2024-01-02"], "v": [1.0, 2.0, 3.0]})
    build = HistoryFeatures("day", columns=["v"], lags=[1], windows=["100000D", "36h"], gap="1D")
    out = build.fit_transform(X)
    np.testing.assert_array_equal(out["day (days since last row)"], [np.nan, 118338, 1])
    np.testing.assert_array_equal(out["v (mean of last 100000D)"], [np.nan, np.nan, 2])
    far = HistoryFeatures("day", columns=["v"], lags=[1], windows=["100000D"]).fit_transform(X[1:])
    np.testing.assert_array_equal(far["v (mean of last 100000D)"], [np.nan, 2])


def test_an_expanding_window_of_constants_deviates_by_nothing() -> None:
    X = pd.DataFrame({"t": np.arange(40), "v": np.full(40, 0.1)})
    out = HistoryFeatures("t", columns=["v"], lags=[1], windows=["1000"]).fit_transform(X)
    np.testing.assert_array_equal(out["v (mean of last 1000)"][1:], 0.1)
    np.testing.assert_array_equal(out["v (standard deviation of last 1000)"][2:], 0.0)

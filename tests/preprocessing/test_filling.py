"""An empty cell moves no prediction far: whatever is filled, whichever kind of column it is."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tabkit import DistantValuesWarning, make_model
from tabkit.preprocessing import TablePreprocessor
from tabkit.preprocessing._filling import ExpectedValues

N_ROWS = 600
LEVELS = 12


def _days(numbers: np.ndarray) -> pd.Series:
    return pd.Series(pd.Timestamp("2021-01-01") + pd.to_timedelta(np.round(numbers), unit="D"))


def _hours(numbers: np.ndarray) -> pd.Series:
    return pd.Series(pd.to_timedelta(np.round(numbers), unit="h"))


def _between(convert: Callable[[np.ndarray], Any]) -> tuple[pd.DataFrame, np.ndarray]:
    """Two columns far apart over the rows, and the short way between them as the target."""
    rng = np.random.default_rng(0)
    start, stay = rng.uniform(0, 1337, N_ROWS), rng.gamma(4, 2, N_ROWS)
    X = pd.DataFrame({"start": convert(start), "end": convert(start + stay), "x": rng.normal(size=N_ROWS)})
    return X, stay + rng.normal(0, 0.5, N_ROWS)


def _offsets(name: Callable[[int], str]) -> tuple[pd.DataFrame, np.ndarray]:
    """A number that is large by the level of another column, and what it is beside that as the target."""
    rng = np.random.default_rng(1)
    levels, small = rng.integers(LEVELS, size=N_ROWS), rng.normal(size=N_ROWS)
    named = pd.Series([name(level) for level in levels])
    return pd.DataFrame({"level": named, "size": 1000 * levels + small}), small + rng.normal(0, 0.1, N_ROWS)


def _chain() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(2)
    born, ordered = rng.uniform(-25_000, -7_000, N_ROWS), rng.uniform(0, 1337, N_ROWS)
    lead, way = rng.gamma(2, 5, N_ROWS), rng.gamma(3, 1, N_ROWS)
    dates = {"born": born, "ordered": ordered, "sent": ordered + lead, "arrived": ordered + lead + way}
    X = pd.DataFrame({label: _days(numbers) for label, numbers in dates.items()})
    return X, lead + 2 * way + rng.normal(0, 1, N_ROWS)


def _parts() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(3)
    parts = 100 * rng.normal(size=(N_ROWS, 3)) + rng.normal(size=(N_ROWS, 3))
    rest = rng.normal(0, 3, N_ROWS)
    X = pd.DataFrame(parts, columns=["a", "b", "c"]).assign(total=parts.sum(axis=1) + rest)
    return X, rest + rng.normal(0, 0.3, N_ROWS)


WORDS = (
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "haven",
    "inlet",
    "jetty",
    "knoll",
    "lake",
)
TABLES: dict[str, Callable[[], tuple[pd.DataFrame, np.ndarray]]] = {
    "dates": lambda: _between(_days),
    "numbers": lambda: _between(np.round),
    "durations": lambda: _between(_hours),
    "four dates": _chain,
    "parts and their total": _parts,
    "category": lambda: _offsets(lambda level: WORDS[level]),
    "many categories": lambda: _offsets(
        lambda level: f"{WORDS[level]}{np.random.default_rng(level).integers(9)}"
    ),
    "text": lambda: _offsets(lambda level: f"a letter from the {WORDS[level]} that came by the post"),
}


def _n_widths_outside(model: Any, X: pd.DataFrame, rows: pd.DataFrame) -> float:
    predicted, later = model.predict(X), model.predict(rows)
    low, high = predicted.min(), predicted.max()
    return float(max(low - later.min(), later.max() - high) / (high - low))


@pytest.mark.parametrize("n_gaps", [0, 1, 60])
@pytest.mark.parametrize("name", TABLES)
def test_a_blank_cell_moves_no_prediction_far(name: str, n_gaps: int) -> None:
    X, y = TABLES[name]()
    kinds = {"level": "text" if name == "text" else "category"} if "level" in X else None
    rng = np.random.default_rng(4)
    for label in X:
        X.loc[rng.choice(N_ROWS, n_gaps, replace=False), label] = None
    model = make_model("linear", task="regression")
    model.set_params(prepare__kinds=kinds)
    if name == "many categories":
        model.set_params(prepare__max_categories=3)
    model.fit(X, y)
    for label in X:
        blank = X.assign(**{label: X[label].where(np.zeros(N_ROWS, dtype=bool))})
        assert _n_widths_outside(model, X, blank) < 1.0, label


def test_linear_models_learn_from_rows_with_gaps() -> None:
    X, y = _between(np.round)
    rng = np.random.default_rng(5)
    X.loc[rng.random(N_ROWS) < 0.1, "start"] = np.nan
    model = make_model("linear", task="regression").fit(X, y)
    whole = X["start"].notna()
    error = (model.predict(X) - y)[whole].std()
    assert error < 0.4 * y.std()  # with a constant in the gaps it was 1.0


# the expectation


def test_expected_values_are_the_regression_on_the_other_features() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(4000, 4)) @ rng.normal(size=(4, 4))
    rows = features[:6].copy()
    rows[0, 1] = rows[1, [0, 3]] = rows[2, :3] = rows[3] = np.nan
    filled = ExpectedValues().fit(features).fill(rows.copy())
    design = np.column_stack([np.ones(4000), features])
    for row in range(4):
        gaps, known = np.flatnonzero(np.isnan(rows[row])), np.flatnonzero(~np.isnan(rows[row]))
        columns = [0, *(known + 1)]
        weights = np.linalg.lstsq(design[:, columns], features[:, gaps], rcond=None)[0]
        expected = (np.r_[1.0, rows[row, known]] @ weights).clip(
            features[:, gaps].min(axis=0), features[:, gaps].max(axis=0)
        )
        # The ridge is small beside the variances, and the features are not quite centred.
        np.testing.assert_allclose(filled[row, gaps], expected, atol=1e-4)
        np.testing.assert_array_equal(filled[row, known], rows[row, known])
    np.testing.assert_array_equal(filled[4:], features[4:6])


def test_relations_are_learned_from_rows_with_gaps() -> None:
    rng = np.random.default_rng(1)
    first = rng.normal(size=3000)
    features = np.column_stack([first, first + rng.normal(0, 0.01, 3000), rng.normal(size=3000)])
    features[rng.random(features.shape) < 0.2] = np.nan
    filled = ExpectedValues().fit(features).fill(np.array([[np.nan, 1.5, 0.0], [-0.7, np.nan, np.nan]]))
    np.testing.assert_allclose(filled, [[1.5, 1.5, 0.0], [-0.7, -0.7, 0.0]], atol=0.1)


def test_marks_of_gaps_tell_nothing() -> None:
    rng = np.random.default_rng(2)
    first = rng.normal(size=500)
    mark = np.arange(500) < 3
    features = np.column_stack([np.where(mark, np.nan, first), first + rng.normal(0, 0.1, 500), mark])
    filled = ExpectedValues().fit(features).fill(np.array([[np.nan, 1.0, 1.0], [np.nan, 1.0, 0.0]]))
    np.testing.assert_allclose(filled[:, 0], 1.0, atol=0.05)


def test_few_rows_for_many_features_give_the_means() -> None:
    rng = np.random.default_rng(3)
    features = rng.normal(size=(20, 100))
    rows = rng.normal(size=(5, 100))
    rows[:, 7] = np.nan
    filled = ExpectedValues().fit(features).fill(rows)
    np.testing.assert_allclose(filled[:, 7], features[:, 7].mean(), atol=0.05)


def test_features_without_values_or_spread_are_filled_too() -> None:
    features = np.column_stack([np.full(50, np.nan), np.full(50, 3.0), np.arange(50.0) / 20])
    filled = ExpectedValues().fit(features).fill(np.full((2, 3), np.nan))
    np.testing.assert_allclose(filled, [[0.0, 3.0, features[:, 2].mean()]] * 2)


def test_a_row_is_filled_alone_as_among_others() -> None:
    X, y = _chain()
    prepare = TablePreprocessor("linear", random_state=0).fit(X, y)
    rows = X.mask(np.random.default_rng(6).random(X.shape) < 0.3)
    alone = np.vstack([prepare.transform(rows.iloc[[row]]) for row in range(30)])
    np.testing.assert_array_equal(prepare.transform(rows)[:30], alone)


# values that are far away


def test_values_far_outside_of_the_training_rows_are_said_once() -> None:
    X, _ = _between(_days)
    X["span"] = _hours(np.arange(N_ROWS) % 50)
    prepare = TablePreprocessor("boosting", random_state=0).fit(X)
    later = X[:4].assign(x=[0.0, 999.0, np.nan, -50.5], start=pd.Timestamp("2099-12-31 10:00"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        prepare.transform(later)
    low, high = X["x"].min(), X["x"].max()
    (said,) = [str(one.message) for one in caught if one.category is DistantValuesWarning]
    first, last = (f"{day:%Y-%m-%d}" for day in (X["start"].min(), X["start"].max()))
    assert said.splitlines() == [
        f"column 'x': 2 values far outside of {low:.6g} to {high:.6g}, the range of the training rows, "
        "such as 999",
        f"column 'start': 4 values far outside of {first} to {last}, the range of the training rows, "
        "such as 2099-12-31",
    ]


def test_values_near_the_training_rows_are_not_said() -> None:
    X = pd.DataFrame({"x": np.arange(100.0) + 0.5, "when": pd.date_range("2024-01-01", periods=100)})
    prepare = TablePreprocessor("linear", random_state=0).fit(X)
    near = pd.DataFrame(
        {"x": [198.4, -98.4, None], "when": [pd.Timestamp("2024-07-16"), pd.Timestamp("2023-09-25"), None]}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        prepare.transform(near)
    with pytest.warns(
        DistantValuesWarning, match=r"^column 'x': 1 value far outside of 0.5 to 99.5, .* as 198.6$"
    ):
        prepare.transform(near.assign(x=[198.6, 1.0, 1.0]))
    with pytest.warns(DistantValuesWarning, match=r"^column 'when': 1 value far .* such as 2024-07-18$"):
        prepare.transform(near.assign(when=[pd.Timestamp("2024-07-18"), None, None]))
    ordered = TablePreprocessor("linear", random_state=0).fit(X, times=X["when"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ordered.transform(near.assign(when=pd.Timestamp("2034-07-18")))

"""Columns that tell something stay, those of noise go, by training rows alone."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from contract_checks import find_broken
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline

import tabkit
from tabkit._core import InputError
from tabkit.feature_selection import ShadowSelector
from tabkit.feature_selection._held_out_importance import held_out_importances
from tabkit.preprocessing import TablePreprocessor

SIGNALS = ["a", "b", "c", "d", "plan"]


def make_planted(seed: int, n_noise: int = 40, n_rows: int = 600) -> tuple[pd.DataFrame, pd.Series]:
    """Five signals, one of categories and one, d, that tells only beside c; then noise."""
    rng = np.random.default_rng(seed)
    names = ["a", "b", "c", "d", *(f"noise{number}" for number in range(n_noise))]
    X = pd.DataFrame(rng.normal(size=(n_rows, len(names))), columns=names)
    X.insert(4, "plan", pd.Categorical(rng.choice(list("uvwx"), n_rows)))
    effect = X["plan"].map({"u": -1.5, "v": 1.5, "w": 0.0, "x": 1.5}).astype(float)
    told = 1.5 * X["a"] + 1.2 * X["b"] + 1.2 * X["c"] + 1.5 * np.sign(X["c"] * X["d"]) + effect
    y = pd.Series(np.where(told + 0.7 * rng.normal(size=n_rows) > 0.4, "yes", "no"))
    X.loc[X.index[:20], "noise0"] = np.nan
    return X, y


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2, 3))])
def test_signals_are_kept_and_at_most_one_column_of_noise(seed: int) -> None:
    X, y = make_planted(seed)
    selector = ShadowSelector(n_rounds=15, random_state=seed, n_jobs=1).fit(X, y)
    kept = selector.transform(X)
    assert list(kept.columns[:5]) == SIGNALS
    assert kept.shape[1] <= 6
    assert kept["plan"].dtype == X["plan"].dtype
    assert (selector.ranking_[selector.support_] == 1).all()
    n_dropped = (~selector.support_).sum()
    assert sorted(selector.ranking_[~selector.support_]) == list(range(2, 2 + n_dropped))
    assert "'plan' stays: above the shadows in" in selector.describe()
    assert len(selector.describe().splitlines()) == 1 + X.shape[1]


def quick(**parameters: Any) -> ShadowSelector:
    return ShadowSelector(LinearRegression(), **{"n_rounds": 8, "random_state": 0, **parameters})


def make_numbers(n_rows: int = 200) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(n_rows, 5)), columns=list("abcde"))
    return X, (2 * X["a"] - X["b"] + 0.5 * rng.normal(size=n_rows)).to_numpy()


@pytest.mark.slow
def test_of_a_signal_that_is_there_twice_one_stays() -> None:
    X, y = make_planted(5)
    X["copy"] = X["a"]
    names = ShadowSelector(random_state=0, n_jobs=1).fit(X, y).get_feature_names_out()
    assert {"a", "copy"} & set(names)


def test_of_noise_alone_one_column_stays_and_says_so() -> None:
    X, _ = make_numbers()
    with pytest.warns(UserWarning, match="no column tells more than shuffled ones: '.' stays"):
        selector = quick().fit(X, np.random.default_rng(5).normal(size=len(X)))
    assert selector.support_.sum() == 1
    assert "none passed, and one has to stay" in selector.describe()


def test_importance_is_the_increase_of_the_squared_error() -> None:
    """E (b (x - x'))² = 2 b² var(x) for an independent x'; to a fifth, as x is drawn."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4000, 3))
    y = X @ [2.0, 1.0, 0.0]
    model = LinearRegression().fit(X, y)
    found = held_out_importances(model, X, y, None, is_classification=False, rng=rng)
    np.testing.assert_allclose(found, [8.0, 2.0, 0.0], rtol=0.2, atol=1e-12)


def test_rows_of_weight_zero_are_not_there() -> None:
    X, y = make_numbers()
    weight = np.ones(len(y))
    weight[150:] = 0
    spoilt = y.copy()
    spoilt[150:] = 1e6 * X["e"][150:]
    weighted, fewer = quick().fit(X, spoilt, weight), quick().fit(X[:150], y[:150], np.ones(150))
    np.testing.assert_array_equal(weighted.n_hits_, fewer.n_hits_)
    np.testing.assert_allclose(weighted.importances_, fewer.importances_, rtol=1e-9)


class Recording(LinearRegression):
    """Remembers on how many rows, and of which groups, models were fitted."""

    seen: list[np.ndarray] = []

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Recording:
        Recording.seen.append(np.asarray(y))
        return super().fit(X, y, sample_weight)


def test_groups_are_not_torn_and_with_times_the_last_rows_are_held_out() -> None:
    X, _ = make_numbers()
    order = np.arange(200.0)
    Recording.seen = []
    quick().set_params(estimator=Recording()).fit(X, order, groups=order // 20)
    for rows in Recording.seen:
        assert (np.bincount((rows // 20).astype(int), minlength=10) % 20 == 0).all()
    Recording.seen = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        quick().set_params(estimator=Recording()).fit(X, order, times=order)
    assert len(Recording.seen) == 8
    assert all(set(rows) == set(range(140)) for rows in Recording.seen)


def test_columns_go_by_name_and_come_back(tmp_path: Path) -> None:
    X, y = make_numbers()
    selector = quick(keep=["e"]).fit(X, y)
    assert list(selector.get_feature_names_out()) == ["a", "b", "e"]
    assert selector.get_support(indices=True).tolist() == [0, 1, 4]
    kept = selector.transform(X[["e", "d", "c", "b", "a"]])
    pd.testing.assert_frame_equal(kept, X[["a", "b", "e"]])
    back = selector.inverse_transform(kept)
    pd.testing.assert_frame_equal(back[["a", "b", "e"]], kept)
    assert list(back) == list(X)
    assert back[["c", "d"]].isna().all(axis=None)
    of_array = quick(keep=[4]).fit(X.to_numpy(), y)
    assert (of_array.inverse_transform(of_array.transform(X.to_numpy()))[:, 2:4] == 0).all()
    with pytest.raises(InputError, match="X has 2 columns, and 3 were kept"):
        selector.inverse_transform(kept[["a", "b"]])
    with pytest.raises(InputError, match="keep names column 'z', which X does not have"):
        quick(keep=["z"]).fit(X, y)
    for again in (pickle.loads(pickle.dumps(selector)), tabkit.load(tabkit.save(selector, tmp_path / "s"))):
        pd.testing.assert_frame_equal(again.transform(X), selector.transform(X))


def test_too_few_rows_keep_everything_and_say_so() -> None:
    X, y = make_numbers()
    with pytest.warns(UserWarning, match="keeps all columns: all rows are of one group"):
        selector = quick().fit(X, y, groups=np.zeros(len(y)))
    assert selector.support_.all()
    assert "too few rows" in selector.describe()


def test_impurity_needs_importances() -> None:
    X, y = make_numbers()
    with pytest.raises(InputError, match="LinearRegression has no feature_importances_; pass"):
        quick(importance="impurity").fit(X, y)


def test_monotone_columns_stay() -> None:
    from tabkit.catalog._selected import LIGHTGBM_SELECTED
    from tabkit.data import Task

    X, y = make_numbers(120)
    model = LIGHTGBM_SELECTED.build(Task(kind="regression", monotone={"e": 1}), 0)
    model.set_params(select__n_rounds=6, select__estimator=LinearRegression()).fit(X, y)
    assert "e" in model.named_steps["select"].get_feature_names_out()
    steps = X.iloc[[0] * 20].assign(e=np.linspace(-2, 2, 20))
    assert (np.diff(model.predict(steps)) >= 0).all()


def test_the_recipe_for_l1_is_scikit_learns() -> None:
    X, y = make_planted(0, n_noise=5, n_rows=300)
    lasso = LogisticRegression(l1_ratio=1, C=0.1, solver="liblinear", random_state=0)
    prepare = TablePreprocessor("linear", random_state=0).set_output(transform="pandas")
    recipe = make_pipeline(prepare, SelectFromModel(lasso).set_output(transform="pandas")).fit(X, y)
    prepared = TablePreprocessor("linear", random_state=0).fit_transform(X, y)
    expected = np.abs(lasso.fit(prepared, y).coef_[0]) >= 1e-5  # its threshold for L1
    np.testing.assert_array_equal(recipe[-1].get_support(), expected)


@pytest.mark.slow
def test_a_wide_table_takes_bounded_time() -> None:
    import time

    X, y = make_planted(0, n_noise=495, n_rows=200)
    began = time.process_time()
    selector = ShadowSelector(random_state=0, n_jobs=1).fit(X, y)
    assert time.process_time() - began < 120
    assert selector.support_.sum() <= 8


@pytest.mark.slow
def test_scikit_learns_contract() -> None:
    assert find_broken(ShadowSelector(n_rounds=2, random_state=0, n_jobs=1)) == ""

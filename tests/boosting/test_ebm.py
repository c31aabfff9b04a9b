"""Explainable boosting machines: their bags, their terms, and rows that are not there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import tabkit
from tabkit._core import InputError
from tabkit.boosting import ExplainableBoostingClassifier, ExplainableBoostingRegressor
from tabkit.boosting._ebm_bags import draw_bags
from tabkit.boosting._training import Rows

pytest.importorskip("interpret.glassbox")
SMALL: dict[str, Any] = {
    "max_rounds": 40,
    "outer_bags": 2,
    "interactions": 1,
    "n_jobs": 1,
    "random_state": 0,
}


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.normal(size=200), "town": rng.choice(["A", "B"], 200)})
    frame.loc[::9, "size"] = np.nan
    frame.loc[::11, "town"] = None
    return frame


def draw(n_bags: int, **roles: Any) -> np.ndarray:
    rows = Rows(np.zeros((60, 1)), np.arange(60.0))
    roles = {"groups": None, "times": None} | roles
    bags = draw_bags(rows, n_bags, fraction=0.1, is_classification=False, seed=0, **roles)
    assert bags is not None
    return bags


def test_no_bag_divides_a_group() -> None:
    groups = np.arange(60) // 4
    bags = draw(5, groups=groups)
    for bag in bags.T:
        assert not set(groups[bag == 1]) & set(groups[bag == -1])
        assert (bag == -1).any()
    assert len(np.unique(bags, axis=1).T) > 1


def test_all_bags_validate_on_the_last_rows_and_train_on_different_ones() -> None:
    bags = draw(3, times=np.arange(60)[::-1])
    assert (bags[:6] == -1).all()
    assert (bags[6:] >= 0).all()
    assert len(np.unique(bags, axis=1).T) == 3


def test_terms_add_up_to_the_prediction(frame: pd.DataFrame) -> None:
    y = np.where(frame["size"].fillna(0) > 0, "high", "low")
    model = ExplainableBoostingClassifier(**SMALL).fit(frame, y)
    logits = model.eval_terms(frame).sum(axis=1) + model.booster_.intercept_
    np.testing.assert_allclose(model.predict_proba(frame)[:, 1], 1 / (1 + np.exp(-logits)), rtol=1e-9)
    assert model.term_names_ == ["size", "town", "size & town"]
    assert model.explain_global().data(1)["names"] == ["A", "B"]
    assert (model.predict(frame) == y).mean() > 0.9


def test_rows_without_weight_are_not_there(frame: pd.DataFrame) -> None:
    y = frame["size"].fillna(0).to_numpy()
    weight = np.r_[np.ones(120), np.zeros(80)]
    model = ExplainableBoostingRegressor(**SMALL)
    weighted = model.fit(frame, y, weight).predict(frame)
    np.testing.assert_array_equal(weighted, model.fit(frame[:120], y[:120], weight[:120]).predict(frame))


def test_predictions_rise_where_they_must_and_survive_a_file(frame: pd.DataFrame, tmp_path: Any) -> None:
    y = -frame["size"].fillna(0) + np.random.default_rng(1).normal(size=200)
    model = ExplainableBoostingRegressor(monotone_constraints={"size": 1}, **SMALL).fit(frame, y)
    line = pd.DataFrame({"size": np.linspace(-3, 3, 50), "town": "unseen"})
    assert (np.diff(model.predict(line)) >= -1e-12).all()
    loaded = tabkit.load(tabkit.save(model, tmp_path / "model.skops"))
    np.testing.assert_array_equal(loaded.predict(line), model.predict(line))


def test_unknown_objective_is_said(frame: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"objective='nonsense' is unknown"):
        ExplainableBoostingRegressor(objective="nonsense", **SMALL).fit(frame, np.arange(200.0))

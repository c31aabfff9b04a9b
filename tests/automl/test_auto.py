"""`AutoClassifier` and `AutoRegressor`: what they fit, what they say of it, and what cannot harm them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from contract_checks import contracts, find_broken
from sklearn.base import clone

import tabkit
from tabkit import AutoClassifier, AutoRegressor, InputError, TabkitError
from tabkit.automl import _auto
from tabkit.automl._portfolio_entry import PortfolioEntry

HERE: dict[str, Any] = {"isolate": False, "n_jobs": 1, "random_state": 0}


# The members' preparation scales and fills without weights, as TablePreprocessor does.
EXPECTED = {"check_sample_weight_equivalence_on_dense_data": "preparation knows no weights"}


def split(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    known = frame.dropna(subset=["outcome"])
    return known.drop(columns="outcome"), known["outcome"]


@contracts(
    "automl",
    {
        "AutoClassifier": lambda: AutoClassifier(max_candidates=2, cv=2, **HERE),
        "AutoRegressor": lambda: AutoRegressor(max_candidates=2, cv=2, **HERE),
    },
)
def test_scikit_learn_compatible(build: Callable[[], Any]) -> None:
    broken = find_broken(build(), EXPECTED)
    assert not broken, broken


@pytest.mark.parametrize("kind", ["binary", pytest.param("multiclass", marks=pytest.mark.slow)])
def test_the_code_that_is_shown_fits_the_same(kind: str, awkward_frame) -> None:
    X, y = split(awkward_frame(kind, n_rows=200))
    model = AutoClassifier(max_candidates=3, cv=3, **HERE).fit(X, y)
    names: dict[str, Any] = {"X": X, "y": y, "roles": {}}
    exec(model.show_code(), names)
    np.testing.assert_allclose(names["predict_proba"](X), model.predict_proba(X), rtol=1e-9)
    np.testing.assert_array_equal(names["predict"](X), model.predict(X))


def test_with_times_members_are_fitted_on_all_rows_and_the_code_does_so_too(awkward_frame) -> None:
    X, y = split(awkward_frame("regression", n_rows=200))
    times = np.arange(len(y))
    model = AutoRegressor(max_candidates=3, cv=3, **HERE).fit(X, y, times=times)
    assert all(part.is_refitted and len(part.models) == 1 for part in model.parts_)
    names: dict[str, Any] = {"X": X, "y": y, "roles": {"times": times}}
    exec(model.show_code(), names)
    np.testing.assert_allclose(names["predict"](X), model.predict(X), rtol=1e-9)
    assert "fitted on all rows" in model.explain()


@pytest.mark.slow
def test_without_times_the_models_of_the_folds_predict_and_full_refits(awkward_frame) -> None:
    X, y = split(awkward_frame("regression", n_rows=200))
    of_folds = AutoRegressor(max_candidates=3, cv=4, **HERE).fit(X, y)
    assert [len(part.models) for part in of_folds.parts_] == [4] * len(of_folds.parts_)
    assert "the mean of 4 models" in of_folds.explain()
    full = AutoRegressor(max_candidates=3, cv=4, refit="full", **HERE).fit(X, y)
    assert full.weights_ == of_folds.weights_
    best = full.parts_[0]
    alone = clone(best.models[0])
    np.testing.assert_allclose(alone.fit(X, y).predict(X), best.models[0].predict(X), rtol=1e-9)


def test_predictions_are_the_weighted_mean_of_the_members(awkward_frame) -> None:
    X, y = split(awkward_frame("binary", n_rows=200))
    model = AutoClassifier(max_candidates=3, cv=3, **HERE).fit(X, y)
    expected = sum(
        part.weight * np.mean([one.predict_proba(X) for one in part.models], axis=0) for part in model.parts_
    )
    np.testing.assert_allclose(model.predict_proba(X), expected, rtol=1e-12)
    assert sum(part.weight for part in model.parts_) == pytest.approx(1)
    assert sum(model.weights_.values()) == pytest.approx(1)
    assert model.classes_.tolist() == sorted(y.unique())


@pytest.mark.slow
def test_the_number_of_processes_changes_nothing(awkward_frame) -> None:
    X, y = split(awkward_frame("binary", n_rows=200))
    here, there = (
        AutoClassifier(max_candidates=4, cv=3, random_state=0, isolate=isolate, n_jobs=n_jobs).fit(X, y)
        for isolate, n_jobs in ((False, 1), (True, 2))
    )
    np.testing.assert_array_equal(here.predict_proba(X), there.predict_proba(X))
    assert here.score_ == there.score_


def test_groups_stay_together_so_that_knowing_a_group_is_worth_nothing() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 6)
    y = pd.Series(rng.normal(size=40)[groups])
    X = pd.DataFrame({"shop": groups * 1.0, "noise": rng.normal(size=240)})
    knowing = AutoRegressor(max_candidates=3, cv=4, **HERE).fit(X, y).score_
    honest = AutoRegressor(max_candidates=3, cv=4, **HERE).fit(X, y, groups=groups).score_
    assert knowing < 0.7 * honest
    assert honest > 0.9 * y.std()


def test_rows_without_weight_are_not_there(awkward_frame) -> None:
    X, y = split(awkward_frame("binary", n_rows=200))
    weight = np.where(np.arange(len(y)) < 150, 1.0, 0.0)
    swapped = y.where(weight > 0, y.map(dict(zip(y.unique(), y.unique()[::-1], strict=True))))
    weighted = AutoClassifier(max_candidates=3, cv=3, **HERE).fit(X, swapped, sample_weight=weight)
    alone = AutoClassifier(max_candidates=3, cv=3, **HERE).fit(X[:150], y[:150], np.ones(150))
    np.testing.assert_allclose(weighted.predict_proba(X), alone.predict_proba(X), rtol=1e-9)


@pytest.fixture
def portfolio(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def use(*models: str) -> None:
        monkeypatch.setitem(_auto.PORTFOLIOS, "fast", tuple(PortfolioEntry(model) for model in models))

    return use


def test_a_candidate_that_fails_is_a_line_and_no_more(portfolio, awkward_frame) -> None:
    X, y = split(awkward_frame("binary", n_rows=120))
    portfolio("dummy", "automl_probes:Fails", "linear")
    model = AutoClassifier(preset="fast", time_limit=None, cv=3, **HERE).fit(X, y)
    board = model.leaderboard_.set_index("name")
    assert board.loc["automl_probes:Fails", "status"] == "failed"
    assert "too many for me" in board.loc["automl_probes:Fails", "reason"]
    assert {part.name for part in model.parts_} <= {"linear", "dummy"}
    assert "Failed: automl_probes:Fails" in model.explain()
    portfolio("automl_probes:Fails")
    with pytest.raises(
        TabkitError, match=r"no model finished a fold: automl_probes:Fails: .*too many for me"
    ):
        AutoClassifier(preset="fast", time_limit=None, cv=3, **HERE).fit(X, y)


@pytest.mark.slow
def test_a_candidate_that_hangs_costs_no_more_than_the_time(portfolio, awkward_frame) -> None:
    X, y = split(awkward_frame("binary", n_rows=120))
    portfolio("dummy", "linear", "automl_probes:Hangs")
    model = AutoClassifier(preset="fast", time_limit=12, cv=3, n_jobs=2, random_state=0).fit(X, y)
    assert model.fit_seconds_ < 12 + 3
    assert {part.name for part in model.parts_} <= {"linear", "dummy"}
    assert set(model.leaderboard_.query("name == 'automl_probes:Hangs'")["status"]) <= {
        "too slow",
        "too little time",
    }


def test_is_saved_and_read_back(tmp_path: Path, awkward_frame) -> None:
    X, y = split(awkward_frame("binary", n_rows=120))
    model = AutoClassifier(max_candidates=3, cv=3, **HERE).fit(X, y)
    for again in (
        pickle.loads(pickle.dumps(model)),
        tabkit.load(tabkit.save(model, tmp_path / "auto.skops")),
    ):
        np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
        assert again.show_code() == model.show_code()
        pd.testing.assert_frame_equal(again.leaderboard_, model.leaderboard_)


@pytest.mark.slow
def test_the_best_single_model_is_a_plain_pipeline(awkward_frame) -> None:
    X, y = split(awkward_frame("binary", n_rows=200))
    model = AutoClassifier(max_candidates=3, cv=3, **HERE).fit(X, y)
    pipeline = model.to_pipeline()
    assert list(pipeline.named_steps) == ["prepare", "model"]
    best = model.leaderboard_["name"][0]
    expected = tabkit.make_model(best, task="binary")["model"]
    assert type(pipeline["model"]) is type(expected)
    assert pipeline.fit(X, y).predict(X).shape == y.shape


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"time_limit": 0}, "time_limit"),
        ({"preset": "best"}, "preset"),
        ({"refit": "distill"}, "refit"),
        ({"metric": "no_such"}, "no_such"),
        ({"metric": "rmse"}, "rmse"),
    ],
)
def test_bad_parameters_are_refused(given: dict[str, Any], message: str) -> None:
    X, y = np.arange(40.0).reshape(-1, 1), np.arange(40) % 2
    with pytest.raises((InputError, ValueError), match=message):
        AutoClassifier(**HERE | given).fit(X, y)

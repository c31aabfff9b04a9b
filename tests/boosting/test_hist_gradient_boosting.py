"""scikit-learn's histogram gradient boosting: groups, time and empty columns in its early stopping."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import ensemble

from tabkit._core import InputError
from tabkit.boosting import HistGradientBoostingClassifier, HistGradientBoostingRegressor, _refit
from tabkit.model_selection import split_for_validation


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({"size": rng.normal(size=240), "town": pd.Categorical(rng.choice(["A", "B"], 240))})


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What scikit-learn's own regressor was given, fit by fit."""
    calls: list[dict[str, Any]] = []
    fit = ensemble.HistGradientBoostingRegressor.fit

    def record(self: Any, X: Any, y: Any, sample_weight: Any = None, **validation: Any) -> Any:
        calls.append({"early_stopping": self.early_stopping, "X": X, "y": y} | validation)
        return fit(self, X, y, sample_weight, **validation)

    monkeypatch.setattr(ensemble.HistGradientBoostingRegressor, "fit", record)
    return calls


@pytest.mark.parametrize("role", ["groups", "times"])
def test_validates_on_rows_that_the_roles_allow(
    role: str, frame: pd.DataFrame, received: list[dict[str, Any]]
) -> None:
    position = np.arange(240)
    roles = {role: position // 12 if role == "groups" else position[::-1]}
    HistGradientBoostingRegressor(early_stopping=True, random_state=3).fit(frame, position, **roles)
    train, validation = split_for_validation(position, is_classification=False, random_state=3, **roles)
    assert received[0]["y"].tolist() == train.tolist()
    assert received[0]["y_val"].tolist() == validation.tolist()
    assert received[0]["X_val"].index.tolist() == validation.tolist()
    if role == "groups":
        assert not set(train // 12) & set(validation // 12)
    else:
        assert train.min() > validation.max()


def test_same_trees_as_scikit_learn_on_the_same_split(frame: pd.DataFrame) -> None:
    y = frame["size"] ** 2
    stopping: dict[str, Any] = {"early_stopping": True, "max_iter": 300, "random_state": 0}
    ours = HistGradientBoostingRegressor(refit=None, **stopping).fit(frame, y)
    train, validation = split_for_validation(y, is_classification=False, random_state=0)
    theirs = ensemble.HistGradientBoostingRegressor(**stopping)
    theirs.fit(frame.iloc[train], y[train], X_val=frame.iloc[validation], y_val=y[validation])
    assert ours.n_iter_ == theirs.n_iter_ < 300
    np.testing.assert_array_equal(ours.predict(frame), theirs.predict(frame))


def test_rows_that_cannot_be_spared_are_all_trained_on(received: list[dict[str, Any]]) -> None:
    X = np.arange(40.0).reshape(-1, 1)
    model = HistGradientBoostingRegressor(early_stopping=True)
    with pytest.warns(UserWarning, match="trained without early stopping: all rows are of one group"):
        model.fit(X, X[:, 0], groups=np.zeros(40))
    assert len(received[0]["y"]) == 40
    assert received[0]["early_stopping"] is False
    assert model.early_stopping is True


@pytest.mark.parametrize(
    ("early_stopping", "n_rows", "stops"),
    [("auto", 10_001, True), ("auto", 10_000, False), (False, 300, False), (True, 300, True)],
)
def test_stops_early_when_scikit_learn_would(
    early_stopping: Any, n_rows: int, stops: bool, received: list[dict[str, Any]]
) -> None:
    X = np.arange(float(n_rows)).reshape(-1, 1)
    model = HistGradientBoostingRegressor(early_stopping=early_stopping, max_iter=3)
    model.fit(X, X[:, 0])
    assert ("X_val" in received[0]) == stops == model.do_early_stopping_
    assert model.early_stopping == early_stopping


@pytest.mark.parametrize("as_frame", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_column_unknown_among_the_training_rows(as_frame: bool, weighted: bool) -> None:
    X = pd.DataFrame({"known": np.arange(100.0), "rare": np.nan, "none": pd.array([pd.NA] * 100, "Float64")})
    train, validation = split_for_validation(X["known"], is_classification=False, random_state=0)
    X.loc[validation, "rare"] = 1.0
    weight = np.ones(100) if weighted else None
    if weight is not None:  # known only where the weight says that the row does not count
        X.loc[train[0], "rare"], weight[train[0]] = 5.0, 0.0
    before = X.copy()
    values = X if as_frame else X.astype(float).to_numpy()
    model = HistGradientBoostingRegressor(early_stopping=True, random_state=0)
    model.fit(values, X["known"], weight)
    pd.testing.assert_frame_equal(X, before)
    filled = X.assign(rare=7.0) if as_frame else np.where(np.isnan(values), 7.0, values)
    np.testing.assert_array_equal(model.predict(values), model.predict(filled))


def test_labels_stay_labels(frame: pd.DataFrame) -> None:
    y = np.where(frame["size"] > 0, "high", "low")
    model = HistGradientBoostingClassifier(early_stopping=True, random_state=0).fit(frame, y)
    assert model.classes_.tolist() == ["high", "low"]
    assert (model.predict(frame) == y).mean() > 0.95


def test_refit_is_scikit_learns_fit_on_all_rows_with_as_many_more_iterations(frame: pd.DataFrame) -> None:
    y = frame["size"] ** 2 + np.random.default_rng(1).normal(size=240)
    stopping: dict[str, Any] = {"early_stopping": True, "learning_rate": 0.3, "random_state": 0}
    stopped = HistGradientBoostingRegressor(refit=None, **stopping).fit(frame, y)
    refitted = HistGradientBoostingRegressor(refit="auto", **stopping).fit(frame, y)
    best = int(np.argmax(stopped.validation_score_))
    n_iter = round(best * 240 / 216)
    theirs = ensemble.HistGradientBoostingRegressor(
        max_iter=n_iter, early_stopping=False, learning_rate=0.3, random_state=0
    ).fit(frame, y)
    assert refitted.n_iter_ == n_iter != stopped.n_iter_
    np.testing.assert_array_equal(refitted.predict(frame), theirs.predict(frame))
    np.testing.assert_array_equal(refitted.validation_score_, stopped.validation_score_)
    assert refitted.do_early_stopping_
    assert refitted.get_params() == HistGradientBoostingRegressor(refit="auto", **stopping).get_params()


def test_rows_without_weight_are_no_rows_of_the_refit(frame: pd.DataFrame) -> None:
    y = frame["size"] ** 2
    weight = np.r_[np.ones(120), np.zeros(120)]
    model = HistGradientBoostingRegressor(early_stopping=True, refit="auto", random_state=0)
    weighted = model.fit(frame, y, weight).predict(frame)
    np.testing.assert_array_equal(weighted, model.fit(frame[:120], y[:120]).predict(frame))


@pytest.mark.parametrize(("most", "n_trained"), [(240, [216, 240]), (239, [216])])
def test_refits_few_rows_only(
    most: int,
    n_trained: list[int],
    frame: pd.DataFrame,
    received: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_refit, "_MOST_REFITTED", most)
    model = HistGradientBoostingRegressor(early_stopping=True, refit="auto", n_estimators=5)
    model.fit(frame, frame["size"])
    assert [len(call["y"]) for call in received] == n_trained
    assert model.n_iter_ <= 6
    assert model.max_iter == 100


def test_goes_on_from_a_warm_start_without_a_refit(frame: pd.DataFrame) -> None:
    stopping: dict[str, Any] = {
        "early_stopping": True,
        "refit": "auto",
        "warm_start": True,
        "random_state": 0,
    }
    model = HistGradientBoostingRegressor(max_iter=5, **stopping)
    assert model.fit(frame, frame["size"]).n_iter_ == 5
    assert model.set_params(max_iter=8).fit(frame, frame["size"]).n_iter_ == 8
    with pytest.raises(InputError, match=r"refit='rounds' starts anew, and warm_start goes on"):
        model.set_params(refit="rounds").fit(frame, frame["size"])


@pytest.mark.parametrize("cls", [HistGradientBoostingClassifier, HistGradientBoostingRegressor])
def test_has_all_parameters_of_scikit_learns_with_their_defaults(cls: type) -> None:
    theirs = getattr(ensemble, cls.__name__)().get_params()
    assert cls().get_params() == theirs | {"refit": None, "n_estimators": None}


def test_two_numbers_of_iterations_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"max_iter=7 and n_estimators=9 are two names of one parameter"):
        HistGradientBoostingRegressor(max_iter=7, n_estimators=9).fit(frame, frame["size"])

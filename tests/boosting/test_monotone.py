"""Constrained columns: predictions rise or fall on rows that no model was fitted on."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from boosting_cases import make, predict

from tabkit import InputError
from tabkit.boosting import XGBoostRegressor
from tabkit.boosting._monotone import constrain_features


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "colour": rng.choice(["red", "green", "blue"], 600),
            "age": rng.uniform(18, 90, 600),
            "price": rng.gamma(2, 10, 600),
            "noise": rng.normal(size=600),
        }
    )
    frame.loc[rng.random(600) < 0.1, "age"] = np.nan
    return frame


def make_target(frame: pd.DataFrame) -> np.ndarray:
    """Against the constraints in many places: waves in the age, and little but noise in the price."""
    rng = np.random.default_rng(1)
    waves = np.sin(frame["age"].fillna(50) / 6) + frame["age"].fillna(50) / 60
    return (waves + 0.3 * (frame["colour"] == "red") + rng.normal(0, 0.3, len(frame))).to_numpy()


def sweeps(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Unseen rows in runs of 50, in which one column rises and the others stay."""
    rng = np.random.default_rng(2)
    fresh = frame.sample(20, random_state=3).assign(noise=rng.normal(size=20), colour="violet")
    grid = np.linspace(frame[column].min() - 5, frame[column].max() + 5, 50)
    return fresh.loc[fresh.index.repeat(50)].assign(**{column: np.tile(grid, 20)})


def steps(model: Any, frame: pd.DataFrame, column: str) -> np.ndarray:
    """Differences of neighbouring predictions within each run."""
    predicted = predict(model, sweeps(frame, column))
    values = predicted[:, 1] if predicted.ndim == 2 else predicted
    return np.diff(values.reshape(20, 50), axis=1)


def test_unseen_rows_rise_and_fall_as_asked(estimator: type, frame: pd.DataFrame) -> None:
    target = make_target(frame)
    is_regressor = estimator.__name__.endswith("Regressor")
    y = target if is_regressor else np.where(target > np.median(target), "yes", "no")
    free = make(estimator).fit(frame, y)
    assert steps(free, frame, "age").min() < -1e-3  # else the constraint would have nothing to do
    model = make(estimator, monotone_constraints={"age": 1, "price": -1}).fit(frame, y)
    assert steps(model, frame, "age").min() >= 0
    assert steps(model, frame, "age").max() > 1e-3
    assert steps(model, frame, "price").max() <= 0
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(predict(again, frame), predict(model, frame))


def test_columns_of_an_array_go_by_position(estimator: type, frame: pd.DataFrame) -> None:
    X = frame[["noise", "age"]].to_numpy()
    y = make_target(frame) > 1
    by_name = make(estimator, monotone_constraints={"age": -1}).fit(frame[["noise", "age"]], y)
    by_position = make(estimator, monotone_constraints={1: -1, 0: 0}).fit(X, y)
    np.testing.assert_array_equal(predict(by_position, X), predict(by_name, frame[["noise", "age"]]))


@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        ({"aeg": 1}, "names column 'aeg', which X does not have: did you mean 'age'"),
        ({"colour": 1}, "names column 'colour', which holds categories"),
        ({"age": 2}, r"column 'age' must have 1 \(predictions rise\), -1 \(they fall\) or 0, got 2"),
    ],
)
def test_constraints_that_mean_nothing_are_refused(
    constraints: dict[str, int], message: str, estimator: type, frame: pd.DataFrame
) -> None:
    with pytest.raises(InputError, match=message):
        make(estimator, monotone_constraints=constraints).fit(frame, make_target(frame) > 1)


def test_three_classes_have_no_direction(classifier: type, frame: pd.DataFrame) -> None:
    y = np.digitize(make_target(frame), [0.5, 1.5])
    with pytest.raises(InputError, match="for values and two classes, and y has 3 classes"):
        make(classifier, monotone_constraints={"age": 1}).fit(frame, y)
    make(classifier, monotone_constraints={"age": 0}).fit(frame, y)


def test_direction_is_that_of_the_positive_class(classifier: type, frame: pd.DataFrame) -> None:
    target = make_target(frame)
    is_high = target > np.median(target)
    names, said = np.where(is_high, "bad", "good"), np.where(is_high, "Yes", "no")  # either sorts first
    with pytest.raises(
        InputError, match=r"monotone_constraints=.* needs a positive class, and neither 'bad'"
    ):
        make(classifier, monotone_constraints={"age": 1}).fit(frame, names)
    given = make(classifier, monotone_constraints={"age": 1}, pos_label="bad").fit(frame, names)
    evident = make(classifier, monotone_constraints={"age": 1}).fit(frame, said)
    for model in (given, evident):
        assert steps(model, frame, "age").max() <= 0  # of the second class, which is the negative one
        assert steps(model, frame, "age").min() < -1e-3
    make(classifier).fit(frame, names)  # nothing asks


@pytest.mark.parametrize("objective", ["reg:absoluteerror", "reg:quantileerror"])
def test_xgboost_does_not_keep_constraints_where_it_sets_leaves_anew(
    objective: str, frame: pd.DataFrame
) -> None:
    model = make(XGBoostRegressor, objective=objective, monotone_constraints={"age": 1})
    with pytest.raises(InputError, match="does not keep monotone_constraints"):
        model.fit(frame, make_target(frame))


def test_nothing_constrained_is_the_empty_list() -> None:
    assert constrain_features(None, ["a", "b"], [], 0) == []
    assert constrain_features({"a": 0}, ["a", "b"], [], 3) == []
    assert constrain_features({"b": -1}, ["a", "b"], [0], 2) == [0, -1]

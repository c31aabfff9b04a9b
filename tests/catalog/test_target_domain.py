"""Targets without a logarithm where a model takes one, and targets that are all the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tabkit import InputError, make_model
from tabkit._core._optional import is_installed
from tabkit.boosting import (
    CatBoostRegressor,
    HistGradientBoostingRegressor,
    LightGBMRegressor,
    XGBoostRegressor,
)
from tabkit.catalog import CATALOG
from tabkit.preprocessing._values import check_domain

needs_catboost = pytest.mark.skipif(not is_installed("catboost"), reason="catboost is not installed")

N_ROWS = 40
X = np.random.default_rng(0).normal(size=(N_ROWS, 2))
COUNTS = pd.Series(np.arange(N_ROWS) % 4 + 1.0, name="visits")
SOME_NEGATIVE = COUNTS.mask(COUNTS == 2, -2.5)
SOME_ZERO = COUNTS.mask(COUNTS == 2, 0.0)

# dummy is the mean whatever the target.
ASKED = [
    pytest.param(c.name, objective, marks=needs_catboost if c.name == "catboost" else ())
    for c in CATALOG
    for objective in ("poisson", "gamma", "tweedie:1.3")
    if objective.partition(":")[0] in c.objectives and c.name != "dummy"
]
OWN_NAMES = [
    (LightGBMRegressor, {"objective": "poisson"}),
    (LightGBMRegressor, {"objective": "tweedie"}),
    (XGBoostRegressor, {"objective": "count:poisson"}),
    (XGBoostRegressor, {"objective": "reg:tweedie"}),
    (HistGradientBoostingRegressor, {"loss": "poisson"}),
    pytest.param(CatBoostRegressor, {"loss_function": "Poisson"}, marks=needs_catboost),
    pytest.param(CatBoostRegressor, {"loss_function": "Tweedie:variance_power=1.5"}, marks=needs_catboost),
]


@pytest.mark.parametrize(("name", "objective"), ASKED)
def test_every_model_refuses_values_without_a_logarithm(name: str, objective: str) -> None:
    model = make_model(name, task="regression", objective=objective)
    called, least = objective.partition(":")[0], "above 0" if objective == "gamma" else "from 0 on"
    message = rf"the objective {called} needs values {least}, and the lowest of (y|'visits') is -2\.5"
    with pytest.raises(InputError, match=rf"{message} \(10 of 40 are too low\)"):
        model.fit(X, SOME_NEGATIVE)
    with pytest.raises(
        InputError, match="gamma needs values above 0" if called == "gamma" else "all 40 of y are 0"
    ):
        model.fit(X, np.zeros(N_ROWS))
    if called == "gamma":
        with pytest.raises(InputError, match=r"the lowest of (y|'visits') is 0 \(10 of 40"):
            model.fit(X, SOME_ZERO)
    else:
        assert (model.fit(X, SOME_ZERO).predict(X) >= 0).all()


@pytest.mark.parametrize(("cls", "parameters"), OWN_NAMES)
def test_objectives_are_known_by_the_names_of_the_libraries(cls: type, parameters: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"needs values from 0 on, and the lowest of 'visits' is -2\.5"):
        cls(**parameters).fit(X, SOME_NEGATIVE)


def test_other_objectives_take_negative_values() -> None:
    for objective in ("squared_error", "reg:absoluteerror", "Quantile:alpha=0.9", "huber", "log_loss"):
        check_domain(SOME_NEGATIVE, objective)
    assert make_model("linear", task="regression").fit(X, SOME_NEGATIVE).predict(X).min() < 1


def test_the_logarithm_of_the_target_needs_values_from_zero_on() -> None:
    model = make_model("linear", task="regression", target_transform="log")
    with pytest.raises(InputError, match=r"the target transform log needs values from 0 on, .* \(10 of 40"):
        model.fit(X, SOME_NEGATIVE)
    nullable = SOME_ZERO.astype("Int64")
    np.testing.assert_array_equal(model.fit(X, nullable).predict(X), model.fit(X, SOME_ZERO).predict(X))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("cls", "parameters"),
    [
        (LightGBMRegressor, {}),
        (XGBoostRegressor, {}),
        (HistGradientBoostingRegressor, {}),
        *(
            pytest.param(CatBoostRegressor, {"loss_function": loss}, marks=needs_catboost)
            for loss in ("RMSE", "MAE", "Quantile:alpha=0.9", "Poisson", "Tweedie:variance_power=1.5")
        ),
    ],
)
def test_a_constant_target_is_predicted(cls: type, parameters: dict[str, Any]) -> None:
    model = cls(**parameters).fit(X, np.full(N_ROWS, 3.0))
    # CatBoost's MAE is off by a millionth.
    np.testing.assert_allclose(model.predict(X), 3.0, rtol=1e-5)

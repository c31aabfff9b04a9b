"""scikit-learn's own checks, with every expected failure named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

import tabkit.boosting
from tabkit._core._optional import is_installed

PARAMETERS = {
    "LightGBM": {"n_jobs": 1, "n_estimators": 50},
    "XGBoost": {"n_jobs": 1, "n_estimators": 50},
    "CatBoost": {"n_jobs": 1, "iterations": 100},
    "HistGradientBoosting": {"early_stopping": True, "max_iter": 50},
}

WEIGHTS_ARE_NOT_REPETITIONS = (
    "{library} finds its bins from the rows, whatever their weights, and draws rows for each tree; and "
    "repeated rows fall on both sides of the split for early stopping"
)


def library(estimator: object) -> str:
    return next(name for name in PARAMETERS if type(estimator).__name__.startswith(name))


def expected_failures(estimator: object) -> dict[str, str]:
    reason = WEIGHTS_ARE_NOT_REPETITIONS.format(library=library(estimator))
    return {"check_sample_weight_equivalence_on_dense_data": reason}


def estimators() -> list[Any]:
    return [
        getattr(tabkit.boosting, name)(**parameters)
        for prefix, parameters in PARAMETERS.items()
        if prefix == "HistGradientBoosting" or is_installed(prefix.lower())
        for name in (f"{prefix}Classifier", f"{prefix}Regressor")
    ]


@pytest.mark.filterwarnings("ignore:trained without early stopping:UserWarning")
@parametrize_with_checks(estimators(), expected_failed_checks=expected_failures)
def test_scikit_learn_compatible(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)

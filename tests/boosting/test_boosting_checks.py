"""scikit-learn's own checks, with every expected failure named."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from contract_checks import contracts, find_broken

import tabkit.boosting
from tabkit._core._optional import is_installed

PARAMETERS = {
    # With leaves of the few rows that the checks have, so that it learns of them.
    "LightGBM": {"n_jobs": 1, "n_estimators": 50, "min_child_samples": 5},
    "XGBoost": {"n_jobs": 1, "n_estimators": 50},
    "CatBoost": {"n_jobs": 1, "iterations": 100},
    "HistGradientBoosting": {"early_stopping": True, "max_iter": 50},
}
ESTIMATORS: dict[str, Callable[[], Any]] = {
    name: partial(getattr(tabkit.boosting, name), **parameters)
    for prefix, parameters in PARAMETERS.items()
    if prefix == "HistGradientBoosting" or is_installed(prefix.lower())
    for name in (f"{prefix}Classifier", f"{prefix}Regressor")
}

WEIGHTS_ARE_NOT_REPETITIONS = (
    "{library} finds its bins from the rows, whatever their weights, and draws rows for each tree; and "
    "repeated rows fall on both sides of the split for early stopping"
)


def expected_failures(estimator: object) -> dict[str, str]:
    library = next(name for name in PARAMETERS if type(estimator).__name__.startswith(name))
    reason = WEIGHTS_ARE_NOT_REPETITIONS.format(library=library)
    return {"check_sample_weight_equivalence_on_dense_data": reason}


@pytest.mark.filterwarnings("ignore:trained without early stopping:UserWarning")
@contracts("boosting", ESTIMATORS)
def test_scikit_learn_compatible(build: Callable[[], Any]) -> None:
    estimator = build()
    assert not (broken := find_broken(estimator, expected_failures(estimator))), broken

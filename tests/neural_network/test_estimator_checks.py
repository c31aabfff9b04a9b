"""scikit-learn's own checks of estimators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from contract_checks import contracts, find_broken

from tabkit.neural_network import (
    TabularMLPClassifier,
    TabularMLPMultiTarget,
    TabularMLPRegressor,
    TabularPretrainer,
    TabularTransformerClassifier,
    TabularTransformerRegressor,
)

SMALL: dict[str, Any] = {
    "max_epochs": 15,
    "hidden_sizes": (32,),
    "batch_size": 32,
    "n_jobs": 1,
    "random_state": 0,
}
SMALL_TRANSFORMER = {name: value for name, value in SMALL.items() if name != "hidden_sizes"} | {
    "n_blocks": 1,
    "token_size": 16,
    "n_heads": 2,
}
REASONS = {
    "check_sample_weight_equivalence_on_dense_data": (
        "rows are drawn into batches, and repeated rows fall on both sides of the split for early stopping"
    ),
}


BY_TARGET = dict.fromkeys(
    (
        "check_estimators_pickle",
        "check_fit_idempotent",
        "check_methods_sample_order_invariance",
        "check_methods_subset_invariance",
    ),
    "predictions are a frame and probabilities come by target: arrays cannot hold classes and values",
)


def expect_failures(estimator: Any) -> dict[str, str]:
    return REASONS | (BY_TARGET if isinstance(estimator, TabularMLPMultiTarget) else {})


@contracts(
    "neural_network",
    {
        "TabularMLPClassifier": lambda: TabularMLPClassifier(**SMALL),
        "TabularMLPRegressor": lambda: TabularMLPRegressor(**SMALL),
        "TabularMLPMultiTarget": lambda: TabularMLPMultiTarget(**SMALL),
        "TabularTransformerClassifier": lambda: TabularTransformerClassifier(**SMALL_TRANSFORMER),
        "TabularTransformerRegressor": lambda: TabularTransformerRegressor(**SMALL_TRANSFORMER),
        "TabularPretrainer": lambda: TabularPretrainer(hidden_sizes=(32,), max_epochs=2),
    },
)
def test_scikit_learn_compatible(build: Callable[[], Any]) -> None:
    estimator = build()
    assert not (broken := find_broken(estimator, expect_failures(estimator))), broken


def test_no_check_is_expected_to_fail_without_a_reason() -> None:
    assert all(len(reason) > 20 for reason in (REASONS | BY_TARGET).values())
    with pytest.raises(TypeError, match="positional"):
        TabularMLPClassifier("fast", (32,))  # type: ignore[misc]

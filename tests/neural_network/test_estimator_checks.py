"""scikit-learn's own checks of estimators."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from tabkit.neural_network import (
    TabularMLPClassifier,
    TabularMLPMultiTarget,
    TabularMLPRegressor,
    TabularPretrainer,
)

SMALL: dict[str, Any] = {
    "max_epochs": 40,
    "hidden_sizes": (32,),
    "batch_size": 32,
    "n_jobs": 1,
    "random_state": 0,
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


@parametrize_with_checks(
    [
        TabularMLPClassifier(**SMALL),
        TabularMLPRegressor(**SMALL),
        TabularMLPMultiTarget(**SMALL),
        TabularPretrainer(hidden_sizes=(32,), max_epochs=2),
    ],
    expected_failed_checks=expect_failures,
)
def test_scikit_learn_compatible(estimator: Any, check: Any) -> None:
    check(estimator)


def test_no_check_is_expected_to_fail_without_a_reason() -> None:
    assert all(len(reason) > 20 for reason in (REASONS | BY_TARGET).values())
    with pytest.raises(TypeError, match="positional"):
        TabularMLPClassifier("fast", (32,))  # type: ignore[misc]

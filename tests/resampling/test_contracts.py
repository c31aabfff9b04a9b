"""What scikit-learn and imbalanced-learn ask of their classifiers and samplers."""

from __future__ import annotations

from typing import Any

import pytest
from imblearn.utils.estimator_checks import parametrize_with_checks as parametrize_with_sampler_checks
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import parametrize_with_checks

from tabkit.resampling import ResampledClassifier, Resampler
from tabkit.resampling._resampler import _METHODS

SAMPLERS_COUNT_ROWS = "samplers count rows and draw among them: a repeated row is two, a heavy one is one"


@parametrize_with_sampler_checks([Resampler(method, random_state=0) for method in _METHODS])
def test_contract_of_imbalanced_learn(estimator: Any, check: Any) -> None:
    check(estimator)


@parametrize_with_checks(
    [
        ResampledClassifier(LogisticRegression(), Resampler(method, k_neighbors=2), random_state=0)
        for method in ("smote", "random_under")
    ],
    expected_failed_checks=lambda estimator: dict.fromkeys(
        (
            "check_sample_weight_equivalence_on_dense_data",
            "check_sample_weight_equivalence_on_sparse_data",
        ),
        SAMPLERS_COUNT_ROWS,
    ),
)
@pytest.mark.filterwarnings("ignore:Resampler. class")
def test_contract_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)

"""What scikit-learn and imbalanced-learn ask of their classifiers and samplers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from contract_checks import contracts, find_broken, find_broken_of_sampler
from sklearn.linear_model import LogisticRegression

from tabkit.resampling import ResampledClassifier, Resampler
from tabkit.resampling._resampler import _METHODS

SAMPLERS_COUNT_ROWS = "samplers count rows and draw among them: a repeated row is two, a heavy one is one"


EXPECTED_FAILURES = dict.fromkeys(
    (
        "check_sample_weight_equivalence_on_dense_data",
        "check_sample_weight_equivalence_on_sparse_data",
    ),
    SAMPLERS_COUNT_ROWS,
)


def make_classifier(method: str) -> ResampledClassifier:
    return ResampledClassifier(LogisticRegression(), Resampler(method, k_neighbors=2), random_state=0)


@contracts("resamplers", {method: partial(Resampler, method, random_state=0) for method in _METHODS})
def test_contract_of_imbalanced_learn(build: Callable[[], Any]) -> None:
    assert not (broken := find_broken_of_sampler(build())), broken


@contracts(
    "resampled classifiers",
    {method: partial(make_classifier, method) for method in ("smote", "random_under")},
)
@pytest.mark.filterwarnings("ignore:Resampler. class")
def test_contract_of_scikit_learn(build: Callable[[], Any]) -> None:
    assert not (broken := find_broken(build(), EXPECTED_FAILURES)), broken

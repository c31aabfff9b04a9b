"""scikit-learn's own tests of its tuned threshold, on ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from sklearn_own_tests import find_surprises

from tabkit.calibration import TunedThresholdClassifier

EXPECTED_FAILURES = {
    "test_tuned_threshold_classifier_without_constraint_value": (
        "seven rows of a class, and min_rows_of_class=10: the threshold stays at 0.5"
    ),
    "test_tuned_threshold_classifier_error_constant_predictor": (
        "a constant prediction leaves one class for all, which may be what costs least"
    ),
}


@pytest.mark.slow
def test_ours_in_the_place_of_theirs(tmp_path: Path) -> None:
    surprises = find_surprises(
        "sklearn.model_selection.tests.test_classification_threshold",
        {"TunedThresholdClassifierCV": TunedThresholdClassifier},
        EXPECTED_FAILURES,
        tmp_path,
        random_state=0,
    )
    assert not surprises, surprises

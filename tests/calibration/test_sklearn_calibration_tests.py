"""scikit-learn's own tests of its calibrated classifier, on ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sklearn_own_tests import find_surprises

from tabkit.calibration import CalibratedClassifier

_FEW_ROWS = "100 rows or fewer, and min_isotonic_rows=1000: left as they are, with a warning"
_SHUFFLED = "folds of a number are shuffled, so that these are other rows than in the test's own"
OF_FLOORS = {
    "test_calibration[True-isotonic-csr_matrix]": _FEW_ROWS,
    "test_calibration[True-isotonic-csr_array]": _FEW_ROWS,
    "test_calibration[False-isotonic-csr_matrix]": _FEW_ROWS,
    "test_calibration[False-isotonic-csr_array]": _FEW_ROWS,
    "test_calibration_frozen[isotonic-csr_matrix]": _FEW_ROWS,
    "test_calibration_frozen[isotonic-csr_array]": _FEW_ROWS,
}
EXPECTED_FAILURES = {
    "test_calibration_ensemble_false": _SHUFFLED,
    **{
        f"test_calibrated_classifier_cv_double_sample_weights_equivalence[{case}]": _SHUFFLED
        for case in ("True-sigmoid", "True-isotonic", "True-temperature", "False-sigmoid")
    },
    "test_temperature_scaling": (
        "calibrators are values with names of their own: an inverse temperature beta_ of decision values "
        "would be half as large there"
    ),
    "test_calibration_less_classes[True]": (
        "folds that lack a class to train on are left out: what they say of it is no probability"
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("expected", "floors"),
    [
        (EXPECTED_FAILURES | OF_FLOORS, {}),
        (EXPECTED_FAILURES, {"min_rows": 2, "min_isotonic_rows": 2}),
    ],
    ids=["as it is", "however few rows"],
)
def test_ours_in_the_place_of_theirs(expected: Any, floors: Any, tmp_path: Path) -> None:
    surprises = find_surprises(
        "sklearn.tests.test_calibration",
        {"CalibratedClassifierCV": CalibratedClassifier},
        expected,
        tmp_path,
        random_state=0,
        **floors,
    )
    assert not surprises, surprises

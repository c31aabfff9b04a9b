"""scikit-learn's own tests of stacking, with our classes in the place of theirs."""

from __future__ import annotations

from pathlib import Path

import pytest
from sklearn_own_tests import find_surprises

from tabkit.ensemble import StackingClassifier, StackingRegressor

_WEIGHTS = "weights go to whatever takes them, and what does not is named in a warning, where theirs refuses"
_ALWAYS_ASKED = (
    "weights are asked for on behalf of every part; other metadata that nobody asks for are refused"
)
_COLUMNS = "the columns are counted in fit, so that they are known where an estimator has no n_features_in_"
EXPECTED_FAILURES = {
    "test_stacking_classifier_error[y2-params2-TypeError-does not support sample weight]": _WEIGHTS,
    "test_stacking_classifier_error[y3-params3-TypeError-does not support sample weight]": _WEIGHTS,
    "test_stacking_regressor_error[y1-params1-TypeError-does not support sample weight]": _WEIGHTS,
    "test_stacking_regressor_error[y2-params2-TypeError-does not support sample weight]": _WEIGHTS,
    "test_stacking_without_n_features_in": _COLUMNS,
    "test_metadata_routing_error_for_stacking_estimators": _ALWAYS_ASKED,
}


@pytest.mark.slow
def test_stacking(tmp_path: Path) -> None:
    replaced = {"StackingClassifier": StackingClassifier, "StackingRegressor": StackingRegressor}
    surprises = find_surprises(
        "sklearn.ensemble.tests.test_stacking", replaced, EXPECTED_FAILURES, tmp_path, random_state=0
    )
    assert not surprises, surprises

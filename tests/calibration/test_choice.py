"""What `method="auto"` chooses by."""

from __future__ import annotations

import numpy as np
import pytest

from tabkit.calibration._choice import CalibrationRows, choose_method, measure_methods
from tabkit.model_selection._row_roles import RowRoles


@pytest.mark.parametrize("seed", range(5))
def test_a_calibrator_that_keeps_the_order_ranks_as_none_does(seed: int) -> None:
    """However different those of the folds are, as with few rows of the rare class."""
    generator = np.random.default_rng(seed)
    codes = (generator.random(600) < 0.04).astype(int)
    # Of a model that was fitted on as many rows of either class.
    log_odds = (2.0 * codes + generator.normal(size=600))[:, np.newaxis]
    rows = CalibrationRows(log_odds, codes, RowRoles(), n_classes=2)
    methods = ("none", "temperature", "sigmoid", "beta")
    scores = measure_methods(rows, methods, n_splits=5, seed=0)
    assert scores["roc_auc"] == pytest.approx([scores["roc_auc"][0]] * len(methods))
    assert choose_method(scores, "log_loss") in ("sigmoid", "beta")

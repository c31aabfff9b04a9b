"""Probabilities that mean what they say, thresholds for what predictions are for, and how sure they are."""

from tabkit.calibration._calibrated import CalibratedClassifier
from tabkit.calibration._conformal_classifier import ConformalClassifier
from tabkit.calibration._conformal_regressor import ConformalRegressor
from tabkit.calibration._coverage import Coverage, measure_coverage
from tabkit.calibration._objectives import Costs, MaxPrecision, MaxRecall
from tabkit.calibration._split_calibrated import SplitCalibratedClassifier
from tabkit.calibration._threshold import TunedThresholdClassifier

__all__ = [
    "CalibratedClassifier",
    "ConformalClassifier",
    "ConformalRegressor",
    "Costs",
    "Coverage",
    "MaxPrecision",
    "MaxRecall",
    "SplitCalibratedClassifier",
    "TunedThresholdClassifier",
    "measure_coverage",
]

"""Probabilities that mean what they say."""

from tabkit.calibration._calibrated import CalibratedClassifier
from tabkit.calibration._split_calibrated import SplitCalibratedClassifier

__all__ = ["CalibratedClassifier", "SplitCalibratedClassifier"]

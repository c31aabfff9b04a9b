"""An ensemble for the seconds there are: many models on the same folds, the best of them weighted."""

from tabkit.automl._classifier import AutoClassifier
from tabkit.automl._regressor import AutoRegressor

__all__ = ["AutoClassifier", "AutoRegressor"]

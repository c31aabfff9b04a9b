"""Neural networks for tables."""

from tabkit.neural_network._classifier import TabularMLPClassifier
from tabkit.neural_network._regressor import TabularMLPRegressor

__all__ = ["TabularMLPClassifier", "TabularMLPRegressor"]

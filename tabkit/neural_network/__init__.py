"""Neural networks for tables, trained by skorch and PyTorch."""

from tabkit._core._processors import spinning_briefly

with spinning_briefly():
    import torch as torch

from tabkit.neural_network._classifier import TabularMLPClassifier
from tabkit.neural_network._multi_target import TabularMLPMultiTarget
from tabkit.neural_network._pretrainer import TabularPretrainer
from tabkit.neural_network._regressor import TabularMLPRegressor
from tabkit.neural_network._training._errors import TrainingDivergedError
from tabkit.neural_network._transformer import TabularTransformerClassifier, TabularTransformerRegressor

__all__ = [
    "TabularMLPClassifier",
    "TabularMLPMultiTarget",
    "TabularMLPRegressor",
    "TabularPretrainer",
    "TabularTransformerClassifier",
    "TabularTransformerRegressor",
    "TrainingDivergedError",
]

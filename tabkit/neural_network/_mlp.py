"""The multilayer perceptron on the networks' template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from tabkit._core import InputError
from tabkit.neural_network._building import build_network
from tabkit.neural_network._constraints import SHARED, check_hidden_sizes
from tabkit.neural_network._estimator import TrainedNetwork
from tabkit.neural_network._modules import TabularNetwork
from tabkit.neural_network._parameters import NetworkParameters
from tabkit.neural_network._settings import Extent, Settings, choose_settings
from tabkit.neural_network._training._rows import TensorRows


@dataclass(eq=False, repr=False)
class TabularMLP(NetworkParameters, TrainedNetwork):
    """A template whose open step is to learn the target."""

    _constraints: ClassVar[dict[str, Any]] = SHARED

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_hidden_sizes(self.hidden_sizes)

    def _choose_settings(self, extent: Extent) -> Settings:
        return choose_settings(self.preset, extent, vars(self))

    def _build_network(
        self, settings: Settings, sample: TensorRows, n_outputs: int, n_at_once: int
    ) -> TabularNetwork:
        if settings.normalization == "batch" and n_at_once < 2:
            raise InputError("normalization='batch' needs 2 rows at once: raise batch_size, or take 'layer'")
        recomputes = self.checkpoint_gradients
        return build_network(settings, self._encoder, sample, n_outputs, checkpoint_gradients=recomputes)

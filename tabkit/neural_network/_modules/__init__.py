"""Networks for tables in pure PyTorch."""

from collections.abc import Callable
from typing import Any

from tabkit.neural_network._modules._categorical import choose_embedding_size
from tabkit.neural_network._modules._data_initialization import initialize_from_data
from tabkit.neural_network._modules._dropout import Dropout
from tabkit.neural_network._modules._network import Network
from tabkit.neural_network._modules._network_spec import NetworkSpec
from tabkit.neural_network._modules._tabular_network import TabularNetwork

# By their names in model files.
ARCHITECTURES: dict[str, tuple[Callable[..., Any], Callable[..., Network]]] = {
    "mlp": (NetworkSpec, TabularNetwork),
}

__all__ = [
    "ARCHITECTURES",
    "Dropout",
    "Network",
    "NetworkSpec",
    "TabularNetwork",
    "choose_embedding_size",
    "initialize_from_data",
]

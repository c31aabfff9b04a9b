"""Networks for tables in pure PyTorch."""

from collections.abc import Callable
from typing import Any

from tabkit.neural_network._modules._categorical import choose_embedding_size
from tabkit.neural_network._modules._data_initialization import initialize_from_data
from tabkit.neural_network._modules._dropout import Dropout
from tabkit.neural_network._modules._network import Network
from tabkit.neural_network._modules._network_spec import NetworkSpec
from tabkit.neural_network._modules._tabular_network import TabularNetwork
from tabkit.neural_network._modules._transformer import TransformerNetwork
from tabkit.neural_network._modules._transformer_spec import TransformerSpec

# By their names in model files.
ARCHITECTURES: dict[str, tuple[Callable[..., Any], Callable[..., Network]]] = {
    "mlp": (NetworkSpec, TabularNetwork),
    "transformer": (TransformerSpec, TransformerNetwork),
}

__all__ = [
    "ARCHITECTURES",
    "Dropout",
    "Network",
    "NetworkSpec",
    "TabularNetwork",
    "TransformerNetwork",
    "TransformerSpec",
    "choose_embedding_size",
    "initialize_from_data",
]

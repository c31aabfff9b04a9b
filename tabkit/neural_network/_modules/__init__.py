"""Networks for tables in pure PyTorch."""

from tabkit.neural_network._modules._categorical import choose_embedding_size
from tabkit.neural_network._modules._data_initialization import initialize_from_data
from tabkit.neural_network._modules._dropout import Dropout
from tabkit.neural_network._modules._network_spec import NetworkSpec
from tabkit.neural_network._modules._tabular_network import TabularNetwork

__all__ = ["Dropout", "NetworkSpec", "TabularNetwork", "choose_embedding_size", "initialize_from_data"]

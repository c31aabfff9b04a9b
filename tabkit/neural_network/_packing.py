"""Networks as plain values and arrays, for pickles and model files."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import torch
from sklearn.base import BaseEstimator

from tabkit._core import InputError
from tabkit.neural_network._computing import choose_device
from tabkit.neural_network._modules import ARCHITECTURES, Network


def pack(network: Network) -> dict[str, Any]:
    """What a network is made of, and its weights as arrays.

    Parameters
    ----------
    network : Network
        On any device.

    Returns
    -------
    packed : dict
        Readable where there is no such device.
    """
    weights = {name: weight.detach().cpu().numpy() for name, weight in network.state_dict().items()}
    return {"architecture": network.architecture, "spec": asdict(network.spec), "weights": weights}


def unpack(packed: dict[str, Any]) -> Network:
    """The network that `pack` made plain, on the processor.

    Parameters
    ----------
    packed : dict

    Returns
    -------
    network : Network
    """
    spec, make = ARCHITECTURES[packed.get("architecture", "mlp")]
    with torch.random.fork_rng(devices=[]):
        network = make(spec(**packed["spec"]))
    weights = {name: torch.from_numpy(weight.copy()) for name, weight in packed["weights"].items()}
    network.load_state_dict(weights)
    network.eval()
    return network


class PackedNetwork(BaseEstimator):
    """An estimator whose pickle can be read where there is no such device as the network was trained on."""

    network_: Network
    device: str

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if "network_" in state:
            state["network_"] = pack(self.network_)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "network_" in state:
            # A processor where there is no such device any more.
            try:
                device = choose_device(self.device)
            except InputError:
                device = "cpu"
            self.network_ = unpack(state["network_"]).to(device)

"""A progress bar of the epochs."""

from __future__ import annotations

from typing import Any

from skorch import NeuralNet
from skorch.callbacks import Callback
from tqdm.auto import tqdm

_SHOWN = ("train_loss", "valid_loss", "valid_score")


class EpochProgress(Callback):
    """Shows how many epochs are done, the losses, and how long it will take.

    Parameters
    ----------
    n_epochs : int
        At most.
    """

    def __init__(self, n_epochs: int) -> None:
        self.n_epochs = n_epochs

    def on_train_begin(self, net: NeuralNet, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        """Draw the bar."""
        self.bar_ = tqdm(total=self.n_epochs, unit="epoch")

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        """Move it on."""
        last = net.history[-1]
        self.bar_.set_postfix({name: f"{last[name]:.4g}" for name in _SHOWN if name in last}, refresh=False)
        self.bar_.update(len(net.history) - self.bar_.n)

    def on_train_end(self, net: NeuralNet, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        """Leave the last state."""
        self.bar_.close()
        del self.bar_

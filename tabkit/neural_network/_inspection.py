"""What a fitted network tells of its training."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sklearn.utils.validation import check_is_fitted

from tabkit._core._optional import import_optional
from tabkit.neural_network._diagnosis import Diagnosis, diagnose_history
from tabkit.neural_network._modules import Network
from tabkit.neural_network._settings import TrainingSettings
from tabkit.neural_network._targets import Target


class InspectedTraining:
    """For estimators: the history of a training, a picture of it, and what to make of it."""

    network_: Network
    settings_: TrainingSettings
    _target: Target
    n_epochs_: int
    _history: list[dict[str, Any]]

    @property
    def history_(self) -> pd.DataFrame:
        """A row for each epoch: losses, score, learning rate, gradient, rows per second, memory in bytes."""
        check_is_fitted(self)
        return pd.DataFrame(self._history)

    def plot_history(self, ax: Any = None) -> Any:
        """Draw the losses by epoch with matplotlib.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None makes a new figure.

        Returns
        -------
        ax : matplotlib Axes

        Raises
        ------
        MissingExtraError
            If matplotlib is not installed.
        """
        losses = self.history_.set_index("epoch").filter(["train_loss", "valid_loss"])
        import_optional("matplotlib", extra="plot")
        ax = losses.plot(ax=ax, ylabel="loss")
        ax.axvline(self.n_epochs_, linestyle="--", color="grey")
        return ax

    def diagnose(self) -> Diagnosis:
        """Say in words whether training over- or underfitted, was unsteady or stopped too soon.

        Returns
        -------
        diagnosis : Diagnosis
            With ``verdict``, ``evidence`` and ``advice``; printed, it is a sentence or two.
        """
        return diagnose_history(self.history_)

    @property
    def n_parameters_(self) -> int:
        """Number of weights of the network."""
        check_is_fitted(self)
        return sum(parameter.numel() for parameter in self.network_.parameters())

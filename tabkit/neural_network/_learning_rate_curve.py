"""Loss by learning rate, to choose one by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tabkit._core._optional import import_optional

# Of the moving mean of the losses.
_SMOOTHING = 0.9
# Shares of the steps: the first ones, whose mean is of few losses, tell of no rate.
_SKIPPED = 0.1
# A loss that has grown so much has diverged.
_DIVERGED = 3.0


@dataclass(frozen=True)
class LearningRateCurve:
    """Losses of a training whose learning rate grew with each step (Smith 2017, arXiv:1506.01186).

    Attributes
    ----------
    learning_rates : tuple of float
    losses : tuple of float
        Smoothed.
    suggestion : float
        A tenth of the rate with the lowest loss, which is near to where it diverges, and one of the rates
        at least; a place to start from.
    """

    learning_rates: tuple[float, ...]
    losses: tuple[float, ...]
    suggestion: float

    def frame(self) -> pd.DataFrame:
        """The curve as columns "learning_rate" and "loss"."""
        return pd.DataFrame({"learning_rate": self.learning_rates, "loss": self.losses})

    def plot(self, ax: Any = None) -> Any:
        """Draw the curve with matplotlib.

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
        import_optional("matplotlib", extra="plot")
        ax = self.frame().plot(x="learning_rate", y="loss", logx=True, legend=False, ax=ax, ylabel="loss")
        ax.axvline(self.suggestion, linestyle="--", color="grey")
        return ax


def smooth_curve(learning_rates: list[float], losses: list[float]) -> LearningRateCurve:
    """Smooth the losses, cut off where they have diverged, and suggest a rate.

    Parameters
    ----------
    learning_rates, losses : list of float of length n_steps

    Returns
    -------
    curve : LearningRateCurve
    """
    smoothed, mean = [], 0.0
    for step, loss in enumerate(losses, start=1):
        mean = _SMOOTHING * mean + (1.0 - _SMOOTHING) * loss
        smoothed.append(mean / (1.0 - _SMOOTHING**step))
    values = np.array(smoothed)
    is_over = ~np.isfinite(values) | (
        values > _DIVERGED * np.minimum.accumulate(np.nan_to_num(values, nan=np.inf))
    )
    n_kept = int(is_over.argmax()) if is_over.any() else len(values)
    n_kept = max(n_kept, min(3, len(values)))
    kept, rates = values[:n_kept], np.array(learning_rates[:n_kept])
    first = min(int(_SKIPPED * len(losses)), n_kept - 1)
    suggestion = max(rates[first + kept[first:].argmin()] / 10, rates[0])
    return LearningRateCurve(tuple(rates.tolist()), tuple(kept.tolist()), float(suggestion))

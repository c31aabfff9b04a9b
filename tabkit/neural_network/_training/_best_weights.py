"""The best weights so far, and when to give up hope of better ones."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn


class BestWeights:
    """Keeps a copy of the weights that validated best.

    Parameters
    ----------
    module : nn.Module
    patience : int or None
        Validations without a better one after which training is over; None never.

    Attributes
    ----------
    best_score : float
        Greater is better; minus infinity before the first one.
    best_epoch : int
    n_without : int
        Validations since the best one.
    """

    def __init__(self, module: nn.Module, *, patience: int | None) -> None:
        self.patience = patience
        self.best_score = -math.inf
        self.best_epoch = 0
        self.n_without = 0
        state = module.state_dict()
        self._live: list[Tensor] = list(state.values())
        self._kept = [tensor.detach().clone() for tensor in self._live]

    @property
    def is_over(self) -> bool:
        """Whether patience is at its end."""
        return self.patience is not None and self.n_without >= self.patience

    def update(self, score: float, epoch: int) -> bool:
        """Take notice of a validation with the weights that the module has now.

        Parameters
        ----------
        score : float
            Greater is better; NaN is no better than any other.
        epoch : int

        Returns
        -------
        is_best : bool
        """
        if not score > self.best_score:
            self.n_without += 1
            return False
        self.best_score, self.best_epoch, self.n_without = score, epoch, 0
        self._copy(self._live, self._kept)
        return True

    def restore(self) -> None:
        """Give the module its best weights back; the last ones when none was validated."""
        if self.best_score > -math.inf:
            self._copy(self._kept, self._live)

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {
            "best_score": self.best_score,
            "best_epoch": self.best_epoch,
            "n_without": self.n_without,
            "kept": self._kept,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what a checkpoint kept."""
        self.best_score, self.best_epoch = state["best_score"], state["best_epoch"]
        self.n_without = state["n_without"]
        self._copy(state["kept"], self._kept)

    @staticmethod
    @torch.no_grad()
    def _copy(source: list[Tensor], target: list[Tensor]) -> None:
        for one, other in zip(source, target, strict=True):
            other.copy_(one)

"""What can go wrong in training."""

from __future__ import annotations

from tabkit._core import TabkitError


class TrainingDivergedError(TabkitError):
    """The loss is no number any more.

    Attributes
    ----------
    epoch : int
    learning_rate : float
    """

    def __init__(self, epoch: int, learning_rate: float) -> None:
        super().__init__(
            f"the loss became NaN or infinite in epoch {epoch} at learning_rate={learning_rate:g}: lower "
            f"learning_rate (try {learning_rate / 10:g}), pass clip_norm=1.0, or on_divergence='retry'; with "
            "precision='float16' or 'bfloat16' try 'float32'"
        )
        self.epoch = epoch
        self.learning_rate = learning_rate

    def __reduce__(self) -> tuple[type, tuple[int, float]]:
        return type(self), (self.epoch, self.learning_rate)

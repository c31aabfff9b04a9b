"""Squared, absolute, Huber and quantile loss."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from tabkit.neural_network._training._loss import Loss, cast_up


class RegressionLoss(Loss):
    """The mean over the targets of a loss of single values.

    The targets are float32 of shape (n_rows, n_targets); the prediction is the output.
    """

    def n_outputs(self, n_columns: int) -> int:
        """One per target."""
        return n_columns

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Compute the loss; the target is values of shape (n_rows, n_targets)."""
        output = cast_up(output)
        loss = self.lose(output, target.unsqueeze(1).expand_as(output))
        return loss.squeeze(-1) if loss.shape[-1] == 1 else loss.mean(-1)

    def to_prediction(self, output: Tensor) -> Tensor:
        """Values of shape (n_rows, n_members, n_targets)."""
        return cast_up(output)

    @abstractmethod
    def lose(self, output: Tensor, target: Tensor) -> Tensor:
        """How wrong each value is.

        Parameters
        ----------
        output, target : Tensor
            Of one shape.

        Returns
        -------
        loss : Tensor
            Of that shape.
        """


class SquaredError(RegressionLoss):
    """Squared error: the mean is predicted."""

    def lose(self, output: Tensor, target: Tensor) -> Tensor:
        """The square of the difference."""
        return functional.mse_loss(output, target, reduction="none")


class AbsoluteError(RegressionLoss):
    """Absolute error: the median is predicted."""

    def lose(self, output: Tensor, target: Tensor) -> Tensor:
        """The difference without its sign."""
        return functional.l1_loss(output, target, reduction="none")


class HuberLoss(RegressionLoss):
    """Half the squared error up to ``delta``, and beyond it a line (Huber 1964).

    Parameters
    ----------
    delta : float, default=1.0
        In standard deviations of the target, because targets are standardised.
    """

    def __init__(self, delta: float = 1.0) -> None:
        super().__init__()
        self.delta = delta

    def lose(self, output: Tensor, target: Tensor) -> Tensor:
        """``d ** 2 / 2`` for a difference ``d`` up to delta, ``delta * (d - delta / 2)`` beyond."""
        return functional.huber_loss(output, target, reduction="none", delta=self.delta)


class QuantileLoss(Loss):
    """The pinball loss of one or several quantiles at once (Koenker and Bassett 1978).

    The output has for each target the quantiles in rising order. Where a network lets them cross, they
    are sorted in the prediction, which never makes it worse (Chernozhukov et al. 2010).

    Parameters
    ----------
    quantiles : sequence of float, default=(0.5,)
        Between 0 and 1, each once. Columns of predictions have this order, target by target.

    Examples
    --------
    >>> loss = QuantileLoss([0.9])
    >>> loss(torch.tensor([[[1.0]], [[3.0]]]), torch.tensor([[2.0], [2.0]]))
    tensor([[0.9000],
            [0.1000]])
    """

    levels: Tensor

    def __init__(self, quantiles: Sequence[float] = (0.5,)) -> None:
        super().__init__()
        ranks = sorted(range(len(quantiles)), key=lambda position: quantiles[position])
        levels = torch.tensor([quantiles[position] for position in ranks], dtype=torch.float32)
        self.register_buffer("levels", levels.view(-1, 1, 1, 1), persistent=False)
        is_sorted = ranks == list(range(len(quantiles)))
        self._columns = None if is_sorted else sorted(ranks, key=ranks.__getitem__)

    def n_outputs(self, n_columns: int) -> int:
        """One per target and quantile."""
        return n_columns * len(self.levels)

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Compute the loss, the mean over targets and quantiles; the target has shape (n_rows, n_targets)."""
        # Quantile by quantile in memory: operations along a short last axis are several times slower.
        quantiles = self._split(output).movedim(-1, 0).contiguous()
        missing = target.unsqueeze(1) - quantiles
        loss = (missing * self.levels + functional.relu(-missing)).mean(0)
        return loss.squeeze(-1) if loss.shape[-1] == 1 else loss.mean(-1)

    def to_prediction(self, output: Tensor) -> Tensor:
        """Quantiles of shape (n_rows, n_members, n_targets * n_quantiles) that never cross."""
        quantiles = self._split(output).sort(-1).values
        if self._columns is not None:
            quantiles = quantiles[..., self._columns]
        return quantiles.flatten(2)

    def _split(self, output: Tensor) -> Tensor:
        """The output with an axis for targets and one for quantiles."""
        return cast_up(output).reshape(*output.shape[:2], -1, len(self.levels))

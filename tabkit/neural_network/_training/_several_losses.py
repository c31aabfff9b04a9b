"""The losses of several targets of one network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from tabkit.neural_network._training._loss import Loss


class SeveralLosses(Loss):
    """A weighted mean of losses, each of its own target and its own columns of the output.

    The target is float32, of shape (n_rows, n_targets) with codes of classes as numbers, or, where rows are
    mixed, of shape (n_rows, n_columns) with shares of classes.

    Parameters
    ----------
    losses : sequence of Loss
        One per target.
    n_columns : sequence of int
        Classes of each target, or 1 for values.
    weights : sequence of float
        Only their ratios count.

    Examples
    --------
    >>> from tabkit.neural_network._training._regression_losses import AbsoluteError, SquaredError
    >>> loss = SeveralLosses([SquaredError(), AbsoluteError()], [1, 1], [1.0, 3.0])
    >>> loss(torch.tensor([[[2.0, 2.0]]]), torch.zeros(1, 2))
    tensor([[2.5000]])
    """

    def __init__(self, losses: Sequence[Loss], n_columns: Sequence[int], weights: Sequence[float]) -> None:
        super().__init__()
        self.losses = nn.ModuleList(losses)
        self._parts = list(losses)
        self._columns = list(n_columns)
        self._widths = [loss.n_outputs(columns) for loss, columns in zip(losses, n_columns, strict=True)]
        self._weights = [weight / sum(weights) for weight in weights]

    def n_outputs(self, n_columns: int) -> int:
        """Those of all losses."""
        return sum(self._widths)

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Compute the weighted mean."""
        is_mixed = target.shape[1] != len(self._parts)
        targets = torch.split(target, self._columns if is_mixed else 1, dim=1)
        total: Tensor | None = None
        for loss, columns, weight, part, own in zip(
            self._parts,
            self._columns,
            self._weights,
            torch.split(output, self._widths, dim=-1),
            targets,
            strict=True,
        ):
            hard = own[:, 0].long() if columns > 1 and not is_mixed else own
            losses = loss(part, hard) * weight
            total = losses if total is None else total + losses
        assert total is not None
        return total

    def to_prediction(self, output: Tensor) -> Tensor:
        """The predictions of all targets side by side."""
        parts = torch.split(output, self._widths, dim=-1)
        return torch.cat(
            [loss.to_prediction(part) for loss, part in zip(self._parts, parts, strict=True)], -1
        )

    def soften(self, target: Tensor, n_columns: int) -> Tensor:
        """Shares of the classes of each target, of shape (n_rows, n_columns)."""
        softened = [
            loss.soften(own[:, 0].long() if columns > 1 else own, columns)
            for loss, columns, own in zip(
                self._parts, self._columns, torch.split(target, 1, dim=1), strict=True
            )
        ]
        return torch.cat(softened, dim=1)

"""Cross-entropy and focal loss, with class weights and label smoothing."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from tabkit.neural_network._training._loss import Loss, cast_up

# Keeps the slope of (1 - p) ** gamma finite where p is 1 and gamma is below 1.
_SMALLEST_MISS = 1e-12
# Up to here a softmax is faster where the rows lie one after the other and not the classes.
_MAX_CLASSES_FIRST = 31


class ClassificationLoss(Loss):
    """Cross-entropy, or the focal loss of Lin et al. (2017, "Focal loss for dense object detection").

    A row whose classes have the shares ``s`` (of its one class 1, unless rows are mixed) loses

    ``sum_k t_k * (1 - p_k) ** gamma * -log(p_k)`` with
    ``t_k = (1 - e) * w_k * s_k + e / K * sum_c w_c * s_c``

    for the probabilities ``p``, the class weights ``w`` and the label smoothing ``e``. So a class weight
    counts the whole row, as a sample weight would, and smoothing and mixing work alike for both losses.

    Two classes have one output, the logit of the second: that takes from a half (many rows) to an eighth
    (and many members) of the time of two outputs.

    Parameters
    ----------
    n_classes : int
    gamma : float, default=0.0
        0 is cross-entropy; more takes weight off the rows that are right already.
    class_weights : sequence of float or None, default=None
        One per class; 1 for all when None.
    label_smoothing : float, default=0.0
        Share of every row that is spread evenly over all classes.

    Examples
    --------
    >>> loss = ClassificationLoss(3)
    >>> loss(torch.zeros(2, 1, 3), torch.tensor([0, 2]))
    tensor([[1.0986],
            [1.0986]])
    """

    class_weights: Tensor | None
    targets_by_code: Tensor

    def __init__(
        self,
        n_classes: int,
        *,
        gamma: float = 0.0,
        class_weights: Sequence[float] | None = None,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.gamma = gamma
        self.label_smoothing = label_smoothing
        weights = None if class_weights is None else torch.tensor(class_weights, dtype=torch.float32)
        # Not persistent: what is saved with a network is its weights, not how it was trained.
        self.register_buffer("class_weights", weights, persistent=False)
        self.register_buffer("targets_by_code", self._weigh(torch.eye(n_classes)), persistent=False)

    def n_outputs(self, n_columns: int) -> int:
        """One for two classes, else one per class."""
        return 1 if n_columns == 2 else n_columns

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Compute the loss; the target is codes of shape (n_rows,) or shares of shape (n_rows, n_classes)."""
        output = cast_up(output)
        if target.dim() == 1 and self.label_smoothing == 0.0:
            return self._lose_on_codes(output, target)
        targets = self.targets_by_code[target] if target.dim() == 1 else self._weigh(target)
        if self.n_classes > 2:
            loss = self._penalize(_log_softmax(output))
            return (loss * targets.t().unsqueeze(-1)).sum(0)
        logit = output.squeeze(-1)
        first, second = targets.unsqueeze(1).unbind(-1)
        if self.gamma == 0.0 and self.class_weights is None:
            return _binary_cross_entropy(logit, second)
        return self._penalize_logit(logit) * first + self._penalize_logit(-logit) * second

    def to_prediction(self, output: Tensor) -> Tensor:
        """Probabilities of shape (n_rows, n_members, n_classes)."""
        output = cast_up(output)
        if self.n_classes == 2:
            return torch.cat((-output, output), -1).sigmoid()
        if self.n_classes <= _MAX_CLASSES_FIRST:
            return functional.softmax(output.movedim(-1, 0).contiguous(), 0).movedim(0, -1)
        return functional.softmax(output, -1)

    def _weigh(self, shares: Tensor) -> Tensor:
        """Weigh and smooth shares of classes, row by row: ``t`` above."""
        if self.class_weights is not None:
            shares = shares * self.class_weights
        if self.label_smoothing == 0.0:
            return shares
        spread = shares.sum(-1, keepdim=True) * (self.label_smoothing / self.n_classes)
        return shares * (1.0 - self.label_smoothing) + spread

    def _lose_on_codes(self, output: Tensor, codes: Tensor) -> Tensor:
        """The loss of rows that are each of one class."""
        if self.n_classes > 2:
            index = codes.view(1, -1, 1).expand(1, *output.shape[:2])
            loss = self._penalize(_log_softmax(output).gather(0, index).squeeze(0))
        elif self.gamma == 0.0:
            loss = _binary_cross_entropy(output.squeeze(-1), codes.to(output.dtype).unsqueeze(1))
        else:
            sign = 1.0 - 2.0 * codes.to(output.dtype)
            loss = self._penalize_logit(output.squeeze(-1) * sign.unsqueeze(1))
        return loss if self.class_weights is None else loss * self.class_weights[codes].unsqueeze(1)

    def _penalize(self, log_proba: Tensor) -> Tensor:
        """The loss of a class that is true, from the logarithm of its probability."""
        if self.gamma == 0.0:
            return -log_proba
        return self._focus(-torch.expm1(log_proba)) * -log_proba

    def _penalize_logit(self, logit: Tensor) -> Tensor:
        """The loss of a class that is true, from the logit of the other."""
        loss = functional.softplus(logit)
        return loss if self.gamma == 0.0 else self._focus(torch.sigmoid(logit)) * loss

    def _focus(self, miss: Tensor) -> Tensor:
        """The factor of focal loss, from 1 less the probability."""
        return (miss.clamp_min(_SMALLEST_MISS) if self.gamma < 1.0 else miss).pow(self.gamma)


def _log_softmax(output: Tensor) -> Tensor:
    """Logarithms of the probabilities, of shape (n_classes, n_rows, n_members)."""
    if output.shape[-1] <= _MAX_CLASSES_FIRST:
        return functional.log_softmax(output.movedim(-1, 0).contiguous(), 0)
    return functional.log_softmax(output, -1).movedim(-1, 0)


def _binary_cross_entropy(logit: Tensor, second: Tensor) -> Tensor:
    """Cross-entropy from the logit and the share of the second class."""
    second = second.to(logit.dtype).expand_as(logit)
    return functional.binary_cross_entropy_with_logits(logit, second, reduction="none")

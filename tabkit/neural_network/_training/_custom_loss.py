"""A loss that a user brings."""

from __future__ import annotations

import copy
from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional

from tabkit._core import InputError
from tabkit.neural_network._training._loss import Loss, cast_up


class CustomLoss(Loss):
    """A torch module or function ``(output, target) -> loss`` as a loss.

    The function sees members as rows, so that the losses of torch can be used as they are: the output
    comes as float32 of shape (n_rows * n_members, n_outputs), all members of the first row first. The
    target has as many rows: class codes of shape (n_rows * n_members,), shares of classes (where rows are
    mixed) of shape (n_rows * n_members, n_classes), or values of shape (n_rows * n_members, n_targets).

    It returns one loss per row, of shape (n_rows * n_members,) or with more axes, over which the mean is
    taken; or one number for all, which weights of rows cannot change. A module of torch that has a
    ``reduction`` is copied and given ``reduction="none"``.

    Parameters
    ----------
    function : callable
        A module, a class of modules that needs no arguments, or a function.
    is_classification : bool
        The probabilities are then the softmax of the output, which has a column per class; else the
        output is the prediction.
    """

    def __init__(self, function: Callable[[Tensor, Tensor], Tensor], *, is_classification: bool) -> None:
        super().__init__()
        if isinstance(function, type):
            function = function()
        self.function = _per_row(function)
        self.is_classification = is_classification

    def n_outputs(self, n_columns: int) -> int:
        """One per class or target."""
        return n_columns

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Compute the loss of each row and member; a single number is repeated."""
        n_rows, n_members, _ = output.shape
        if n_members > 1:
            target = target.repeat_interleave(n_members, dim=0)
        loss = self.function(cast_up(output).flatten(0, 1), target)
        if not isinstance(loss, Tensor) or (loss.dim() > 0 and len(loss) != n_rows * n_members):
            came = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else f"a {type(loss).__name__}"
            raise InputError(
                f"the loss must return a tensor with one number, or one per row ({n_rows * n_members} here), "
                f"got {came}"
            )
        loss = cast_up(loss)
        return (
            loss.expand(n_rows, n_members)
            if loss.dim() == 0
            else loss.reshape(n_rows, n_members, -1).mean(-1)
        )

    def to_prediction(self, output: Tensor) -> Tensor:
        """Probabilities by the softmax, or the output."""
        output = cast_up(output)
        return functional.softmax(output, -1) if self.is_classification else output


def _per_row(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """The function; of a module of torch that reduces, a copy that does not."""
    if isinstance(function, nn.Module) and getattr(function, "reduction", None) in ("mean", "sum"):
        function = copy.deepcopy(function)
        vars(function)["reduction"] = "none"
    return function

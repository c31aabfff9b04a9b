"""What every loss can do."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from torch.nn import functional


class Loss(nn.Module, ABC):
    """What a network is trained to make small, and what its output means.

    Subclass it for a loss that `make_loss` does not know, and give the object to `make_loss`.
    """

    @abstractmethod
    def n_outputs(self, n_columns: int) -> int:
        """How wide the network's output has to be.

        Parameters
        ----------
        n_columns : int
            Classes, or targets.

        Returns
        -------
        n_outputs : int
        """

    @abstractmethod
    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """How wrong every member is about every row.

        Parameters
        ----------
        output : Tensor of shape (n_rows, n_members, n_outputs)
            Of any floating type: half precision is cast up before anything is computed.
        target : Tensor
            Codes of the classes, int64 of shape (n_rows,); shares of the classes, of shape
            (n_rows, n_classes); or values of shape (n_rows, n_targets).

        Returns
        -------
        loss : Tensor of shape (n_rows, n_members)
            float32 (float64 when the output is).
        """

    @abstractmethod
    def to_prediction(self, output: Tensor) -> Tensor:
        """Turn the network's output into probabilities or values.

        Parameters
        ----------
        output : Tensor of shape (n_rows, n_members, n_outputs)

        Returns
        -------
        prediction : Tensor of shape (n_rows, n_members, n_columns)
            For classes their probabilities, always one column per class. The prediction of an ensemble is
            the mean over its members.
        """

    def soften(self, target: Tensor, n_columns: int) -> Tensor:
        """A target whose rows can be mixed: shares of classes instead of their codes.

        Parameters
        ----------
        target : Tensor
            As `forward` takes it.
        n_columns : int
            Classes, or targets.

        Returns
        -------
        target : Tensor of shape (n_rows, n_columns)
        """
        if target.is_floating_point():
            return target
        return functional.one_hot(target, n_columns).float()


def cast_up(output: Tensor) -> Tensor:
    """Half precision as float32; float32 and float64 as they are.

    Parameters
    ----------
    output : Tensor

    Returns
    -------
    output : Tensor
        Of the same shape.

    Examples
    --------
    >>> cast_up(torch.ones(1, dtype=torch.bfloat16)).dtype
    torch.float32
    """
    return output.float() if output.dtype in (torch.bfloat16, torch.float16) else output

"""What training asks of a network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from torch import Tensor, nn


class Network(nn.Module, ABC):
    """A network from numbers and codes to outputs, in two steps, with its parameters by role.

    Attributes
    ----------
    architecture : str
        Its name in model files.
    spec : dataclass
        What it is made of, in plain values, ``n_members`` among them.
    """

    spec: Any
    architecture: ClassVar[str]

    def forward(self, numbers: Tensor, codes: Tensor) -> Tensor:
        """Outputs of every member for every row.

        Parameters
        ----------
        numbers : Tensor of shape (n_rows, n_numbers)
            float32, none of them NaN.
        codes : Tensor of shape (n_rows, n_categorical)
            int64.

        Returns
        -------
        output : Tensor of shape (n_rows, n_members, n_outputs)
        """
        return self.decide(self.embed(numbers, codes))

    @abstractmethod
    def embed(self, numbers: Tensor, codes: Tensor) -> Tensor:
        """Turn the columns into inputs of shape (n_rows, n_inputs)."""

    @abstractmethod
    def decide(self, embedded: Tensor) -> Tensor:
        """Outputs for inputs of shape (n_rows, n_inputs) or (n_rows, n_members, n_inputs)."""

    @abstractmethod
    def parameter_groups(self) -> dict[str, list[nn.Parameter]]:
        """The parameters by their role, every one in one group."""

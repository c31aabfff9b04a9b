"""Self-supervised tasks on rows without a target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from tabkit.neural_network._modules import TabularNetwork
from tabkit.neural_network._training._rows import TensorRows

Method = Literal["vime", "scarf"]
# Weight of the reconstruction beside the mask, and temperature of the contrast, as in the papers.
_RECONSTRUCTION_WEIGHT = 2.0
_TEMPERATURE = 1.0


def corrupt(rows: TensorRows, share: float, generator: torch.Generator) -> tuple[TensorRows, Tensor]:
    """Put values of other rows of the batch in the place of some.

    Parameters
    ----------
    rows : TensorRows
    share : float
        Of the values.
    generator : torch.Generator

    Returns
    -------
    corrupted : TensorRows
    mask : Tensor of shape (n_rows, n_numbers + n_categorical)
        float32, 1 where another value stands now.
    """
    n_rows, n_numbers = rows.numbers.shape
    n_columns = n_numbers + rows.codes.shape[1]
    device = rows.numbers.device
    chosen = torch.rand((n_rows, n_columns), generator=generator, device=device) < share
    donors = torch.randint(n_rows, (n_rows, n_columns), generator=generator, device=device)
    numbers = torch.where(chosen[:, :n_numbers], rows.numbers.gather(0, donors[:, :n_numbers]), rows.numbers)
    codes = torch.where(chosen[:, n_numbers:], rows.codes.gather(0, donors[:, n_numbers:]), rows.codes)
    # A value that was drawn for itself is no corruption.
    mask = torch.cat([numbers != rows.numbers, codes != rows.codes], dim=1)
    return TensorRows(numbers, codes), mask.float()


class MaskedColumns(nn.Module):
    """Find which values were corrupted, and what they were (VIME, Yoon et al. 2020).

    Parameters
    ----------
    network : TabularNetwork
        Whose trunk is trained.
    """

    def __init__(self, network: TabularNetwork) -> None:
        super().__init__()
        spec = network.spec
        self.n_numbers = spec.n_numbers
        self.cardinalities: Sequence[int] = spec.cardinalities
        n_columns = spec.n_numbers + len(spec.cardinalities)
        self.mask_head = nn.Linear(network.trunk.n_outputs, n_columns)
        self.value_head = nn.Linear(network.trunk.n_outputs, spec.n_numbers + sum(spec.cardinalities))

    def forward(
        self, network: TabularNetwork, rows: TensorRows, corrupted: TensorRows, mask: Tensor
    ) -> Tensor:
        """The loss of a batch, a Tensor of shape ()."""
        features = represent(network, corrupted)
        found = functional.binary_cross_entropy_with_logits(self.mask_head(features), mask)
        values = self.value_head(features)
        squares = (values[:, : self.n_numbers] - rows.numbers) ** 2
        total, start = squares.sum(), self.n_numbers
        for column, cardinality in enumerate(self.cardinalities):
            logits = values[:, start : start + cardinality]
            total = total + functional.cross_entropy(logits, rows.codes[:, column], reduction="sum")
            start += cardinality
        return found + _RECONSTRUCTION_WEIGHT * total / mask.numel()


class Contrast(nn.Module):
    """Tell a corrupted row from all others of the batch (SCARF, Bahri et al. 2022).

    Parameters
    ----------
    network : TabularNetwork
    size : int, default=128
        Of the projections that are compared.
    """

    def __init__(self, network: TabularNetwork, size: int = 128) -> None:
        super().__init__()
        width = network.trunk.n_outputs
        self.project = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, size))

    def forward(
        self, network: TabularNetwork, rows: TensorRows, corrupted: TensorRows, mask: Tensor
    ) -> Tensor:
        """The loss of a batch, a Tensor of shape ()."""
        first, second = (
            functional.normalize(self.project(represent(network, side)), dim=1) for side in (rows, corrupted)
        )
        similarity = first @ second.T / _TEMPERATURE
        return functional.cross_entropy(similarity, torch.arange(len(similarity), device=similarity.device))


def represent(network: TabularNetwork, rows: TensorRows) -> Tensor:
    """What the trunk makes of rows, the mean over the members, of shape (n_rows, n_units)."""
    embedded = network.embed(rows.numbers, rows.codes)
    features = network.trunk(embedded if network.input_scale is None else embedded * network.input_scale)
    return features.mean(dim=0) if features.ndim == 3 else features


def make_task(method: Method, network: TabularNetwork) -> MaskedColumns | Contrast:
    """The task of a method."""
    return MaskedColumns(network) if method == "vime" else Contrast(network)

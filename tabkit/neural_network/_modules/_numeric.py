"""Numbers as vectors: periodic functions of learnt frequency, and piecewise linear ones.

The papers: Gorishniy et al. 2022 (arXiv:2203.05556) for both, Holzmüller et al. 2024 (arXiv:2407.04491)
for the variant "pbld", Gorishniy et al. 2025 (arXiv:2410.24210) for the linear part beside the pieces.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn


class PeriodicEmbedding(nn.Module):
    """Each number as cosines of learnt frequency, mixed by a linear layer of its own.

    Parameters
    ----------
    n_numbers : int
    embedding_size : int, default=4
        Values that each number becomes.
    n_frequencies : int, default=16
        Per number.
    frequency_scale : float, default=0.1
        Standard deviation of the first frequencies; larger ones tell near numbers apart, and fit
        noise sooner.
    kind : {"pbld", "plr"}, default="pbld"
        "pbld" is RealMLP's: the number itself beside ``embedding_size - 1`` linear functions of
        ``cos(2 pi w x + b)``. "plr": the positive parts of ``embedding_size`` linear functions of
        ``cos(2 pi w x)`` and ``sin(2 pi w x)``.

    Attributes
    ----------
    frequencies : Parameter of shape (n_numbers, n_frequencies, 1)
    phases : Parameter of shape (n_numbers, n_frequencies, 1)
        None with "plr".
    weight : Parameter of shape (n_numbers, embedding_size - 1, n_frequencies)
        (n_numbers, embedding_size, 2 * n_frequencies) with "plr".
    bias : Parameter of shape (n_numbers, embedding_size - 1, 1)
        (n_numbers, embedding_size, 1) with "plr".
    output_columns : list of int
        The number that each output stems from.
    """

    phases: nn.Parameter | None

    def __init__(
        self,
        n_numbers: int,
        embedding_size: int = 4,
        *,
        n_frequencies: int = 16,
        frequency_scale: float = 0.1,
        kind: Literal["pbld", "plr"] = "pbld",
    ) -> None:
        super().__init__()
        n_waves, n_linear = n_frequencies, embedding_size - 1
        if kind == "plr":
            n_waves, n_linear = 2 * n_frequencies, embedding_size
        bound = n_waves**-0.5
        self.frequencies = nn.Parameter(frequency_scale * torch.randn(n_numbers, n_frequencies, 1))
        phases = None
        if kind == "pbld":
            phases = nn.Parameter(torch.empty_like(self.frequencies).uniform_(-math.pi, math.pi))
        self.register_parameter("phases", phases)
        self.weight = nn.Parameter(torch.empty(n_numbers, n_linear, n_waves).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(n_numbers, n_linear, 1).uniform_(-bound, bound))
        own = list(range(n_numbers)) if kind == "pbld" else []
        self.output_columns = own + [number for number in range(n_numbers) for _ in range(n_linear)]

    def parts(self, numbers: Tensor) -> list[Tensor]:
        """What `forward` puts side by side, for a caller that has more to put there.

        Parameters
        ----------
        numbers : Tensor of shape (n_rows, n_numbers)

        Returns
        -------
        parts : list of Tensor of shape (n_rows, ...)
        """
        # The rows come last: of all orders the fastest for the waves and for the products.
        columns = numbers.t().contiguous().unsqueeze(1)
        frequencies = (2 * math.pi) * self.frequencies
        if self.phases is not None:
            waves = torch.addcmul(self.phases, frequencies, columns).cos()
            linear = torch.baddbmm(self.bias, self.weight, waves)
            return [numbers, linear.flatten(0, 1).t()]
        angles = frequencies * columns
        waves = torch.cat([angles.cos(), angles.sin()], dim=1)
        return [torch.baddbmm(self.bias, self.weight, waves).relu_().flatten(0, 1).t()]

    def forward(self, numbers: Tensor) -> Tensor:
        """Embed all numbers.

        Parameters
        ----------
        numbers : Tensor of shape (n_rows, n_numbers)

        Returns
        -------
        embedded : Tensor of shape (n_rows, n_numbers * embedding_size)
            Number by number, with "pbld" the numbers themselves first.
        """
        return torch.cat(self.parts(numbers), dim=1)


class PiecewiseLinearEmbedding(nn.Module):
    """Each number as a continuous piecewise linear function of it, with learnt values.

    ``a x + c`` plus, for each bin, a learnt multiple of how much of the bin lies below the number: 0 to
    1. At first the multiples are zero and the function is linear (version "B" of the TabM paper; there,
    those of the outer bins go on beyond the edges, and narrow ones blow up numbers out of the range).

    Parameters
    ----------
    bins : sequence of sequence of float
        Edges per number, ascending, at least two.
    embedding_size : int, default=4
        Values that each number becomes.

    Attributes
    ----------
    weight : Parameter of shape (n_numbers, n_bins + 1, embedding_size)
        Of the number itself, then of its bins; places beyond a number's own bins are not used.
    bias : Parameter of shape (n_numbers, 1, embedding_size)
    output_columns : list of int
        The number that each output stems from.
    """

    _slope: Tensor
    _start: Tensor
    _low: Tensor
    _high: Tensor

    def __init__(self, bins: Sequence[Sequence[float]], embedding_size: int = 4) -> None:
        super().__init__()
        n_numbers, n_places = len(bins), max(len(edges) for edges in bins)
        # Each place is clamp(slope * x + start, low, high): the first is x itself, the unused are zero.
        slope, start, low, high = torch.zeros(4, n_numbers, 1, n_places)
        slope[..., 0], low[..., 0], high[..., 0] = 1.0, -math.inf, math.inf
        for number, edges in enumerate(bins):
            lower = torch.tensor(edges[:-1], dtype=torch.float64)
            width = torch.tensor(edges, dtype=torch.float64).diff()
            used = slice(1, len(edges))
            slope[number, 0, used] = (1 / width).float()
            start[number, 0, used] = (-lower / width).float()
            high[number, 0, used] = 1.0
        for name, values in (("_slope", slope), ("_start", start), ("_low", low), ("_high", high)):
            self.register_buffer(name, values, persistent=False)
        self.output_columns = [number for number in range(n_numbers) for _ in range(embedding_size)]
        bound = embedding_size**-0.5
        self.weight = nn.Parameter(torch.zeros(n_numbers, n_places, embedding_size))
        self.bias = nn.Parameter(torch.empty(n_numbers, 1, embedding_size).uniform_(-bound, bound))
        with torch.no_grad():
            self.weight[:, 0].uniform_(-bound, bound)

    def parts(self, numbers: Tensor) -> list[Tensor]:
        """What `forward` gives, as one part.

        Parameters
        ----------
        numbers : Tensor of shape (n_rows, n_numbers)

        Returns
        -------
        parts : list of Tensor of shape (n_rows, ...)
        """
        return [self(numbers)]

    def forward(self, numbers: Tensor) -> Tensor:
        """Embed all numbers.

        Parameters
        ----------
        numbers : Tensor of shape (n_rows, n_numbers)

        Returns
        -------
        embedded : Tensor of shape (n_rows, n_numbers * embedding_size)
            Number by number.
        """
        scaled = torch.addcmul(self._start, self._slope, numbers.t().unsqueeze(-1))
        shares = torch.clamp(scaled, self._low, self._high)
        return torch.baddbmm(self.bias, shares, self.weight).transpose(0, 1).flatten(1)

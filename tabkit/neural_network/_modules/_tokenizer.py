"""Each column of a table as a vector of one size."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tabkit.neural_network._modules._categorical import CategoricalEmbedding
from tabkit.neural_network._modules._numeric import PiecewiseLinearEmbedding
from tabkit.neural_network._modules._transformer_spec import TransformerSpec


class LinearTokens(nn.Module):
    """Each number times a vector of its own, plus another one.

    Parameters
    ----------
    n_numbers, size : int

    Attributes
    ----------
    weight, bias : Parameter of shape (n_numbers, size)

    Examples
    --------
    >>> LinearTokens(3, 8)(torch.randn(5, 3)).shape
    torch.Size([5, 24])
    """

    def __init__(self, n_numbers: int, size: int) -> None:
        super().__init__()
        bound = size**-0.5
        self.weight = nn.Parameter(torch.empty(n_numbers, size).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(n_numbers, size).uniform_(-bound, bound))

    def forward(self, numbers: Tensor) -> Tensor:
        """Make the tokens.

        Parameters
        ----------
        numbers : Tensor of shape (n_rows, n_numbers)

        Returns
        -------
        tokens : Tensor of shape (n_rows, n_numbers * size)
            Number by number.
        """
        return torch.addcmul(self.bias, numbers.unsqueeze(-1), self.weight).flatten(1)


class Tokenizer(nn.Module):
    """The tokens of all columns: numbers, then categorical columns.

    A category that training had not has the bias of its column alone for a token, a missing one a vector
    of its own.

    Parameters
    ----------
    spec : TransformerSpec

    Attributes
    ----------
    numeric : LinearTokens, PiecewiseLinearEmbedding or None
    plain : LinearTokens or None
        Of the numbers that are never cut into pieces.
    categorical : CategoricalEmbedding or None
    categorical_bias : Parameter of shape (n_categorical * token_size,) or None
    """

    categorical_bias: nn.Parameter | None

    def __init__(self, spec: TransformerSpec) -> None:
        super().__init__()
        size = spec.token_size
        self._n_embedded = spec.n_embedded_numbers
        self.numeric: nn.Module | None = None
        self.plain = LinearTokens(spec.n_plain_numbers, size) if spec.n_plain_numbers else None
        if self._n_embedded and spec.numeric_embedding == "piecewise_linear":
            self.numeric = PiecewiseLinearEmbedding(spec.numeric_bins or (), size)
        elif self._n_embedded:
            self.numeric = LinearTokens(self._n_embedded, size)
        self.categorical, bias = None, None
        if spec.cardinalities:
            # Never one-hot: a column without any category gets a vector too.
            self.categorical = CategoricalEmbedding(spec.cardinalities, embedding_size=size, max_one_hot=-1)
            bound = size**-0.5
            bias = nn.Parameter(torch.empty(len(spec.cardinalities) * size).uniform_(-bound, bound))
        self.register_parameter("categorical_bias", bias)

    def forward(self, numbers: Tensor, codes: Tensor) -> Tensor:
        """Make the tokens.

        Parameters
        ----------
        numbers : Tensor of shape (n_rows, n_numbers)
        codes : Tensor of shape (n_rows, n_categorical)

        Returns
        -------
        tokens : Tensor of shape (n_rows, n_columns * token_size)
            Column by column.
        """
        parts = []
        if self.numeric is not None:
            parts.append(self.numeric(numbers[:, : self._n_embedded]))
        if self.plain is not None:
            parts.append(self.plain(numbers[:, self._n_embedded :]))
        if self.categorical is not None:
            parts.append(self.categorical(codes) + self.categorical_bias)
        return torch.cat(parts, dim=1)

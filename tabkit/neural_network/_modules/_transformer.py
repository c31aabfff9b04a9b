"""FT-Transformer: attention among the columns of a row."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from tabkit.neural_network._modules._dropout import Dropout
from tabkit.neural_network._modules._network import Network
from tabkit.neural_network._modules._tokenizer import Tokenizer
from tabkit.neural_network._modules._transformer_spec import TransformerSpec

_GATES = {"reglu": torch.relu, "geglu": functional.gelu}


class FeedForward(nn.Module):
    """A gated layer: ``linear(values * gate(others))``, both halves of one linear layer.

    Parameters
    ----------
    spec : TransformerSpec
    """

    def __init__(self, spec: TransformerSpec) -> None:
        super().__init__()
        self.first = nn.Linear(spec.token_size, 2 * spec.ffn_size)
        self.dropout = Dropout(spec.ffn_dropout)
        self.second = nn.Linear(spec.ffn_size, spec.token_size)
        self._gate = _GATES[spec.ffn_activation]

    def forward(self, tokens: Tensor) -> Tensor:
        """Apply it to each token, shape (..., token_size)."""
        values, others = self.first(tokens).chunk(2, dim=-1)
        return self.second(self.dropout(values * self._gate(others)))


class TransformerBlock(nn.Module):
    """Attention and a feed-forward layer, each behind a normalisation and added to its input.

    Parameters
    ----------
    spec : TransformerSpec
    is_first : bool
        The first block does not normalise before its attention, as in the paper.
    is_last : bool
        Only the first token, which the head reads, goes through the last block.
    """

    def __init__(self, spec: TransformerSpec, *, is_first: bool, is_last: bool) -> None:
        super().__init__()
        self.is_last = is_last
        self.attention_norm = nn.Identity() if is_first else nn.LayerNorm(spec.token_size)
        self.attention = nn.MultiheadAttention(
            spec.token_size, spec.n_heads, dropout=spec.attention_dropout, batch_first=True
        )
        self.ffn_norm = nn.LayerNorm(spec.token_size)
        self.ffn = FeedForward(spec)
        self.dropout = Dropout(spec.residual_dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        """Apply the block.

        Parameters
        ----------
        tokens : Tensor of shape (n_rows, n_tokens, token_size)

        Returns
        -------
        tokens : Tensor of the same shape
            (n_rows, 1, token_size) of the last block.
        """
        normed = self.attention_norm(tokens)
        asking = normed
        if self.is_last:
            tokens, asking = tokens[:, :1], normed[:, :1]
        attended, _ = self.attention(asking, normed, normed, need_weights=False)
        tokens = tokens + self.dropout(attended)
        return tokens + self.dropout(self.ffn(self.ffn_norm(tokens)))


class TransformerTrunk(nn.Module):
    """A token that stands for the row, and the blocks.

    Parameters
    ----------
    spec : TransformerSpec

    Attributes
    ----------
    row_token : Parameter of shape (token_size,)
        "CLS" in the paper.
    blocks : list of TransformerBlock
    """

    def __init__(self, spec: TransformerSpec) -> None:
        super().__init__()
        bound = spec.token_size**-0.5
        self.checkpoint_gradients = spec.checkpoint_gradients
        self.row_token = nn.Parameter(torch.empty(spec.token_size).uniform_(-bound, bound))
        self.blocks = nn.ModuleList(
            TransformerBlock(spec, is_first=number == 0, is_last=number == spec.n_blocks - 1)
            for number in range(spec.n_blocks)
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """What the row's own token has become.

        Parameters
        ----------
        tokens : Tensor of shape (n_rows, n_columns, token_size)

        Returns
        -------
        row : Tensor of shape (n_rows, token_size)
        """
        tokens = torch.cat([self.row_token.expand(len(tokens), 1, -1), tokens], dim=1)
        recomputes = self.checkpoint_gradients and self.training and torch.is_grad_enabled()
        for block in self.blocks:
            tokens = checkpoint(block, tokens, use_reentrant=False) if recomputes else block(tokens)
        return tokens[:, 0]


class TransformerNetwork(Network):
    """A transformer among the columns of a row (Gorishniy et al. 2021, arXiv:2106.11959).

    Parameters
    ----------
    spec : TransformerSpec

    Attributes
    ----------
    tokenizer : Tokenizer
    trunk : TransformerTrunk
    head : nn.Sequential
        Normalisation, ReLU, linear layer.

    Examples
    --------
    >>> network = TransformerNetwork(TransformerSpec(n_numbers=3, cardinalities=(4,), n_outputs=2))
    >>> network(torch.randn(5, 3), torch.tensor([[0], [1], [2], [3], [2]])).shape
    torch.Size([5, 1, 2])
    """

    architecture = "transformer"

    def __init__(self, spec: TransformerSpec) -> None:
        super().__init__()
        self.spec = spec
        self.tokenizer = Tokenizer(spec)
        self.trunk = TransformerTrunk(spec)
        self.head = nn.Sequential(
            nn.LayerNorm(spec.token_size), nn.ReLU(), nn.Linear(spec.token_size, spec.n_outputs)
        )

    def embed(self, numbers: Tensor, codes: Tensor) -> Tensor:
        """Turn the columns into tokens, one behind the other.

        Parameters
        ----------
        numbers : Tensor of shape (n_rows, n_numbers)
        codes : Tensor of shape (n_rows, n_categorical)

        Returns
        -------
        embedded : Tensor of shape (n_rows, n_columns * token_size)
        """
        return self.tokenizer(numbers, codes)

    def decide(self, embedded: Tensor) -> Tensor:
        """Outputs for tokens.

        Parameters
        ----------
        embedded : Tensor of shape (n_rows, n_inputs) or (n_rows, 1, n_inputs)

        Returns
        -------
        output : Tensor of shape (n_rows, 1, n_outputs)
        """
        tokens = embedded.reshape(len(embedded), -1, self.spec.token_size)
        return self.head(self.trunk(tokens)).unsqueeze(1)

    def parameter_groups(self) -> dict[str, list[nn.Parameter]]:
        """The parameters by their role, for learning rates and weight decay of their own.

        Returns
        -------
        groups : dict of str to list of Parameter
            Of "tokenizer" (with the row's own token), "weights" (of linear layers and attention), "biases",
            "normalization" and "head" (its weights). Every parameter is in one.
        """
        groups: dict[str, list[nn.Parameter]] = {}
        for module_name, module in self.named_modules():
            for name, parameter in module.named_parameters(recurse=False):
                groups.setdefault(_find_role(module_name, module, name), []).append(parameter)
        return groups


def _find_role(module_name: str, module: nn.Module, name: str) -> str:
    if module_name.partition(".")[0] == "tokenizer" or name == "row_token":
        return "tokenizer"
    if isinstance(module, nn.LayerNorm):
        return "normalization"
    if name.endswith("bias"):
        return "biases"
    return "head" if module_name.startswith("head.") else "weights"

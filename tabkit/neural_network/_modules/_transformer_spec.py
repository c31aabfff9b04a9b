"""What a transformer is made of, in plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tabkit._core import InputError, suggest

_CHOICES = {"numeric_embedding": ("linear", "piecewise_linear"), "ffn_activation": ("geglu", "reglu")}
_DROPOUTS = ("attention_dropout", "ffn_dropout", "residual_dropout")


@dataclass(frozen=True, kw_only=True)
class TransformerSpec:
    """What a `TransformerNetwork` is made of; it pickles, and is the same after JSON.

    Attributes
    ----------
    n_numbers, n_plain_numbers, cardinalities, n_outputs, numeric_bins
        As of `NetworkSpec`; plain numbers get linear tokens always.
    n_blocks, token_size, n_heads : int
        The heads divide the size of a token.
    attention_dropout, ffn_dropout, residual_dropout : float
    ffn_size_factor : float
        Hidden units per number of a token.
    ffn_activation : {"reglu", "geglu"}
    numeric_embedding : {"linear", "piecewise_linear"}
    checkpoint_gradients : bool
    n_members : int
        One.

    Raises
    ------
    InputError
        If a value is not one of those above, or two do not fit.
    """

    n_numbers: int
    cardinalities: tuple[int, ...]
    n_outputs: int
    n_plain_numbers: int = 0
    n_blocks: int = 3
    token_size: int = 64
    n_heads: int = 8
    attention_dropout: float = 0.2
    ffn_dropout: float = 0.1
    ffn_size_factor: float = 4 / 3
    ffn_activation: str = "reglu"
    residual_dropout: float = 0.0
    numeric_embedding: str = "linear"
    numeric_bins: tuple[tuple[float, ...], ...] | None = None
    checkpoint_gradients: bool = False
    n_members: int = 1

    def __post_init__(self) -> None:
        # JSON has lists only.
        for name in ("cardinalities", "numeric_bins"):
            object.__setattr__(self, name, _as_tuple(getattr(self, name)))
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            if value not in choices:
                raise InputError(f"unknown {name} {value!r}: {suggest(str(value), choices, 'choose one of')}")
        for name in _DROPOUTS:
            if not 0 <= getattr(self, name) < 1:
                raise InputError(f"{name}: expected a share from 0 to below 1, got {getattr(self, name)}")
        if not self.n_numbers and not self.cardinalities:
            raise InputError("n_numbers, cardinalities: expected at least one column")
        if self.token_size % self.n_heads:
            raise InputError(
                f"token_size={self.token_size}, n_heads={self.n_heads}: the heads share a token, so pass a "
                "token_size that n_heads divides"
            )

    @property
    def n_embedded_numbers(self) -> int:
        """Numbers that may be embedded piecewise."""
        return self.n_numbers - self.n_plain_numbers

    @property
    def ffn_size(self) -> int:
        """Hidden units of a feed-forward layer."""
        return max(1, int(self.token_size * self.ffn_size_factor))


def _as_tuple(value: Any) -> Any:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_as_tuple(item) for item in value)
    return value

"""What a network is made of, in plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, TypeAlias

from tabkit._core import InputError, suggest
from tabkit.neural_network._modules._activations import ACTIVATIONS
from tabkit.neural_network._modules._categorical import N_SPECIAL_CODES
from tabkit.neural_network._modules._initialization import INITIALIZATIONS, Initialization

Normalization: TypeAlias = Literal["batch", "layer", "group", "none"]
NumericEmbedding: TypeAlias = Literal["none", "periodic", "plr", "piecewise_linear"]
MemberAdapters: TypeAlias = Literal["all", "input"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "activation": ACTIVATIONS,
    "normalization": ("batch", "layer", "group", "none"),
    "member_adapters": ("all", "input"),
    "numeric_embedding": ("none", "periodic", "plr", "piecewise_linear"),
    "initialization": INITIALIZATIONS,
}
_LEAST: dict[str, int] = {
    "n_numbers": 0,
    "n_outputs": 1,
    "n_members": 1,
    "n_plain_numbers": 0,
    "numeric_embedding_size": 1,
    "n_frequencies": 1,
    "max_one_hot": 0,
}


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """What a `TabularNetwork` is made of.

    Plain values only: it pickles, and ``NetworkSpec(**json.loads(json.dumps(asdict(spec))))`` equals it.

    Attributes
    ----------
    n_numbers : int
    cardinalities : tuple of int
        Codes of each categorical column: 0 is missing, 1 unseen in training, the rest the categories.
    n_outputs : int
    hidden_sizes : tuple of int
        Units of the hidden layers; none makes the network linear.
    activation : str
        See `make_activation`.
    dropout : float
        Share of the units that are dropped after each activation, for each member apart.
    normalization : {"batch", "layer", "group", "none"}
        Between each linear layer and its activation.
    residual : bool
        Whether a block adds its input to its output, where the two have the same size.
    n_members : int
        Networks that train together; 1 is a plain network.
    member_adapters : {"all", "input"}
        What tells the members apart beside their heads: factors and biases in every layer (TabM), or
        factors of the inputs alone (TabM-mini).
    numeric_embedding : {"none", "periodic", "plr", "piecewise_linear"}
        See `PeriodicEmbedding`, whose kind "pbld" is meant by "periodic", and
        `PiecewiseLinearEmbedding`.
    n_plain_numbers : int
        So many of the numbers, the last ones, go past the embedding: indicators of missing values.
    numeric_embedding_size, n_frequencies : int
    frequency_scale : float
    numeric_bins : tuple of tuple of float or None
        Edges per embedded number, for "piecewise_linear".
    embedding_size : int or "auto"
    max_one_hot : int
        See `CategoricalEmbedding`.
    input_scale : bool
        Whether each input has a learnt factor in front of the first layer (RealMLP).
    initialization : {"default", "xavier", "kaiming", "orthogonal", "realmlp"}
        See `initialize_linear`. With "realmlp", `initialize_from_data` has to follow.
    checkpoint_gradients : bool
        Whether training recomputes each block instead of keeping what is inside it: less memory, about
        a third more time.

    Raises
    ------
    InputError
        If a value is not one of those above, or two do not fit.
    """

    n_numbers: int
    cardinalities: tuple[int, ...]
    n_outputs: int
    hidden_sizes: tuple[int, ...] = (256, 256, 256)
    activation: str = "silu"
    dropout: float = 0.0
    normalization: Normalization = "none"
    residual: bool = False
    n_members: int = 1
    member_adapters: MemberAdapters = "all"
    numeric_embedding: NumericEmbedding = "none"
    n_plain_numbers: int = 0
    numeric_embedding_size: int = 4
    n_frequencies: int = 16
    frequency_scale: float = 0.1
    numeric_bins: tuple[tuple[float, ...], ...] | None = None
    embedding_size: int | Literal["auto"] = "auto"
    max_one_hot: int = 9
    input_scale: bool = False
    initialization: Initialization = "default"
    checkpoint_gradients: bool = False

    def __post_init__(self) -> None:
        # JSON has lists only.
        for name in ("cardinalities", "hidden_sizes", "numeric_bins"):
            object.__setattr__(self, name, _as_tuple(getattr(self, name)))
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            if value not in choices:
                raise InputError(f"unknown {name} {value!r}: {suggest(str(value), choices, 'choose one of')}")
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise InputError(f"{name}: expected {least} or more, got {getattr(self, name)}")
        if not 0 <= self.dropout < 1:
            raise InputError(f"dropout: expected a share from 0 to below 1, got {self.dropout}")
        if any(size < 1 for size in self.hidden_sizes):
            raise InputError(f"hidden_sizes: expected 1 or more each, got {self.hidden_sizes}")
        self._check_inputs()

    def _check_inputs(self) -> None:
        if not self.n_numbers and not self.cardinalities:
            raise InputError("n_numbers, cardinalities: expected at least one column")
        if any(cardinality < N_SPECIAL_CODES for cardinality in self.cardinalities):
            raise InputError(
                f"cardinalities: expected {N_SPECIAL_CODES} or more each, for missing and unseen, "
                f"got {self.cardinalities}"
            )
        if self.embedding_size != "auto" and self.embedding_size < 1:
            raise InputError(f"embedding_size: expected 'auto', 1 or more, got {self.embedding_size}")
        if self.n_plain_numbers > self.n_numbers:
            raise InputError(f"n_plain_numbers: {self.n_plain_numbers} of n_numbers={self.n_numbers}")
        if self.numeric_embedding == "periodic" and self.numeric_embedding_size < 2:
            raise InputError("numeric_embedding_size: 'periodic' needs 2 or more, one is the number itself")
        if self.numeric_embedding == "piecewise_linear":
            self._check_bins()

    def _check_bins(self) -> None:
        bins = self.numeric_bins or ()
        if len(bins) != self.n_embedded_numbers:
            raise InputError(
                f"numeric_bins: expected edges for {self.n_embedded_numbers} numbers, got {len(bins)}"
            )
        for number, edges in enumerate(bins):
            pairs = pairwise(edges)
            if len(edges) < 2 or not all(lower < upper for lower, upper in pairs):
                raise InputError(
                    f"numeric_bins: expected ascending edges, two or more, number {number} has {edges}"
                )

    @property
    def n_embedded_numbers(self) -> int:
        """Numbers that a numeric embedding gets, or would get."""
        return self.n_numbers - self.n_plain_numbers


def _as_tuple(value: Any) -> Any:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_as_tuple(item) for item in value)
    return value

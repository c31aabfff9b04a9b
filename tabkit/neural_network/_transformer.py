"""FT-Transformer for classes and for values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tabkit._core._constraints import COUNT, POSITIVE, SHARE_OR_NONE
from tabkit._core._docstrings import fill_docstring
from tabkit._core._sklearn import make_options
from tabkit.neural_network._building import shared_fields
from tabkit.neural_network._classes import NetworkClassifier
from tabkit.neural_network._encoder import find_bins
from tabkit.neural_network._estimator import TrainedNetwork
from tabkit.neural_network._modules import TransformerNetwork, TransformerSpec
from tabkit.neural_network._parameters import TrainingParameters
from tabkit.neural_network._settings import Extent, TrainingSettings, choose_batch_size, take_given
from tabkit.neural_network._training._rows import TensorRows
from tabkit.neural_network._values import NetworkRegressor

_NOT_DECAYED = ("tokenizer", "normalization", "biases")
_OF_TRANSFORMER: dict[str, Any] = {
    "n_blocks": [COUNT, None],
    "token_size": [COUNT, None],
    "n_heads": [COUNT, None],
    "attention_dropout": [SHARE_OR_NONE, None],
    "ffn_dropout": [SHARE_OR_NONE, None],
    "ffn_size_factor": [POSITIVE, None],
    "ffn_activation": [make_options("reglu", "geglu"), None],
    "residual_dropout": [SHARE_OR_NONE, None],
    "numeric_embedding": [make_options("linear", "piecewise_linear"), None],
}


@dataclass(frozen=True, kw_only=True)
class TransformerSettings(TrainingSettings):
    """Every choice of a transformer and its training."""

    n_blocks: int = 3
    token_size: int = 64
    n_heads: int = 8
    attention_dropout: float = 0.2
    ffn_dropout: float = 0.1
    ffn_size_factor: float = 4 / 3
    ffn_activation: str = "reglu"
    residual_dropout: float = 0.0
    numeric_embedding: str = "linear"
    n_bins: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 1e-5
    refit: bool = True
    weight_decay_factors: Mapping[str, float] = field(
        default_factory=lambda: dict.fromkeys(_NOT_DECAYED, 0.0)
    )


@fill_docstring(TrainingParameters)
@dataclass(eq=False, repr=False, kw_only=True)
class TabularTransformer(TrainedNetwork):
    """A template whose open step is to learn the target.

    Parameters
    ----------
    {TrainingParameters}
    n_blocks : int, default=None
        Of attention and a feed-forward layer. None is 3.
    token_size : int, default=None
        Numbers that each column becomes, a multiple of ``n_heads``. The paper's 192 is for a GPU. None is 64.
    n_heads : int, default=None
        Of the attention. None is 8.
    attention_dropout : float, default=None
        Share of the attention weights dropped in training. None is 0.2.
    ffn_dropout : float, default=None
        Share of the hidden units of the feed-forward layers dropped in training. None is 0.1.
    ffn_size_factor : float, default=None
        Hidden units of the feed-forward layers, for each number of a token. None is 4/3.
    ffn_activation : {"reglu", "geglu"}, default=None
        The gate of the feed-forward layers. None is "reglu".
    residual_dropout : float, default=None
        Share of what each layer adds that is dropped in training. None is 0.
    numeric_embedding : {"linear", "piecewise_linear"}, default=None
        What each number becomes; pieces help where the target jumps along a number. None is "linear".

    Attributes
    ----------
    {TrainingParameters}
    """

    n_blocks: int | None = None
    token_size: int | None = None
    n_heads: int | None = None
    attention_dropout: float | None = None
    ffn_dropout: float | None = None
    ffn_size_factor: float | None = None
    ffn_activation: str | None = None
    residual_dropout: float | None = None
    numeric_embedding: str | None = None

    def _choose_settings(self, extent: Extent) -> TransformerSettings:
        chosen = TransformerSettings(batch_size=choose_batch_size(extent.n_rows))
        return take_given(chosen, vars(self))

    def _build_network(
        self, settings: TransformerSettings, sample: TensorRows, n_outputs: int, n_at_once: int
    ) -> TransformerNetwork:
        encoder = self._encoder
        bins = None
        if settings.numeric_embedding == "piecewise_linear":
            bins = find_bins(sample.numbers[:, : encoder.n_scaled], settings.n_bins)
        spec = TransformerSpec(
            n_numbers=encoder.n_numbers,
            n_plain_numbers=encoder.n_numbers - encoder.n_scaled,
            cardinalities=encoder.cardinalities,
            n_outputs=n_outputs,
            numeric_bins=bins,
            checkpoint_gradients=self.checkpoint_gradients,
            **shared_fields(settings, TransformerSpec),
        )
        return TransformerNetwork(spec)


@fill_docstring(TabularTransformer, NetworkClassifier)
@dataclass(eq=False, repr=False, kw_only=True)
class TabularTransformerClassifier(NetworkClassifier, TabularTransformer):
    """A transformer among the columns of a table, for classes: FT-Transformer.

    Each column becomes a token, and blocks of attention let the tokens of a row look at each other
    (Gorishniy et al. 2021, "Revisiting Deep Learning Models for Tabular Data", arXiv:2106.11959). It takes
    the tables that `TabularMLPClassifier` takes and trains as that does. Time grows with the square of the
    number of columns.

    Parameters
    ----------
    {TabularTransformer}
    {NetworkClassifier}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted; the order of the probability columns.
    {TabularTransformer}

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = TabularTransformerClassifier(token_size=16, n_heads=2, max_epochs=5, random_state=0)
    >>> model.fit(X, y).predict_proba(X).shape
    (150, 3)
    """

    _constraints: ClassVar[dict[str, Any]] = NetworkClassifier._constraints | _OF_TRANSFORMER


@fill_docstring(TabularTransformer, NetworkRegressor)
@dataclass(eq=False, repr=False, kw_only=True)
class TabularTransformerRegressor(NetworkRegressor, TabularTransformer):
    """A transformer among the columns of a table, for values: FT-Transformer.

    See `TabularTransformerClassifier` for what it is. Targets are standardised inside; a ``y`` of several
    columns trains one network for all of them.

    Parameters
    ----------
    {TabularTransformer}
    {NetworkRegressor}

    Attributes
    ----------
    {TabularTransformer}

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = TabularTransformerRegressor(token_size=16, n_heads=2, max_epochs=5, random_state=0)
    >>> model.fit(X, y).predict(X).shape
    (442,)
    """

    _constraints: ClassVar[dict[str, Any]] = NetworkRegressor._constraints | _OF_TRANSFORMER

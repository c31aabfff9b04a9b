"""Every choice that a network and its training need, and the presets that make them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from tabkit._core import InputError, suggest


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """Every choice of the training; the names are those of the parameters, which document them."""

    dropout_schedule: str | None = None
    loss: Any = None
    label_smoothing: float = 0.0
    focal_gamma: float = 2.0
    focal_alpha: Any = None
    mixup: float = 0.0
    l1: float = 0.0
    optimizer: Any = "adamw"
    optimizer_options: Mapping[str, Any] = field(default_factory=dict)
    learning_rate: float = 2e-3
    weight_decay: float = 3e-4
    weight_decay_schedule: str | None = None
    schedule: str = "constant"
    schedule_options: Mapping[str, Any] = field(default_factory=dict)
    warmup: float | None = None
    max_epochs: int = 200
    batch_size: int = 256
    clip_norm: float | None = None
    average_decay: float | None = None
    patience: int | None = 16
    validate_every: int | None = None
    refit: bool = False
    learning_rate_factors: Mapping[str, float] = field(default_factory=dict)
    weight_decay_factors: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Settings(TrainingSettings):
    """Those of a multilayer perceptron too."""

    hidden_sizes: tuple[int, ...] = (128, 128)
    activation: str = "relu"
    dropout: float = 0.1
    normalization: str = "none"
    residual: bool = False
    n_members: int = 1
    member_adapters: str = "all"
    numeric_embedding: str = "piecewise_linear"
    numeric_embedding_size: int = 8
    n_frequencies: int = 16
    frequency_scale: float = 0.1
    n_bins: int = 32
    embedding_size: int | str = 8
    max_one_hot: int = 9
    input_scale: bool = False
    initialization: str = "default"


_CLASSIC = Settings(
    hidden_sizes=(256, 128, 64),
    dropout=0.5,
    normalization="batch",
    numeric_embedding="none",
    embedding_size="auto",
    max_one_hot=0,
    initialization="kaiming",
    loss="focal",
    label_smoothing=0.1,
    focal_gamma=2.0,
    focal_alpha=0.5,
    mixup=0.5,
    learning_rate=1e-4,
    weight_decay=0.01,
    schedule="one_cycle",
    max_epochs=100,
    batch_size=32,
    patience=8,
)
_CLASSIC_FAST = replace(_CLASSIC, batch_size=64, max_epochs=50, patience=5, learning_rate=2e-4, dropout=0.4)
_CLASSIC_ACCURATE = replace(
    _CLASSIC, batch_size=32, max_epochs=200, patience=15, learning_rate=5e-5, dropout=0.5
)


_REALMLP = Settings(
    hidden_sizes=(256, 256, 256),
    dropout=0.15,
    dropout_schedule="flat_cosine",
    numeric_embedding="periodic",
    numeric_embedding_size=4,
    input_scale=True,
    initialization="realmlp",
    optimizer_options={"betas": (0.9, 0.95)},
    weight_decay=0.32,
    weight_decay_schedule="flat_cosine",
    schedule="multi_cycle_cosine",
    max_epochs=256,
    patience=None,
    learning_rate_factors={
        "input_scale": 96.0,
        "biases": 1.6,
        "numeric_embedding": 1.6,
        "categorical_embedding": 16.0,
        "activation": 1.6,
    },
    weight_decay_factors={
        "input_scale": 1 / 16,
        "biases": 0.0,
        "numeric_embedding": 1 / 16,
        "categorical_embedding": 1 / 16,
        "activation": 1 / 16,
        "normalization": 0.0,
    },
)

_EMBEDDING_FACTOR_OF_CLASSES = 20.0
_EMBEDDING_FACTOR_OF_VALUES = 5.0
_NOT_DECAYED = ("biases", "numeric_embedding", "categorical_embedding", "member_adapters", "normalization")
_LEAST_BATCH, _LARGEST_BATCH = 32, 256

SettingsType = TypeVar("SettingsType", bound=TrainingSettings)


@dataclass(frozen=True)
class Extent:
    """What presets adapt to.

    Attributes
    ----------
    n_rows, n_columns : int
        Of the training table.
    n_classes : int
        0 for regression.
    """

    n_rows: int
    n_columns: int
    n_classes: int


def choose_settings(preset: str, extent: Extent, given: Mapping[str, Any]) -> Settings:
    """The settings of a preset for a table, with those that are given in their place.

    Parameters
    ----------
    preset : str
    extent : Extent
    given : mapping of str to object
        None means as the preset says.

    Returns
    -------
    settings : Settings

    Raises
    ------
    InputError
        If there is no such preset.

    Examples
    --------
    >>> choose_settings("classic", Extent(1_000, 10, 2), {"dropout": 0.25, "batch_size": None}).dropout
    0.25
    """
    if preset not in _PRESETS:
        raise InputError(f"preset={preset!r}: {suggest(str(preset), _PRESETS, 'choose one of')}")
    return take_given(_PRESETS[preset](extent), given)


def take_given(chosen: SettingsType, given: Mapping[str, Any]) -> SettingsType:
    """The settings with those that are given in their place.

    Parameters
    ----------
    chosen : TrainingSettings
    given : mapping of str to object
        None leaves what is chosen; other names are left out.

    Returns
    -------
    settings : TrainingSettings
        Of the same class.
    """
    known = {entry.name for entry in fields(chosen)}
    explicit = {name: value for name, value in given.items() if name in known and value is not None}
    if "optimizer" in explicit and "optimizer_options" not in explicit:
        # Those of the preset are of its own optimiser.
        explicit["optimizer_options"] = {}
    if "schedule" in explicit and "schedule_options" not in explicit:
        explicit["schedule_options"] = {}
    return replace(chosen, **explicit)


def _balanced(extent: Extent) -> Settings:
    """After TabM (Gorishniy et al. 2025), smaller, and trained once more on all rows.

    The values of the bins start at zero, and learn as fast as the rest with a higher rate; less so for
    values, which change smoothly along a number more often.
    """
    factor = _EMBEDDING_FACTOR_OF_CLASSES if extent.n_classes > 0 else _EMBEDDING_FACTOR_OF_VALUES
    return Settings(
        n_members=8,
        batch_size=choose_batch_size(extent.n_rows),
        refit=True,
        learning_rate_factors={"numeric_embedding": factor},
        weight_decay_factors=dict.fromkeys(_NOT_DECAYED, 0.0),
    )


def choose_batch_size(n_rows: int) -> int:
    """A power of two of which an epoch has eight or more, for few rows."""
    power = 1 << (max(n_rows // 8, 1).bit_length() - 1)
    return min(max(power, _LEAST_BATCH), _LARGEST_BATCH)


def _fast(extent: Extent) -> Settings:
    return replace(_balanced(extent), n_members=4, refit=False)


def _accurate(extent: Extent) -> Settings:
    return replace(_balanced(extent), n_members=16)


def _realmlp(extent: Extent) -> Settings:
    """RealMLP's tuned defaults (Holzmüller et al. 2024, table A.1).

    There, every weight is drawn with variance one and divided by the root of its layer's inputs, and the
    learning rate is 0.04 (classes) or 0.2 (values). Here weights are as they are used, so that the rate of
    the hidden ones is that divided by the root of 256, their decay that times it, and the other parts
    have factors.
    """
    if extent.n_classes:
        return replace(_REALMLP, activation="parametric_selu", label_smoothing=0.1, learning_rate=2.5e-3)
    return replace(_REALMLP, activation="parametric_mish", learning_rate=1.25e-2)


def _classic(extent: Extent) -> Settings:
    return _without_focal(_CLASSIC, extent)


def _classic_fast(extent: Extent) -> Settings:
    return _without_focal(_CLASSIC_FAST, extent)


def _classic_accurate(extent: Extent) -> Settings:
    return _without_focal(_CLASSIC_ACCURATE, extent)


def _without_focal(settings: Settings, extent: Extent) -> Settings:
    """Focal loss is of classes, and its alpha of two."""
    if extent.n_classes == 0:
        return replace(settings, loss=None, label_smoothing=0.0)
    return settings if extent.n_classes == 2 else replace(settings, focal_alpha=None)


_PRESETS = {
    "fast": _fast,
    "balanced": _balanced,
    "accurate": _accurate,
    "realmlp": _realmlp,
    "classic-fast": _classic_fast,
    "classic": _classic,
    "classic-accurate": _classic_accurate,
}

"""The parameters that the classifier and the regressor share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np


@dataclass(eq=False, repr=False)
class NetworkParameters:
    """Stored as they are given; documented at the estimators. None takes what the preset says."""

    preset: str = "balanced"
    _: KW_ONLY
    hidden_sizes: Sequence[int] | None = None
    activation: str | None = None
    dropout: float | None = None
    normalization: str | None = None
    residual: bool | None = None
    n_members: int | None = None
    member_adapters: str | None = None
    numeric_embedding: str | None = None
    numeric_embedding_size: int | None = None
    embedding_size: int | str | None = None
    max_one_hot: int | None = None
    initialization: str | None = None
    loss: Any = None
    mixup: float | None = None
    l1: float | None = None
    weight_decay: float | None = None
    optimizer: Any = None
    optimizer_options: Mapping[str, Any] | None = None
    learning_rate: float | None = None
    scale_learning_rate: bool = False
    schedule: str | None = None
    schedule_options: Mapping[str, Any] | None = None
    warmup: float | None = None
    max_epochs: int | None = None
    batch_size: int | None = None
    n_accumulated: int = 1
    clip_norm: float | None = None
    average_decay: float | None = None
    checkpoint_gradients: bool = False
    precision: str = "auto"
    initial_scale: float = 65536.0
    compile_network: bool = False
    device: str = "auto"
    early_stopping: bool = True
    validation_fraction: float = 0.2
    patience: int | None = None
    validate_every: int | None = None
    scoring: Any = None
    refit: bool = False
    on_divergence: str = "raise"
    max_categories: int | None = None
    callbacks: Sequence[Any] | None = None
    warm_start: bool = False
    verbose: int = 0
    random_state: int | np.random.RandomState | None = None
    n_jobs: int | None = None

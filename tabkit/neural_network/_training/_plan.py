"""How a network is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """How a network is trained, every choice made.

    Attributes
    ----------
    n_epochs : int
        At most.
    stop_after : int or None
        Epochs after which to stop, where the schedules are of ``n_epochs``.
    batch_size : int
        Rows of a step of the optimiser.
    n_parts : int
        A batch goes through the network in so many parts, whose gradients add up.
    optimizer : str or class
    optimizer_options : mapping of str
    learning_rate, weight_decay : float
    learning_rate_factors, weight_decay_factors : mapping of str to float
        By the role of parameters, see `TabularNetwork.parameter_groups`; 1 where nothing is said.
    schedule : str
        "plateau", or a name of `make_schedule`.
    schedule_options : mapping of str
    plateau_factors : tuple of float
        With "plateau": factors of the learning rate by epoch, of a training that was validated; without them
        they follow the validation, or the training loss where nothing is validated.
    warmup : float or None
    dropout_schedule, weight_decay_schedule : str or None
        Names of `make_schedule`.
    clip_norm : float or None
        Longest gradient.
    l1 : float
        Penalty on the absolute weights.
    mixup : float
        Alpha; 0 for none.
    average_decay : float or None
        Of the moving average of the weights that is validated and kept.
    patience : int or None
        Validations without a better one after which training stops; None never.
    validate_every : int or None
        Steps between two validations; None validates after each epoch.
    precision : str
    initial_scale : float
    compiles : bool
    frozen : tuple of {"embeddings", "trunk"}
    unfreeze_after : int or None
        Epochs after which the trunk is trained, and twice so many until the embeddings are.
    seed : int
    """

    n_epochs: int = 100
    stop_after: int | None = None
    batch_size: int = 256
    n_parts: int = 1
    optimizer: Any = "adamw"
    optimizer_options: Mapping[str, Any] = field(default_factory=dict)
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    learning_rate_factors: Mapping[str, float] = field(default_factory=dict)
    weight_decay_factors: Mapping[str, float] = field(default_factory=dict)
    schedule: str = "constant"
    schedule_options: Mapping[str, Any] = field(default_factory=dict)
    plateau_factors: tuple[float, ...] = ()
    warmup: float | None = None
    dropout_schedule: str | None = None
    weight_decay_schedule: str | None = None
    clip_norm: float | None = None
    l1: float = 0.0
    mixup: float = 0.0
    average_decay: float | None = None
    patience: int | None = None
    validate_every: int | None = None
    precision: str = "auto"
    initial_scale: float = 65536.0
    compiles: bool = False
    frozen: tuple[str, ...] = ()
    unfreeze_after: int | None = None
    seed: int = 0

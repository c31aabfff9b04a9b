"""What values the parameters of the networks may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tabkit._core import InputError
from tabkit._core._constraints import (
    COUNT,
    COUNT_FROM_ZERO,
    FROM_ZERO,
    N_JOBS,
    POSITIVE,
    SHARE,
    SHARE_OR_NONE,
)
from tabkit._core._sklearn import make_options
from tabkit.neural_network._callbacks import refuse_callback
from tabkit.neural_network._parameters import TrainingParameters
from tabkit.neural_network._training._freezing import PARTS

_MAYBE_COUNT = [COUNT, None]
_MAYBE_FROM_ZERO = [FROM_ZERO, None]

# What is not here is checked where it is used, with a suggestion.
OF_MLP: dict[str, Any] = {
    "preset": [str],
    "hidden_sizes": ["array-like", None],
    "activation": [str, None],
    "dropout": [SHARE_OR_NONE, None],
    "normalization": [str, None],
    "residual": ["boolean", None],
    "n_members": _MAYBE_COUNT,
    "member_adapters": [str, None],
    "numeric_embedding": [str, None],
    "numeric_embedding_size": _MAYBE_COUNT,
    "embedding_size": [COUNT, make_options("auto"), None],
    "max_one_hot": [COUNT_FROM_ZERO, None],
    "initialization": [str, None],
}
OF_TRAINING: dict[str, Any] = {
    "mixup": _MAYBE_FROM_ZERO,
    "l1": _MAYBE_FROM_ZERO,
    "weight_decay": _MAYBE_FROM_ZERO,
    "optimizer": [str, type, None],
    "optimizer_options": [Mapping, None],
    "learning_rate": [POSITIVE, None],
    "scale_learning_rate": ["boolean"],
    "schedule": [str, None],
    "schedule_options": [Mapping, None],
    "warmup": _MAYBE_FROM_ZERO,
    "max_epochs": _MAYBE_COUNT,
    "batch_size": _MAYBE_COUNT,
    "n_accumulated": [COUNT],
    "clip_norm": [POSITIVE, None],
    "average_decay": [SHARE_OR_NONE, None],
    "checkpoint_gradients": ["boolean"],
    "precision": [str],
    "initial_scale": [POSITIVE],
    "compile_network": ["boolean"],
    "device": [str],
    "early_stopping": ["boolean"],
    "validation_fraction": [SHARE],
    "patience": _MAYBE_COUNT,
    "validate_every": _MAYBE_COUNT,
    "refit": ["boolean", None],
    "on_divergence": [make_options("raise", "retry")],
    "n_checkpoints": [COUNT],
    "max_categories": _MAYBE_COUNT,
    "strict": ["boolean"],
    "callbacks": [list, tuple, None],
    "frozen": [list, tuple],
    "unfreeze_after": _MAYBE_COUNT,
    "warm_start": ["boolean"],
    "verbose": ["verbose"],
    "random_state": ["random_state"],
    "n_jobs": N_JOBS,
}
SHARED: dict[str, Any] = OF_MLP | OF_TRAINING
OF_CLASSES: dict[str, Any] = {
    "label_smoothing": [SHARE_OR_NONE, None],
    "focal_gamma": _MAYBE_FROM_ZERO,
    "focal_alpha": [SHARE, make_options("balanced"), "array-like", None],
}
OF_VALUES: dict[str, Any] = {"huber_delta": [POSITIVE]}
OF_PRETRAINING: dict[str, Any] = {
    **{
        name: SHARED[name]
        for name in ("preset", "hidden_sizes", "max_categories", "strict", "device", "n_jobs")
    },
    "method": [make_options("vime", "scarf")],
    "corruption": [SHARE],
    "max_epochs": [COUNT],
    "batch_size": [COUNT],
    "learning_rate": [POSITIVE],
    "random_state": ["random_state"],
}


def check_together(parameters: TrainingParameters) -> None:
    """Refuse what one parameter alone does not show, with an InputError."""
    for part in parameters.frozen:
        if part not in PARTS:
            raise InputError(f"frozen has {part!r}: expected {' or '.join(map(repr, PARTS))}")
    if parameters.frozen and parameters.start_from is None and not parameters.warm_start:
        raise InputError("frozen: parts keep the weights they start with, so pass start_from or warm_start")
    if parameters.checkpoint_dir is not None and not isinstance(parameters.random_state, int | np.integer):
        raise InputError(
            "checkpoint_dir: training goes on only from the same seed, so pass a number as random_state"
        )
    for callback in parameters.callbacks or ():
        refuse_callback(callback)


def check_hidden_sizes(hidden_sizes: Any) -> None:
    """Refuse what are no numbers of units, with an InputError."""
    if hidden_sizes is None:
        return
    if not all(isinstance(size, int | np.integer) and size >= 1 for size in hidden_sizes):
        raise InputError(
            f"hidden_sizes={hidden_sizes!r}: expected whole numbers from 1 on, such as (256, 256)"
        )
